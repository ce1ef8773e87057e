"""The items nearest to the person in the space of factors: the fifty largest products q_iᵀ p_u.

Exact: every item is looked at. What all people like alike, the item's own bias, is not in the product; this
source brings what suits this person more than others.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from recsys_core.algorithms.base import Profile
from recsys_core.dataset import Dataset
from recsys_core.ranking.recommend import rank
from recsys_core.ranking.retrieval.base import Found, Source, by_turns, known_to_the_model
from recsys_core.ranking.retrieval.similar_to_liked import DECIMALS
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

    def find(self, asked: Asked, n_each: int) -> Found | str:
        model = asked.model
        table = getattr(model, "item_factors_", None) if model.learns_factors else None
        if table is None:
            return f"{model.title} has no space of factors"
        person = _place(asked, table.shape[1])
        if person is None or not person.any():
            return "nothing is known yet of where you stand in the space of factors"
        products = np.round(np.asarray(table, dtype=np.float64) @ person, DECIMALS)
        known = np.flatnonzero(known_to_the_model(asked)).astype(np.int32)
        return by_turns([rank(products, known, n_each)], [-1])

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
