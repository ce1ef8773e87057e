"""Popularity lift: are the recommended films more popular than those the same people rated?

    GAP_p = mean over u of (1/|I_u|) Σ_{i∈I_u} |U_i|                       (1)
    GAP_q = mean over u of (1/|L_u|) Σ_{i∈L_u} |U_i|                       (2)
    lift@k = (GAP_q − GAP_p) / GAP_p                                       (3)

I_u are the items u rated in training, L_u u's list, U_i the people who rated i in training. A relative
change, not a ratio: 0 means as popular as the histories, 1 twice as popular, −0.5 half. (3) is taken once
for the whole group; `per_user` is (3) for the group of that one user, and its mean is another number.

Bounds: −1 to ∞; nearest to 0 is most faithful to what people rate. Users with an empty list or no history
are left out; `nan` without any other.
Source: Abdollahpouri, Mansoury, Burke & Mobasher (2019), The Unfairness of Popularity Bias in
Recommendation, section 3; (2020), The Connection Between Popularity Bias, Calibration, and Fairness in
Recommendation, section 3.2
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from recsys_core.evaluation.metrics._measured import sums_by_row
from recsys_core.evaluation.metrics._popular import mean_of_lists
from recsys_core.evaluation.metrics.base import NAN, ListMetric, Lists
from recsys_core.ratings import FloatArray


class PopularityLift(ListMetric):
    """Equation (3)."""

    name: ClassVar[str] = "popularity_lift"
    title: ClassVar[str] = "Popularity lift@k"
    summary: ClassVar[str] = (
        "How much more popular the lists are than what people rated: 0 the same, 1 twice."
    )
    better: ClassVar[Literal["lower", "higher", "neither"]] = "neither"
    averaged: ClassVar[Literal["users", "pooled", "whole"]] = "pooled"
    bounds: ClassVar[tuple[float, float]] = (-1.0, np.inf)

    def _value(self, measured: Lists) -> float:
        with np.errstate(invalid="ignore"):
            of_lists, of_histories = self._popularity(measured)
        counted = ~np.isnan(of_lists) & ~np.isnan(of_histories)
        if not counted.any():
            return NAN
        return float(of_lists[counted].mean() / of_histories[counted].mean() - 1)  # (3)

    def _per_user(self, measured: Lists) -> FloatArray:
        of_lists, of_histories = self._popularity(measured)
        return of_lists / of_histories - 1

    @staticmethod
    def _popularity(lists: Lists) -> tuple[FloatArray, FloatArray]:
        """The inner means of (2) and (1), (n,) each."""
        train = lists.train
        popularity = train.by_item.counts.astype(np.float64)
        sums = sums_by_row(train.users, popularity[train.items], train.n_users)
        histories: FloatArray = (sums / train.by_user.counts)[lists.users]
        return mean_of_lists(lists, popularity), histories
