"""What all models of biases and factors share: one equation, its fold-in and its explanation.

    r̂_ui = μ + b_u + b_i + q_iᵀ p_u                                        (1)

μ     mu_            mean of the training ratings
b_u   user_bias_     (n_users,)               how far above the mean user u rates
b_i   item_bias_     (n_items,)               how far above the mean item i is rated
p_u   user_factors_  (n_users, n_factors)     P
q_i   item_factors_  (n_items, n_factors)     Q

Fold-in keeps everything but the new person's own row, and finds that row from their n
ratings r_j by a linear map H that depends only on which items were rated:

    y_j = r_j − μ − b_j                        what is left for the person to explain   (2)
    (b_u, p_u) = H y                           H of shape (1 + n_factors, n)            (3)

so that every score is a sum over the ratings given, exactly:

    r̂_ui = μ + b_i + Σ_j [(1, q_i)ᵀ H]_j y_j   each addend is the share of rating j     (4)

Cold start: no ratings → b_u = 0, p_u = 0; an item nobody rated → b_i = 0, q_i = 0.
Cost: fold-in O(n² n_factors + n³) for n < n_factors; scores O(n_items n_factors).
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recsys_core.algorithms._products import products
from recsys_core.algorithms.base import Algorithm, Explanation, Profile, Share, Term, User
from recsys_core.errors import DataError, TrainingDivergedError
from recsys_core.ratings import FloatArray, IntArray, RatingArray


@dataclass
class FactorModel(Algorithm):
    """Base of the models that predict by equation (1)."""

    folds_in: ClassVar[bool] = True
    exact_shares: ClassVar[bool] = True

    def _learned(
        self,
        mu: float,
        user_bias: FloatArray,
        item_bias: FloatArray,
        user_factors: FloatArray,
        item_factors: FloatArray,
    ) -> None:
        """Keep read-only views of what was learned, after making sure that it is finite.

        Views, not copies: while training goes on they follow it, so whoever wants to keep
        an epoch copies it.
        """
        learned = tuple(array.view() for array in (user_bias, item_bias, user_factors, item_factors))
        if not all(np.isfinite(array).all() for array in learned):
            raise TrainingDivergedError(
                f"{self.title} left the finite numbers while training. "
                "Lower the learning rate or raise the regularisation."
            )
        self.mu_ = mu
        self.user_bias_, self.item_bias_, self.user_factors_, self.item_factors_ = learned
        for array in learned:
            array.setflags(write=False)

    # -- equation (1)

    def _estimate(self, users: IntArray | Profile, items: IntArray) -> FloatArray:
        b_i = self.item_bias_[items]
        if isinstance(users, Profile):
            return self.mu_ + users.bias + b_i + self.item_factors_[items] @ self._vector(users)
        match = products(self.user_factors_, self.item_factors_, users, items)
        estimate: FloatArray = self.mu_ + self.user_bias_[users] + b_i + match
        return estimate

    def _scores(self, user: User) -> FloatArray:
        b_u, p_u = self._row(user)
        scores: FloatArray = self.mu_ + b_u + self.item_bias_ + self.item_factors_ @ p_u
        return scores

    def score_block(self, users: IntArray) -> FloatArray:
        """(len(users), n_items) what `scores` gives for each of these people, up to rounding: one product
        of matrices is some ten times quicker than one of a matrix and a vector for each person.

        Raises:
            NotFittedError, DataError: as `predict`.
        """
        self._require_fit()
        u = self._indices(users, self.n_users_, "user")
        scores: FloatArray = self.user_factors_[u] @ self.item_factors_.T
        scores += self.item_bias_
        scores += (self.mu_ + self.user_bias_[u])[:, None]
        return scores

    def _row(self, user: User) -> tuple[float, FloatArray]:
        """b_u and p_u of a known user or of a folded-in person."""
        if isinstance(user, Profile):
            return user.bias, self._vector(user)
        return float(self.user_bias_[user]), self.user_factors_[user]

    def _vector(self, profile: Profile) -> FloatArray:
        vector = profile.vector
        if vector is None or vector.shape != self.item_factors_.shape[1:]:
            raise DataError(f"This person was folded in by another model; fold in again with {self.title}.")
        return vector

    # -- fold-in, equations (2) to (4)

    @abstractmethod
    def _fold_in_map(self, items: IntArray) -> FloatArray:
        """H of equation (3), shape (1 + n_factors, n), for at least one rated item."""

    def _left_to_explain(self, items: IntArray, values: RatingArray) -> FloatArray:
        """y of equation (2)."""
        left: FloatArray = values.astype(np.float64) - self.mu_ - self.item_bias_[items]
        return left

    def _fold_in(self, items: IntArray, values: RatingArray) -> Profile:
        if not len(items):
            nobody = np.zeros(self.item_factors_.shape[1])
            return Profile(items, values, 0.0, nobody, fallback="no ratings given")
        row = self._fold_in_map(items) @ self._left_to_explain(items, values)  # (3)
        return Profile(items, values, float(row[0]), row[1:])

    def _shares(self, profile: Profile, item: int) -> tuple[Share, ...]:
        if not len(profile):
            return ()
        x_i = np.concatenate(([1.0], self.item_factors_[item]))
        weights = x_i @ self._fold_in_map(profile.items)
        shares = weights * self._left_to_explain(profile.items, profile.values)  # (4)
        return tuple(
            Share(int(j), float(r), float(share))
            for j, r, share in zip(profile.items, profile.values, shares, strict=True)
        )

    # -- why

    def _explain(self, user: User, item: int) -> Explanation:
        b_u, p_u = self._row(user)
        b_i, q_i = float(self.item_bias_[item]), self.item_factors_[item]
        terms = [
            Term("average of all ratings", "μ", self.mu_),
            Term("this item against the average", "b_i", b_i),
            Term("this person against the average", "b_u", b_u),
        ]
        if self.learns_factors:
            terms.append(Term("match of tastes", "q_i·p_u", float(q_i @ p_u)))
        raw = sum(term.value for term in terms)
        estimate = float(self.scale_.clip(raw))
        held = estimate - raw
        if held:
            terms.append(Term("held to the scale", "clip", held))
        personal = isinstance(user, Profile)
        return Explanation(
            estimate=estimate,
            terms=tuple(terms),
            base=self.mu_ + b_i + held if personal else None,
            shares=self._shares(user, item) if isinstance(user, Profile) else (),
            fallback=self.fallback(user, item),
        )


def ridge_map(X: FloatArray, regularization: float) -> FloatArray:
    """The linear map from targets to ridge coefficients, (XᵀX + λI)⁻¹Xᵀ, shape (n_features, n).

    Solved on the smaller side, for (XᵀX + λI)⁻¹Xᵀ = Xᵀ(XXᵀ + λI)⁻¹ (Woodbury): ten ratings
    and fifty factors cost a 10 × 10 system. With λ = 0 the least-norm solution.

    Args:
        X: (n, n_features) features of the n ratings.
        regularization: λ ≥ 0.
    """
    n, n_features = X.shape
    if regularization == 0:
        H = np.linalg.pinv(X)
    elif n < n_features:
        H = np.linalg.solve(X @ X.T + regularization * np.eye(n), X).T
    else:
        H = np.linalg.solve(X.T @ X + regularization * np.eye(n_features), X.T)
    return H.astype(np.float64, copy=False)


def descent_map(X: FloatArray, regularization: float, time: float) -> FloatArray:
    """The linear map from targets to coefficients after gradient descent on the ridge loss from zero,
    stopped at `time` = learning rate × passes, shape (n_features, n).

        z(t) = Xᵀ f(XXᵀ) y        f(s) = (1 − exp(−t (s + λ))) / (s + λ)

    The limit of small steps, so it neither diverges nor depends on the order of the ratings;
    for t → ∞ it is `ridge_map`. Stopping where training stopped holds a new person back as much
    as it held back the people trained on: fully solved, a few ratings would be taken too seriously.

    Args:
        X: (n, n_features) features of the n ratings.
        regularization: λ ≥ 0.
        time: t > 0.

    Source: Ali, Kolter & Tibshirani (2019), A Continuous-Time View of Early Stopping for
    Least Squares, eq. 9.
    """
    s, U = np.linalg.eigh(X @ X.T)
    rate = np.maximum(s, 0.0) + regularization
    # expm1 keeps the ratio exact where the rate is tiny; where it is zero the limit is t.
    f = np.where(rate > 0, -np.expm1(-time * rate) / np.where(rate > 0, rate, 1.0), time)
    H: FloatArray = (X.T @ U) * f @ U.T
    return H
