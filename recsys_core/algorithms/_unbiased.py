"""Factor models without biases: a prediction is a match of tastes and nothing else.

    r̂_ui = q_iᵀ p_u                                                        (1)

The equation of `_factors.py` with μ = b_u = b_i = 0, so fold-in and shares are the same; an
explanation has no term for what is not there.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace

import numpy as np

from recsys_core.algorithms._factors import FactorModel
from recsys_core.algorithms.base import Explanation, User
from recsys_core.ratings import FloatArray, IntArray

ABSENT = ("μ", "b_i", "b_u")


@dataclass
class UnbiasedFactorModel(FactorModel):
    """Base of the models that predict by equation (1)."""

    def _learned_factors(self, P: FloatArray, Q: FloatArray) -> None:
        """Keep read-only views of (n_users, n_factors) P and (n_items, n_factors) Q, if finite."""
        self._learned(0.0, np.zeros(len(P)), np.zeros(len(Q)), P, Q)

    @abstractmethod
    def _taste_map(self, items: IntArray) -> FloatArray:
        """(n_factors, n): the linear map from n ratings to the p_u of a new person."""

    def _fold_in_map(self, items: IntArray) -> FloatArray:
        return np.vstack([np.zeros(len(items)), self._taste_map(items)])

    def _explain(self, user: User, item: int) -> Explanation:
        why = super()._explain(user, item)
        return replace(why, terms=tuple(term for term in why.terms if term.symbol not in ABSENT))
