"""Surprise's nearest neighbours on z-scores: how many of their own standard deviations from their mean.

    r̂_ui = r̄_u + σ_u Σ_{v∈N} s_uv (r_vi − r̄_v) / σ_v / Σ_{v∈N} s_uv        (1)

r̄_u and σ_u are mean and standard deviation of the person's ratings, σ_u that of all ratings
where the person's is 0; N and s as in `surprise_knn_basic`. With `user_based` off the neighbours
are items this person rated, with the items' r̄_i and σ_i.

Shapes      s (n_users, n_users), r̄ and σ (n_users,), or the same over items
Cold start  no ratings on either side → μ; fewer than k_min neighbours → r̄_u (or r̄_i)
Fold-in     user-based: a new row of s, mean and deviation from the person's ratings;
            item-based: their ratings vote
Cost        as `surprise_knn_basic`
Source      Herlocker, Konstan, Borchers & Riedl (1999), An Algorithmic Framework for Performing
            Collaborative Filtering, section 5.3; Hug (2020), Surprise
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recsys_core.algorithms import _surprise
from recsys_core.algorithms._surprise_knn import SurpriseNeighbours
from recsys_core.algorithms.base import Profile
from recsys_core.ratings import FloatArray


@dataclass
class SurpriseKNNWithZScore(SurpriseNeighbours):
    """surprise.KNNWithZScore behind the lab's protocol."""

    name: ClassVar[str] = "surprise_knn_with_zscore"
    title: ClassVar[str] = "Neighbours by z-score (Surprise)"
    summary: ClassVar[str] = "As around the mean, and fair to people who use only the middle of the scale."
    kind: ClassVar[str] = "KNNWithZScore"

    def _levels(self, learned: _surprise.Neighbours) -> tuple[FloatArray, FloatArray, FloatArray]:
        no_shift = np.zeros(self.n_items_ if self.user_based else self.n_users_)
        # Where even all ratings together have no spread, none is off its mean, whatever it is divided by.
        return learned.means, no_shift, np.where(learned.sigmas > 0, learned.sigmas, 1.0)

    def _own_level(self, profile: Profile) -> tuple[float, float]:
        if not len(profile):
            return 0.0, self.sigma_
        values = profile.values.astype(np.float64)
        return float(values.mean()), float(values.std()) or self.sigma_ or 1.0
