"""Log-loss: how surprised would the predicted probabilities be by the answers?

    log loss = −(1/N) Σ_(u,i) [y_ui ln p̂_ui + (1 − y_ui) ln (1 − p̂_ui)]    (1)

y_ui is 1 for a yes and 0 for a no, p̂_ui the predicted probability of a yes, N how many there are. A
probability counts as at least 2⁻⁵² from 0 and from 1, lest one wrong certainty cost infinitely much (it
costs 36). Pooled over all users; `per_user` is (1) over one user's answers.

Bounds: 0 (certain and right) to 36.04; a coin costs ln 2 ≈ 0.69. Empty: `nan`.
Source: Bishop (2006), Pattern Recognition and Machine Learning, equation 4.90
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from recsys_core.evaluation.binary import SUREST, log_losses
from recsys_core.evaluation.metrics.base import LabelMetric, Predicted
from recsys_core.ratings import FloatArray


class LogLoss(LabelMetric):
    """Equation (1)."""

    name: ClassVar[str] = "log_loss"
    title: ClassVar[str] = "Log-loss"
    summary: ClassVar[str] = "How surprising the answers are to the model, wrong certainty costing most."
    better: ClassVar[Literal["lower", "higher", "neither"]] = "lower"
    unit: ClassVar[str] = "nats"
    bounds: ClassVar[tuple[float, float]] = (0.0, float(-np.log(SUREST)))

    def _value(self, measured: Predicted) -> float:
        return float(np.mean(log_losses(*self._pairs(measured))))

    def _per_user(self, measured: Predicted) -> FloatArray:
        return measured.means(log_losses(*self._pairs(measured)))
