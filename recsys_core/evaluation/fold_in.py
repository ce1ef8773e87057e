"""How far off is a model for people it never saw, after they gave a few ratings?

The setting the app itself runs. Some people are held out whole: the model is trained on
everybody else, is then given m of a held-out person's ratings, and predicts others of
theirs. The same people and the same predicted ratings serve every m, so that the numbers
can be compared along m.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys_core.algorithms import algorithm
from recsys_core.algorithms.base import Algorithm
from recsys_core.errors import DataError, UnsupportedError
from recsys_core.features import SideInformation
from recsys_core.ratings import FloatArray, IntArray, LongArray, Ratings, frozen

GIVEN = (0, 1, 2, 5, 10, 15)
SUPPORT = (0, 1, 5, 20, 100)
MIN_MEASURED = 30
"""A cell of fewer predictions is too few to quote; a wider one is quoted instead."""


@dataclass(frozen=True)
class TypicalError:
    """What to expect of one prediction.

    Attributes:
        mean_absolute: mean |predicted − given| in stars, over `n_predictions`; nan if there are none.
        n_predictions: how many held-out predictions it was measured on.
        n_given: how many ratings those people had given.
        support: least and most people who rated those films (most is None: no limit); None
            where all films were taken together because too few were measured.
    """

    mean_absolute: float
    n_predictions: int
    n_given: int
    support: tuple[int, int | None] | None


@dataclass(frozen=True, eq=False)
class FoldInError:
    """Errors on held-out people by the number of ratings given and by the film's support.

    Attributes:
        given: the numbers of ratings given, m.
        support: lower edges of the support classes: how many of the people trained on rated the film.
        n_users: how many people were held out and predicted.
        counts: (len(support),) predictions per support class; the same for every m.
        absolute, squared: (len(given), len(support)) sums of absolute and squared errors.
        fingerprint: of the ratings; seed: of the choice of people and ratings.
    """

    given: tuple[int, ...]
    support: tuple[int, ...]
    n_users: int
    counts: LongArray
    absolute: FloatArray
    squared: FloatArray
    fingerprint: str
    seed: int

    @property
    def rmse(self) -> FloatArray:
        """(len(given),) root mean squared error for each m; nan if nothing could be measured."""
        return self._mean(self.squared) ** 0.5

    @property
    def mae(self) -> FloatArray:
        """(len(given),) mean absolute error for each m; nan if nothing could be measured."""
        return self._mean(self.absolute)

    def _mean(self, sums: FloatArray) -> FloatArray:
        total = int(self.counts.sum())
        return sums.sum(axis=1) / total if total else np.full(len(self.given), np.nan)

    def typical(self, n_given: int, n_raters: int) -> TypicalError:
        """What to expect after `n_given` ratings for a film that `n_raters` people rated.

        The largest measured m that is not above `n_given` is quoted, so that the answer
        never flatters.
        """
        m = int(np.searchsorted(self.given, n_given, side="right")) - 1
        s = int(np.searchsorted(self.support, n_raters, side="right")) - 1
        if self.counts[s] >= MIN_MEASURED:
            most = self.support[s + 1] - 1 if s + 1 < len(self.support) else None
            mean = float(self.absolute[m, s] / self.counts[s])
            return TypicalError(mean, int(self.counts[s]), self.given[m], (self.support[s], most))
        return TypicalError(float(self.mae[m]), int(self.counts.sum()), self.given[m], None)


def fold_in_error(
    model: Algorithm,
    ratings: Ratings,
    *,
    side: SideInformation | None = None,
    share: float = 0.2,
    given: tuple[int, ...] = GIVEN,
    seed: int = 0,
) -> FoldInError:
    """Measure a model on people it never saw.

    Args:
        model: which algorithm with which hyper-parameters; a fresh copy is trained, this one
            is not touched.
        ratings: the data.
        side: known features of items and users, as in `Algorithm.fit`.
        share: share of the people to hold out, 0 to 1.
        given: the numbers of ratings to give, ascending, the first 0.
        seed: of the choice of people and of the order of their ratings.

    Raises:
        UnsupportedError: the algorithm cannot fold in, or predicts probabilities instead of ratings.
        DataError: nobody has more ratings than the largest number to give, or `share` or
            `given` is not as described.

    Cost: one training, and one fold-in a held-out person and m.
    """
    if not model.folds_in:
        raise UnsupportedError(f"{model.title} cannot place a person it was not trained on.")
    if model.binary:
        raise UnsupportedError(
            f"{model.title} predicts probabilities, and this error is measured in stars: "
            "use recsys_core.evaluation.binary."
        )
    if not 0 < share <= 1:
        raise DataError(f"The share of people to hold out must be above 0 and at most 1; got {share:g}.")
    if not given or given[0] != 0 or list(given) != sorted(set(given)):
        raise DataError(f"The numbers of ratings to give must start at 0 and rise; got {given}.")
    rng = np.random.default_rng(seed)
    eligible = np.flatnonzero(ratings.by_user.counts > given[-1])
    if len(eligible) < 2:
        raise DataError(f"Nobody to hold out: this needs people with more than {given[-1]} ratings.")
    n_held = max(1, int(share * len(eligible)))
    held = np.sort(rng.choice(eligible, size=n_held, replace=False)).astype(np.int32)
    trained = algorithm(model.name, **model.parameters()).fit(
        ratings.take(~np.isin(ratings.users, held)), side
    )
    counts = np.zeros(len(SUPPORT), dtype=np.int64)
    absolute = np.zeros((len(given), len(SUPPORT)))
    squared = np.zeros_like(absolute)
    for user in held:
        items, values = _shuffled(ratings, int(user), rng)
        hidden, truth = items[given[-1] :], values[given[-1] :]
        kind = np.searchsorted(SUPPORT, trained.item_counts_[hidden], side="right") - 1
        counts += np.bincount(kind, minlength=len(SUPPORT))
        for row, m in enumerate(given):
            error = trained.predict(trained.fold_in(items[:m], values[:m]), hidden) - truth
            absolute[row] += np.bincount(kind, weights=np.abs(error), minlength=len(SUPPORT))
            squared[row] += np.bincount(kind, weights=error**2, minlength=len(SUPPORT))
    for array in (counts, absolute, squared):
        frozen(array)
    return FoldInError(given, SUPPORT, len(held), counts, absolute, squared, ratings.fingerprint, seed)


def _shuffled(ratings: Ratings, user: int, rng: np.random.Generator) -> tuple[IntArray, FloatArray]:
    items, values = ratings.by_user.row(user)
    order = rng.permutation(len(items))
    return items[order], values[order].astype(np.float64)
