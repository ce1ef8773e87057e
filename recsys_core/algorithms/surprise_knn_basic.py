"""Surprise's plain nearest neighbours: what those most alike gave, each as loud as it is alike.

    r̂_ui = Σ_{v∈N} s_uv r_vi / Σ_{v∈N} s_uv                                (1)

N: of those who rated i the k most similar to u, less those with no similarity above 0. With
`user_based` off, N are items this person rated, and s_ij r_uj stands for s_uv r_vi. Nothing is
done about generous and strict people, which is why it is the weakest of the four.

    msd      s_uv = 1 / (mean of (r_uj − r_vj)² + 1)   over the items both rated      (2)
    cosine   s_uv = Σ r_uj r_vj / √(Σ r_uj² Σ r_vj²)                                  (3)
    pearson  (3) on what the means over the common items leave                        (4)
    pearson_baseline  (3) on what μ + b_u + b_j leaves, times (n − 1) / (n − 1 + λ_s) (5)

Shapes      s (n_users, n_users), or (n_items, n_items)
Cold start  no ratings on either side, or fewer than k_min neighbours → μ
Fold-in     user-based: a new row of s from the person's ratings; item-based: their ratings vote
Cost        O(Σ_y n_y²) to train, in Surprise's hands half a minute for a million ratings and
            with the interpreter lock held; O(|U_i| + k²) or O(|I_u| + k²) a prediction
Source      Herlocker, Konstan, Borchers & Riedl (1999), An Algorithmic Framework for Performing
            Collaborative Filtering; (5) Koren (2010), Factor in the Neighbors; Hug (2020), Surprise
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recsys_core.algorithms import _surprise
from recsys_core.algorithms._surprise_knn import Ballot, SurpriseNeighbours
from recsys_core.algorithms.base import Profile, Term, User
from recsys_core.ratings import FloatArray


@dataclass
class SurpriseKNNBasic(SurpriseNeighbours):
    """surprise.KNNBasic behind the lab's protocol."""

    name: ClassVar[str] = "surprise_knn_basic"
    title: ClassVar[str] = "Neighbours (Surprise)"
    summary: ClassVar[str] = "What those most like you gave a film, averaged; the plainest of its kind."
    kind: ClassVar[str] = "KNNBasic"

    def _levels(self, learned: _surprise.Neighbours) -> tuple[FloatArray, FloatArray, FloatArray]:
        no_shift = np.zeros(self.n_items_ if self.user_based else self.n_users_)
        return np.zeros_like(learned.means), no_shift, np.ones_like(learned.means)

    def _own_level(self, profile: Profile) -> tuple[float, float]:
        return 0.0, 1.0

    def _undecided(self, ballot: Ballot) -> FloatArray:
        return np.full(len(ballot.vote), self.mu_)

    def _basis(self, ballot: Ballot, user: User, item: int) -> list[Term]:
        return [] if ballot.decided[0] else [Term("average of all ratings", "μ", self.mu_)]
