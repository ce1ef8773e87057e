"""Recall at k: what share of the relevant items is in the list?

    recall@k = mean over u of (1/|T_u|) Σ_{j=1..k} g_uj                    (1)

g_uj is 1 if the item at place j of u's list is relevant and 0 if not; T_u are all of u's relevant
held-out items. Divided by |T_u|, not by min(k, |T_u|): who has 40 relevant items reaches at most
0.25 with a list of ten.

Bounds: 0 to 1. A user with nothing relevant is left out.
Source: Herlocker, Konstan, Terveen & Riedl (2004), Evaluating Collaborative Filtering
Recommender Systems, section 4.1.2
"""

from __future__ import annotations

from typing import ClassVar

from recsys_core.evaluation.metrics.base import Lists, RelevanceMetric
from recsys_core.ratings import FloatArray


class Recall(RelevanceMetric):
    """Equation (1)."""

    name: ClassVar[str] = "recall"
    title: ClassVar[str] = "Recall@k"
    summary: ClassVar[str] = "What share of the films a person turned out to like are in their list."

    def _per_list(self, lists: Lists) -> FloatArray:
        return lists.n_hits / lists.n_relevant
