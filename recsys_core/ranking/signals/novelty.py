"""Novelty: how unlikely it is that somebody knows an item already, in bits.

    n_i = −log₂ (max(|U_i|, 1) / N)                                          (1)

U_i the people who rated i, N how many people rated anything. What nobody rated counts as if one had, as in
the metric of the same name.

Source: Vargas & Castells (2011), Rank and Relevance in Novelty and Diversity Metrics, section 4.1
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from recsys_core.ranking.signals.base import Asked, Signal
from recsys_core.ratings import FloatArray


class Novelty(Signal):
    """Equation (1)."""

    name: ClassVar[str] = "novelty"
    title: ClassVar[str] = "Little known"
    help: ClassVar[str] = "How few people rated it: one bit more is half as many."
    symbol: ClassVar[str] = "n_i"
    unit: ClassVar[str] = "bits"
    personal: ClassVar[bool] = False
    place: ClassVar[int] = 8

    def raw(self, asked: Asked) -> FloatArray:
        ratings = asked.dataset.ratings
        people = int(np.sum(ratings.by_user.counts > 0))
        if not people:
            return np.full(ratings.n_items, np.nan)
        return np.log2(people / np.maximum(ratings.by_item.counts, 1))
