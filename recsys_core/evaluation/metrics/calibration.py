"""Calibration: does a list show a person's genres in the shares in which they occur in what they rated?

    p(g|u) = mean of p(g|i) over the items u rated in training             (1)
    q(g|u) = mean of p(g|i) over the items of u's list                     (2)
    q̃(g|u) = (1 − α) q(g|u) + α p(g|u)                                     (3)
    calibration@k = mean over u of Σ_g p(g|u) ln (p(g|u) / q̃(g|u))         (4)

p(g|i) spreads film i evenly over its genres; films without a genre are left out of (1) and (2). (4) is the
Kullback–Leibler divergence in natural units, and (3), with α = 0.01, keeps it finite where a genre of the
person is missing in the list. Every rated film weighs the same in (1), whatever its stars.

Bounds: 0 (the same shares) to −ln α ≈ 4.6. Without genres, history or list: `nan`, left out.
Source: Steck (2018), Calibrated Recommendations, equations 2, 3, 6 and 7
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from recsys_core.evaluation.metrics.base import ListMetric, Lists
from recsys_core.ratings import FloatArray

ALPHA = 0.01


@dataclass(frozen=True)
class Calibration(ListMetric):
    """Equation (4).

    Attributes:
        alpha: α of (3), above 0 and below 1.
    """

    alpha: float = ALPHA

    name: ClassVar[str] = "calibration"
    title: ClassVar[str] = "Miscalibration@k"
    summary: ClassVar[str] = "How far the genres of a list stray from those a person rated: 0 not at all."
    better: ClassVar[Literal["lower", "higher", "neither"]] = "lower"
    unit: ClassVar[str] = "nats"
    bounds: ClassVar[tuple[float, float]] = (0.0, float(-np.log(ALPHA)))
    needs_genres: ClassVar[bool] = True

    def _per_user(self, measured: Lists) -> FloatArray:
        if measured.genres is None:
            return np.full(len(measured), np.nan)
        p, q = self._histories(measured), self._lists(measured)
        smoothed = (1 - self.alpha) * q + self.alpha * p  # (3)
        terms = np.where(p == 0, 0.0, p * np.log(p / smoothed))  # nan stays nan
        divergence: FloatArray = np.maximum(terms.sum(axis=1), 0.0)  # a rounding may fall below
        return divergence

    @staticmethod
    def _of_items(lists: Lists) -> FloatArray:
        """p(g|i), (n_items, n_genres); zeros where a film has no genre."""
        genres = np.asarray(lists.genres, dtype=np.float64)
        shares: FloatArray = genres / np.maximum(genres.sum(axis=1, keepdims=True), 1)
        return shares

    def _histories(self, lists: Lists) -> FloatArray:
        """(1), (n, n_genres); a row of `nan` where nothing is known."""
        from scipy.sparse import csr_array

        view = lists.train.by_user
        shape = (lists.train.n_users, lists.train.n_items)
        rated = csr_array((np.ones(len(view.others)), view.others, view.starts), shape=shape)[lists.users]
        return _shares(np.asarray(rated @ self._of_items(lists)))

    def _lists(self, lists: Lists) -> FloatArray:
        """(2), (n, n_genres); a row of `nan` where nothing is known."""
        of_items = self._of_items(lists)
        total = np.zeros((len(lists), of_items.shape[1]))
        for place in range(lists.k):  # one place at a time: (n, k, n_genres) would be large
            total += np.where(lists.filled[:, [place]], of_items[lists.items[:, place]], 0.0)
        return _shares(total)


def _shares(total: FloatArray) -> FloatArray:
    shares: FloatArray = total / total.sum(axis=1, keepdims=True)
    return shares
