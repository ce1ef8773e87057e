"""Mean average precision: precision at every hit, averaged.

    AP_u = 1 / min(k, |T_u|) Σ_{j=1..k} g_uj P_uj,   P_uj = (1/j) Σ_{l≤j} g_ul    (1)
    MAP@k = mean over u of AP_u                                            (2)

g_uj is 1 if the item at place j of u's list is relevant and 0 if not, P_uj the precision of the first
j places, T_u are u's relevant held-out items. Divided by min(k, |T_u|), so that a perfect list of
k reaches 1 also where more than k items are relevant; trec_eval's `map_cut` divides by |T_u|.

Bounds: 0 to 1. A user with nothing relevant is left out.
Source: Manning, Raghavan & Schütze (2008), Introduction to Information Retrieval, equation 8.8,
cut at k
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from recsys_core.evaluation.metrics.base import Lists, RelevanceMetric
from recsys_core.ratings import FloatArray


class MAP(RelevanceMetric):
    """Equation (2)."""

    name: ClassVar[str] = "map"
    title: ClassVar[str] = "MAP@k"
    summary: ClassVar[str] = "How purely the top of a list is made of films the person turned out to like."

    def _per_list(self, lists: Lists) -> FloatArray:
        places = np.arange(1, lists.k + 1)
        precisions = np.cumsum(lists.hits, axis=1) / places  # P_uj
        total = (lists.hits * precisions).sum(axis=1)
        return np.asarray(total / np.minimum(lists.k, lists.n_relevant), dtype=np.float64)
