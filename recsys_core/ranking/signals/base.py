"""What every signal follows, and what it is asked with.

    raw(asked) → one number an item, `nan` where the signal has nothing to say

A signal says more for a larger number; whatever its unit, `recsys_core.ranking.normalise` puts all
signals on one footing before they are weighed. What is the same for everyone (`personal = False`) is
computed once for a data set and model and kept in `Shared`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Self

import numpy as np

from recsys_core.algorithms._cold_items import jaccard, place_items_by_genre
from recsys_core.algorithms._factors import FactorModel
from recsys_core.algorithms.base import Algorithm, Profile, User
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError
from recsys_core.profile import OwnRatings
from recsys_core.ranking.checks import checked_items, clean, is_count, said
from recsys_core.ranking.signals._directions import Directions, directions
from recsys_core.ratings import BoolArray, FloatArray, IntArray, LongArray, frozen


@dataclass(frozen=True)
class Sponsor:
    """Somebody who pays for places.

    Attributes:
        payer: who, as shown to people.
        items: item indices paid for.

    Raises:
        DataError: the payer has no name, so that nobody could be named for the place; or an item is no
            whole number from 0.
    """

    payer: str
    items: tuple[int, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.payer, str) or not self.payer.strip():
            raise DataError(f"A payer must have a name; got {said(self.payer)} for {said(self.items)}.")
        if bad := [item for item in self.items if not is_count(item, least=0)]:
            raise DataError(f"{clean(self.payer)} pays for {said(bad[0])}: give item indices, from 0.")


@dataclass(frozen=True, eq=False)
class Placing:
    """Where items that nobody rated stand: at the mean of the rated ones, weighed by shared genres
    (equation 1 of `algorithms/_cold_items.py`).

    Attributes:
        items: (n_placed,) the items placed.
        by: "genres", or "features" where the model itself places them.
        warm: (n_warm,) the rated items.
        weights: (n_sets, n_warm) one row a set of genres, each summing to 1.
        which: (n_placed,) whose row.
    """

    items: LongArray
    by: str
    warm: LongArray
    weights: FloatArray
    which: LongArray

    def fill(self, scores: FloatArray) -> FloatArray:
        """A copy of (n_items,) scores in which the placed items have theirs."""
        if self.by != "genres" or not len(self.items):
            return scores
        filled = scores.copy()
        filled[self.items] = (self.weights @ scores[self.warm])[self.which]
        return filled


@dataclass(frozen=True, eq=False)
class Shared:
    """What does not depend on the person, made once for a model and a data set and used for everyone.

    Attributes:
        model: a fitted model.
        dataset: with the ratings the signals are counted from: those it was fitted on.
        rows: normalised rows by (signal, normalisation), filled as they are asked for.
    """

    model: Algorithm
    dataset: Dataset
    rows: dict[tuple[str, str], tuple[FloatArray, FloatArray, str | None]] = field(default_factory=dict)

    @cached_property
    def directions(self) -> Directions:
        """Where each item points, for likeness."""
        return directions(self.model, self.dataset)

    @cached_property
    def placed_model(self) -> Algorithm:
        """The model, which predicts items that nobody rated by their genres where it is made of biases and
        factors; other models are given back as they are, and only their scores are placed."""
        model = self.model
        if self.placing.by == "genres" and len(self.placing.items) and isinstance(model, FactorModel):
            return place_items_by_genre(model, self.dataset.catalogue.genres)
        return model

    @cached_property
    def placing(self) -> Placing:
        """How items that nobody rated are predicted; cost as `place_items_by_genre`."""
        model, genres = self.model, self.dataset.catalogue.genres
        cold = np.flatnonzero(model.item_counts_ == 0)
        warm = np.flatnonzero(model.item_counts_ > 0)
        nothing = np.empty((0, len(warm))), np.empty(0, dtype=np.int64)
        if not (model.personal or model.scores_are_ratings):
            return Placing(cold[:0], "", warm, *nothing)  # how many rated it: none, rightly
        if "items" in model.needs_features or hasattr(model, "placed_items_"):
            return Placing(cold, "features", warm, *nothing)
        if not len(cold) or not genres.shape[1]:
            return Placing(cold[:0], "genres", warm, *nothing)
        sets, which = np.unique(genres[cold], axis=0, return_inverse=True)
        W = jaccard(sets, genres[warm])
        totals = W.sum(axis=1)
        which = which.reshape(-1)
        placed = totals[which] > 0
        weights = W / np.where(totals > 0, totals, 1.0)[:, None]
        return Placing(cold[placed], "genres", warm, weights, which[placed])


@dataclass(frozen=True, eq=False)
class Asked:
    """For whom is ranked, and with what. Make one with `Asked.of`.

    Attributes:
        model: a fitted model.
        dataset: the data it was fitted on.
        user: a user index, or a folded-in person.
        items, values: (n_own,) the person's own ratings that still count, oldest first, as they gave them.
        keep: (n_own,) how much each still counts, 0 to 1 (`recsys_core.ranking.ageing`).
        sponsors: who pays for which items.
        shared: what does not depend on the person.
        whole: the same with all ratings at full strength, where these have aged.
        less: items of which the person wants less alike (`counterfactual.less_like`).
        also_seen: items the person knows without a rating that counts.

    Raises:
        DataError: a sponsor pays for what is no item.
    """

    model: Algorithm
    dataset: Dataset
    user: User
    items: IntArray
    values: FloatArray
    keep: FloatArray
    sponsors: tuple[Sponsor, ...] = ()
    shared: Shared = field(kw_only=True)
    whole: Asked | None = None
    less: tuple[int, ...] = ()
    also_seen: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for array in (self.items, self.values, self.keep):
            frozen(array)
        last = len(self.dataset.catalogue) - 1
        for sponsor in self.sponsors:
            if (item := max(sponsor.items, default=0)) > last:
                raise DataError(f"{clean(sponsor.payer)} pays for item {item}; there are 0 … {last}.")

    @classmethod
    def of(
        cls,
        model: Algorithm,
        dataset: Dataset,
        user: User,
        *,
        own: OwnRatings | None = None,
        sponsors: tuple[Sponsor, ...] = (),
        shared: Shared | None = None,
    ) -> Self:
        """Gather what is known of a person.

        Args:
            model: a fitted model.
            dataset: the data it was fitted on.
            user: a user index, or what `model.fold_in` returned.
            own: the person's ratings, where they are not those of the profile or the data set; oldest first.
            sponsors: who pays for which items.
            shared: made earlier for the same model and data set, to save its time.

        Raises:
            NotFittedError: the model was not fitted.
            DataError: model and data do not fit each other, there is no such user, a sponsor pays for
                what is no item, or one of the person's ratings is of no item, off the scale or a second one
                of the same item.
        """
        model._require_fit()
        n_items = len(dataset.catalogue)
        if (model.n_users_, model.n_items_) != (dataset.ratings.n_users, n_items):
            raise DataError(
                f"{model.title} knows {model.n_users_} people and {model.n_items_} items, {dataset.title} "
                f"has {dataset.ratings.n_users} and {n_items}: give the data it was fitted on."
            )
        user = model._user(user)
        items, values = _own(model, dataset, user, own)
        return cls(
            model, dataset, user, items, values, np.ones(len(items)), sponsors,
            shared=shared or Shared(model, dataset),
        )  # fmt: skip

    @property
    def seen(self) -> IntArray:
        """(n,) every item the person ever rated, also what counts no more; and what they want less of."""
        rated = (self.whole or self).items
        return np.concatenate([rated, np.array([*self.less, *self.also_seen], dtype=np.int32)])

    @cached_property
    def is_liked(self) -> BoolArray:
        """(n_own,) rated at least as high as the person's own mean, and not below the scale's middle.

        This is the only place that decides what a person liked.
        """
        scale = self.dataset.ratings.scale
        if not len(self.values):
            return np.zeros(0, dtype=np.bool_)
        middle = (scale.low + scale.high) / 2
        return np.asarray((self.values >= self.values.mean()) & (self.values >= middle), dtype=np.bool_)

    @cached_property
    def liked(self) -> IntArray:
        """(n_liked,) items the person liked, oldest first."""
        return self.items[self.is_liked]

    @cached_property
    def likeness(self) -> FloatArray:
        """(n_items,) mean cosine with what the person liked, weighed by `keep`; `nan` if nothing is known."""
        return self.shared.directions.likeness(self.liked, self.keep[self.is_liked])

    def counted(self, n: int) -> str:
        """So many items, in words: "18 films"."""
        kind = self.dataset.catalogue.kind
        return f"{n:,} {kind}" if n == 1 else f"{n:,} {kind}s"

    def payer_of(self, item: int) -> str | None:
        """Who pays for an item, or None; several are joined."""
        return self._payers.get(item)

    @cached_property
    def _payers(self) -> dict[int, str]:
        payers: dict[int, dict[str, None]] = {}
        for sponsor in self.sponsors:
            for item in sponsor.items:
                payers.setdefault(item, {})[sponsor.payer] = None
        return {item: " and ".join(names) for item, names in payers.items()}


class Signal(ABC):
    """One thing a list may be ranked by."""

    name: ClassVar[str]
    """One word without "_", "-" or "~": it stands in addresses."""
    title: ClassVar[str]
    help: ClassVar[str]
    """One sentence for a person at the slider."""
    symbol: ClassVar[str]
    """As in NOTATION.md."""
    unit: ClassVar[str] = ""
    """What one of its raw numbers counts: "stars", "year"."""
    personal: ClassVar[bool] = True
    """Different people get different numbers."""
    goal: ClassVar[str] = "satisfaction"
    """What turning it up serves first, "satisfaction", "attention" or "revenue": a judgement of ours."""
    place: ClassVar[int] = 99
    """Where it stands among the sliders."""

    @abstractmethod
    def raw(self, asked: Asked) -> FloatArray:
        """(n_items,) float64 in the signal's own unit; `nan` where it has nothing to say."""

    def silent(self, asked: Asked) -> str:
        """Why it says nothing about any item, in words for the person."""
        return "nothing is known for it in this data"


def _own(
    model: Algorithm, dataset: Dataset, user: User, own: OwnRatings | None
) -> tuple[IntArray, FloatArray]:
    if own is not None:
        return _checked_own(dataset, own)
    if isinstance(user, Profile):
        return user.items.copy(), user.values.astype(np.float64)
    view = dataset.ratings.by_user
    part = slice(view.starts[user], view.starts[user + 1])
    items, values = view.others[part], view.values[part].astype(np.float64)
    if dataset.ratings.timestamps is not None:
        order = np.argsort(dataset.ratings.timestamps[view.order[part]], kind="stable")
        items, values = items[order], values[order]
    return items, values


def _checked_own(dataset: Dataset, own: OwnRatings) -> tuple[IntArray, FloatArray]:
    """Items and ratings that a person gave beside the data, if they are such; as `fold_in` asks for them."""
    scale = dataset.ratings.scale
    items = checked_items([item for item, _ in own.ratings], len(dataset.catalogue), "Rated items")
    values = own.values.astype(np.float64)
    if off := np.flatnonzero(~((values >= scale.low) & (values <= scale.high))).tolist():
        at = off[0]
        raise DataError(f"Item {items[at]} is rated {values[at]:g}, which is outside the scale {scale}.")
    if len(np.unique(items)) < len(items):
        raise DataError("An item was rated twice; keep the latest rating of each item.")
    return items, values
