"""Deliberate distance from what a person liked, to discover something else: one minus `similarity`."""

from __future__ import annotations

from typing import ClassVar

from recsys_core.ranking.signals.base import Asked, Signal
from recsys_core.ranking.signals.similarity import nothing_liked
from recsys_core.ratings import FloatArray


class Dissimilarity(Signal):
    """1 − s_ui, with s_ui of `similarity.py`."""

    name: ClassVar[str] = "dissimilarity"
    title: ClassVar[str] = "Unlike what you liked"
    help: ClassVar[str] = "Discovery: how far it is, on average, from what you rated highly."
    symbol: ClassVar[str] = "1 − s_ui"
    unit: ClassVar[str] = "1 − mean cosine, 0 to 2"
    place: ClassVar[int] = 5

    def raw(self, asked: Asked) -> FloatArray:
        return 1.0 - asked.likeness

    def silent(self, asked: Asked) -> str:
        return nothing_liked(asked)
