"""How to cut, in plain values that travel: in the description of a job, in a protocol, in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from recsys_core.errors import DataError
from recsys_core.evaluation.splits.at_random import hold_out, k_fold, repeated_k_fold, stratified_k_fold
from recsys_core.evaluation.splits.base import Split
from recsys_core.evaluation.splits.by_time import leave_last_out, time_split
from recsys_core.evaluation.splits.by_user import held_out_users, leave_one_out
from recsys_core.ratings import Ratings

MOST_SEEDS = 2**32
"""numpy's legacy generator, which Surprise draws from, takes seeds below this."""


@dataclass(frozen=True)
class Splitting:
    """A way to cut ratings.

    A setting that its kind does not use (`SplittingKind.uses`) is put back to its default, so that two
    of these are equal exactly when they make the same cuts.

    Attributes:
        kind: one of `splittings()`.
        folds: how many parts, from 2; for leave-one-out how many draws, from 1.
        repeats: how many times over, from 1.
        share: of the ratings (hold-out, time) or of the people (held-out users) to keep for the
            test, above 0 and below 1.
        given: how many ratings a person held out gives, from 0.
        seed: 0 to 2³² − 1.

    Raises:
        DataError: there is no such kind, or a value is not as described.
    """

    kind: str = "k-fold"
    folds: int = 5
    repeats: int = 1
    share: float = 0.2
    given: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise DataError(f"There is no kind of split {self.kind!r}; there are: {', '.join(_KINDS)}.")
        uses = _KINDS[self.kind].uses
        for name in ("folds", "repeats", "share", "given", "seed"):
            if name not in uses:
                object.__setattr__(self, name, getattr(Splitting, name))
        fewest = 1 if self.kind == "leave-one-out" else 2
        for name, least, most in (
            ("folds", fewest, None),
            ("repeats", 1, None),
            ("given", 0, None),
            ("seed", 0, MOST_SEEDS - 1),
        ):
            value = getattr(self, name)
            if type(value) is not int or value < least or (most is not None and value > most):
                to = "" if most is None else f" to {most}"
                raise DataError(f"{name} = {value!r} is not allowed: give a whole number from {least}{to}.")
        if type(self.share) is not float or not 0 < self.share < 1:
            raise DataError(f"share = {self.share!r} is not allowed: give a number above 0 and below 1.")

    def splits(self, ratings: Ratings) -> Iterator[Split]:
        """The cuts, one after the other; the same every time.

        Raises:
            DataError: these ratings cannot be cut like this; the message says why.
        """
        return iter(_KINDS[self.kind].cut(self, ratings))

    @property
    def n_splits(self) -> int:
        """How many cuts `splits` makes."""
        uses = _KINDS[self.kind].uses
        return (self.folds if "folds" in uses else 1) * (self.repeats if "repeats" in uses else 1)

    @property
    def words(self) -> str:
        """The cut for a person: "5-fold, seed 0"."""
        text = _KINDS[self.kind].words(self)
        return f"{text}, seed {self.seed}" if "seed" in _KINDS[self.kind].uses else text


@dataclass(frozen=True)
class SplittingKind:
    """A kind of cut.

    Attributes:
        name: what `Splitting.kind` takes.
        summary: one sentence for a person choosing.
        uses: the settings of `Splitting` that it looks at.
        needs_times: it cuts by when ratings were given.
        cut: makes the cuts.
        words: one cut of this kind in words, without the seed.
    """

    name: str
    summary: str
    uses: tuple[str, ...]
    needs_times: bool
    cut: Callable[[Splitting, Ratings], Iterable[Split]]
    words: Callable[[Splitting], str]

    def can_serve(self, ratings: Ratings) -> bool:
        """Whether these ratings have what this kind needs."""
        return ratings.timestamps is not None or not self.needs_times


def splittings() -> dict[str, SplittingKind]:
    """Every kind of cut by name."""
    return dict(_KINDS)


def _hold_outs(how: Splitting, ratings: Ratings) -> Iterator[Split]:
    yield hold_out(ratings, how.share, how.seed)


def _time_splits(how: Splitting, ratings: Ratings) -> Iterator[Split]:
    yield time_split(ratings, how.share)


def _last_ones(how: Splitting, ratings: Ratings) -> Iterator[Split]:
    yield leave_last_out(ratings)


def _percent(share: float) -> str:
    return f"{100 * share:.4g}%"


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n} times"


_KINDS = {
    kind.name: kind
    for kind in (
        SplittingKind(
            "k-fold",
            "Shuffle all ratings and test each equal part once, on a model trained on the others.",
            ("folds", "seed"),
            False,
            lambda how, ratings: k_fold(ratings, how.folds, how.seed),
            lambda how: f"{how.folds}-fold",
        ),
        SplittingKind(
            "repeated k-fold",
            "k-fold several times over, each time shuffled anew: steadier averages for more time.",
            ("folds", "repeats", "seed"),
            False,
            lambda how, ratings: repeated_k_fold(ratings, how.folds, how.repeats, how.seed),
            lambda how: f"{how.folds}-fold, {_times(how.repeats)}",
        ),
        SplittingKind(
            "stratified k-fold",
            "k-fold with every person's ratings spread evenly over the parts, so that all are tested alike.",
            ("folds", "seed"),
            False,
            lambda how, ratings: stratified_k_fold(ratings, how.folds, how.seed),
            lambda how: f"{how.folds}-fold with every person spread evenly",
        ),
        SplittingKind(
            "hold-out",
            "Keep a random share of all ratings for the test, once: quick, and less certain than k-fold.",
            ("share", "seed"),
            False,
            _hold_outs,
            lambda how: f"{_percent(how.share)} of the ratings held out",
        ),
        SplittingKind(
            "leave-one-out",
            "Keep one rating of each person, drawn at random; every person weighs the same.",
            ("folds", "seed"),
            False,
            lambda how, ratings: leave_one_out(ratings, how.folds, how.seed),
            lambda how: f"one rating of each person left out, {_times(how.folds)}",
        ),
        SplittingKind(
            "leave-last-out",
            "Keep the latest rating of each person: what would they have rated next?",
            (),
            True,
            _last_ones,
            lambda how: "the latest rating of each person left out",
        ),
        SplittingKind(
            "time",
            "Learn from everything before one moment and test on everything after it, as in real life.",
            ("share",),
            True,
            _time_splits,
            lambda how: f"the latest {_percent(how.share)} of the ratings held out",
        ),
        SplittingKind(
            "held-out users",
            "Hold out people whole: they give a few ratings, as a new user of this app does, and are "
            "predicted on the rest.",
            ("share", "given", "repeats", "seed"),
            False,
            lambda how, ratings: held_out_users(ratings, how.share, how.given, how.repeats, how.seed),
            lambda how: (
                f"{_percent(how.share)} of the people held out, {how.given} ratings given, "
                f"{_times(how.repeats)}"
            ),
        ),
    )
}
