"""Normalised discounted cumulative gain: are the relevant items in the list, and high up?

    DCG_u = Σ_{j=1..k} g_uj / log₂(j + 1)                                   (1)
    IDCG_u = the same sum for u's relevant items sorted by gain, best first, cut at k    (2)
    NDCG@k = mean over u of DCG_u / IDCG_u                                  (3)

g_uj is what the item at place j of u's list is worth: 1 if it is relevant and 0 if not, or, with
`graded=True`, its held-out rating if it is relevant and 0 if not. k is the length of the lists.
(2) is cut at k, so that a perfect list of k reaches 1 also where more than k items are relevant.

Bounds: 0 (nothing relevant in the list) to 1 (nothing could be better). A user with nothing
relevant is left out. A short list misses what it does not hold.
Source: Järvelin & Kekäläinen (2002), Cumulated Gain-Based Evaluation of IR Techniques, section 2,
with the discount log₂(j + 1) of every place that Burges et al. (2005) and trec_eval use; the
original leaves the first two places undiscounted
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recsys_core.evaluation.metrics._measured import sums_by_row
from recsys_core.evaluation.metrics.base import Lists, RelevanceMetric
from recsys_core.ratings import FloatArray


@dataclass(frozen=True)
class NDCG(RelevanceMetric):
    """Equation (3).

    Attributes:
        graded: an item rated 5 is worth more than one rated 4; otherwise all relevant ones are equal.
    """

    graded: bool = False

    name: ClassVar[str] = "ndcg"
    title: ClassVar[str] = "NDCG@k"
    summary: ClassVar[str] = "How many of the films a person would like are in their list, and how high up."

    def _per_list(self, lists: Lists) -> FloatArray:
        discount = 1 / np.log2(np.arange(2, lists.k + 2))
        if not self.graded:
            best = np.concatenate([[0.0], np.cumsum(discount)])[np.minimum(lists.n_relevant, lists.k)]
            return np.asarray(lists.hits @ discount / best, dtype=np.float64)
        found = np.nan_to_num(lists.gains.astype(np.float64)) @ discount
        return np.asarray(found / self._ideal(lists, discount), dtype=np.float64)

    @staticmethod
    def _ideal(lists: Lists, discount: FloatArray) -> FloatArray:
        """(2), (n,)."""
        relevant = lists.relevant
        order = np.lexsort((-relevant.ratings, relevant.rows))  # rows stay together, best first
        place = np.arange(len(order)) - np.repeat(relevant.starts[:-1], relevant.counts)
        seen = place < lists.k
        gain = relevant.ratings[order][seen].astype(np.float64) * discount[place[seen]]
        return sums_by_row(relevant.rows[seen], gain, len(lists))
