"""Recency of release: the year an item came out."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from recsys_core.dataset import NO_YEAR
from recsys_core.ranking.signals.base import Asked, Signal
from recsys_core.ratings import FloatArray


class Release(Signal):
    """y_i, the year of release; nothing to say where it is unknown."""

    name: ClassVar[str] = "release"
    title: ClassVar[str] = "Lately released"
    help: ClassVar[str] = "How new it is by its year of release, whenever it arrived here."
    symbol: ClassVar[str] = "y_i"
    unit: ClassVar[str] = "year"
    personal: ClassVar[bool] = False
    goal: ClassVar[str] = "attention"
    place: ClassVar[int] = 6

    def raw(self, asked: Asked) -> FloatArray:
        years = asked.dataset.catalogue.years
        return np.where(years == NO_YEAR, np.nan, years.astype(np.float64))

    def silent(self, asked: Asked) -> str:
        return "no year of release is known"
