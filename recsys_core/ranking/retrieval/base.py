"""Where candidates come from: a source looks at a person and brings a few items, best first."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recsys_core.dataset import Dataset
from recsys_core.ranking.signals.base import Asked
from recsys_core.ratings import BoolArray, FloatArray, IntArray, frozen


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
    def find(self, asked: Asked, n_each: int) -> Found | str:
        """The items it brings, or why it has none, in words.

        Args:
            asked: for whom.
            n_each: how many for each seed.
        """

    def seed_words(self, dataset: Dataset, seed: int) -> str:
        """Why an item was brought, for a person: "like Alien (1979)"."""
        return self.title[:1].lower() + self.title[1:]

    @property
    def usual(self) -> int:
        """How many it brings usually."""
        return self.n_seeds * self.n_each


def by_turns(rows: list[IntArray], seeds: list[int]) -> Found:
    """The first of every row, then the second of every row, and so on.

    Args:
        rows: what each seed brings, best first.
        seeds: (len(rows),) what they stand for.
    """
    if not rows:
        return Found(np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int32))
    items = np.concatenate(rows)
    turn = np.concatenate([np.arange(len(row)) for row in rows])
    of_seed = np.repeat(np.array(seeds, dtype=np.int32), [len(row) for row in rows])
    order = np.argsort(turn, kind="stable")
    return Found(items[order].astype(np.int32), of_seed[order])


def known_to_the_model(asked: Asked) -> BoolArray:
    """(n_items,) items somebody rated, or that the model placed by their genres or features."""
    known = asked.model.item_counts_ > 0
    placed = getattr(asked.model, "placed_items_", None)
    return np.asarray(known if placed is None else known | placed, dtype=np.bool_)


def counts(asked: Asked) -> FloatArray:
    """(n_items,) how many people rated each, of those the model learned from, and no others."""
    return asked.model.item_counts_.astype(np.float64)
