"""The protocol every algorithm follows.

    fit(ratings, side)    → self; forgets any earlier fit; learned names end in _
    steps(ratings, side)  → iterator of Step; fit() exhausts it (iterative algorithms)
    predict(users, items) → one rating a pair, held to the scale
    scores(user)          → one number an item, not held to the scale, for ranking
    fold_in(items, values)→ Profile: a person the model never saw
    explain(user, item)   → Explanation: terms whose sum is the prediction

Arguments are indices of `Ratings`. Wherever a user index is taken, a `Profile` may stand.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self, TypeAlias, cast

import numpy as np
from numpy.typing import ArrayLike

from recsys_core.algorithms._hyper import HyperParameter, HyperValue, hyper, seed
from recsys_core.algorithms._work import Counted
from recsys_core.errors import (
    DataError,
    HyperParameterError,
    NotFittedError,
    TrainingDivergedError,
    UnsupportedError,
)
from recsys_core.features import Features, SideInformation
from recsys_core.ratings import FloatArray, IntArray, RatingArray, Ratings, Scale, frozen

__all__ = [
    "Algorithm",
    "Explanation",
    "HyperParameter",
    "HyperValue",
    "Profile",
    "Share",
    "Step",
    "Term",
    "User",
    "hyper",
    "make",
    "seed",
]

# ---------------------------------------------------------------- what crosses borders


@dataclass(frozen=True)
class Step:
    """What one pass over the data did.

    Attributes:
        epoch: 1, 2, … ; `n_epochs` is the last.
        n_epochs: how many there will be.
        train_loss: the value of the objective the algorithm minimises.
        train_rmse: root mean squared error on the training ratings, in stars.
        gradient_norm: ‖gradient of the loss‖₂ before the pass, where the algorithm computes one.
    """

    epoch: int
    n_epochs: int
    train_loss: float
    train_rmse: float
    gradient_norm: float | None = None


@dataclass(frozen=True, eq=False)
class Profile:
    """A person the model never saw, folded in: their ratings, and what the model made of them.

    Attributes:
        items, values: (n_given,) the ratings given.
        bias: b_u, how far above the average this person rates; 0 where the model has no such term.
        vector: the person in the model's own terms (factors, regression weights, similarities), or None.
        fallback: why the prediction is not personal ("no ratings given"), or None if it is.
    """

    items: IntArray
    values: RatingArray
    bias: float = 0.0
    vector: FloatArray | None = None
    fallback: str | None = None

    def __post_init__(self) -> None:
        frozen(self.items)
        frozen(self.values)
        if self.vector is not None:
            frozen(self.vector)

    def __len__(self) -> int:
        return len(self.items)


User: TypeAlias = int | Profile


@dataclass(frozen=True)
class Term:
    """One addend of a prediction.

    Attributes:
        label: what it is, in words: "average of all ratings".
        symbol: as in NOTATION.md: "μ".
        value: in stars.
    """

    label: str
    symbol: str
    value: float


@dataclass(frozen=True)
class Share:
    """What one of the person's own ratings adds to a prediction.

    Attributes:
        item: index of the rated item.
        rating: the rating given.
        value: in stars; may be negative.
    """

    item: int
    rating: float
    value: float


@dataclass(frozen=True)
class Explanation:
    """A prediction taken apart, twice: `terms` sum to `estimate`, and so do `base` plus `shares`.

    Attributes:
        estimate: the prediction, held to the scale.
        terms: the addends of the model's equation, the last one what the scale took off or added, if it did.
        base: what anyone would be predicted for this item, the scale's part included; None without shares.
        shares: one for each rating the person gave, in the order given; empty where no exact split exists.
        fallback: why the prediction is not personal, or None.
    """

    estimate: float
    terms: tuple[Term, ...]
    base: float | None = None
    shares: tuple[Share, ...] = ()
    fallback: str | None = None


# ---------------------------------------------------------------- the protocol


@dataclass
class Algorithm(Counted, ABC):
    """Base of all algorithms. The constructor stores hyper-parameters and does nothing else."""

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    """One sentence for a person choosing an algorithm."""

    learns_factors: ClassVar[bool] = False
    """It has `item_factors_` of shape (n_items, n_factors)."""
    folds_in: ClassVar[bool] = False
    """`fold_in` works."""
    exact_shares: ClassVar[bool] = False
    """`explain` of a folded-in person splits exactly into that person's ratings."""
    personal: ClassVar[bool] = True
    """Different people get different orders; False for an order that is the same for everyone."""
    needs_features: ClassVar[tuple[str, ...]] = ()
    """What `fit` must be given features of: "items", "users"."""
    binary: ClassVar[bool] = False
    """It predicts the probability of a yes, 0 to 1, instead of a rating."""
    iterative: ClassVar[bool] = False
    """`steps` works."""
    scores_are_ratings: ClassVar[bool] = True
    """`scores` held to the scale equals `predict`; False where the ranking score is another quantity."""
    twin: ClassVar[str] = ""
    """Who learns the same numbers, while settings it does not have are the defaults; a test holds it."""

    @classmethod
    def can_serve(cls, side: SideInformation) -> bool:
        """Whether the features at hand are enough to fit this algorithm."""
        tables: list[Features | None] = [getattr(side, what) for what in cls.needs_features]
        return all(table is not None and len(table.names) > 0 for table in tables)

    @classmethod
    def hyper_parameters(cls) -> dict[str, HyperParameter]:
        """The declared hyper-parameters by name, in the order of the constructor."""
        return {
            f.name: HyperParameter(
                f.name, type(f.default), cast("HyperValue", f.default), **f.metadata["hyper"]
            )
            for f in dataclasses.fields(cls)
            if "hyper" in f.metadata
        }

    def parameters(self) -> dict[str, HyperValue]:
        """The hyper-parameters in force."""
        return {name: getattr(self, name) for name in self.hyper_parameters()}

    # -- training

    def fit(self, ratings: Ratings, side: SideInformation | None = None) -> Self:
        """Learn from the ratings and return self.

        Args:
            ratings: what to learn from.
            side: known features of items and users; only algorithms that need them look at it.

        Raises:
            DataError: there are no ratings, or features are needed and missing.
            HyperParameterError: a hyper-parameter is out of bounds.
            TrainingDivergedError: training left the finite numbers.
        """
        self._begin(ratings, side)
        self._fit(ratings)
        self.fitted_ = True
        return self

    def steps(self, ratings: Ratings, side: SideInformation | None = None) -> Iterator[Step]:
        """Train pass by pass; exhausting the iterator leaves exactly what `fit` leaves.

        Raises:
            UnsupportedError: the algorithm is not iterative.
            DataError, HyperParameterError, TrainingDivergedError: as `fit`.
        """
        if not self.iterative:
            raise UnsupportedError(f"{self.title} learns in one go and has no steps.")
        self._begin(ratings, side)
        try:
            for step in self._steps(ratings):
                self.fitted_ = True  # after each pass the model is usable as it stands
                yield step
        except TrainingDivergedError:
            self.fitted_ = False  # what an earlier pass left has been trained over
            raise

    def _begin(self, ratings: Ratings, side: SideInformation | None) -> None:
        for name, declared in self.hyper_parameters().items():
            setattr(self, name, declared.check(getattr(self, name)))
        if not len(ratings):
            raise DataError(f"{self.title} cannot learn from no ratings.")
        hypers = set(self.hyper_parameters())
        for name in [n for n in vars(self) if n.endswith("_") and n not in hypers]:
            delattr(self, name)
        if self.needs_features:
            self.side_ = self._checked_side(ratings, side or SideInformation())
        self.remarks_: tuple[str, ...] = ()
        """What a person should know about this fit beside its numbers, a sentence each; mostly none."""
        self.n_users_, self.n_items_ = ratings.n_users, ratings.n_items
        self.scale_: Scale = ratings.scale
        self.trained_fingerprint_, self.trained_bits_, self.trained_part_ = ratings.memory
        self.user_counts_ = np.bincount(ratings.users, minlength=ratings.n_users)
        self.item_counts_ = np.bincount(ratings.items, minlength=ratings.n_items)
        frozen(self.user_counts_)
        frozen(self.item_counts_)

    def _checked_side(self, ratings: Ratings, side: SideInformation) -> SideInformation:
        sizes = {"items": ratings.n_items, "users": ratings.n_users}
        for what in self.needs_features:
            table: Features | None = getattr(side, what)
            if table is None or not len(table.names):
                raise DataError(f"{self.title} needs features of {what}: pass side=dataset.side with them.")
            if len(table.values) != sizes[what]:
                raise DataError(f"{len(table.values)} rows of features for {sizes[what]} {what}.")
        return side

    def _fit(self, ratings: Ratings) -> None:
        """Train to the end; an iterative algorithm may leave out what only a watcher needs."""
        for _ in self._steps(ratings):
            pass

    def _steps(self, ratings: Ratings) -> Iterator[Step]:
        raise NotImplementedError

    # -- prediction

    def predict(self, users: ArrayLike | Profile, items: ArrayLike) -> FloatArray:
        """Predicted ratings, held to the scale.

        Args:
            users: (n,) user indices, one index for all items, or one Profile for all items.
            items: (n,) item indices.

        Raises:
            NotFittedError: the model was not fitted.
            DataError: an index is out of range, or users and items do not pair up.
        """
        self._require_fit()
        i = self._indices(items, self.n_items_, "item")
        if isinstance(users, Profile):
            return self.prediction_scale.clip(self._estimate(users, i))
        u = self._indices(users, self.n_users_, "user")
        if len(u) != len(i) and 1 not in (len(u), len(i)):
            raise DataError(f"{len(u)} users do not pair up with {len(i)} items.")
        u, i = np.broadcast_arrays(u, i)
        return self.prediction_scale.clip(self._estimate(u, i))

    @property
    def prediction_scale(self) -> Scale:
        """What predictions are held to: the ratings' scale, or 0 to 1 for probabilities."""
        return Scale(0.0, 1.0) if self.binary else self.scale_

    @abstractmethod
    def _estimate(self, users: IntArray | Profile, items: IntArray) -> FloatArray:
        """Predicted ratings before the scale is applied; indices are checked already."""

    def scores(self, user: User) -> FloatArray:
        """(n_items,) what to rank by, not held to the scale: clipping would tie the top of a list.

        Raises:
            NotFittedError, DataError: as `predict`.
        """
        self._require_fit()
        return self._scores(self._user(user))

    def _scores(self, user: User) -> FloatArray:
        items = np.arange(self.n_items_, dtype=np.int32)
        if isinstance(user, Profile):
            return self._estimate(user, items)
        return self._estimate(np.full(self.n_items_, user, dtype=np.int32), items)

    # -- a person the model never saw

    def fold_in(self, items: ArrayLike, values: ArrayLike) -> Profile:
        """Place a new person in the trained model, which stays as it is.

        Args:
            items: (n_given,) distinct item indices.
            values: (n_given,) their ratings, on the scale.

        Raises:
            UnsupportedError: the algorithm cannot fold in.
            DataError: an item index is out of range or occurs twice, or a rating is off the scale.
        """
        self._require_fit()
        if not self.folds_in:
            raise UnsupportedError(
                f"{self.title} cannot place a person it was not trained on; als, for one, can."
            )
        i = self._indices(items, self.n_items_, "item").astype(np.int32)
        try:
            r = np.array(values, dtype=np.float32).reshape(-1)
        except (TypeError, ValueError):
            raise DataError(f"A rating must be a number; got {values!r}.") from None
        if i.shape != r.shape:
            raise DataError(f"{len(i)} items were given with {len(r)} ratings.")
        if len(np.unique(i)) < len(i):
            raise DataError("An item was rated twice; keep the latest rating of each item.")
        off = np.flatnonzero(~((r >= self.scale_.low) & (r <= self.scale_.high)))
        if len(off):
            raise DataError(f"The rating {r[off[0]]:g} is outside the scale {self.scale_}.")
        return self._fold_in(i, r)

    def _fold_in(self, items: IntArray, values: RatingArray) -> Profile:
        raise NotImplementedError

    # -- why

    def explain(self, user: User, item: int) -> Explanation:
        """Take one prediction apart.

        Raises:
            NotFittedError, DataError: as `predict`.
        """
        self._require_fit()
        return self._explain(self._user(user), self._one(item, self.n_items_, "item"))

    @abstractmethod
    def _explain(self, user: User, item: int) -> Explanation: ...

    def fallback(self, user: User, item: int) -> str | None:
        """Why a prediction is not a personal one for a rated item, in words; None if it is.

        This is the only place that decides it.
        """
        if not self.personal:
            return "the same for everyone"
        if self.item_counts_[item] == 0:
            return "nobody rated this item"
        if isinstance(user, Profile):
            return user.fallback or self._impossible(user, item)
        if self.user_counts_[user] == 0:
            return "this person rated nothing"
        return self._impossible(user, item)

    def _impossible(self, user: User, item: int) -> str | None:
        """Why the equation has no answer for this pair, though both have ratings; None if it has one."""
        return None

    # -- guards

    @property
    def is_fitted(self) -> bool:
        """True once there is something learned to predict with."""
        return getattr(self, "fitted_", False)

    def _require_fit(self) -> None:
        if not self.is_fitted:
            raise NotFittedError(f"{self.title} has not been fitted: call fit(ratings) first.")

    def _user(self, user: User) -> User:
        if isinstance(user, Profile):
            return user
        return self._one(user, self.n_users_, "user")

    def _known(self, users: IntArray | int | Profile) -> IntArray:
        """The users' indices, for an algorithm that knows no other people."""
        if isinstance(users, Profile):
            raise UnsupportedError(f"{self.title} predicts only for people it was trained on.")
        return np.asarray(users)

    @classmethod
    def _one(cls, value: ArrayLike, size: int, what: str) -> int:
        index = cls._indices(value, size, what)
        if len(index) != 1:
            raise DataError(f"This takes one {what} at a time; got {len(index)}.")
        return int(index[0])

    @staticmethod
    def _indices(values: ArrayLike, size: int, what: str) -> IntArray:
        """Check indices before any compiled code sees them: it would read past the end without a word."""
        index = np.atleast_1d(np.asarray(values))
        if index.ndim > 1:
            raise DataError(f"The {what} indices must be one row; got an array of shape {index.shape}.")
        if index.size == 0:
            return np.empty(0, dtype=np.int32)
        if not np.issubdtype(index.dtype, np.integer):
            raise DataError(f"A {what} index must be a whole number; got {index.dtype} ({index.flat[0]!r}).")
        if index.min() < 0 or index.max() >= size:
            bad = index[(index < 0) | (index >= size)][0]
            raise DataError(f"There is no {what} {bad}: the model knows 0 … {size - 1}.")
        return index.astype(np.int32)


def make(cls: type[Algorithm], given: Mapping[str, Any]) -> Algorithm:
    """Build an algorithm after checking every hyper-parameter.

    Raises:
        HyperParameterError: a name is not declared, or a value is not allowed.
    """
    declared = cls.hyper_parameters()
    for name in given:
        if name not in declared:
            known = ", ".join(declared) or "none"
            raise HyperParameterError(f"{cls.name} has no hyper-parameter {name!r}; it has: {known}.")
    return cls(**{name: declared[name].check(value) for name, value in given.items()})
