"""Surprise's Slope One: "who liked that one rated this one so much higher".

    r̂_ui = r̄_u + (1 / |R|) Σ_{j∈R} dev_ij                                  (1)
    dev_ij = Σ_{v∈U_i∩U_j} (r_vi − r_vj) / |U_i ∩ U_j|                     (2)

r̄_u is the person's mean and R the items they rated that somebody rated together with i.
Nothing is fitted: (2) are averages of differences.

Surprise declares the ratings of (2) to be whole numbers, so a 3.5 counts as a 3 there (not in
r̄_u). The numbers here are Surprise's; where ratings were cut, `remarks_` says so.

Shapes      dev (n_items, n_items), in float64 to agree with Surprise to the last digits
Cold start  no ratings on either side → μ; nothing rated together with i → r̄_u
Fold-in     (1) with the new person's ratings. It is linear in them, so the shares are exact:
            rating j alone would predict r_j + dev_ij, and its share is what that adds to μ
Cost        O(Σ_u |I_u|² + n_items²); nine bytes for each pair of items, 25 while training
Source      Lemire & Maclachlan (2005), Slope One Predictors for Online Rating-Based
            Collaborative Filtering, section 3.2; Hug (2020), Surprise
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recsys_core.algorithms import _surprise
from recsys_core.algorithms._surprise import trainset_work
from recsys_core.algorithms._terms import summed
from recsys_core.algorithms._work import Size, Work
from recsys_core.algorithms.base import Algorithm, Explanation, Profile, Share, Term, User
from recsys_core.kernel import kernel
from recsys_core.ratings import BoolArray, FloatArray, IntArray, LongArray, RatingArray, Ratings, frozen


@dataclass
class SurpriseSlopeOne(Algorithm):
    """surprise.SlopeOne behind the lab's protocol."""

    name: ClassVar[str] = "surprise_slope_one"
    title: ClassVar[str] = "Slope One (Surprise)"
    summary: ClassVar[str] = "Your own mean, moved by how much higher or lower others rate the film."
    cheaper: ClassVar[str] = "item_knn"
    folds_in: ClassVar[bool] = True
    exact_shares: ClassVar[bool] = True

    def work(self, size: Size) -> Work:
        return trainset_work(size) + Work(
            compiled=30e-9 * size.user_pairs, n_bytes=29 * size.n_items**2 - 90 * size.n_ratings
        )

    def ranking_work(self, size: Size) -> Work:
        return Work(compiled=2.4e-9 * size.n_items * size.n_ratings / max(1, size.n_users))

    def _fit(self, ratings: Ratings) -> None:
        self.mu_ = ratings.mean
        self.deviations_, self.together_, self.user_means_ = _surprise.slope_one(ratings)
        self.remarks_ = _surprise.cut_to_whole_stars(ratings, "Slope One")
        self.starts_, self.rated_ = ratings.by_user.starts, ratings.by_user.others
        for array in (self.deviations_, self.together_, self.user_means_):
            frozen(array)

    def _estimate(self, users: IntArray | Profile, items: IntArray) -> FloatArray:
        n = len(items)
        if isinstance(users, Profile):
            starts = np.array([0, len(users)], dtype=np.int64)
            frozen(starts)  # so that one compiled version serves known and new people
            rows, rated, means = np.zeros(n, dtype=np.int32), users.items, np.full(n, _mean(users))
            known = self.item_counts_[items] > 0 if len(users) else np.zeros(n, dtype=bool)
        else:
            rows, rated, starts, means = users, self.rated_, self.starts_, self.user_means_[users]
            known = (self.item_counts_[items] > 0) & (self.user_counts_[users] > 0)
        slopes = slope(
            np.ascontiguousarray(rows),
            np.ascontiguousarray(items),
            starts,
            rated,
            self.deviations_,
            self.together_,
        )
        return np.where(known, means + slopes, self.mu_)  # (1)

    def _fold_in(self, items: IntArray, values: RatingArray) -> Profile:
        return Profile(items, values, fallback=None if len(items) else "no ratings given")

    def _impossible(self, user: User, item: int) -> str | None:
        together = self.together_[item, self._rated(user)].any()
        return None if together else "nobody rated this item together with one of this person's"

    def _rated(self, user: User) -> IntArray:
        if isinstance(user, Profile):
            return user.items
        return self.rated_[self.starts_[user] : self.starts_[user + 1]]

    def _explain(self, user: User, item: int) -> Explanation:
        why = self.fallback(user, item)
        rated, heard = self._rated(user), self.item_counts_[item] > 0
        if not (len(rated) and heard):
            terms = [Term("average of all ratings", "μ", self.mu_)]
        else:
            mean = _mean(user) if isinstance(user, Profile) else float(self.user_means_[user])
            terms = [Term("this person's average", "r̄_u", mean)]
        d = np.where(self.together_[item, rated], self.deviations_[item, rated], 0.0)
        d /= max(int(self.together_[item, rated].sum()), 1)
        if why is None:
            terms.append(Term("this item against those this person rated", "dev_ij", float(d.sum())))
        if not isinstance(user, Profile):
            return summed(terms, self.scale_, why)
        said = (user.values.astype(np.float64) - self.mu_) / max(len(user), 1)
        shares = tuple(
            Share(int(j), float(r), float(share) if heard else 0.0)
            for j, r, share in zip(user.items, user.values, said + d, strict=True)
        )
        return summed(terms, self.scale_, why, self.mu_, shares)


def _mean(profile: Profile) -> float:
    return float(np.mean(profile.values, dtype=np.float64)) if len(profile) else 0.0


def slope_readable(
    users: IntArray,
    items: IntArray,
    starts: LongArray,
    rated: IntArray,
    deviations: FloatArray,
    together: BoolArray,
) -> FloatArray:
    """The mean of dev_ij in (1) for each pair, 0 where R is empty.

    Args:
        users, items: (n,) the pairs.
        starts: (n_users + 1,) where each person's rated items begin in `rated`.
        rated: (n_ratings,) those items, person by person.
        deviations: (n_items, n_items) dev.
        together: (n_items, n_items) whether somebody rated both.
    """
    slopes = np.zeros(len(items))
    for n, (u, i) in enumerate(zip(users, items, strict=True)):
        own = rated[starts[u] : starts[u + 1]]
        R = own[together[i, own]]
        slopes[n] = deviations[i, R].mean() if len(R) else 0.0
    return slopes


@kernel
def slope(
    users: IntArray,
    items: IntArray,
    starts: LongArray,
    rated: IntArray,
    deviations: FloatArray,
    together: BoolArray,
) -> FloatArray:
    """The same as `slope_readable`, compiled."""
    slopes = np.zeros(len(items))
    for n in range(len(items)):
        u, i = users[n], items[n]
        total, count = 0.0, 0
        for k in range(starts[u], starts[u + 1]):
            if together[i, rated[k]]:
                total += deviations[i, rated[k]]
                count += 1
        if count:
            slopes[n] = total / count
    return slopes
