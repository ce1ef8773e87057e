"""Catalogue coverage: what share of the films is recommended to anyone?

    coverage@k = |∪_u L_u| / |C|                                           (1)

L_u is u's list of k, C the catalogue a list may be drawn from: every item, with or without ratings,
unless the candidates were narrowed. A number of all lists together: no user has a share in it, and
it grows with the number of users and with k, so only equal numbers of both can be compared.

Bounds: 0 to 1. Without any list: `nan`.
Source: Ge, Delgado-Battenfeld & Jannach (2010), Beyond Accuracy: Evaluating Recommender Systems by
Coverage and Serendipity, equation 2
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from recsys_core.evaluation.metrics.base import NAN, Lists, WholeMetric


class Coverage(WholeMetric):
    """Equation (1)."""

    name: ClassVar[str] = "coverage"
    title: ClassVar[str] = "Coverage@k"
    summary: ClassVar[str] = "What share of all films is recommended to anyone at all."
    better: ClassVar[Literal["lower", "higher", "neither"]] = "higher"
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def _value(self, measured: Lists) -> float:
        shown = measured.exposure[measured.catalogue] > 0
        return float(np.mean(shown)) if len(shown) else NAN
