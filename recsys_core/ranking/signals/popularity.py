"""Popularity: how many people rated it, log(1 + |U_i|), so that ten times as many is one step and not ten."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from recsys_core.ranking.signals.base import Asked, Signal
from recsys_core.ratings import FloatArray


class Popularity(Signal):
    """log(1 + |U_i|), U_i the people who rated i."""

    name: ClassVar[str] = "popularity"
    title: ClassVar[str] = "Popular"
    help: ClassVar[str] = "How many people rated it, the same for everyone."
    symbol: ClassVar[str] = "log(1 + |U_i|)"
    unit: ClassVar[str] = "log of ratings"
    personal: ClassVar[bool] = False
    goal: ClassVar[str] = "attention"
    place: ClassVar[int] = 3

    def raw(self, asked: Asked) -> FloatArray:
        return np.log1p(asked.dataset.ratings.by_item.counts.astype(np.float64))
