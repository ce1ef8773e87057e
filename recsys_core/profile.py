"""A new user: the ratings a person gives here and now, kept apart from any model.

`OwnRatings` never changes: every act returns a new one, so that undo is keeping the old.
It can be written into a web address and into a table, and read back from both; whatever
cannot be read is reported, and the rest is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote, unquote

import numpy as np
import pandas as pd

from recsys_core.dataset import NO_YEAR, Catalogue, Remark, natural_title
from recsys_core.datasets.cells import listed
from recsys_core.errors import DataError
from recsys_core.ratings import IntArray, RatingArray, Scale

MAX_TEXT = 20_000
"""Longest web-address text that is read: some two thousand ratings."""

_NOT_SEEN = "n"


@dataclass(frozen=True)
class OwnRatings:
    """What one person said about the items of one data set.

    Attributes:
        ratings: (item index, rating) pairs, in the order given; each item once.
        not_seen: items the person has not seen. That is not a low rating: it only keeps
            them from being asked about again.
    """

    ratings: tuple[tuple[int, float], ...] = ()
    not_seen: frozenset[int] = frozenset()

    def __len__(self) -> int:
        return len(self.ratings)

    @property
    def items(self) -> IntArray:
        """(n,) the rated items."""
        return np.array([item for item, _ in self.ratings], dtype=np.int32)

    @property
    def values(self) -> RatingArray:
        """(n,) their ratings."""
        return np.array([value for _, value in self.ratings], dtype=np.float32)

    def of(self, item: int) -> float | None:
        """The rating of one item, or None."""
        return dict(self.ratings).get(item)

    def rate(self, item: int, value: float) -> Self:
        """Give or change a rating; the item's place in the order stays."""
        if item in dict(self.ratings):
            changed = tuple((i, value if i == item else v) for i, v in self.ratings)
        else:
            changed = (*self.ratings, (item, value))
        return type(self)(changed, self.not_seen - {item})

    def forget(self, item: int) -> Self:
        """Take back whatever was said about one item."""
        kept = tuple(pair for pair in self.ratings if pair[0] != item)
        return type(self)(kept, self.not_seen - {item})

    def mark_not_seen(self, item: int) -> Self:
        """Say "not seen"; a rating given before is taken back."""
        kept = tuple(pair for pair in self.ratings if pair[0] != item)
        return type(self)(kept, self.not_seen | {item})

    # -- as text in a web address: "1~4.5_260~5_44~n"

    def to_text(self, catalogue: Catalogue) -> str:
        """Compact text of raw ids and ratings, safe in a web address."""
        said = [(item, f"{value:g}") for item, value in self.ratings]
        said += [(item, _NOT_SEEN) for item in sorted(self.not_seen)]
        return "_".join(f"{_escaped(catalogue.item_ids[item])}~{word}" for item, word in said)

    @classmethod
    def from_text(cls, text: str, catalogue: Catalogue, scale: Scale) -> tuple[Self, tuple[Remark, ...]]:
        """Read what `to_text` wrote, from an untrusted address.

        Returns:
            What could be read, and remarks on what could not.
        """
        if len(text) > MAX_TEXT:
            return cls(), (Remark(f"The ratings in the address are too long ({len(text)} characters)."),)
        entries = [entry.rpartition("~") for entry in text.split("_") if entry]
        said = ((raw := unquote(escaped), catalogue.index_of.get(raw), word) for escaped, _, word in entries)
        return cls._gather(said, scale)

    # -- as a table for a file

    def to_frame(self, catalogue: Catalogue) -> pd.DataFrame:
        """One row an item: item_id, title, year, rating; an empty rating means "not seen"."""
        items = [*(item for item, _ in self.ratings), *sorted(self.not_seen)]
        words = [*(f"{value:g}" for _, value in self.ratings), *("" for _ in self.not_seen)]
        years = [int(catalogue.years[item]) for item in items]
        return pd.DataFrame(
            {
                "item_id": [catalogue.item_ids[item] for item in items],
                "title": [natural_title(catalogue.titles[item]) for item in items],
                "year": ["" if year == NO_YEAR else str(year) for year in years],
                "rating": words,
            }
        )

    @classmethod
    def from_frame(
        cls, frame: pd.DataFrame, catalogue: Catalogue, scale: Scale
    ) -> tuple[Self, tuple[Remark, ...]]:
        """Read a table as `to_frame` makes it; films of another data set are found by title and year.

        Args:
            frame: columns item_id, title, year, rating, all as text.

        Raises:
            DataError: a column is missing.
        """
        missing = [name for name in ("item_id", "title", "year", "rating") if name not in frame.columns]
        if missing:
            found = ", ".join(map(str, frame.columns))[:200] or "none"
            raise DataError(f"The file has no column {', '.join(missing)}; its columns are: {found}.")
        text = frame[["item_id", "title", "year", "rating"]].fillna("").astype(str)
        said = (
            (f"{title} {year}", catalogue.named(raw_id, title, year), rating.strip() or _NOT_SEEN)
            for raw_id, title, year, rating in text.to_numpy().tolist()
        )
        return cls._gather(said, scale)

    # -- both

    @classmethod
    def _gather(
        cls, said: Iterable[tuple[str, int | None, str]], scale: Scale
    ) -> tuple[Self, tuple[Remark, ...]]:
        """Of each entry: how a message names it, the item if there is one, and the rating."""
        own, unknown, off_scale = cls(), [], []
        for name, item, word in said:
            if item is None:
                unknown.append(name)
            elif word == _NOT_SEEN:
                own = own.mark_not_seen(item)
            elif (value := _value(word, scale)) is None:
                off_scale.append(f"{name}: {word}")
            else:
                own = own.rate(item, value)
        remarks = []
        if unknown:
            remarks.append(Remark(f"Not in this data set: {listed(unknown, len(unknown))}.", len(unknown)))
        if off_scale:
            text = f"Not a rating on the scale {scale}: {listed(off_scale, len(off_scale))}."
            remarks.append(Remark(text, len(off_scale)))
        return own, tuple(remarks)


def _escaped(raw_id: str) -> str:
    return quote(raw_id, safe="").replace("~", "%7E").replace("_", "%5F")


def _value(word: str, scale: Scale) -> float | None:
    """The rating on the scale nearest to what was written, if it is on the scale at all."""
    try:
        value = float(word)
    except ValueError:
        return None
    if not scale.low <= value <= scale.high:
        return None
    return min(scale.choices, key=lambda choice: abs(choice - value))
