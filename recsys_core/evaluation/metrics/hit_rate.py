"""Hit rate at k: who finds anything relevant at all?

    hit rate@k = share of users u with g_uj = 1 for some place j ≤ k       (1)

g_uj is 1 if the item at place j of u's list is relevant and 0 if not. With one held-out item a user
(leave one out) this is recall at k.

Bounds: 0 to 1. A user with nothing relevant is left out.
Source: Deshpande & Karypis (2004), Item-Based Top-N Recommendation Algorithms, section 6.2
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from recsys_core.evaluation.metrics.base import Lists, RelevanceMetric
from recsys_core.ratings import FloatArray


class HitRate(RelevanceMetric):
    """Equation (1)."""

    name: ClassVar[str] = "hit_rate"
    title: ClassVar[str] = "Hit rate@k"
    summary: ClassVar[str] = "What share of people find at least one film they turned out to like."

    def _per_list(self, lists: Lists) -> FloatArray:
        return np.minimum(lists.n_hits, 1.0)
