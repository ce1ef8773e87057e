"""Brier score: the mean squared error of probabilities.

    Brier = (1/N) Σ_(u,i) (p̂_ui − y_ui)²                                   (1)

y_ui is 1 for a yes and 0 for a no, p̂_ui the predicted probability of a yes, N how many there are. Pooled
over all users; `per_user` is (1) over one user's answers. The form for one event: half of Brier's own
sum over both answers.

Bounds: 0 (certain and right) to 1 (certain and wrong); always 0.5 costs 0.25. Empty: `nan`.
Source: Brier (1950), Verification of Forecasts Expressed in Terms of Probability, equation 2
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from recsys_core.evaluation.binary import squared_errors
from recsys_core.evaluation.metrics.base import LabelMetric, Predicted
from recsys_core.ratings import FloatArray


class Brier(LabelMetric):
    """Equation (1)."""

    name: ClassVar[str] = "brier"
    title: ClassVar[str] = "Brier score"
    summary: ClassVar[str] = (
        "The average squared distance from the predicted probability of a yes to the answer."
    )
    better: ClassVar[Literal["lower", "higher", "neither"]] = "lower"
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def _value(self, measured: Predicted) -> float:
        return float(np.mean(squared_errors(*self._pairs(measured))))

    def _per_user(self, measured: Predicted) -> FloatArray:
        return measured.means(squared_errors(*self._pairs(measured)))
