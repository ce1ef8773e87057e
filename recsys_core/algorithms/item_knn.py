"""Neighbours among films: how this person rated the films most like this one.

    r̂_ui = c_ui + σ_i Σ_{j∈N} s_ij d_uj / Σ_{j∈N} s_ij                     (1)
    d_uj = (r_uj − c_uj) / σ_j                                             (2)
    N: the k films most similar to i among those u rated, s_ij > 0         (3)

The likeness s_ij is measured on the people who rated both (`recsys_core.similarity`); the centre
c and the spread σ are those of the variant (`_knn.py`). Films keep their likeness while people
come and go, so a new person needs no training, and the voters are their own ratings: the
weight s_ij / Σ s times d_uj is what the rating of film j adds, exactly.

In the variant `baseline`, with b_u = Σ_j y_j / (λ_u + n), y_j = r_uj − μ − b_j, and weights
that sum to 1, the person's bias cancels and w_j y_j is the share of rating j:

    r̂_ui = μ + b_i + Σ_j [w_j + (1 − Σ w) / (λ_u + n)] y_j                 (4)

Shapes      s, the triangle of all pairs: n_items (n_items − 1) / 2 · d (n_ratings,)
Cold start  person or film without ratings → μ, or μ + b_u + b_i; fewer than k_min voters → c_ui
Fold-in     the ratings as they are; exactly what a known person rated gives their predictions
Cost        fit O(Σ_u |I_u|²) time, 4 n_items² bytes; one prediction O(|I_u| log k) at most
Memory      11 MB on ml-100k, 60 MB on ml-1m, but 379 MB on ml-latest-small, which has few ratings of
            9,724 films; refused above 512 MB of similarities (11,300 items): take als
Equal to    Surprise's KNNBasic, KNNWithMeans, KNNWithZScore, KNNBaseline with user_based=False
Source      Sarwar, Karypis, Konstan & Riedl (2001), Item-Based Collaborative Filtering, section 3.2;
            baseline: Koren (2010), Factor in the Neighbors, eq. 3
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recsys_core.algorithms._knn import USER_SHRINKAGE, Ballot, NeighbourModel
from recsys_core.algorithms.base import Profile, Share, Term, User
from recsys_core.ratings import FloatArray, Grouped, IntArray, LongArray, RatingArray, Ratings


@dataclass
class ItemKNN(NeighbourModel):
    """Equation (1) with films as rows and people as columns."""

    name: ClassVar[str] = "item_knn"
    title: ClassVar[str] = "Neighbours among films"
    summary: ClassVar[str] = "Looks at how you rated the films most like this one, each against its average."
    exact_shares: ClassVar[bool] = True
    cheaper: ClassVar[str] = "als"
    _rows_are_users: ClassVar[bool] = False
    smaller: ClassVar[str] = "als keeps a few numbers an item instead."

    def _sides(self, ratings: Ratings) -> tuple[Grouped, Grouped]:
        return ratings.by_item, ratings.by_user

    def _baseline(self, x: IntArray, y: IntArray) -> FloatArray:
        baseline: FloatArray = self.mu_ + self.user_bias_[y] + self.item_bias_[x]
        return baseline

    def _ballot(self, users: IntArray | Profile, items: IntArray) -> Ballot:
        n = len(items)
        if isinstance(users, Profile):
            y, b_u, known = np.zeros(n, dtype=np.int32), np.full(n, users.bias), np.full(n, len(users) > 0)
            starts = np.array([0, len(users)], dtype=np.int64)
            voters, deviations = users.items, self._deviations_of(users)
        else:
            y, b_u, known = users, self.user_bias_[users], self.user_counts_[users] > 0
            starts, voters, deviations = self.starts_, self.voters_, self.deviations_
        if self.variant == "basic":
            centres = np.full(n, self.mu_)
        elif self.variant == "baseline":
            centres = self.mu_ + b_u + self.item_bias_[items]
        else:
            centres = np.where(known, self.row_means_[items], self.mu_)
        spreads = self.row_spreads_[items] if self.variant == "zscore" else np.ones(n)
        return Ballot(items, y, centres, spreads, self.similarities_, 0, starts, voters, deviations)

    def _deviations_of(self, person: Profile) -> FloatArray:
        """d of a new person's ratings."""
        r = person.values.astype(np.float64)
        if self.variant == "baseline":
            return r - (self.mu_ + person.bias + self.item_bias_[person.items])
        return self._deviations(r, person.items, np.zeros(len(r), dtype=np.int32))

    def _fold_in(self, items: IntArray, values: RatingArray) -> Profile:
        fallback = None if len(items) else "no ratings given"
        return Profile(items, values, self._bias_of(items, values), fallback=fallback)

    def _shares(
        self, profile: Profile, ballot: Ballot, positions: LongArray, weights: FloatArray
    ) -> tuple[float, tuple[Share, ...]]:
        w = np.zeros(len(profile))
        w[positions] = weights
        base, left = float(ballot.centres[0]), ballot.spreads[0] * ballot.deviations
        if self.variant == "baseline":  # (4)
            base -= profile.bias
            left = left + profile.bias
            w += (1 - w.sum()) / (USER_SHRINKAGE + len(profile))
        shares = (w * left).tolist()
        given = zip(profile.items.tolist(), profile.values.tolist(), shares, strict=True)
        return base, tuple(Share(j, r, share) for j, r, share in given)

    def _vote(self, user: User, item: int, ballot: Ballot, position: int, value: float) -> Term:
        ratings = user.values if isinstance(user, Profile) else self.ratings_
        gave = f"rated item {ballot.voters[position]} with {ratings[position]:g}"
        return Term(gave, "s_ij·d_uj", value)

    def _row_mean(self, value: float) -> Term:
        return Term("average of this item's ratings", "μ_i", value)

    def _too_few(self, voters: int) -> str:
        if not voters:
            return "this person rated nothing like this item"
        return f"this person rated fewer than {self.min_neighbors} items like this one"
