"""Surprise's random ratings, the floor every algorithm must stand above.

    r̂_ui = μ + σ_r ε_ui,   ε_ui normal with mean 0 and variance 1           (1)

μ and σ_r are the mean and the spread of the training ratings.

Surprise draws anew from numpy's global generator at every call, so asking twice gives two
answers. Here ε_ui is a fixed number of the seed, the person and the item, made by hashing
the three: the same distribution, and the same answer whenever, in whatever order and in
whatever company a pair is asked. Single predictions therefore differ from Surprise's; μ and
σ_r do not.

Shapes      two numbers
Cold start  nothing changes: the draw never knew anybody
Fold-in     none: there is nothing to learn about a person
Cost        O(n_ratings) once, O(1) a prediction
Source      Hug (2020), Surprise; the hash is the output step of Steele, Lea & Flood (2014), Fast
            Splittable Pseudorandom Number Generators; normal numbers by Box & Muller (1958)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from recsys_core.algorithms import _surprise
from recsys_core.algorithms._surprise import trainset_work
from recsys_core.algorithms._terms import summed
from recsys_core.algorithms._work import Size, Work
from recsys_core.algorithms.base import Algorithm, Explanation, Profile, Term, User, seed
from recsys_core.ratings import FloatArray, IntArray, Ratings


@dataclass
class SurpriseNormalPredictor(Algorithm):
    """surprise.NormalPredictor behind the lab's protocol."""

    seed: int = seed()

    name: ClassVar[str] = "surprise_normal_predictor"
    title: ClassVar[str] = "Random (Surprise)"
    summary: ClassVar[str] = "Ratings drawn by lot; whatever cannot beat this has learned nothing."
    cheaper: ClassVar[str] = "popularity"

    def work(self, size: Size) -> Work:
        return trainset_work(size)

    def _fit(self, ratings: Ratings) -> None:
        self.mu_, self.sigma_ = ratings.mean, _surprise.spread_of_ratings(ratings)

    def _estimate(self, users: IntArray | Profile, items: IntArray) -> FloatArray:
        return self.mu_ + self.sigma_ * draws(self.seed, self._known(users), items)  # (1)

    def _explain(self, user: User, item: int) -> Explanation:
        users, items = np.array([self._known(user)]), np.array([item])
        lot = self.sigma_ * float(draws(self.seed, users, items)[0])
        terms = [Term("average of all ratings", "μ", self.mu_), Term("drawn by lot", "ε_ui", lot)]
        return summed(terms, self.scale_, self.fallback(user, item))


def draws(seed: int, users: NDArray[np.integer], items: NDArray[np.integer]) -> FloatArray:
    """ε of equation (1): (n,) standard normal numbers, one for each (seed, user, item)."""
    cell = mixed(mixed(np.uint64(seed) + users.astype(np.uint64) * _STEP) + items.astype(np.uint64))
    first, second = _fraction(mixed(cell)), _fraction(mixed(cell + _STEP))
    normal: FloatArray = np.sqrt(-2.0 * np.log(first)) * np.cos(2.0 * np.pi * second)
    return normal


_STEP = np.uint64(0x9E3779B97F4A7C15)  # 2⁶⁴ over the golden ratio: neighbours land far apart


def mixed(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A one-to-one scrambling of 64 bits in which each bit depends on all; it wraps round on purpose."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _fraction(x: NDArray[np.uint64]) -> FloatArray:
    """53 random bits as a number above 0 and up to 1."""
    fraction: FloatArray = ((x >> np.uint64(11)).astype(np.float64) + 1.0) * 2.0**-53
    return fraction
