"""What `svdpp` and its twin at Surprise share: people described by what they rated, too.

    r̂_ui = μ + b_u + b_i + q_iᵀ (p_u + z̄_u)        z̄_u = |I_u|^−½ Σ_{j∈I_u} z_j        (1)

Prediction needs p_u + z̄_u alone, so that is what `user_factors_` holds; z̄_u is
`user_implicit_` and Z, with its rows z_j, `implicit_factors_`.

A new person's (b_u, p_u) is found by the map H of `svd`, fed with what z̄_u leaves:

    (b_u, p_u) = H (r_j − μ − b_j − q_jᵀ z̄_u)                              (2)

That is linear in the ratings, and z̄_u is a sum over the items rated. So each rating has an
exact share, made of what was given and of having been given at all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from recsys_core.algorithms._factors import FactorModel
from recsys_core.algorithms.base import Explanation, Profile, Share, Term, User, hyper
from recsys_core.algorithms.svd import fold_in_map
from recsys_core.errors import TrainingDivergedError
from recsys_core.ratings import FloatArray, IntArray, RatingArray, frozen


@dataclass
class ImplicitFactorModel(FactorModel):
    """Base of the models that predict by equation (1)."""

    n_factors: int = hyper(20, "F", "numbers that describe one film's character", low=1, high=500)
    n_epochs: int = hyper(20, "T", "passes over all ratings", low=1, high=500)
    learning_rate: float = hyper(0.007, "γ", "size of each step", low=1e-5, high=1, log=True)
    regularization: float = hyper(0.02, "λ", "pull towards zero", low=1e-6, high=10, log=True)

    def _implied(self, implicit_factors: FloatArray, user_implicit: FloatArray) -> None:
        """Keep read-only views of Z and z̄, after making sure that they are finite."""
        if not (np.isfinite(implicit_factors).all() and np.isfinite(user_implicit).all()):
            raise TrainingDivergedError(
                f"{self.title} left the finite numbers while training. Lower the learning rate."
            )
        self.implicit_factors_, self.user_implicit_ = implicit_factors.view(), user_implicit.view()
        frozen(self.implicit_factors_)
        frozen(self.user_implicit_)

    # -- fold-in, equation (2)

    def _fold_in_map(self, items: IntArray) -> FloatArray:
        time = self.learning_rate * self.n_epochs
        return fold_in_map(self.item_factors_[items], self.regularization, time)

    def _parts(self, items: IntArray, values: RatingArray) -> FloatArray:
        """(1 + n_factors, n): what each rating adds to the person's (b_u, p_u + z̄_u)."""
        H = self._fold_in_map(items)
        Z = self.implicit_factors_[items].T / np.sqrt(len(items))  # one column an item rated
        said = H * self._left_to_explain(items, values)
        implied = np.vstack([np.zeros(len(items)), Z]) - H @ (self.item_factors_[items] @ Z)
        parts: FloatArray = said + implied
        return parts

    def _fold_in(self, items: IntArray, values: RatingArray) -> Profile:
        if not len(items):
            return super()._fold_in(items, values)
        row = self._parts(items, values).sum(axis=1)
        return Profile(items, values, float(row[0]), row[1:])

    def _shares(self, profile: Profile, item: int) -> tuple[Share, ...]:
        if not len(profile):
            return ()
        x_i = np.concatenate(([1.0], self.item_factors_[item]))
        shares = x_i @ self._parts(profile.items, profile.values)
        return tuple(
            Share(int(j), float(r), float(share))
            for j, r, share in zip(profile.items, profile.values, shares, strict=True)
        )

    # -- why

    def _implicit(self, items: IntArray) -> FloatArray:
        """z̄_u of somebody who rated these items."""
        implicit: FloatArray = self.implicit_factors_[items].sum(axis=0) / max(len(items), 1) ** 0.5
        return implicit

    def _explain(self, user: User, item: int) -> Explanation:
        why = super()._explain(user, item)
        z_u = self._implicit(user.items) if isinstance(user, Profile) else self.user_implicit_[user]
        chosen = float(self.item_factors_[item] @ z_u)
        terms: list[Term] = []
        for term in why.terms:
            if term.symbol == "q_i·p_u":
                terms.append(replace(term, value=term.value - chosen))
                terms.append(Term("which items this person rated", "q_i·z̄_u", chosen))
            else:
                terms.append(term)
        return replace(why, terms=tuple(terms))
