"""Area under the ROC curve: does a yes get a higher probability than a no?

    AUC = share of the pairs of a yes and a no in which p̂ of the yes is higher, a tie counting half    (1)

p̂ is the predicted probability of a yes. Pooled: the two of a pair may be answers of different people, so
that knowing who says yes often helps too. `per_user` is (1) within one user's answers, where it does not.

Bounds: 0 to 1 (every yes above every no); 0.5 is chance. Nothing but yeses, or nothing but noes: `nan`.
Cost: one sort.
Source: Hanley & McNeil (1982), The Meaning and Use of the Area under a Receiver Operating Characteristic
(ROC) Curve
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from recsys_core.evaluation.binary import area_under_curve
from recsys_core.evaluation.metrics.base import LabelMetric, Predicted
from recsys_core.ratings import FloatArray


class AUC(LabelMetric):
    """Equation (1)."""

    name: ClassVar[str] = "auc"
    title: ClassVar[str] = "AUC"
    summary: ClassVar[str] = "How often a film with a yes gets a higher probability than one with a no."
    better: ClassVar[Literal["lower", "higher", "neither"]] = "higher"
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def _value(self, measured: Predicted) -> float:
        return area_under_curve(*self._pairs(measured))

    def _per_user(self, measured: Predicted) -> FloatArray:
        y, p = self._pairs(measured)
        order = np.argsort(measured.rows, kind="stable")
        ends = np.cumsum(np.bincount(measured.rows, minlength=len(measured.people)))
        parts = np.split(order, ends[:-1])[: len(measured.people)]
        return np.array([area_under_curve(y[part], p[part]) for part in parts], dtype=np.float64)
