"""Fraction of concordant pairs: of two films a person rated differently, is the better one predicted higher?

    c_u = #{(i, j) : r̂_ui > r̂_uj and r_ui > r_uj}                         (1)
    d_u = #{(i, j) : r̂_ui ≥ r̂_uj and r_ui < r_uj}                         (2)
    FCP = c̄ / (c̄ + d̄)                                                    (3)

i and j run over u's held-out items. An equal prediction for different ratings is a wrong one, by (2);
two equal ratings are no pair. c̄ is the mean of c_u over the users with c_u > 0 and d̄ that of d_u over
those with d_u > 0: so does Surprise, for parity with which this metric is here. Koren and Sill add
the counts up instead. `per_user` is c_u / (c_u + d_u), `nan` for a user without a pair.

Bounds: 0 to 1 (all in the right order). Without any pair: `nan`.
Cost: O(Σ_u n_u²), n_u the number of u's held-out ratings; no memory to speak of.
Source: Koren & Sill (2013), Collaborative Filtering on Ordinal User Feedback, section 5.2
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from recsys_core.evaluation.metrics.base import NAN, Predicted, RatingMetric
from recsys_core.kernel import exact_kernel
from recsys_core.ratings import FloatArray, LongArray


class FCP(RatingMetric):
    """Equation (3)."""

    name: ClassVar[str] = "fcp"
    title: ClassVar[str] = "FCP"
    summary: ClassVar[str] = (
        "Of two films a person rated differently, how often the better is predicted higher."
    )
    better: ClassVar[Literal["lower", "higher", "neither"]] = "higher"
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def _value(self, measured: Predicted) -> float:
        right, wrong = self._pairs(measured)
        if not right.any() and not wrong.any():
            return NAN
        c = right[right > 0].mean() if right.any() else 0.0
        d = wrong[wrong > 0].mean() if wrong.any() else 0.0
        return float(c / (c + d))  # (3)

    def _per_user(self, measured: Predicted) -> FloatArray:
        right, wrong = self._pairs(measured)
        return np.asarray(right / (right + wrong), dtype=np.float64)

    @staticmethod
    def _pairs(measured: Predicted) -> tuple[LongArray, LongArray]:
        """c_u and d_u, (n_people,) each."""
        order = np.argsort(measured.rows, kind="stable")
        starts = np.searchsorted(measured.rows[order], np.arange(len(measured.people) + 1))
        right, wrong = (np.zeros(len(measured.people), dtype=np.int64) for _ in range(2))
        count_pairs(starts, measured.truth[order], measured.predictions[order], right, wrong)
        return right, wrong


@exact_kernel
def count_pairs(
    starts: LongArray, truth: FloatArray, predictions: FloatArray, right: LongArray, wrong: LongArray
) -> None:
    """(1) into `right` and (2) into `wrong`; person x has the ratings starts[x]:starts[x + 1]."""
    for x in range(len(starts) - 1):
        for i in range(starts[x], starts[x + 1]):
            for j in range(starts[x], starts[x + 1]):
                if truth[i] > truth[j]:
                    if predictions[i] > predictions[j]:
                        right[x] += 1
                    else:
                        wrong[x] += 1
