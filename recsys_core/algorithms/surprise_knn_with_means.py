"""Surprise's nearest neighbours on ratings less their mean: a strict person's 4 counts for more.

    r̂_ui = r̄_u + Σ_{v∈N} s_uv (r_vi − r̄_v) / Σ_{v∈N} s_uv                  (1)

r̄_u is the mean of the person's ratings; N and s as in `surprise_knn_basic`. With `user_based`
off the neighbours are items this person rated: r̄_i + Σ s_ij (r_uj − r̄_j) / Σ s_ij.

Shapes      s (n_users, n_users), r̄ (n_users,), or the same over items
Cold start  no ratings on either side → μ; fewer than k_min neighbours → r̄_u (or r̄_i)
Fold-in     user-based: a new row of s and a mean from the person's ratings; item-based: their
            ratings vote
Cost        as `surprise_knn_basic`
Source      Resnick, Iacovou, Suchak, Bergstrom & Riedl (1994), GroupLens, section 3.2;
            Hug (2020), Surprise
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
class SurpriseKNNWithMeans(SurpriseNeighbours):
    """surprise.KNNWithMeans behind the lab's protocol."""

    name: ClassVar[str] = "surprise_knn_with_means"
    title: ClassVar[str] = "Neighbours around the mean (Surprise)"
    summary: ClassVar[str] = "What those most like you gave a film above or below their own average."
    kind: ClassVar[str] = "KNNWithMeans"

    def _levels(self, learned: _surprise.Neighbours) -> tuple[FloatArray, FloatArray, FloatArray]:
        no_shift = np.zeros(self.n_items_ if self.user_based else self.n_users_)
        return learned.means, no_shift, np.ones_like(learned.means)

    def _own_level(self, profile: Profile) -> tuple[float, float]:
        mean = float(np.mean(profile.values, dtype=np.float64)) if len(profile) else 0.0
        return mean, 1.0
