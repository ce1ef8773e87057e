"""Sponsored: 1 for what somebody pays for, 0 for the rest. Who pays is said wherever it is shown."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from recsys_core.ranking.signals.base import Asked, Signal
from recsys_core.ratings import FloatArray


class Sponsored(Signal):
    """1 for an item with a payer."""

    name: ClassVar[str] = "sponsored"
    title: ClassVar[str] = "Sponsored"
    help: ClassVar[str] = "A push for what somebody pays for; each such film names its payer."
    symbol: ClassVar[str] = "a_i"
    unit: ClassVar[str] = "1 if paid for"
    goal: ClassVar[str] = "revenue"
    place: ClassVar[int] = 9

    def raw(self, asked: Asked) -> FloatArray:
        n_items = len(asked.dataset.catalogue)
        paid = [item for sponsor in asked.sponsors for item in sponsor.items]
        if not paid:
            return np.full(n_items, np.nan)
        pushed = np.zeros(n_items)
        pushed[paid] = 1.0
        return pushed

    def silent(self, asked: Asked) -> str:
        return "nobody pays for anything"
