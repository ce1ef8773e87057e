"""A fixed panel of people, kept so that any weights can be tried out on all of them at once.

The signals of everybody are computed once, when the panel is made. From then on a list for each of them is
a weighted sum and a selection, by compiled code that gives the same numbers to the last bit as
`recsys_core.ranking.hybrid` and so the same lists.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from recsys_core.algorithms import Algorithm, algorithm
from recsys_core.algorithms._hyper import HyperValue
from recsys_core.dataset import Dataset
from recsys_core.evaluation.guard import check_unseen
from recsys_core.evaluation.metrics import Relevant
from recsys_core.evaluation.metrics._measured import relevant_of
from recsys_core.evaluation.panel.split import SHARE, kept_signals, panel_split, people_of
from recsys_core.evaluation.splits import Split
from recsys_core.ranking import Asked, Shared, signals_of
from recsys_core.ranking.blend import decisive
from recsys_core.ranking.normalise import check_normalisation
from recsys_core.ratings import BoolArray, FloatArray, IntArray, LongArray, Ratings, frozen

RELEVANCE = 4.0
"""A hidden rating from here on is relevant, in stars, on a scale to 5; see `Panel.relevance`."""


@dataclass(frozen=True, eq=False)
class Panel:
    """People whose lists can be judged. `Panel.make` makes one.

    Attributes:
        model: trained without the hidden ratings.
        dataset: with the ratings that were left to it; what the signals are counted from.
        hidden: the hidden ratings.
        split: the cut.
        people: (n_people,) user indices, ascending.
        normalisation: of the signals.
        names: (n_kept,) the personal signals kept.
        personal: (n_kept, n_people, n_items) their normalised values.
        raw_rating: (n_people, n_items) what the plain order goes by (`blend.decisive`): the rating signal in
            its own unit; normalised for those for whom the model leaves an item unknown.
        silent: (n_kept, n_people) who has a signal that says nothing.
        shared: what does not depend on the person.
    """

    model: Algorithm
    dataset: Dataset
    hidden: Ratings
    split: Split
    people: IntArray
    normalisation: str
    names: tuple[str, ...]
    personal: FloatArray
    raw_rating: FloatArray
    silent: BoolArray
    shared: Shared
    kept: dict[Any, Any] = field(default_factory=dict, repr=False)
    """What was computed for a price and will be needed for the next one, such as the plain order."""

    @classmethod
    def make(
        cls,
        name: str,
        hyper_parameters: dict[str, HyperValue] | None,
        dataset: Dataset,
        n_people: int | None = None,
        seed: int = 0,
        normalisation: str = "min_max",
        model: Algorithm | None = None,
    ) -> Self:
        """Hide ratings, train without them, and compute everybody's signals.

        Args:
            name, hyper_parameters: of the algorithm.
            dataset: the data, whole.
            n_people: how many people, at most; by default as many as 60 MB of signals hold (192 of
                ml-latest-small, 400 of ml-1m). No more than these are taken either way.
            seed: of the split.
            normalisation: of the signals.
            model: trained before on the training part of the same `panel_split`; then `name` and
                `hyper_parameters` are not looked at.

        Raises:
            DataError: nobody has enough ratings, or there is no such normalisation.
            LeakError: the model has seen what is hidden.
            HyperParameterError, TrainingDivergedError: as `fit`.

        Cost: one training, then `signals_of` for each person (1.5 s for 192 people of ml-latest-small).
        """
        check_normalisation(normalisation)
        split = panel_split(dataset.ratings, n_people, seed)
        train = split.train_ratings(dataset.ratings)
        if model is None:
            model = algorithm(name, **(hyper_parameters or {})).fit(train, dataset.side)
        check_unseen(model, dataset.ratings, split)
        known = replace(dataset, ratings=train)
        people, shared = people_of(split, dataset.ratings), Shared(model, known)
        hidden = split.test_ratings(dataset.ratings)
        rows = _signals(model, known, people, normalisation, shared)
        return cls(model, known, hidden, split, people, normalisation, *rows, shared)

    def normalised(self, how: str) -> Panel:
        """The same people and model with the signals on another footing.

        Raises:
            DataError: there is no such normalisation.
        """
        if how == self.normalisation:
            return self
        check_normalisation(how)
        rows = _signals(self.model, self.dataset, self.people, how, self.shared)
        return Panel(self.model, self.dataset, self.hidden, self.split, self.people, how, *rows, self.shared)

    def __len__(self) -> int:
        return len(self.people)

    @property
    def relevance(self) -> float:
        """From how many stars on a hidden rating is relevant: 4 of 5, and as far up on another scale."""
        scale = self.dataset.ratings.scale
        return RELEVANCE if scale.high == 5 else scale.low + 0.75 * (scale.high - scale.low)

    @property
    def words(self) -> str:
        """What it is, in a sentence."""
        return (
            f"{len(self):,} people, {SHARE:.0%} of whose ratings ({len(self.hidden):,}) were hidden from the "
            f"model (seed {self.split.seed}); hidden ratings of {self.relevance:g} and more are relevant"
        )

    @property
    def nbytes(self) -> int:
        """What the signals take."""
        return self.personal.nbytes + self.raw_rating.nbytes

    def asked(self, row: int) -> Asked:
        """One of the people as `hybrid` wants them, with what is left of their ratings."""
        return Asked.of(self.model, self.dataset, int(self.people[row]), shared=self.shared)

    def half(self, which: int) -> IntArray:
        """Rows of one of two disjoint halves, drawn by the seed: 0 to choose by, 1 to report on."""
        mixed = np.random.default_rng([self.split.seed, 1]).permutation(len(self)).astype(np.int32)
        middle = (len(self) + 1) // 2
        return np.sort(mixed[middle:] if which else mixed[:middle])

    @cached_property
    def seen(self) -> tuple[LongArray, IntArray]:
        """What each has rated in training: row `x` is `items[starts[x]:starts[x + 1]]`."""
        own = [self.dataset.ratings.by_user.row(int(user))[0] for user in self.people]
        starts = np.concatenate([[0], np.cumsum([len(row) for row in own])]).astype(np.int64)
        items = np.concatenate([np.empty(0, np.int32), *own]).astype(np.int32)
        frozen(starts)
        frozen(items)
        return starts, items

    @cached_property
    def relevant(self) -> Relevant:
        """What of the hidden is relevant to whom, of the whole catalogue."""
        return relevant_of(self.hidden, self.people, self.relevance)


def _signals(
    model: Algorithm, known: Dataset, people: IntArray, how: str, shared: Shared
) -> tuple[tuple[str, ...], FloatArray, FloatArray, BoolArray]:
    """The four arrays of everybody's signals."""
    names = kept_signals()
    n_items = len(known.catalogue)
    personal = np.empty((len(names), len(people), n_items))
    raw_rating = np.empty((len(people), n_items))
    silent = np.zeros((len(names), len(people)), dtype=np.bool_)
    for row, user in enumerate(people.tolist()):
        found = signals_of(Asked.of(model, known, user, shared=shared), how, names)
        personal[:, row] = found.values
        rating = found.row("rating")
        raw_rating[row] = decisive(found.raw[rating], found.values[rating])
        silent[:, row] = [name in found.silent for name in names]
    for array in (personal, raw_rating, silent):
        frozen(array)
    return names, personal, raw_rating, silent
