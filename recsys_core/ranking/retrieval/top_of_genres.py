"""The ten most rated items of each of the person's three favourite genres.

A favourite genre is one that many of the liked items have, each weighing as much as it still counts; equals
in the order of the catalogue. Source: Ng, the course's lecture on retrieval and ranking.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from recsys_core.dataset import Dataset
from recsys_core.ranking.retrieval.base import NEVER, Looked, Source, most_rated
from recsys_core.ranking.signals.base import Asked
from recsys_core.ranking.signals.similarity import nothing_liked


class TopOfGenres(Source):
    """Ten of each of three."""

    name: ClassVar[str] = "top_of_genres"
    title: ClassVar[str] = "Top of your genres"
    help: ClassVar[str] = "The ten most rated of each of your three favourite genres."
    place: ClassVar[int] = 2
    n_seeds: ClassVar[int] = 3
    n_each: ClassVar[int] = 10

    def look(self, asked: Asked) -> Looked | str:
        genres = asked.dataset.catalogue.genres
        weights = asked.keep[asked.is_liked] @ genres[asked.liked].astype(np.float64)
        favourites = np.argsort(-weights, kind="stable")[: self.n_seeds].astype(np.int32)
        favourites = favourites[weights[favourites] > 0]
        if not len(favourites):
            return nothing_liked(asked) if not len(asked.liked) else "no genre of what you liked is known"
        return Looked(np.where(genres[:, favourites].T, most_rated(asked), NEVER), favourites)

    def seed_words(self, dataset: Dataset, seed: int) -> str:
        return f"among the most rated of {dataset.catalogue.genre_names[seed]}, one of your genres"
