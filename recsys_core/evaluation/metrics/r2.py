"""Coefficient of determination: how much of the variation of the ratings is predicted.

    R² = 1 − Σ_(u,i) (r̂_ui − r_ui)² / Σ_(u,i) (r_ui − r̄)²                 (1)

r̄ is the mean of the held-out ratings themselves: 0 is as good as predicting that mean for
everything. Pooled over all held-out ratings; `per_user` is (1) over one user's, with their own mean
as r̄, which is a far harder opponent.

Bounds: −∞ to 1 (perfect). Empty, or where all true ratings are equal: `nan`.
Source: Draper & Smith (1998), Applied Regression Analysis, section 1.3
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from recsys_core.evaluation.metrics.base import NAN, Predicted, RatingMetric
from recsys_core.ratings import FloatArray


class R2(RatingMetric):
    """Equation (1)."""

    name: ClassVar[str] = "r2"
    title: ClassVar[str] = "R²"
    summary: ClassVar[str] = "What share of the ups and downs of the ratings is predicted; 0 is their mean."
    better: ClassVar[Literal["lower", "higher", "neither"]] = "higher"
    bounds: ClassVar[tuple[float, float]] = (-np.inf, 1.0)

    def _value(self, measured: Predicted) -> float:
        if np.ptp(measured.truth) == 0:
            return NAN
        around = measured.truth - measured.truth.mean()
        return float(1 - np.sum(measured.errors**2) / np.sum(around**2))

    def _per_user(self, measured: Predicted) -> FloatArray:
        around = measured.truth - measured.means(measured.truth)[measured.rows]
        spread = measured.sums(around**2)
        # The mean of equal numbers may be off by a rounding: what is equal has no spread.
        r2: FloatArray = 1 - measured.sums(measured.errors**2) / np.where(spread > 1e-20, spread, np.nan)
        return r2
