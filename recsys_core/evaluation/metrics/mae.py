"""Mean absolute error: how far off predicted ratings are, every star counting the same.

    MAE = (1/N) Σ_(u,i) |r̂_ui − r_ui|                                      (1)

Symbols and pooling as for RMSE: over all held-out ratings of all users; `per_user` over one user's.

Bounds: 0 (perfect) to ∞; never above RMSE. Empty: `nan`.
Source: Herlocker, Konstan, Terveen & Riedl (2004), Evaluating Collaborative Filtering
Recommender Systems, section 4.1.1
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from recsys_core.evaluation.metrics.base import Predicted, RatingMetric
from recsys_core.ratings import FloatArray


class MAE(RatingMetric):
    """Equation (1)."""

    name: ClassVar[str] = "mae"
    title: ClassVar[str] = "MAE"
    summary: ClassVar[str] = "By how many stars a prediction is off on average."
    better: ClassVar[Literal["lower", "higher", "neither"]] = "lower"
    unit: ClassVar[str] = "stars"
    bounds: ClassVar[tuple[float, float]] = (0.0, np.inf)

    def _value(self, measured: Predicted) -> float:
        return float(np.mean(np.abs(measured.errors)))

    def _per_user(self, measured: Predicted) -> FloatArray:
        return measured.means(np.abs(measured.errors))
