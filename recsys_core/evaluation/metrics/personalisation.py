"""Personalisation: how different are the lists of different people?

    h_uv = 1 − |L_u ∩ L_v| / k                                             (1)
    personalisation@k = mean of h_uv over all pairs of users u ≠ v         (2)

L_u is u's list, k its length. An item that stands in c_i lists is shared by c_i (c_i − 1) / 2 pairs, so
that (2) needs no look at pairs:

    personalisation@k = 1 − Σ_i c_i (c_i − 1) / (k n (n − 1))              (3)

n is the number of lists that hold anything. Cost O(n k), no memory per pair.

Bounds: 0 (the same list for all) to 1 (no two lists share an item). Fewer than two lists: `nan`.
Source: Zhou, Kuscsik, Liu, Medo, Wakeling & Zhang (2010), Solving the Apparent Diversity-Accuracy
Dilemma of Recommender Systems (their inter-list distance)
"""

from __future__ import annotations

from typing import ClassVar, Literal

from recsys_core.evaluation.metrics.base import NAN, Lists, WholeMetric


class Personalisation(WholeMetric):
    """Equation (3)."""

    name: ClassVar[str] = "personalisation"
    title: ClassVar[str] = "Personalisation@k"
    summary: ClassVar[str] = "How different two people's lists are: 0 the same list, 1 nothing shared."
    better: ClassVar[Literal["lower", "higher", "neither"]] = "higher"
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def _value(self, measured: Lists) -> float:
        n, c = int(measured.filled.any(axis=1).sum()), measured.exposure
        if n < 2:
            return NAN
        return 1 - float(c @ (c - 1)) / (measured.k * n * (n - 1))  # (3)
