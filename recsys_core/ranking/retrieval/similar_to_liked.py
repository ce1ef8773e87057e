"""The ten items most similar to each of the last ten the person liked, by cosine.

Similar as the signal "similarity" has it: in item factors, where the model has none in who rated what, and
where nobody rated anything in genres. Source: Ng, the course's lecture on retrieval and ranking.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from recsys_core.dataset import Dataset
from recsys_core.ranking.recommend import rank
from recsys_core.ranking.retrieval.base import Found, Source, by_turns, known_to_the_model
from recsys_core.ranking.signals.base import Asked
from recsys_core.ranking.signals.similarity import nothing_liked

DECIMALS = 12
"""A product of matrices is not exact to the last digit; equals must be equal."""


class SimilarToLiked(Source):
    """Ten for each of ten, the latest liked first."""

    name: ClassVar[str] = "similar_to_liked"
    title: ClassVar[str] = "Similar to what you liked last"
    help: ClassVar[str] = "The ten most similar to each of the last ten you liked."
    place: ClassVar[int] = 1
    n_seeds: ClassVar[int] = 10
    n_each: ClassVar[int] = 10

    def find(self, asked: Asked, n_each: int) -> Found | str:
        directions = asked.shared.directions
        liked = asked.liked[directions.known[asked.liked]]
        seeds = liked[-self.n_seeds :][::-1]
        if not len(seeds):
            return nothing_liked(asked)
        own = directions.rows[seeds].T
        # Of sparse rows only the few asked about become dense, which is five times quicker than neither.
        near = directions.rows @ (own if isinstance(own, np.ndarray) else own.toarray())
        table = np.round(near, DECIMALS)
        known = np.flatnonzero(directions.known & known_to_the_model(asked)).astype(np.int32)
        rows = [rank(table[:, k], known[known != item], n_each) for k, item in enumerate(seeds)]
        return by_turns(rows, seeds.tolist())

    def seed_words(self, dataset: Dataset, seed: int) -> str:
        return f"similar to {dataset.catalogue.label(seed)}, which you liked"
