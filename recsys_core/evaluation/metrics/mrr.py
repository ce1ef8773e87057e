"""Mean reciprocal rank: how far down is the first relevant item?

    RR_u = 1 / min {j ≤ k : g_uj = 1},   0 where there is no such place    (1)
    MRR@k = mean over u of RR_u                                            (2)

g_uj is 1 if the item at place j of u's list is relevant and 0 if not. First place gives 1, second
0.5, third 0.33; what follows the first hit does not matter.

Bounds: 0 to 1. A user with nothing relevant is left out.
Source: Voorhees (1999), The TREC-8 Question Answering Track Report, section 3
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from recsys_core.evaluation.metrics.base import Lists, RelevanceMetric
from recsys_core.ratings import FloatArray


class MRR(RelevanceMetric):
    """Equation (2)."""

    name: ClassVar[str] = "mrr"
    title: ClassVar[str] = "MRR@k"
    summary: ClassVar[str] = "How high up the first film stands that a person turned out to like."

    def _per_list(self, lists: Lists) -> FloatArray:
        if not lists.k:
            return np.zeros(len(lists))
        return np.where(lists.hits.any(axis=1), 1 / (lists.hits.argmax(axis=1) + 1.0), 0.0)
