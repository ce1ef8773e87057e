"""Gini coefficient of exposure: how unevenly are the places in the lists spread over the films?

    G = Σ_{j=1..m} (2j − m − 1) x_(j) / (m Σ_j x_(j))                      (1)

x_(1) ≤ … ≤ x_(m) is in how many lists each of the m items of the catalogue stands, those that stand in
none included. Equal to half the mean difference between two items, divided by their mean.

Bounds: 0 (every item equally often) to 1 − 1/m (one item alone). Without any list, or where all are
empty: `nan`.
Source: Fleder & Hosanagar (2009), Blockbuster Culture's Next Rise or Fall, section 4; Gini (1912)
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from recsys_core.evaluation.metrics.base import NAN, Lists, WholeMetric


class Gini(WholeMetric):
    """Equation (1)."""

    name: ClassVar[str] = "gini"
    title: ClassVar[str] = "Gini@k"
    summary: ClassVar[str] = "How unevenly the films are recommended: 0 all alike, near 1 only a few."
    better: ClassVar[Literal["lower", "higher", "neither"]] = "lower"
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def _value(self, measured: Lists) -> float:
        x = np.sort(measured.exposure[measured.catalogue])
        m, total = len(x), int(x.sum())
        if not total:
            return NAN
        return float((2 * np.arange(1, m + 1) - m - 1) @ x / (m * total))
