"""Neighbours among people: how those who rate like this person rated the film.

    r̂_ui = c_ui + σ_u Σ_{v∈N} s_uv d_vi / Σ_{v∈N} s_uv                     (1)
    d_vi = (r_vi − c_vi) / σ_v                                             (2)
    N: the k people most similar to u among those who rated i, s_uv > 0    (3)

The likeness s_uv is measured on the films both rated (`recsys_core.similarity`); the centre c
and the spread σ are those of the variant (`_knn.py`). The first recommender there was, and the
easiest to understand; its price is one number for every pair of people.

Shapes      s, the triangle of all pairs: n_users (n_users − 1) / 2 · d (n_ratings,)
Cold start  person or film without ratings → μ, or μ + b_u + b_i; fewer than k_min voters → c_ui
Fold-in     s of the new person to everyone by the same kernel, then (1). Folding in exactly
            what a known person u rated gives u's own predictions for all films u has not
            rated; for a rated film u is one of the voters, and as alike as the measure makes
            two equal rows (1 for cosine and msd, less for pearson_baseline). The likeness itself
            depends on all ratings, so there is no exact share of each
Cost        fit O(Σ_i |U_i|²) time, 4 n_users² bytes; one prediction O(|U_i| log k) at most
Memory      refused above 512 MB of similarities (11,300 people): take item_knn, or als
Equal to    Surprise's KNNBasic, KNNWithMeans, KNNWithZScore, KNNBaseline with user_based=True
Source      Resnick, Iacovou, Suchak, Bergstrom & Riedl (1994), GroupLens, the prediction formula;
            Herlocker et al. (1999); baseline: Koren (2010), Factor in the Neighbors, eq. 3
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recsys_core.algorithms._knn import Ballot, NeighbourModel, usable
from recsys_core.algorithms.base import Profile, Term, User
from recsys_core.ratings import FloatArray, Grouped, IntArray, RatingArray, Ratings
from recsys_core.similarity import Table, one_row, size


@dataclass
class UserKNN(NeighbourModel):
    """Equation (1) with people as rows and films as columns."""

    name: ClassVar[str] = "user_knn"
    title: ClassVar[str] = "Neighbours among people"
    summary: ClassVar[str] = "Asks the people who rate like you what they thought of a film."
    cheaper: ClassVar[str] = "item_knn"
    _rows_are_users: ClassVar[bool] = True
    smaller: ClassVar[str] = "item_knn keeps similarities of items instead, and als none at all."

    def _sides(self, ratings: Ratings) -> tuple[Grouped, Grouped]:
        return ratings.by_user, ratings.by_item

    def _baseline(self, x: IntArray, y: IntArray) -> FloatArray:
        baseline: FloatArray = self.mu_ + self.item_bias_[y] + self.user_bias_[x]
        return baseline

    def _ballot(self, users: IntArray | Profile, items: IntArray) -> Ballot:
        n, n_users = len(items), self.n_users_
        if isinstance(users, Profile):  # one row more, below the triangle's last
            x, origin, similarities = np.full(n, n_users, dtype=np.int32), size(n_users), _vector(users)
            mean, spread, b_u = *self._moments_of(users), np.full(n, users.bias)
            means, spreads = np.full(n, mean), np.full(n, spread)
        else:
            x, origin, similarities = np.ascontiguousarray(users), 0, self.similarities_
            means, spreads, b_u = self.row_means_[x], self.row_spreads_[x], self.user_bias_[x]
        if self.variant == "basic":
            centres = np.full(n, self.mu_)
        elif self.variant == "baseline":
            centres = self.mu_ + b_u + self.item_bias_[items]
        else:
            centres = np.where(self.item_counts_[items] > 0, means, self.mu_)
        if self.variant != "zscore":
            spreads = np.ones(n)
        return Ballot(
            x, items, centres, spreads, similarities, origin, self.starts_, self.voters_, self.deviations_
        )

    def _moments_of(self, person: Profile) -> tuple[float, float]:
        """μ_u and σ_u of a new person, by the formulas of training."""
        if not len(person):
            return self.mu_, self.overall_spread_
        r = person.values.astype(np.float64)
        return float(r.mean()), float(usable(np.array([r.std()]), self.overall_spread_)[0])

    def _fold_in(self, items: IntArray, values: RatingArray) -> Profile:
        b_u = self._bias_of(items, values)
        starts = np.concatenate(([0], np.cumsum(self.item_counts_[items])))
        parts = [slice(self.starts_[i], self.starts_[i + 1]) for i in items]
        people = np.concatenate([self.voters_[part] for part in parts] or [self.voters_[:0]])
        theirs = np.concatenate([self.ratings_[part] for part in parts] or [self.ratings_[:0]])
        own, r = values.astype(np.float64), theirs.astype(np.float64)
        if self.similarity == "pearson_baseline":
            own -= self.mu_ + self.item_bias_[items] + b_u
            r -= self._baseline(people, np.repeat(items, np.diff(starts)))
        s = one_row(
            own,
            Table(starts, people, r),
            self.n_users_,
            self.similarity,
            min_support=self.min_support,
            shrinkage=self.shrinkage,
        )
        return Profile(items, values, b_u, s, fallback=None if len(items) else "no ratings given")

    def _vote(self, user: User, item: int, ballot: Ballot, position: int, value: float) -> Term:
        gave = f"person {ballot.voters[position]} gave {self.ratings_[position]:g}"
        return Term(gave, "s_uv·d_vi", value)

    def _row_mean(self, value: float) -> Term:
        return Term("average of this person's ratings", "μ_u", value)

    def _too_few(self, voters: int) -> str:
        if not voters:
            return "nobody like this person rated this item"
        return f"fewer than {self.min_neighbors} people like this person rated this item"


def _vector(profile: Profile) -> FloatArray:
    assert profile.vector is not None, "a person is folded in to their similarities"  # noqa: S101
    return profile.vector
