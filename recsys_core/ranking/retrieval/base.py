"""Where candidates come from: a source looks at a person and brings a few items, best first."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recsys_core.dataset import Dataset
from recsys_core.kernel import exact_kernel, kernel
from recsys_core.ranking.signals.base import Asked
from recsys_core.ratings import BoolArray, FloatArray, IntArray, frozen

NEVER = -np.inf
"""The score of an item that a seed does not bring."""


@dataclass(frozen=True, eq=False)
class Found:
    """What one source brings, the best of each seed first, then the second of each, and so on.

    Attributes:
        items: (n,) item indices; one may stand twice, where two seeds bring it.
        seeds: (n,) what each was brought for, by `Source.seed_words`: an item, a genre; −1 for nothing.
    """

    items: IntArray
    seeds: IntArray

    def __post_init__(self) -> None:
        frozen(self.items)
        frozen(self.seeds)


@dataclass(frozen=True, eq=False)
class Looked:
    """What a source knows of every item: looked up once, then asked for as many as are needed.

    Attributes:
        scores: (n_seeds, n_items) the higher the sooner; `NEVER` where a seed does not bring an item.
        seeds: (n_seeds,) as in `Found`.
    """

    scores: FloatArray
    seeds: IntArray

    def top(self, n_each: int) -> Found:
        """The best so many of every seed, seeds by turns; equals in the order of the catalogue."""
        best = tops(self.scores, min(n_each, self.scores.shape[1]))
        items, seeds = best.T.reshape(-1), np.tile(self.seeds, best.shape[1])
        return Found(items[items >= 0], seeds[items >= 0])


class Source(ABC):
    """One way to candidates. A file a source; the folder is the registry."""

    name: ClassVar[str]
    title: ClassVar[str]
    help: ClassVar[str]
    """One sentence for a person."""
    place: ClassVar[int]
    """Its turn: earlier sources are asked first."""
    n_seeds: ClassVar[int]
    """How many films, genres … it starts from, at most."""
    n_each: ClassVar[int]
    """How many items it brings for each of them, usually."""

    @abstractmethod
    def look(self, asked: Asked) -> Looked | str:
        """What it knows for this person, or why it has nothing to bring, in words."""

    def find(self, asked: Asked, n_each: int) -> Found | str:
        """The items it brings, so many for each seed; or why it has none."""
        looked = self.look(asked)
        return looked if isinstance(looked, str) else looked.top(n_each)

    def seed_words(self, dataset: Dataset, seed: int) -> str:
        """Why an item was brought, for a person: "like Alien (1979)"."""
        return self.title[:1].lower() + self.title[1:]

    @property
    def usual(self) -> int:
        """How many it brings usually."""
        return self.n_seeds * self.n_each


@exact_kernel
def tops(scores: FloatArray, n: int) -> IntArray:
    """(n_rows, n) the n highest of each row, highest first, equals in ascending order; −1 where the row
    has no more above `NEVER`. One pass: n is small."""
    n_rows, n_items = scores.shape
    found = np.full((n_rows, n), -1, dtype=np.int32)
    best = np.empty(n)
    for row in range(n_rows):
        filled = 0
        for i in range(n_items):
            score = scores[row, i]
            if not score > -np.inf or (filled == n and not score > best[n - 1]):
                continue
            place = filled if filled < n else n - 1
            while place > 0 and score > best[place - 1]:
                best[place] = best[place - 1]
                found[row, place] = found[row, place - 1]
                place -= 1
            best[place] = score
            found[row, place] = i
            filled = min(n, filled + 1)
    return found


@kernel
def products(rows: FloatArray, vectors: FloatArray) -> FloatArray:
    """(n_vectors, n_rows) of every vector with every row.

    Not a product of matrices by the usual library: that one starts threads, which stand in each other's
    way where many people are served at once, and it does not give equal rows equal numbers.
    """
    n_vectors, n_factors = vectors.shape
    found = np.empty((n_vectors, len(rows)))
    for i in range(len(rows)):
        for v in range(n_vectors):
            total = 0.0
            for f in range(n_factors):
                total += rows[i, f] * vectors[v, f]
            found[v, i] = total
    return found


def known_to_the_model(asked: Asked) -> BoolArray:
    """(n_items,) items somebody rated, or that the model placed by their genres or features."""
    known = asked.model.item_counts_ > 0
    placed = getattr(asked.model, "placed_items_", None)
    return np.asarray(known if placed is None else known | placed, dtype=np.bool_)


def most_rated(asked: Asked) -> FloatArray:
    """(n_items,) how many people rated each, of those the model learned from; `NEVER` where nobody did."""
    counts = asked.model.item_counts_.astype(np.float64)
    return np.where(counts > 0, counts, NEVER)
