"""Content-based filtering: one linear regression a person, on known features of the items.

    r̂_ui = θ_u0 + θ_uᵀ x_i                                                 (1)
    min ½ Σ_{j∈I_u} (r_uj − θ_u0 − θ_uᵀx_j)² + λ/2 ‖θ_u − θ̄‖²              (2)

x_i is known: genres and year, or whatever a table states; what is learned is how much each
person likes each feature. The intercept θ_u0 is free, and can be left out (`intercept`). The
weights are pulled towards θ̄ = 0, as in Ng's cost. With `average_feature` one more column
stands in x_i: how far above the average the training ratings put the item,
a_i = Σ_{u∈U_i} (r_ui − μ) / (λ_i + |U_i|). Its weight is pulled towards 1 instead: who said
little agrees with everyone. People learn from each other through that column alone.

(2) is solved exactly and linearly in the ratings; H is that of `_regression.py`:

    (θ_u0, θ_u) = (0, θ̄) + H (r − Xθ̄)                                     (3)
    r̂_ui = μ + θ̄ᵀx_i + Σ_j [(1, x_i)ᵀ H]_j (r_j − θ̄ᵀx_j − μ)             (4)

where each addend of the sum is the share of rating j. (4) holds with an intercept, for then
the weights of the sum add up to 1; without one, leave out μ on both sides.

Shapes      x_i: features_ (n_items, n_features) · θ_u: user_weights_ (n_users, n_features)
Cold start  an item nobody rated is predicted like any other, a_i = 0; no ratings → μ + θ̄ᵀx_i,
            the mean of all (and the item's average, where that is a feature); features not
            stated → left out of (2) and predicted the person's own average
Fold-in     (2) for the new person, shares by (4); the same numbers as for a known person
Cost        O(Σ_u n_u n_features²) to fit
Source      Ng, Recommender Systems lectures, cost of w⁽ʲ⁾ and b⁽ʲ⁾ with x⁽ⁱ⁾ given;
            Module 19: Recommendation Systems, content-based filtering
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from threadpoolctl import threadpool_limits

from recsys_core.algorithms._biases import shrunk_mean
from recsys_core.algorithms._regression import regression_map, regression_work, without_unknown
from recsys_core.algorithms._work import Size, Work
from recsys_core.algorithms.base import Algorithm, Explanation, Profile, Share, Term, User, hyper
from recsys_core.errors import DataError
from recsys_core.features import SideInformation
from recsys_core.ratings import FloatArray, IntArray, RatingArray, Ratings, frozen


@dataclass
class ContentRegression(Algorithm):
    """Equation (1), a regression for every person."""

    regularization: float = hyper(
        10.0, "λ", "pull of the weights towards what everyone does", low=0, high=1000
    )
    intercept: bool = hyper(True, "icpt", "whether everyone has a level of their own beside the features")
    average_feature: bool = hyper(True, "avg", "whether an item's average rating is one of its features")
    item_shrinkage: float = hyper(5.0, "λ_i", "ratings at the average added to each film", low=0, high=100)

    name: ClassVar[str] = "content_regression"
    title: ClassVar[str] = "Content-based regression"
    summary: ClassVar[str] = "Learns how much each person likes each genre, from that person's ratings alone."
    cheaper: ClassVar[str] = "bias"
    needs_features: ClassVar[tuple[str, ...]] = ("items",)
    folds_in: ClassVar[bool] = True
    exact_shares: ClassVar[bool] = True

    @classmethod
    def from_parameters(
        cls, ratings: Ratings, side: SideInformation, intercepts: ArrayLike, weights: ArrayLike
    ) -> Self:
        """A model with weights that are given instead of learned, such as those of a lecture.

        Args:
            ratings: who and what there is, the scale, and everyone's average.
            side: the features the weights are meant for.
            intercepts: (n_users,) θ_u0.
            weights: (n_users, n_features) θ_u.

        Raises:
            DataError: the shapes do not fit, or a number is not finite.
        """
        theta_0, theta = (np.array(given, dtype=np.float64) for given in (intercepts, weights))
        model = cls(intercept=bool(theta_0.any()), average_feature=False)
        model._begin(ratings, side)
        model._describe(ratings)
        wanted = (ratings.n_users, model.features_.shape[1])
        if theta_0.shape != wanted[:1] or theta.shape != wanted:
            raise DataError(
                f"Weights of shape {theta_0.shape} and {theta.shape} for (users, features) {wanted}."
            )
        if not (np.isfinite(theta_0).all() and np.isfinite(theta).all()):
            raise DataError("Every weight must be a finite number.")
        model._learned(theta_0, theta)
        model.fitted_ = True
        return model

    # -- learning

    def work(self, size: Size) -> Work:
        return regression_work(size, size.n_users, size.n_item_features)

    def _fit(self, ratings: Ratings) -> None:
        self._describe(ratings)
        theta_0, theta = np.empty(ratings.n_users), np.empty((ratings.n_users, self.features_.shape[1]))
        with threadpool_limits(limits=1, user_api="blas"):
            for u in range(ratings.n_users):
                coefficients = self._coefficients(*ratings.by_user.row(u))
                theta_0[u], theta[u] = coefficients[0], coefficients[1:]
        self._learned(theta_0, theta)

    def _describe(self, ratings: Ratings) -> None:
        """Everything but the weights: features, averages, and who has something to go by."""
        stated = self.side_.items
        assert stated is not None  # noqa: S101  (the base has checked it)
        values, names = stated.values, stated.names
        r = ratings.values.astype(np.float64) - ratings.mean
        if self.average_feature:
            a = shrunk_mean(ratings.items, r, ratings.n_items, self.item_shrinkage)
            values, names = np.column_stack([values, a]), (*names, "average rating")
        self.mu_, self.feature_names_ = ratings.mean, names
        self.features_, self.known_ = without_unknown(values)
        self.pull_ = np.zeros(len(names))  # θ̄
        if self.average_feature:
            self.pull_[-1] = 1.0
        self.user_means_ = ratings.mean + shrunk_mean(ratings.users, r, ratings.n_users, 0.0)
        usable = np.bincount(ratings.users, weights=self.known_[ratings.items], minlength=ratings.n_users)
        self.described_ = usable > 0
        for array in (self.features_, self.known_, self.pull_, self.user_means_, self.described_):
            frozen(array)
        del self.side_  # what is needed of it is kept as arrays

    def _learned(self, intercepts: FloatArray, weights: FloatArray) -> None:
        self.user_intercepts_, self.user_weights_ = intercepts, weights
        frozen(intercepts)
        frozen(weights)

    def _map(self, items: IntArray) -> FloatArray:
        """H for all ratings of a person, (1 + n_features, n): zero where the features are unknown."""
        known = self.known_[items]
        H = np.zeros((1 + self.features_.shape[1], len(items)))
        if known.any():
            H[:, known] = regression_map(self.features_[items[known]], self.regularization, self.intercept)
        else:
            H[0] = 1.0 / len(items)
        return H

    def _coefficients(self, items: IntArray, values: RatingArray) -> FloatArray:
        """(1 + n_features,) θ_u0 and θ_u of (3); μ and θ̄ without ratings."""
        if not len(items):
            return np.concatenate([[self.mu_], self.pull_])
        theta: FloatArray = self._map(items) @ (values - self.features_[items] @ self.pull_)
        theta[1:] += self.pull_
        return theta

    # -- prediction

    def _estimate(self, users: IntArray | Profile, items: IntArray) -> FloatArray:
        x = self.features_[items]
        if isinstance(users, Profile):
            theta, mean = self._row(users)
            return np.where(self.known_[items], theta[0] + x @ theta[1:], mean)
        raw = self.user_intercepts_[users] + np.einsum("nf,nf->n", self.user_weights_[users], x)  # (1)
        return np.where(self.known_[items], raw, self.user_means_[users])

    def _row(self, user: User) -> tuple[FloatArray, float]:
        """(θ_u0, θ_u) and the average rating of a known user or of a folded-in person."""
        if isinstance(user, Profile):
            if user.vector is None or user.vector.shape != (1 + self.features_.shape[1],):
                raise DataError(f"This person was folded in by another model; fold in with {self.title}.")
            mean = float(user.values.mean(dtype=np.float64)) if len(user) else self.mu_
            return user.vector, mean
        theta = np.concatenate([[self.user_intercepts_[user]], self.user_weights_[user]])
        return theta, float(self.user_means_[user])

    def _fold_in(self, items: IntArray, values: RatingArray) -> Profile:
        why = None
        if not len(items):
            why = "no ratings given"
        elif not self.known_[items].any():
            why = "nothing is known of the rated items: predicted the average of the ratings given"
        return Profile(items, values, vector=self._coefficients(items, values), fallback=why)

    # -- why

    def _explain(self, user: User, item: int) -> Explanation:
        terms = self._terms(user, item)
        raw = sum(term.value for term in terms)
        estimate = float(self.scale_.clip(raw))
        held = estimate - raw
        if held:
            terms.append(Term("held to the scale", "clip", held))
        base, shares = self._shares(user, item) if isinstance(user, Profile) else (None, ())
        return Explanation(
            estimate=estimate,
            terms=tuple(terms),
            base=None if base is None else base + held,
            shares=shares,
            fallback=self.fallback(user, item),
        )

    def _terms(self, user: User, item: int) -> list[Term]:
        theta, mean = self._row(user)
        silent = not len(user) if isinstance(user, Profile) else self.user_counts_[user] == 0
        if silent and theta[0] == self.mu_:
            level = Term("average of all ratings", "μ", self.mu_)
        elif self.known_[item]:
            level = Term("this person's level", "θ_u0", float(theta[0]))
        else:
            level = Term("this person's average", "μ_u", mean)
        if not self.known_[item]:
            return [level]
        return [level] + [
            Term(name, "θ_u·x_i", float(weight * x))
            for name, weight, x in zip(self.feature_names_, theta[1:], self.features_[item], strict=True)
            if x != 0
        ]

    def _shares(self, person: Profile, item: int) -> tuple[float, tuple[Share, ...]]:
        """Equation (4): what anyone would be predicted, and what each rating adds."""
        known, items = bool(self.known_[item]), person.items
        expected = self.features_ @ self.pull_ if known else np.zeros(self.n_items_)
        regressed = known and bool(self.known_[items].any())
        mu = self.mu_ if self.intercept or not regressed or not len(items) else 0.0
        if not len(items):
            return mu + float(expected[item]), ()
        x_i = np.concatenate([[1.0], self.features_[item]])
        weights = x_i @ self._map(items) if known else np.full(len(items), 1.0 / len(items))
        shares = weights * (person.values - expected[items] - mu)
        return mu + float(expected[item]), tuple(
            Share(int(j), float(r), float(share))
            for j, r, share in zip(items, person.values, shares, strict=True)
        )

    def fallback(self, user: User, item: int) -> str | None:
        """As the protocol says; an item nobody rated is still predicted from its features."""
        if isinstance(user, Profile):
            if user.fallback is not None:
                return user.fallback
        elif self.user_counts_[user] == 0:
            return "this person rated nothing"
        elif not self.described_[user]:
            return "nothing is known of the items this person rated: predicted the person's average"
        if not self.known_[item]:
            return "the features of this item are not stated: predicted the person's average"
        if self.item_counts_[item] == 0:
            return "nobody rated this item: predicted from its features"
        return None
