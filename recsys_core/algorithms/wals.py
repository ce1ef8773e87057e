"""Weighted alternating least squares: the holes count too, but less.

    s_ui = q_iᵀ p_u                                                        (1)
    min Σ_known w_ui (t_ui − s_ui)² + w₀ Σ_unknown s_ui² + λ (‖P‖² + ‖Q‖²)  (2)

Cells without a rating are taken for zeros of weight w₀: w₀ = 0 fits the known ones alone, w₀ = w
is a decomposition of the zero-filled table. What a known cell is to be, and how much it weighs:

    target       t_ui     w_ui
    rating       r_ui     ϕ_i                  the stars themselves
    binary       1        ϕ_i                  rated at all
    confidence   1        ϕ_i (1 + α r_ui)     rated at all, and the surer the more stars
    with         ϕ_i = (|U_i| / mean |U|)^−κ   κ > 0: frequent items weigh less    (3)

With Q still, (2) is one weighted ridge regression a person over all items, known or not, and
likewise for the items; the sum over all of them is the same Gram matrix for everyone:

    p_u = A_u⁻¹ Σ_{i∈I_u} w_ui t_ui q_i                                    (4)
    A_u = w₀ QᵀQ + λ I + Σ_{i∈I_u} (w_ui − w₀) q_i q_iᵀ                    (5)

So the loss never rises. Items go first and people last, so that folding in exactly a known
person's ratings gives exactly that person's p_u. The score (1) ranks. As a rating it is

    r̂_ui = c₀ + c₁ s_ui                                                   (6)

itself for target "rating" (c₀ = 0, c₁ = 1); otherwise the line that fits the training ratings
best, c₁ ≥ 0, for then a score speaks of being rated, and not of stars.

Shapes      P (n_users, n_factors) · Q (n_items, n_factors)
Cold start  no ratings → p_u = 0; an item nobody rated → q_i = 0; both score 0
Fold-in     (4). For "rating" and "binary" linear in t given which items were rated; for
            "confidence" A_u depends on the ratings, but p_u is a sum over them still: the
            shares are exact for all three
Cost        a pass O(n_ratings n_factors² + (n_users + n_items) n_factors³)
Source      Hu, Koren & Volinsky (2008), Collaborative Filtering for Implicit Feedback Datasets,
            eq. 3-5; Google, Recommendation Systems course, Matrix Factorization, for w₀ and (3)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recsys_core.algorithms._products import products
from recsys_core.algorithms._ridge import pass_work, solve_rows
from recsys_core.algorithms._terms import summed
from recsys_core.algorithms._work import Size, Work
from recsys_core.algorithms.base import Algorithm, Explanation, Profile, Share, Step, Term, User, hyper, seed
from recsys_core.kernel import kernel
from recsys_core.ratings import FloatArray, IntArray, LongArray, RatingArray, Ratings, frozen


@dataclass
class WALS(Algorithm):
    """Weighted ridge regressions by turns, with every hole a light zero."""

    n_factors: int = hyper(10, "F", "numbers that describe one film's character", low=1, high=300)
    n_epochs: int = hyper(10, "T", "passes: all films, then all people", low=1, high=200)
    regularization: float = hyper(0.5, "λ", "pull of the factors towards zero", low=1e-6, high=100, log=True)
    unobserved_weight: float = hyper(
        0.05, "w₀", "weight of a cell without a rating, taken for a zero", low=0, high=1
    )
    target: str = hyper(
        "rating", "t", "what a known cell should be", choices=("rating", "binary", "confidence")
    )
    confidence: float = hyper(1.0, "α", "how much surer a star makes", low=0, high=100)
    frequency_weights: float = hyper(0.0, "κ", "how much less often-rated films weigh", low=0, high=1)
    init_std: float = hyper(0.1, "σ", "spread of the random start", low=1e-6, high=1, log=True)
    seed: int = seed()

    name: ClassVar[str] = "wals"
    title: ClassVar[str] = "Weighted alternating least squares"
    summary: ClassVar[str] = "Counts every film not rated as a light no, and so ranks the whole catalogue."
    cheaper: ClassVar[str] = "svd"
    learns_factors: ClassVar[bool] = True
    iterative: ClassVar[bool] = True
    folds_in: ClassVar[bool] = True
    exact_shares: ClassVar[bool] = True
    scores_are_ratings: ClassVar[bool] = False

    def work(self, size: Size) -> Work:
        return self.n_epochs * pass_work(size, self.n_factors) + Work(n_bytes=122 * size.n_ratings)

    def _steps(self, ratings: Ratings) -> Iterator[Step]:
        rated = self.item_counts_ > 0
        frequency = self.item_counts_ / self.item_counts_[rated].mean()
        self.item_weights_ = np.where(rated, frequency, 1.0) ** -self.frequency_weights  # (3)
        frozen(self.item_weights_)
        t, w = self._wanted(ratings.items, ratings.values)
        views = ratings.by_item, ratings.by_user
        (t_by_item, w_by_item), (t_by_user, w_by_user) = ((t[v.order], w[v.order]) for v in views)
        by_item, by_user = views
        w0, lam = self.unobserved_weight, self.regularization
        rng = np.random.default_rng(self.seed)
        P = rng.normal(0.0, self.init_std, (ratings.n_users, self.n_factors))
        P[self.user_counts_ == 0] = 0.0
        for epoch in range(1, self.n_epochs + 1):
            Q = half_step(by_item.starts, by_item.others, t_by_item, w_by_item, P, w0, lam)
            P = half_step(by_user.starts, by_user.others, t_by_user, w_by_user, Q, w0, lam)  # (4)
            yield self._step(epoch, ratings, P, Q, t, w)

    def _wanted(self, items: IntArray, values: RatingArray) -> tuple[FloatArray, FloatArray]:
        """t and w of known cells, (n,) each."""
        r, w = values.astype(np.float64), self.item_weights_[items]
        if self.target == "rating":
            return r, w
        if self.target == "confidence":
            w = w * (1.0 + self.confidence * np.maximum(r, 0.0))
        return np.ones(len(r)), w

    def _step(
        self, epoch: int, ratings: Ratings, P: FloatArray, Q: FloatArray, t: FloatArray, w: FloatArray
    ) -> Step:
        self.user_factors_, self.item_factors_, self.gram_ = P, Q, Q.T @ Q
        for array in (P, Q, self.gram_):
            frozen(array)
        s, r = matches(ratings.users, ratings.items, P, Q), ratings.values.astype(np.float64)
        self.c0_, self.c1_ = (0.0, 1.0) if self.target == "rating" else line(s, r)
        everywhere = float(((P.T @ P) * self.gram_).sum())  # Σ s² over all cells, by the Gram matrices
        holes = self.unobserved_weight * (everywhere - float(s @ s))
        penalty = self.regularization * float((P * P).sum() + (Q * Q).sum())
        loss = float(w @ (t - s) ** 2) + holes + penalty  # (2)
        squares = float(((r - self.c0_ - self.c1_ * s) ** 2).sum())
        return Step(epoch, self.n_epochs, loss, (squares / len(r)) ** 0.5)

    # -- equations (1) and (6)

    def _estimate(self, users: IntArray | Profile, items: IntArray) -> FloatArray:
        if isinstance(users, Profile):
            s = self.item_factors_[items] @ self._row(users)
        else:
            s = products(self.user_factors_, self.item_factors_, users, items)
        estimate: FloatArray = self.c0_ + self.c1_ * s
        return estimate

    def _scores(self, user: User) -> FloatArray:
        scores: FloatArray = self.item_factors_ @ self._row(user)
        return scores

    def _row(self, user: User) -> FloatArray:
        """p_u of a known user or of a folded-in person."""
        if isinstance(user, Profile):
            return np.zeros(self.n_factors) if user.vector is None else user.vector
        row: FloatArray = self.user_factors_[user]
        return row

    # -- a new person, equation (4)

    def _parts(self, items: IntArray, values: RatingArray) -> FloatArray:
        """(n_factors, n): what each rating adds to p_u."""
        t, w = self._wanted(items, values)
        Q, w0 = self.item_factors_[items], self.unobserved_weight
        A = w0 * self.gram_ + self.regularization * np.eye(self.n_factors) + (Q.T * (w - w0)) @ Q  # (5)
        return np.linalg.solve(A, Q.T * (w * t)).astype(np.float64, copy=False)

    def _fold_in(self, items: IntArray, values: RatingArray) -> Profile:
        p_u = self._parts(items, values).sum(axis=1)
        return Profile(items, values, 0.0, p_u, fallback=None if len(items) else "no ratings given")

    # -- why

    def _explain(self, user: User, item: int) -> Explanation:
        match = self.c1_ * float(self._scores(user)[item])
        symbol = "q_i·p_u" if self.target == "rating" else "c₁ q_i·p_u"
        terms = [Term("match of tastes", symbol, match)]
        if self.target != "rating":
            terms.insert(0, Term("stars where nothing matches", "c₀", self.c0_))
        base: float | None = None
        shares: tuple[Share, ...] = ()
        if isinstance(user, Profile):
            base = self.c0_
            values = self.c1_ * (self.item_factors_[item] @ self._parts(user.items, user.values))
            given = zip(user.items, user.values, values, strict=True)
            shares = tuple(Share(int(j), float(r), float(share)) for j, r, share in given)
        return summed(terms, self.scale_, self.fallback(user, item), base, shares)


def line(s: FloatArray, r: FloatArray) -> tuple[float, float]:
    """c₀ and c₁ ≥ 0 that bring c₀ + c₁ s nearest to r in squares; c₁ = 0 where all s are the same."""
    spread = s - s.mean()
    c1 = max(0.0, float(spread @ r) / max(float(spread @ spread), 1e-12))
    return float(r.mean() - c1 * s.mean()), c1


def half_step_readable(
    starts: LongArray,
    others: IntArray,
    t: FloatArray,
    w: FloatArray,
    fixed: FloatArray,
    unobserved_weight: float,
    regularization: float,
) -> FloatArray:
    """The weighted ridge regression of (2) for every row, over all cells of the row, known or not.

    Args:
        starts: (n_rows + 1,) where each row's ratings begin.
        others: (n_ratings,) the index on the fixed side.
        t, w: (n_ratings,) targets and weights in the same order.
        fixed: (n_others, n_factors) the factors held still.
        unobserved_weight, regularization: w₀ ≥ 0, λ > 0.

    Returns:
        (n_rows, n_factors) the solved factors; zero for a row without ratings.
    """
    n_others, n_factors = fixed.shape
    solved = np.zeros((len(starts) - 1, n_factors))
    for x in range(len(solved)):
        part = slice(starts[x], starts[x + 1])
        wanted, weight = np.zeros(n_others), np.full(n_others, unobserved_weight)
        wanted[others[part]], weight[others[part]] = t[part], w[part]
        A = (fixed.T * weight) @ fixed + regularization * np.eye(n_factors)
        solved[x] = np.linalg.solve(A, fixed.T @ (weight * wanted))
    return solved


def half_step(
    starts: LongArray,
    others: IntArray,
    t: FloatArray,
    w: FloatArray,
    fixed: FloatArray,
    unobserved_weight: float,
    regularization: float,
) -> FloatArray:
    """The same as `half_step_readable`, by (4) and (5): only known cells are visited."""
    base = unobserved_weight * (fixed.T @ fixed) + regularization * np.eye(fixed.shape[1])
    return solve_rows(starts, others, w * t, fixed, 0.0, base, w - unobserved_weight)


@kernel
def matches(users: IntArray, items: IntArray, P: FloatArray, Q: FloatArray) -> FloatArray:
    """(n,) s of equation (1) for each pair, without a temporary of n × n_factors."""
    s = np.empty(len(users))
    for n in range(len(users)):
        p, q, dot = P[users[n]], Q[items[n]], 0.0
        for f in range(len(p)):
            dot += p[f] * q[f]
        s[n] = dot
    return s
