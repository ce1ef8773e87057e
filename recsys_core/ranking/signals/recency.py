"""Recency of arrival: when the first rating of an item was given, which is when this audience met it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from recsys_core.ranking.signals.base import Asked, Signal
from recsys_core.ratings import FloatArray

SECONDS_A_YEAR = 365.2425 * 24 * 3600


class Recency(Signal):
    """t_i, the time of the first rating in the data, as a year with decimals."""

    name: ClassVar[str] = "recency"
    title: ClassVar[str] = "New in the catalogue"
    help: ClassVar[str] = "How lately it arrived: when it was rated for the first time."
    symbol: ClassVar[str] = "t_i"
    unit: ClassVar[str] = "year"
    personal: ClassVar[bool] = False
    goal: ClassVar[str] = "attention"
    place: ClassVar[int] = 4

    def raw(self, asked: Asked) -> FloatArray:
        ratings = asked.dataset.ratings
        first = np.full(ratings.n_items, np.nan)
        if ratings.timestamps is not None and len(ratings):
            np.fmin.at(first, ratings.items, ratings.timestamps.astype(np.float64))
        return 1970.0 + first / SECONDS_A_YEAR

    def silent(self, asked: Asked) -> str:
        return "these ratings have no times"
