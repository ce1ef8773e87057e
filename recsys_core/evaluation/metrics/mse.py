"""Mean squared error: what most models minimise.

    MSE = (1/N) Σ_(u,i) (r̂_ui − r_ui)²                                     (1)

Symbols and pooling as for RMSE, whose square it is; `per_user` is (1) over one user's ratings.

Bounds: 0 (perfect) to ∞. Empty: `nan`.
Source: Herlocker, Konstan, Terveen & Riedl (2004), Evaluating Collaborative Filtering
Recommender Systems, section 4.1.1
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from recsys_core.evaluation.metrics.base import Predicted, RatingMetric
from recsys_core.ratings import FloatArray


class MSE(RatingMetric):
    """Equation (1)."""

    name: ClassVar[str] = "mse"
    title: ClassVar[str] = "MSE"
    summary: ClassVar[str] = "The average squared error, in squared stars: what most models try to lower."
    better: ClassVar[Literal["lower", "higher", "neither"]] = "lower"
    unit: ClassVar[str] = "stars²"
    bounds: ClassVar[tuple[float, float]] = (0.0, np.inf)

    def _value(self, measured: Predicted) -> float:
        return float(np.mean(measured.errors**2))

    def _per_user(self, measured: Predicted) -> FloatArray:
        return measured.means(measured.errors**2)
