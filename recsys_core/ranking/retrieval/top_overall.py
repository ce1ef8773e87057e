"""The twenty most rated items of all, the same for everyone.

Source: Ng, the course's lecture on retrieval and ranking.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from recsys_core.dataset import Dataset
from recsys_core.ranking.retrieval.base import Looked, Source, most_rated
from recsys_core.ranking.signals.base import Asked


class TopOverall(Source):
    """Twenty."""

    name: ClassVar[str] = "top_overall"
    title: ClassVar[str] = "Top overall"
    help: ClassVar[str] = "The twenty that most people rated, the same for everyone."
    place: ClassVar[int] = 3
    n_seeds: ClassVar[int] = 1
    n_each: ClassVar[int] = 20

    def look(self, asked: Asked) -> Looked | str:
        return Looked(most_rated(asked)[None, :], np.array([-1], dtype=np.int32))

    def seed_words(self, dataset: Dataset, seed: int) -> str:
        return "among the most rated of all"
