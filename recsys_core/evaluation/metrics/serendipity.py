"""Serendipity: films that are liked and that popularity would not have recommended.

    unexpected_u = L_u − PM_u                                             (1)
    serendipity@k = mean over u of |unexpected_u ∩ T_u| / k                (2)

L_u is u's list of k, T_u are u's relevant held-out items, and PM_u is the list of a primitive model: the
k items most often rated in training that u has not rated. Divided by k, as precision is, of which
this is the part that popularity does not explain.

Bounds: 0 to 1; never above precision. A user with nothing relevant is left out.
Source: Ge, Delgado-Battenfeld & Jannach (2010), Beyond Accuracy: Evaluating Recommender Systems by
Coverage and Serendipity, equations 5 and 6
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from recsys_core.evaluation.metrics._popular import expected
from recsys_core.evaluation.metrics.base import Lists, RelevanceMetric
from recsys_core.ratings import FloatArray


class Serendipity(RelevanceMetric):
    """Equation (2)."""

    name: ClassVar[str] = "serendipity"
    title: ClassVar[str] = "Serendipity@k"
    summary: ClassVar[str] = (
        "What share of a list is liked and would not be in a list of the most rated films."
    )

    def _per_list(self, lists: Lists) -> FloatArray:
        liked: FloatArray = (lists.hits & ~expected(lists)).sum(axis=1, dtype=np.float64)
        return liked / lists.k
