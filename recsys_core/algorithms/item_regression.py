"""The mirror image of content-based filtering: one regression an item, on features of people.

    r̂_ui = θ_i0 + θ_iᵀ x_u                                                 (1)
    min ½ Σ_{u∈U_i} (r_ui − θ_i0 − θ_iᵀx_u)² + λ/2 ‖θ_i‖² + λ_i/2 (θ_i0 − μ)²   (2)

(without an intercept θ_i0 = 0, and λ_i has no part in it). x_u describes a person; what is
learned is whom each item pleases. Where people stated something of themselves
(`features_from` "stated"), x_u is that: as stated without an intercept; with one, counted
from the mean person, and in standard deviations where those exceed 1 (so that a year of age
weighs less than a yes). Elsewhere, or with "ratings", x_u is read off the person's own
training ratings, y_j = r_uj − μ, and the known features f_jg of the items rated (genre g: 1
or 0):

    x_u = ( Σ_j y_j / (λ_u + n),  …, Σ_j f_jg (y_j − ȳ) / (λ_u + Σ_j |f_jg|), … )   (3)

how far above everyone's average the person rates, and how far above the person's own
average each genre. A person's rating of i has a small part in its own explanation there.

A new person's x is linear in the n ratings given. From ratings it is (3). Where people
state their features and this one did not, it is what explains their ratings best,

    x = x̄ + (ΘᵀΘ + λ_u I)⁻¹Θᵀ (r_j − θ_j0 − θ_jᵀx̄)     Θ: the rows θ_j of the items rated   (4)

x̄ the mean person; either way every prediction splits into the ratings given, exactly.

Shapes      x_u: features_ (n_users, n_features) · θ_i: item_weights_ (n_items, n_features)
Cold start  no ratings, or features not stated → the item's average, drawn to μ as in (2);
            nobody rated the item → μ; `introduce` predicts from stated features alone
Fold-in     (3), the same numbers as for a known person; or (4), which knows less than one who
            stated their features
Cost        O(Σ_i n_i n_features²) to fit
Source      Module 19: Recommendation Systems, user factors given and item factors inferred
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from threadpoolctl import threadpool_limits

from recsys_core.algorithms._biases import shrunk_mean
from recsys_core.algorithms._regression import regression_map, regression_work, without_unknown
from recsys_core.algorithms._work import Size, Work
from recsys_core.algorithms.base import Algorithm, Explanation, Profile, Share, Term, User, hyper
from recsys_core.errors import DataError, UnsupportedError
from recsys_core.features import SideInformation
from recsys_core.ratings import FloatArray, IntArray, RatingArray, Ratings, frozen


@dataclass
class ItemRegression(Algorithm):
    """Equation (1), a regression for every item."""

    regularization: float = hyper(5.0, "λ", "pull of the weights towards zero", low=0, high=1000)
    intercept: bool = hyper(True, "icpt", "whether every film has a level of its own beside the features")
    features_from: str = hyper(
        "stated",
        "from",
        "what describes a person: what they stated, where they did, or always their ratings",
        choices=("stated", "ratings"),
    )
    item_shrinkage: float = hyper(5.0, "λ_i", "ratings at the average added to each film", low=0, high=100)
    user_shrinkage: float = hyper(5.0, "λ_u", "ratings at the average added to each person", low=0, high=100)

    name: ClassVar[str] = "item_regression"
    title: ClassVar[str] = "Regression per item"
    summary: ClassVar[str] = "Learns for each film whom it pleases, from what is known of people."
    cheaper: ClassVar[str] = "bias"
    needs_features: ClassVar[tuple[str, ...]] = ("items",)
    folds_in: ClassVar[bool] = True
    exact_shares: ClassVar[bool] = True

    def _checked_side(self, ratings: Ratings, side: SideInformation) -> SideInformation:
        side = super()._checked_side(ratings, side)
        if side.users is not None and len(side.users.values) != ratings.n_users:
            raise DataError(f"{len(side.users.values)} rows of features for {ratings.n_users} users.")
        return side

    # -- learning

    def work(self, size: Size) -> Work:
        return regression_work(size, size.n_items, size.n_user_features or size.n_item_features)

    def _fit(self, ratings: Ratings) -> None:
        self.mu_ = ratings.mean
        y = ratings.values.astype(np.float64) - ratings.mean
        self.item_means_ = ratings.mean + shrunk_mean(ratings.items, y, ratings.n_items, self.item_shrinkage)
        self._describe(ratings)
        n_features = self.features_.shape[1]
        theta_0, theta = self.item_means_.copy(), np.zeros((ratings.n_items, n_features))
        # Without an intercept nothing is taken off, so that θ is what the lecture's regression finds.
        off = self.mu_ if self.intercept else 0.0
        with threadpool_limits(limits=1, user_api="blas"):
            for i in range(ratings.n_items):
                people, values = ratings.by_item.row(i)
                known = self.known_[people]
                if known.any():
                    x, r = self.features_[people[known]], values[known].astype(np.float64)
                    H = regression_map(x, self.regularization, self.intercept, self.item_shrinkage)
                    coefficients = H @ (r - off)  # (2)
                    theta_0[i], theta[i] = off + coefficients[0], coefficients[1:]
        self.item_intercepts_, self.item_weights_ = theta_0, theta
        for array in (self.item_means_, theta_0, theta):
            frozen(array)

    def _describe(self, ratings: Ratings) -> None:
        """x_u of everyone, of whom it is known, and f_jg for whoever comes later."""
        items, stated = self.side_.items, self.side_.users
        assert items is not None  # noqa: S101  (the base has checked it)
        self.item_features_, _ = without_unknown(items.values)
        self.stated_ = self.features_from == "stated" and stated is not None and len(stated.names) > 0
        if self.stated_ and stated is not None:
            self.feature_names_ = stated.names
            self._describe_by(stated.values)
        else:
            self.feature_names_ = ("own average", *items.names)
            self._describe_by_taste(ratings)
        for array in (self.item_features_, self.features_, self.known_, self.centre_, self.unit_):
            frozen(array)
        del self.side_  # what is needed of it is kept as arrays

    def _describe_by(self, stated: FloatArray) -> None:
        zeroed, known = without_unknown(stated)
        rows = zeroed[known]
        self.unit_ = np.vstack([np.zeros(stated.shape[1]), np.ones(stated.shape[1])])
        if self.intercept and len(rows):
            # Years of age must not escape the pull; a rare yes must not outgrow it.
            self.unit_ = np.vstack([rows.mean(axis=0), np.maximum(rows.std(axis=0), 1.0)])
        self.features_ = np.where(known[:, None], (zeroed - self.unit_[0]) / self.unit_[1], 0.0)
        self.centre_ = self.features_[known].mean(axis=0) if len(rows) else np.zeros(stated.shape[1])
        # A person without ratings is the same whether training knew of them or not; see `introduce`.
        self.known_ = known & (self.user_counts_ > 0)

    def _describe_by_taste(self, ratings: Ratings) -> None:
        n_features = 1 + self.item_features_.shape[1]
        self.features_, self.known_ = np.zeros((ratings.n_users, n_features)), self.user_counts_ > 0
        self.centre_ = np.zeros(n_features)
        self.unit_ = np.vstack([self.centre_, np.ones(n_features)])
        for u in np.flatnonzero(self.known_):
            rated, values = ratings.by_user.row(int(u))
            A = tastes_map(self.item_features_[rated], self.user_shrinkage)
            self.features_[u] = A @ (values.astype(np.float64) - ratings.mean)  # (3)

    # -- prediction

    def _estimate(self, users: IntArray | Profile, items: IntArray) -> FloatArray:
        theta_0, theta = self.item_intercepts_[items], self.item_weights_[items]
        if isinstance(users, Profile):
            x = self._described(users)
            return self.item_means_[items] if x is None else theta_0 + theta @ x
        raw = theta_0 + np.einsum("nf,nf->n", theta, self.features_[users])  # (1)
        return np.where(self.known_[users], raw, self.item_means_[items])

    def _fold_in(self, items: IntArray, values: RatingArray) -> Profile:
        if not len(items):
            return Profile(items, values, fallback="no ratings given")
        A, expected = self._fold_in_map(items)
        return Profile(items, values, vector=self.centre_ + A @ (values - expected))

    def _fold_in_map(self, items: IntArray) -> tuple[FloatArray, FloatArray]:
        """A (n_features, n) and what is taken off each rating before: x = x̄ + A (r − expected)."""
        if not self.stated_:
            return tastes_map(self.item_features_[items], self.user_shrinkage), np.full(len(items), self.mu_)
        theta = self.item_weights_[items]
        A = regression_map(theta, self.user_shrinkage, intercept=False)[1:]  # (4)
        return A, self.item_intercepts_[items] + theta @ self.centre_

    def introduce(self, features: ArrayLike) -> Profile:
        """A person who has rated nothing, but stated what training knew of people.

        Args:
            features: (n_features,) in the order and units of `side.users`.

        Raises:
            NotFittedError: the model was not fitted.
            UnsupportedError: people are described by their ratings here.
            DataError: another number of features, or one is not finite.
        """
        self._require_fit()
        if not self.stated_:
            raise UnsupportedError(f"{self.title} was fitted on what people rated, not on what they stated.")
        x = np.array(features, dtype=np.float64)
        if x.shape != self.centre_.shape or not np.isfinite(x).all():
            raise DataError(f"Wanted {len(self.centre_)} finite features: {', '.join(self.feature_names_)}.")
        nothing = np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32)
        x = (x - self.unit_[0]) / self.unit_[1]
        return Profile(*nothing, vector=x, fallback="no ratings given: predicted from what the person stated")

    def _described(self, user: User) -> FloatArray | None:
        """x_u, or None of whom nothing is known."""
        if isinstance(user, Profile):
            other = len(user) > 0 if user.vector is None else user.vector.shape != self.centre_.shape
            if other:
                raise DataError(f"This person was folded in by another model; fold in with {self.title}.")
            return user.vector
        return self.features_[user] if self.known_[user] else None

    # -- why

    def _explain(self, user: User, item: int) -> Explanation:
        theta_0, theta = float(self.item_intercepts_[item]), self.item_weights_[item]
        x = self._described(user)
        if x is None:
            terms = [Term("this item's average", "μ_i", float(self.item_means_[item]))]
        else:
            terms = [Term("this item's level", "θ_i0", theta_0)]
            parts = zip(self.feature_names_, theta * x, strict=True)
            terms += [Term(name, "θ_i·x_u", float(part)) for name, part in parts if part]
        raw = sum(term.value for term in terms)
        estimate = float(self.scale_.clip(raw))
        held = estimate - raw
        if held:
            terms.append(Term("held to the scale", "clip", held))
        if not isinstance(user, Profile):
            return Explanation(estimate, tuple(terms), fallback=self.fallback(user, item))
        base = theta_0 + float(theta @ self.centre_) if len(user) else raw
        return Explanation(
            estimate, tuple(terms), base + held, self._shares(user, item), self.fallback(user, item)
        )

    def _shares(self, person: Profile, item: int) -> tuple[Share, ...]:
        if not len(person):
            return ()
        A, expected = self._fold_in_map(person.items)
        shares = (self.item_weights_[item] @ A) * (person.values - expected)
        return tuple(
            Share(int(j), float(r), float(share))
            for j, r, share in zip(person.items, person.values, shares, strict=True)
        )

    def fallback(self, user: User, item: int) -> str | None:
        """As the protocol says, and a person of whom nothing is known gets the item's average."""
        named = super().fallback(user, item)
        if named is None and not isinstance(user, Profile) and not self.known_[user]:
            return "the features of this person are not stated: predicted the item's average"
        return named


def tastes_map(F: FloatArray, shrinkage: float) -> FloatArray:
    """The linear map of (3) from y to a person's x.

    Args:
        F: (n, n_genres) f_jg of the items rated, n ≥ 1.
        shrinkage: λ_u ≥ 0.

    Returns:
        (1 + n_genres, n); a row of zeros for a genre the person met in no item.
    """
    n = len(F)
    totals = shrinkage + np.abs(F).sum(axis=0)
    met = np.abs(F).max(axis=0) > 0
    own = (F - F.mean(axis=0)) / np.where(met, totals, 1.0)
    return np.vstack([np.full(n, 1.0 / (shrinkage + n)), own.T])
