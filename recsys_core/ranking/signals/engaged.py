"""Already engaged: what a person rated, to be recommended again; the higher they rated it, the more.

    g_ui = k_i (r_ui − low) / (high − low)    for what u rated, 0 for everything else      (1)

k is how much the rating still counts. Only a list that may show seen films can use it.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from recsys_core.ranking.signals.base import Asked, Signal
from recsys_core.ratings import FloatArray


class Engaged(Signal):
    """Equation (1)."""

    name: ClassVar[str] = "engaged"
    title: ClassVar[str] = "Watch again"
    help: ClassVar[str] = "What you rated highly already; it needs a list that may show what you have seen."
    symbol: ClassVar[str] = "g_ui"
    unit: ClassVar[str] = "your rating, 0 to 1"
    goal: ClassVar[str] = "attention"
    place: ClassVar[int] = 7

    def raw(self, asked: Asked) -> FloatArray:
        scale, n_items = asked.dataset.ratings.scale, len(asked.dataset.catalogue)
        if not len(asked.items):
            return np.full(n_items, np.nan)
        again = np.zeros(n_items)
        again[asked.items] = asked.keep * (asked.values - scale.low) / (scale.high - scale.low)
        return again

    def silent(self, asked: Asked) -> str:
        return "you have rated nothing yet"
