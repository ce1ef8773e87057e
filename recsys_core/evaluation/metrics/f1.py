"""F1 at k: precision and recall in one number.

    F1@k = mean over u of 2 P_u R_u / (P_u + R_u) = mean over u of 2 h_u / (k + |T_u|)    (1)

P_u and R_u are u's precision and recall at k, h_u how many of the k places are relevant, T_u u's
relevant held-out items. The harmonic mean is taken user by user; that of the mean precision and the
mean recall is another number. Where both are 0, so is (1).

Bounds: 0 to 1 (reached only by a list of exactly the relevant items). A user with nothing relevant is
left out.
Source: van Rijsbergen (1979), Information Retrieval, chapter 7
"""

from __future__ import annotations

from typing import ClassVar

from recsys_core.evaluation.metrics.base import Lists, RelevanceMetric
from recsys_core.ratings import FloatArray


class F1(RelevanceMetric):
    """Equation (1)."""

    name: ClassVar[str] = "f1"
    title: ClassVar[str] = "F1@k"
    summary: ClassVar[str] = "Precision and recall in one number that is high only where both are."

    def _per_list(self, lists: Lists) -> FloatArray:
        return 2 * lists.n_hits / (lists.k + lists.n_relevant)
