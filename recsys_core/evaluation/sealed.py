"""The test part of a split under seal: not to be read while settings are still being chosen.

    sealed = Sealed(dataset.ratings, hold_out(dataset.ratings, 0.2))
    for cut in Splitting(folds=3).splits(sealed.tuning):      # validation comes out of the training part
        ...                                                    # try every cell of a grid
    sealed.close("n_factors = 20")                             # the choice stands
    split = sealed.open()                                      # once, and written down
    model = algorithm("svd", n_factors=20).fit(sealed.tuning)
    check_unseen(model, dataset.ratings, split)
    test = split.test_ratings(dataset.ratings)

A score that was looked at while choosing is no longer a test (Cawley & Talbot, 2010, On over-fitting
in model selection and subsequent selection bias in performance evaluation).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from recsys_core.errors import LeakError
from recsys_core.evaluation.splits import Split
from recsys_core.ratings import Ratings


@dataclass(frozen=True)
class Opening:
    """That a test part was opened: plain values, to be kept with the result.

    Attributes:
        split: `Split.identity`.
        chosen: what had been chosen by then, in words.
        closed_at, opened_at: seconds since 1970.
    """

    split: str
    chosen: str
    closed_at: float
    opened_at: float


class Sealed:
    """A split whose test part can be opened once, after tuning is closed.

    Args:
        ratings: what was cut.
        split: the cut; keep no other reference to it.
        opening: the opening of an earlier run of the same work, if there was one: then the part
            stays shut.
        record: is called with the opening before the part is handed over, so that none goes
            unrecorded; what it raises keeps the part shut. Where several machines share one search,
            this is where the second of them is refused.

    Raises:
        DataError: the split was not cut from these ratings.
        LeakError: the opening is of another split.
    """

    def __init__(
        self,
        ratings: Ratings,
        split: Split,
        *,
        opening: Opening | None = None,
        record: Callable[[Opening], None] | None = None,
    ) -> None:
        self.tuning = split.train_ratings(ratings)
        """All that choosing may look at: cut it again for validation."""
        if opening is not None and opening.split != split.identity:
            raise LeakError("This opening is of the test part of another split.")
        self._ratings, self._split, self._record = ratings, split, record
        self._opening = opening
        self._closed: tuple[str, float] | None = (
            None if opening is None else (opening.chosen, opening.closed_at)
        )

    @property
    def identity(self) -> str:
        """`Split.identity` of the split under seal."""
        return self._split.identity

    @property
    def n_test(self) -> int:
        """How many ratings the test part has."""
        return len(self._split.test)

    @property
    def chosen(self) -> str | None:
        """What tuning was closed with; None while it goes on."""
        return None if self._closed is None else self._closed[0]

    @property
    def opening(self) -> Opening | None:
        """When the test part was opened and with what choice; None while it is shut."""
        return self._opening

    def check(self, ratings: Ratings, used: Split | ArrayLike) -> None:
        """Make sure that something to be tuned on is no part of the test.

        Args:
            ratings: what the positions are of: the whole, `tuning`, or a part of them.
            used: a split of `ratings`, of which every part counts, or (n,) positions (or a mask).

        Raises:
            LeakError: it is, or nobody can tell because the ratings are others.
            DataError: the split was not cut from `ratings`.
        """
        if isinstance(used, Split):
            used.check_cut_from(ratings)
            used = np.concatenate([used.train, used.given, used.test])
        whole = self._ratings.whole
        if ratings.whole.fingerprint != whole.fingerprint:
            raise LeakError(
                "Nobody can tell whether these ratings are part of the test: they were not taken from the "
                "ratings that were cut. Tune on sealed.tuning."
            )
        shut = np.zeros(len(whole), dtype=np.bool_)
        for part in (self._split.test, self._split.given):
            shut[self._ratings.positions_in_whole(part)] = True
        hits = ratings.positions_in_whole(used)
        hits = hits[shut[hits]]
        if len(hits):
            raise LeakError(
                f"Leak, tuning on the test part: {len(hits):,} of the ratings to be tuned on are kept for "
                f"the test ({self._split.words}), the first of them user {whole.users[hits[0]]}'s of item "
                f"{whole.items[hits[0]]}. Tune on sealed.tuning."
            )

    def close(self, chosen: str) -> None:
        """End tuning: from here on the choice stands.

        Args:
            chosen: what was chosen, in words.

        Raises:
            LeakError: it was closed before, with another choice.
        """
        if self._closed is not None and self._closed[0] != chosen:
            raise LeakError(
                f"Tuning was closed with the choice {self._closed[0]!r}, which stands; {chosen!r} would be a "
                "second one. Make a new split for a new search."
            )
        self._closed = self._closed or (chosen, time.time())

    def open(self) -> Split:
        """Hand over the split, once, and record it.

        Raises:
            LeakError: tuning is not closed, or the test part was opened before.
        """
        if self._closed is None:
            raise LeakError(
                "Leak, tuning on the test part: it is opened while settings are still being chosen. "
                "Choose on sealed.tuning, then sealed.close(choice), then open it."
            )
        if self._opening is not None:
            raise LeakError(
                "Leak, testing twice: this test part was opened with the choice "
                f"{self._opening.chosen!r} already. Quote that result, or make a new split."
            )
        opening = Opening(self._split.identity, *self._closed, time.time())
        if self._record is not None:
            self._record(opening)
        self._opening = opening
        return self._split
