"""Precision at k: what share of the list is relevant?

    precision@k = mean over u of (1/k) Σ_{j=1..k} g_uj                     (1)

g_uj is 1 if the item at place j of u's list is relevant and 0 if not; k is the length of the lists.
Divided by k also where a list is shorter, or where u has fewer than k relevant items: with 3 relevant
items, precision@10 is at most 0.3. An item that nobody is known to like counts as a miss, though u may
never have met it: precision measured on held-out ratings is too low, for every algorithm alike.

Bounds: 0 to 1. A user with nothing relevant is left out.
Source: Herlocker, Konstan, Terveen & Riedl (2004), Evaluating Collaborative Filtering
Recommender Systems, section 4.1.2
"""

from __future__ import annotations

from typing import ClassVar

from recsys_core.evaluation.metrics.base import Lists, RelevanceMetric
from recsys_core.ratings import FloatArray


class Precision(RelevanceMetric):
    """Equation (1)."""

    name: ClassVar[str] = "precision"
    title: ClassVar[str] = "Precision@k"
    summary: ClassVar[str] = "What share of the recommended films a person turned out to like."

    def _per_list(self, lists: Lists) -> FloatArray:
        return lists.n_hits / lists.k
