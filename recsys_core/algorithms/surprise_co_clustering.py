"""Surprise's co-clustering: people in a few groups, films in a few groups, and their means.

    r̂_ui = C̄_ui + (r̄_u − C̄_u) + (r̄_i − C̄_i)                               (1)

C̄_ui is the mean rating where the group of u meets the group of i, C̄_u and C̄_i the means of
those groups, r̄_u and r̄_i the person's and the film's own. Everyone starts in a random group
and moves, people first, then films, to the group with the least squared error, T times over.

Two ways of Surprise's are kept so that the numbers are its own: for a person or a film
without ratings it answers μ (its manual says the mean of the other side), and it declares
ratings to be whole numbers, so a 3.5 counts as a 3 in the groups (not in r̄_u and r̄_i);
where ratings were cut, `remarks_` says so.

Shapes      C̄_ui (n_user_clusters, n_item_clusters) · groups (n_users,) and (n_items,)
Cold start  no ratings on either side → μ
Fold-in     none: a group is chosen, not solved for
Cost        O(n_ratings (n_user_clusters + n_item_clusters)) a pass
Source      George & Merugu (2005), A Scalable Collaborative Filtering Framework Based on
            Co-Clustering, eq. 3; Hug (2020), Surprise
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recsys_core.algorithms import _surprise
from recsys_core.algorithms._surprise import trainset_work
from recsys_core.algorithms._terms import summed
from recsys_core.algorithms._work import Size, Work
from recsys_core.algorithms.base import Algorithm, Explanation, Profile, Term, User, hyper, seed
from recsys_core.ratings import FloatArray, IntArray, Ratings, frozen


@dataclass
class SurpriseCoClustering(Algorithm):
    """surprise.CoClustering behind the lab's protocol."""

    n_user_clusters: int = hyper(3, "K_u", "groups of people", low=1, high=100)
    n_item_clusters: int = hyper(3, "K_i", "groups of films", low=1, high=100)
    n_epochs: int = hyper(20, "T", "times everyone may change group", low=1, high=500)
    seed: int = seed()

    name: ClassVar[str] = "surprise_co_clustering"
    title: ClassVar[str] = "Co-clustering (Surprise)"
    summary: ClassVar[str] = "Sorts people and films into groups and predicts where the groups meet."
    cheaper: ClassVar[str] = "bias"

    def work(self, size: Size) -> Work:
        n_clusters = self.n_user_clusters + self.n_item_clusters
        return trainset_work(size) + Work(interpreted=50e-9 * self.n_epochs * size.n_ratings * n_clusters)

    def _fit(self, ratings: Ratings) -> None:
        learned = _surprise.co_clustering(
            ratings,
            n_cltr_u=self.n_user_clusters,
            n_cltr_i=self.n_item_clusters,
            n_epochs=self.n_epochs,
            random_state=self.seed,
        )
        self.mu_ = ratings.mean
        self.user_clusters_, self.item_clusters_ = learned.user_clusters, learned.item_clusters
        self.user_means_, self.item_means_ = learned.user_means, learned.item_means
        self.user_averages_, self.item_averages_ = learned.user_averages, learned.item_averages
        self.averages_ = learned.averages
        self.remarks_ = _surprise.cut_to_whole_stars(ratings, "Co-clustering")
        for array in vars(self).values():
            if isinstance(array, np.ndarray):
                frozen(array)

    def _estimate(self, users: IntArray | Profile, items: IntArray) -> FloatArray:
        u = self._known(users)
        known = (self.user_counts_[u] > 0) & (self.item_counts_[items] > 0)
        c_u, c_i = self.user_clusters_[u], self.item_clusters_[items]
        person = self.user_means_[u] - self.user_averages_[c_u]
        film = self.item_means_[items] - self.item_averages_[c_i]
        return np.where(known, self.averages_[c_u, c_i] + person + film, self.mu_)  # (1)

    def _explain(self, user: User, item: int) -> Explanation:
        u = int(self._known(user))
        why = self.fallback(user, item)
        if why:
            return summed([Term("average of all ratings", "μ", self.mu_)], self.scale_, why)
        c_u, c_i = self.user_clusters_[u], self.item_clusters_[item]
        terms = [
            Term(
                "how this group of people rates this group of films", "C̄_ui", float(self.averages_[c_u, c_i])
            ),
            Term("this person's average", "r̄_u", float(self.user_means_[u])),
            Term("less that of their group", "C̄_u", -float(self.user_averages_[c_u])),
            Term("this item's average", "r̄_i", float(self.item_means_[item])),
            Term("less that of its group", "C̄_i", -float(self.item_averages_[c_i])),
        ]
        return summed(terms, self.scale_, why)
