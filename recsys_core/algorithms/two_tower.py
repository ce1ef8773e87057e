"""Two-tower network: one net reads what is known of a person, another what is known of a film, and
the angle between their answers is the prediction.

    v_u = h_U(x_u) / ‖h_U(x_u)‖        q_i = h_I(x_i) / ‖h_I(x_i)‖          (1)
    h(x) = W₃ relu(W₂ relu(W₁ x + a₁) + a₂) + a₃       layers of 256, 128, n_factors   (2)
    r̂_ui = mid + half · q_iᵀ v_u                                           (3)
    min mean (q_iᵀ v_u − (r_ui − mid) / half)²         targets in −1 … 1    (4)

mid and half are the middle and half the width of the scale, so that no prediction can leave it.
Adam moves all weights a batch of ratings at a time. What the nets read (`features.py` of the data,
and averages of the training ratings alone; all standardised):

    x_i   the film's features (genres, year), and its average rating; the mean one if nobody rated it
    x_u   log(1 + n), the person's average r̄_u, and for every genre g
          (r̄_u + Σ_j f_jg r_j) / (1 + Σ_j f_jg)                            (5)

f_jg is 1 if film j has genre g; any feature between 0 and 1 counts as a genre. One more rating at
the person's own average keeps (5) calm, and defined, for genres hardly seen.

Shapes      W₁ (256, n_inputs) · W₂ (128, 256) · W₃ (n_factors, 128) · Q (n_items, n_factors)
Cold start  no ratings → average features; an item nobody rated is placed by its other features
Fold-in     (5) of the new person's ratings through the person's net, which stays as it is; the
            net bends, so no exact share belongs to one rating
Cost        a pass O(rows n_weights), rows the different people and films of each batch, summed
Source      Covington, Adams & Sargin (2016), Deep Neural Networks for YouTube Recommendations,
            section 3; Ng, lectures on recommender systems: content-based filtering with two nets
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from threadpoolctl import threadpool_limits

from recsys_core.algorithms._optimizers import NAMES, optimizer
from recsys_core.algorithms._towers import Tower, batch_gradient
from recsys_core.algorithms._work import Size, Work
from recsys_core.algorithms.base import Algorithm, Explanation, Profile, Step, Term, User, hyper, seed
from recsys_core.errors import DataError, TrainingDivergedError
from recsys_core.ratings import FloatArray, IntArray, RatingArray, Ratings, frozen


@dataclass
class TwoTower(Algorithm):
    """Two nets, trained by mini-batches."""

    n_factors: int = hyper(32, "F", "length of what each net answers", low=1, high=256)
    n_epochs: int = hyper(30, "T", "passes over all ratings", low=1, high=500)
    learning_rate: float = hyper(0.01, "γ", "size of each step", low=1e-5, high=1, log=True)
    batch_size: int = hyper(1024, "B", "ratings that make one step", low=1, high=100_000, log=True)
    optimizer: str = hyper("adam", "opt", "how a gradient becomes a step", choices=NAMES)
    seed: int = seed()

    name: ClassVar[str] = "two_tower"
    title: ClassVar[str] = "Two-tower network"
    summary: ClassVar[str] = "Two neural nets match people's tastes by genre with films, even unrated ones."
    cheaper: ClassVar[str] = "content_regression"
    learns_factors: ClassVar[bool] = True
    folds_in: ClassVar[bool] = True
    needs_features: ClassVar[tuple[str, ...]] = ("items",)
    iterative: ClassVar[bool] = True

    def work(self, size: Size) -> Work:
        n_batches = max(1.0, size.n_ratings / self.batch_size)
        rows = sum(n * -np.expm1(-self.batch_size / n) for n in (size.n_users, size.n_items))
        everyone = size.n_users + size.n_items
        share = 0.5 + self.n_factors / 64  # of the last layer's width in the weights
        return Work(
            matrix=self.n_epochs * (n_batches * (0.3e-3 + 3.2e-6 * share * rows) + 1e-6 * everyone),
            n_bytes=70e6 + 60 * size.n_ratings + 2000 * everyone,
        )

    def _steps(self, ratings: Ratings) -> Iterator[Step]:
        self.mid_ = (ratings.scale.high + ratings.scale.low) / 2
        self.half_ = (ratings.scale.high - ratings.scale.low) / 2
        self.mu_ = ratings.mean
        x_users, x_items = self._inputs(ratings)
        del self.side_  # what is needed of it is kept as arrays
        rng = np.random.default_rng(self.seed)
        of_users, of_items = (Tower.sizes(x.shape[1], self.n_factors) for x in (x_users, x_items))
        theta = np.concatenate([Tower.start(sizes, rng) for sizes in (of_users, of_items)])
        split = Tower.n_parameters(of_users)
        user_tower, item_tower = Tower(of_users, theta[:split]), Tower(of_items, theta[split:])
        inputs = x_users.astype(np.float32), x_items.astype(np.float32)
        y = ((ratings.values - self.mid_) / self.half_).astype(np.float32)
        rule = optimizer(self.optimizer, self.learning_rate)
        for epoch in range(1, self.n_epochs + 1):
            squares, mixed = 0.0, rng.permutation(len(ratings))
            # Products this small lose more to a second BLAS thread than they gain.
            with threadpool_limits(limits=1, user_api="blas"), np.errstate(over="ignore", invalid="ignore"):
                for begin in range(0, len(mixed), self.batch_size):
                    batch = mixed[begin : begin + self.batch_size]
                    pairs = ratings.users[batch], ratings.items[batch]
                    loss, gradient = batch_gradient(user_tower, item_tower, *inputs, *pairs, y[batch])
                    squares += loss * len(batch)
                    rule.step(theta, gradient)
                if not (np.isfinite(squares) and np.isfinite(theta).all()):
                    raise TrainingDivergedError(
                        f"{self.title} left the finite numbers: lower the learning rate."
                    )
                self._learned(theta, x_users, x_items)
            error = self._estimate(ratings.users, ratings.items) - ratings.values
            yield Step(epoch, self.n_epochs, squares / len(ratings), float(np.sqrt(np.mean(error * error))))

    def _learned(self, theta: RatingArray, x_users: FloatArray, x_items: FloatArray) -> None:
        """Keep the weights, in float64 as all predictions are made, and what both nets answer."""
        self.weights_ = theta.astype(np.float64)
        of_users, of_items = (Tower.sizes(x.shape[1], self.n_factors) for x in (x_users, x_items))
        split = Tower.n_parameters(of_users)
        self.user_factors_ = Tower(of_users, self.weights_[:split])(x_users)
        self.item_factors_ = Tower(of_items, self.weights_[split:])(x_items)
        for array in (self.weights_, self.user_factors_, self.item_factors_):
            frozen(array)

    # -- what the nets read

    def _inputs(self, ratings: Ratings) -> tuple[FloatArray, FloatArray]:
        """Standardised x_u (n_users, ·) and x_i (n_items, ·)."""
        table = self.side_.items
        assert table is not None, "needs_features asks for it"  # noqa: S101
        features = _filled(table.values)
        is_genre = ((features >= 0) & (features <= 1)).all(axis=0)
        self.genres_ = features[:, is_genre]
        r, u, i = ratings.values.astype(np.float64), ratings.users, ratings.items
        sums = np.bincount(i, weights=r, minlength=ratings.n_items)
        rated = self.item_counts_ > 0
        averages = sums / np.maximum(self.item_counts_, 1)
        averages[~rated] = averages[rated].mean()
        x_items = np.column_stack([features, averages])
        weights, stars = (np.empty((ratings.n_users, self.genres_.shape[1])) for _ in range(2))
        for g, f in enumerate(self.genres_.T):
            weights[:, g] = np.bincount(u, weights=f[i], minlength=ratings.n_users)
            stars[:, g] = np.bincount(u, weights=f[i] * r, minlength=ratings.n_users)
        totals = np.bincount(u, weights=r, minlength=ratings.n_users).astype(np.float64)
        x_users = self._of_person(self.user_counts_.astype(np.float64), totals, weights, stars)
        seen = self.user_counts_ > 0
        self.user_means_, self.user_spreads_ = _standard(x_users[seen])
        for array in (self.genres_, self.user_means_, self.user_spreads_):
            frozen(array)
        of_items = _standard(x_items)
        return (x_users - self.user_means_) / self.user_spreads_, (x_items - of_items[0]) / of_items[1]

    def _of_person(
        self, counts: FloatArray, totals: FloatArray, weights: FloatArray, stars: FloatArray
    ) -> FloatArray:
        """x_u before it is standardised, one row a person.

        Args:
            counts, totals: (n,) how many ratings, and their sum.
            weights, stars: (n, n_genres) Σ f_jg and Σ f_jg r_j of (5).
        """
        average = np.where(counts > 0, totals / np.maximum(counts, 1), self.mu_)
        by_genre = (average[:, None] + stars) / (1 + weights)  # (5)
        return np.column_stack([np.log1p(counts), average, by_genre])

    # -- equation (3)

    def _estimate(self, users: IntArray | Profile, items: IntArray) -> FloatArray:
        q_i = self.item_factors_[items]
        if isinstance(users, Profile):
            return self.mid_ + self.half_ * (q_i @ self._row(users))
        estimate: FloatArray = self.mid_ + self.half_ * np.einsum("nf,nf->n", q_i, self.user_factors_[users])
        return estimate

    def _scores(self, user: User) -> FloatArray:
        scores: FloatArray = self.mid_ + self.half_ * (self.item_factors_ @ self._row(user))
        return scores

    def _row(self, user: User) -> FloatArray:
        if not isinstance(user, Profile):
            row: FloatArray = self.user_factors_[user]
            return row
        if user.vector is None or user.vector.shape != self.item_factors_.shape[1:]:
            raise DataError(f"This person was folded in by another model; fold in again with {self.title}.")
        return user.vector

    def _fold_in(self, items: IntArray, values: RatingArray) -> Profile:
        f, r = self.genres_[items], values.astype(np.float64)
        x_u = self._of_person(
            np.array([float(len(r))]), np.array([r.sum()]), f.sum(axis=0)[None], (r @ f)[None]
        )
        sizes = Tower.sizes(x_u.shape[1], self.n_factors)
        tower = Tower(sizes, self.weights_[: Tower.n_parameters(sizes)])
        v_u = tower((x_u - self.user_means_) / self.user_spreads_)[0]
        return Profile(items, values, 0.0, v_u, None if len(items) else "no ratings given")

    # -- why

    def _explain(self, user: User, item: int) -> Explanation:
        match = self.half_ * float(self.item_factors_[item] @ self._row(user))
        raw = self.mid_ + match
        terms = [
            Term("middle of the scale", "mid", self.mid_),
            Term("match of tastes", "half·q_i·p_u", match),
        ]
        estimate = float(self.scale_.clip(raw))
        if estimate != raw:  # rounding can leave the scale by a hair
            terms.append(Term("held to the scale", "clip", estimate - raw))
        return Explanation(estimate, tuple(terms), fallback=self.fallback(user, item))


def _filled(features: FloatArray) -> FloatArray:
    """The mean of its column for a feature that is not stated; 0 where none is."""
    known = ~np.isnan(features)
    means = np.where(known, features, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.where(known, features, means)


def _standard(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of each column; ∞ for one that does not vary, so that it becomes 0."""
    mean, spread = x.mean(axis=0), x.std(axis=0)
    return mean, np.where(spread > 1e-9 * (1 + np.abs(mean)), spread, np.inf)
