"""Surprise's nearest neighbours on what the biases leave: the strongest of the four.

    r̂_ui = b_ui + Σ_{v∈N} s_uv (r_vi − b_vi) / Σ_{v∈N} s_uv                (1)
    b_ui = μ + b_u + b_i                                                   (2)

with the biases of `bias` at their defaults; N and s as in `surprise_knn_basic`. With
`user_based` off the neighbours are items this person rated. Surprise recommends the
similarity pearson_baseline, though its default is msd.

Shapes      s (n_users, n_users) or (n_items, n_items) · b_u (n_users,) · b_i (n_items,)
Cold start  b_ui, where unknown biases are 0; fewer than k_min neighbours → b_ui
Fold-in     b_u = Σ_j (r_j − μ − b_j) / (15 + n); then user-based: a new row of s; item-based:
            the person's ratings vote
Cost        as `surprise_knn_basic`
Source      Koren (2010), Factor in the Neighbors, eq. 3; Hug (2020), Surprise
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
class SurpriseKNNBaseline(SurpriseNeighbours):
    """surprise.KNNBaseline behind the lab's protocol."""

    name: ClassVar[str] = "surprise_knn_baseline"
    title: ClassVar[str] = "Neighbours around the biases (Surprise)"
    summary: ClassVar[str] = "What those most like you gave a film beyond what its and their averages tell."
    kind: ClassVar[str] = "KNNBaseline"

    def _levels(self, learned: _surprise.Neighbours) -> tuple[FloatArray, FloatArray, FloatArray]:
        b_x, b_y = learned.user_bias, learned.item_bias
        if not self.user_based:
            b_x, b_y = b_y, b_x
        return b_x, self.mu_ + b_y, np.ones_like(b_x)

    def _own_level(self, profile: Profile) -> tuple[float, float]:
        return profile.bias, 1.0

    def _own_shift(self, profile: Profile) -> float:
        return self.mu_ + profile.bias

    def _undecided(self, ballot: Ballot) -> FloatArray:
        return ballot.level + ballot.shift

    def _basis(self, ballot: Ballot, user: User, item: int) -> list[Term]:
        b_u = user.bias if isinstance(user, Profile) else float(self.user_bias_[user])
        return [
            Term("average of all ratings", "μ", self.mu_),
            Term("this item against the average", "b_i", float(self.item_bias_[item])),
            Term("this person against the average", "b_u", b_u),
        ]
