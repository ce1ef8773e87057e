"""The twenty most rated items of all, the same for everyone.

Source: Ng, the course's lecture on retrieval and ranking.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from recsys_core.dataset import Dataset
from recsys_core.ranking.recommend import rank
from recsys_core.ranking.retrieval.base import Found, Source, by_turns, counts
from recsys_core.ranking.signals.base import Asked


class TopOverall(Source):
    """Twenty."""

    name: ClassVar[str] = "top_overall"
    title: ClassVar[str] = "Top overall"
    help: ClassVar[str] = "The twenty that most people rated, the same for everyone."
    place: ClassVar[int] = 3
    n_seeds: ClassVar[int] = 1
    n_each: ClassVar[int] = 20

    def find(self, asked: Asked, n_each: int) -> Found | str:
        most_rated = counts(asked)
        rated = np.flatnonzero(most_rated > 0).astype(np.int32)
        return by_turns([rank(most_rated, rated, n_each)], [-1])

    def seed_words(self, dataset: Dataset, seed: int) -> str:
        return "among the most rated of all"
