"""Where each of a person's ratings pulls: the same person placed again without it.

    pull_j = p(all ratings) − p(all but r_j)                                   (1)

Nothing is approximated: each p is a fold-in. The pulls need not sum to p, for ratings share what
they tell: of two that say the same, either may be left out at no cost.

Source: leaving one out, as in Cook (1977), Detection of Influential Observation in Linear Regression.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys_core.algorithms.base import Algorithm, Profile
from recsys_core.errors import DataError, UnsupportedError
from recsys_core.ratings import FloatArray, IntArray, RatingArray, frozen


@dataclass(frozen=True, eq=False)
class Pulls:
    """A person's place, and where each rating alone has moved it.

    Attributes:
        items: (n,) the rated items, as given.
        values: (n,) their ratings.
        place: (n_factors,) p with all ratings.
        without: (n, n_factors) p without one of them; a single rating's is where one without ratings is.
        affinity: (n,) pull_j · q_j, in what the model's product is in: above 0, the rating pulls towards
            the item rated; below 0, away from it.
    """

    items: IntArray
    values: RatingArray
    place: FloatArray
    without: FloatArray
    affinity: FloatArray

    def __post_init__(self) -> None:
        for array in (self.items, self.values, self.place, self.without, self.affinity):
            frozen(array)

    @property
    def arrows(self) -> FloatArray:
        """(n, n_factors) equation (1)."""
        arrows: FloatArray = self.place - self.without
        return arrows

    @property
    def lengths(self) -> FloatArray:
        """(n,) ‖pull_j‖, in the units of the factors."""
        lengths: FloatArray = np.linalg.norm(self.arrows, axis=1)
        return lengths


def pulls_of(model: Algorithm, items: IntArray, values: RatingArray) -> Pulls:
    """Fold the person in once with all ratings, and once without each.

    Args:
        model: fitted; it folds people in as rows of the space of its items.
        items: (n,) distinct item indices, n ≥ 1.
        values: (n,) their ratings.

    Raises:
        UnsupportedError: the model cannot fold in, or does not place people among items.
        DataError: there are no ratings; and as `Algorithm.fold_in`.
        NotFittedError: the model was not fitted.

    Cost: n + 1 fold-ins.
    """
    if not len(items):
        raise DataError("Without ratings nothing pulls: give at least one.")
    all_but = ~np.eye(len(items), dtype=bool)
    place = place_of(model, model.fold_in(items, values))
    without = np.array([place_of(model, model.fold_in(items[rest], values[rest])) for rest in all_but])
    factors: FloatArray = model.item_factors_  # type: ignore[attr-defined]
    affinity = ((place - without) * factors[items]).sum(axis=1)
    return Pulls(np.array(items, np.int32), np.array(values, np.float32), place, without, affinity)


def place_of(model: Algorithm, person: Profile) -> FloatArray:
    """(n_factors,) a folded-in person as a row of the space of items.

    Raises:
        UnsupportedError: the model has no such place for people.
    """
    factors = getattr(model, "item_factors_", None)
    if factors is None or person.vector is None or person.vector.shape != factors.shape[1:]:
        raise UnsupportedError(f"{model.title} gives people no place in the space of its items.")
    place: FloatArray = np.array(person.vector, dtype=np.float64)
    return place
