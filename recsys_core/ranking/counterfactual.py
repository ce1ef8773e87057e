"""What would the list be, had the person said something else? A rating removed or changed, or less of a kind.

Both lists are made anew from the ratings, for the same recipe: nothing is estimated. A film whose rating is
taken away has still been seen, so it does not come back as a recommendation.

"Less like this" treats a film as if the person had given it the lowest rating of the scale, and shows it no
more. The alternative, a penalty by likeness, would be one more number in the score that no signal explains;
this way the model itself draws the conclusion, the score still splits exactly, and taking it back is
leaving it out. What the person liked is decided without it. It is not a rating of theirs, and is kept apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from recsys_core.algorithms.base import Profile
from recsys_core.errors import DataError, UnsupportedError
from recsys_core.ranking.ageing import fold_in
from recsys_core.ranking.hybrid import Ranking, Recipe, hybrid, place_of
from recsys_core.ranking.signals import Asked
from recsys_core.ratings import FloatArray, IntArray


@dataclass(frozen=True)
class Move:
    """One film in two lists.

    Attributes:
        item: item index.
        before, after: its place, 1 for the top; None where it is not in that list.
    """

    item: int
    before: int | None
    after: int | None

    @property
    def up(self) -> int | None:
        """How many places it rose (below 0: fell); None where it is in one list only."""
        return None if self.before is None or self.after is None else self.before - self.after


@dataclass(frozen=True)
class Movement:
    """Two lists, film by film.

    Attributes:
        moves: the films of the later list in its order, then those that left, in the order of the earlier.
    """

    moves: tuple[Move, ...]

    @property
    def rose(self) -> tuple[Move, ...]:
        """Films nearer to the top than before."""
        return tuple(move for move in self.moves if (move.up or 0) > 0)

    @property
    def fell(self) -> tuple[Move, ...]:
        """Films further from the top than before."""
        return tuple(move for move in self.moves if (move.up or 0) < 0)

    @property
    def entered(self) -> tuple[Move, ...]:
        """Films that were not in the earlier list."""
        return tuple(move for move in self.moves if move.before is None)

    @property
    def left(self) -> tuple[Move, ...]:
        """Films that are not in the later list."""
        return tuple(move for move in self.moves if move.after is None)

    @property
    def stayed(self) -> tuple[Move, ...]:
        """Films in the same place."""
        return tuple(move for move in self.moves if move.up == 0)


@dataclass(frozen=True)
class Hold:
    """What one rating of a person's own does for the place of a film.

    Attributes:
        item: the rated item.
        rating: as the person gave it.
        place: where the film would stand without it, by score among all that may be shown; None where it
            would not be retrieved at all.
    """

    item: int
    rating: float
    place: int | None


@dataclass(frozen=True, eq=False)
class Counterfactual:
    """The list as it is, and as it would be.

    Attributes:
        before, after: the two lists.
        movement: how the films moved from one to the other.
        asked: the person as imagined.
    """

    before: Ranking
    after: Ranking
    movement: Movement
    asked: Asked


def movement(before: Iterable[int], after: Iterable[int]) -> Movement:
    """How films moved from one list to another.

    Args:
        before, after: item indices, best first, each once.
    """
    was = {int(item): place for place, item in enumerate(before, start=1)}
    now = {int(item): place for place, item in enumerate(after, start=1)}
    there = [Move(item, was.get(item), place) for item, place in now.items()]
    return Movement((*there, *(Move(item, place, None) for item, place in was.items() if item not in now)))


def without(asked: Asked, recipe: Recipe, item: int) -> Counterfactual:
    """The list, had the person not rated one of their films.

    Args:
        asked: for whom.
        recipe: what makes the list.
        item: an item the person rated.

    Raises:
        DataError: they did not rate it.
        UnsupportedError: the model cannot place a person anew.

    Cost: two lists with their signals, a few milliseconds.
    """
    now = _anew(asked)
    keep = now.items != _own(now, item)
    return _compare(now, _with(now, now.items[keep], now.values[keep], item), recipe)


def changed(asked: Asked, recipe: Recipe, item: int, value: float) -> Counterfactual:
    """The list, had the person given one of their films another rating; its age stays.

    Args:
        asked, recipe, item: as for `without`.
        value: the imagined rating, on the scale.

    Raises:
        DataError: they did not rate it, or the value is off the scale.
        UnsupportedError: the model cannot place a person anew.
    """
    now = _anew(asked)
    values = np.where(now.items == _own(now, item), float(value), now.values)
    return _compare(now, _with(now, now.items, values, item), recipe)


def holding(asked: Asked, recipe: Recipe, item: int, most: int = 50) -> tuple[Hold, ...]:
    """Which of a person's ratings hold a film where it stands? Each is taken away in turn.

    Args:
        asked, recipe: as for `without`.
        item: the film.
        most: how many ratings are tried, the last ones given.

    Returns:
        One for each rating tried, those that hold it most first.

    Raises:
        UnsupportedError: the model cannot place a person anew.

    Cost: one ranking of the catalogue with its signals for each rating tried, about a millisecond.
    """
    now = _anew(asked)
    found = []
    for own, rating in list(zip(now.items.tolist(), now.values.tolist(), strict=True))[-most:]:
        keep = now.items != own
        imagined = _with(now, now.items[keep], now.values[keep], own)
        found.append(Hold(own, rating, place_of(imagined, recipe, item)))
    last = len(now.dataset.catalogue) + 1
    return tuple(sorted(found, key=lambda hold: -(hold.place or last)))


def less_like(asked: Asked, items: Iterable[int]) -> Asked:
    """The same person wanting less of what is like these films; none of them takes it back.

    Args:
        asked: for whom.
        items: item indices, usually not rated; a rated one keeps its rating and is not counted again.

    Raises:
        DataError: there is no such item.
        UnsupportedError: the model cannot place a person anew.
    """
    less = tuple(dict.fromkeys(int(item) for item in items))
    n_items = len(asked.dataset.catalogue)
    if bad := [item for item in less if not 0 <= item < n_items]:
        raise DataError(f"There is no item {bad[0]} to show less of: there are 0 … {n_items - 1}.")
    whole = asked.whole or asked
    if less == whole.less:
        return whole
    return _with(replace(whole, less=less), whole.items, whole.values)


def _anew(asked: Asked) -> Asked:
    """The person with all their ratings, folded in, so that both lists are made in the same way."""
    whole = asked.whole or asked
    return whole if isinstance(whole.user, Profile) else _with(whole, whole.items, whole.values)


def _with(asked: Asked, items: IntArray, values: FloatArray, *seen: int) -> Asked:
    """The same person with other ratings."""
    if not asked.model.folds_in:
        raise UnsupportedError(
            f"{asked.model.title} cannot place a person anew, so there is no other list to show; "
            "als, for one, can."
        )
    imagined = replace(
        asked,
        items=items.copy(),
        values=values.copy(),
        keep=np.ones(len(items)),
        also_seen=(*asked.also_seen, *seen),
        whole=None,
    )
    return replace(imagined, user=fold_in(imagined, items, values))


def _own(asked: Asked, item: int) -> int:
    if item not in asked.items:
        raise DataError(f"Item {item} is not among the {len(asked.items)} ratings of this person.")
    return item


def _compare(now: Asked, imagined: Asked, recipe: Recipe) -> Counterfactual:
    before, after = hybrid(now, recipe), hybrid(imagined, recipe)
    return Counterfactual(before, after, movement(before.items, after.items), imagined)
