"""The items nearest to the person in the space of factors: the fifty largest products q_iᵀ p_u.

Exact: every item is looked at. What all people like alike, the item's own bias, is not in the product; this
source brings what suits this person more than others.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from recsys_core.algorithms.base import Profile
from recsys_core.dataset import Dataset
from recsys_core.ranking.retrieval.base import NEVER, Looked, Source, known_to_the_model, products
from recsys_core.ranking.signals.base import Asked
from recsys_core.ratings import FloatArray


class NearestInSpace(Source):
    """Fifty."""

    name: ClassVar[str] = "nearest_in_space"
    title: ClassVar[str] = "Nearest to your taste"
    help: ClassVar[str] = "The fifty whose factors suit yours best."
    place: ClassVar[int] = 4
    n_seeds: ClassVar[int] = 1
    n_each: ClassVar[int] = 50

    def look(self, asked: Asked) -> Looked | str:
        model = asked.model
        table = getattr(model, "item_factors_", None) if model.learns_factors else None
        if table is None:
            return f"{model.title} has no space of factors"
        person = _place(asked, table.shape[1])
        if person is None or not person.any():
            return "nothing is known yet of where you stand in the space of factors"
        rows = np.ascontiguousarray(table, dtype=np.float64)
        suits = products(rows, np.ascontiguousarray(person, dtype=np.float64)[None, :])
        suits[:, ~known_to_the_model(asked)] = NEVER
        return Looked(suits, np.array([-1], dtype=np.int32))

    def seed_words(self, dataset: Dataset, seed: int) -> str:
        return "near your own place in the space of factors"


def _place(asked: Asked, n_factors: int) -> FloatArray | None:
    """(n_factors,) p_u, or None where the model has none of that length for this person."""
    if isinstance(asked.user, Profile):
        vector = None if asked.user.fallback else asked.user.vector
    else:
        people = getattr(asked.model, "user_factors_", None)
        vector = None if people is None else people[asked.user]
    return None if vector is None or vector.shape != (n_factors,) else vector
