"""Likeness to what a person liked: the mean of the cosines, weighed by how much each rating still counts.

    s_ui = Σ_{j∈L_u} k_j cos(q_i, q_j) / Σ_{j∈L_u} k_j                       (1)

L_u what the person liked (`Asked.is_liked`), k how much a rating still counts, q the directions of
`_directions.py`. The mean, not the largest: it is linear, so it splits exactly among the liked films, and it
costs one product, be they ten or a thousand. The price is that a person of two tastes is drawn between them.
"""

from __future__ import annotations

from typing import ClassVar

from recsys_core.ranking.signals.base import Asked, Signal
from recsys_core.ratings import FloatArray


class Similarity(Signal):
    """Equation (1)."""

    name: ClassVar[str] = "similarity"
    title: ClassVar[str] = "Like what you liked"
    help: ClassVar[str] = "How near it is, on average, to what you rated highly."
    symbol: ClassVar[str] = "s_ui"
    unit: ClassVar[str] = "mean cosine, −1 to 1"
    place: ClassVar[int] = 2

    def raw(self, asked: Asked) -> FloatArray:
        return asked.likeness

    def silent(self, asked: Asked) -> str:
        return nothing_liked(asked)


def nothing_liked(asked: Asked) -> str:
    """Why there is nothing to be like or unlike."""
    if not len(asked.items):
        return "you have rated nothing yet"
    if not len(asked.liked):
        return "none of your ratings is in the upper half of the scale"
    return "nothing is known that would tell what you liked from the rest"
