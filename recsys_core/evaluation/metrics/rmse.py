"""Root mean squared error: how far off predicted ratings are, large errors counting most.

    RMSE = √( (1/N) Σ_(u,i) (r̂_ui − r_ui)² )                               (1)

r_ui the held-out rating, r̂_ui the prediction, N how many there are. Pooled: (1) runs over all
held-out ratings of all users, so that who rates much weighs much; `per_user` is (1) over one
user's ratings, and its mean is another number.

Bounds: 0 (perfect) to ∞; on a scale from 1 to 5 never above 4. Empty: `nan`.
Source: Herlocker, Konstan, Terveen & Riedl (2004), Evaluating Collaborative Filtering
Recommender Systems, section 4.1.1
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from recsys_core.evaluation.metrics.base import Predicted, RatingMetric
from recsys_core.ratings import FloatArray


class RMSE(RatingMetric):
    """Equation (1)."""

    name: ClassVar[str] = "rmse"
    title: ClassVar[str] = "RMSE"
    summary: ClassVar[str] = "By how many stars a prediction is off, large errors counting most."
    better: ClassVar[Literal["lower", "higher", "neither"]] = "lower"
    unit: ClassVar[str] = "stars"
    bounds: ClassVar[tuple[float, float]] = (0.0, np.inf)

    def _value(self, measured: Predicted) -> float:
        return float(np.sqrt(np.mean(measured.errors**2)))

    def _per_user(self, measured: Predicted) -> FloatArray:
        return np.sqrt(measured.means(measured.errors**2))
