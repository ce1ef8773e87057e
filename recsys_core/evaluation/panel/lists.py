"""The list of everybody on a panel under one recipe: item by item that of `recsys_core.ranking.hybrid`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recsys_core.evaluation.metrics import NOTHING, Lists
from recsys_core.evaluation.metrics._measured import relevant_of
from recsys_core.evaluation.panel.base import Panel
from recsys_core.kernel import exact_kernel
from recsys_core.ranking import (
    Asked,
    Filters,
    Recipe,
    Signals,
    Sponsor,
    aged,
    candidates,
    hybrid,
    signals,
    signals_of,
)
from recsys_core.ranking.blend import FALLBACK, decisive
from recsys_core.ratings import BoolArray, FloatArray, IntArray, LongArray, frozen

FEW = 48
"""So many people are asked where each needs a ranking of their own: re-ranking, retrieval, ageing."""


def one_by_one(recipe: Recipe) -> bool:
    """Whether the recipe asks for more than a weighted sum, which takes a ranking for each person."""
    return recipe.reranks or recipe.retrieve is not None or ages(recipe)


def ages(recipe: Recipe) -> bool:
    """Whether old ratings count less or no more."""
    return recipe.recent is not None or recipe.half_life is not None


def lists_of(
    panel: Panel, recipe: Recipe, rows: IntArray | None = None, sponsors: tuple[Sponsor, ...] = ()
) -> Lists:
    """Everybody's list, with what is needed to judge it.

    Args:
        panel: its normalisation is that of the recipe.
        recipe: `seen` is not looked at: a list is judged by what the person has yet to rate.
        rows: (n,) which people; by default all.
        sponsors: who pays for which items.

    Raises:
        DataError: every weight is 0, or the recipe names a genre or item that is not there.

    Cost: O(n n_items) for each signal that counts, without the interpreter's lock; for a recipe of which
        `one_by_one` is true, a ranking of some 5 ms for each person.
    """
    who = np.arange(len(panel), dtype=np.int32) if rows is None else rows
    asked_for = replace(recipe, seen="new", normalisation=panel.normalisation)
    whole = recipe.filters == Filters() and not recipe.exclude
    allowed = None if whole else candidates(panel.dataset, recipe.filters, recipe.exclude)
    quick = None if one_by_one(recipe) else _weighed(panel, asked_for, who, allowed, sponsors)
    if quick is None:
        items = np.full((len(who), recipe.n), NOTHING, dtype=np.int32)
        alone = np.ones(len(who), dtype=np.bool_)
    else:
        items, alone = quick
    for at in np.flatnonzero(alone):
        asked = replace(panel.asked(int(who[at])), sponsors=sponsors)
        found = hybrid(asked, asked_for, _signals_of(panel, asked, int(who[at]), recipe)).items
        items[at] = NOTHING
        items[at, : len(found)] = found
    users, genres = panel.people[who], panel.dataset.catalogue.genres
    relevant = (
        panel.relevant
        if rows is None and allowed is None
        else relevant_of(panel.hidden, users, panel.relevance, allowed)
    )
    return Lists(users, items, relevant, panel.dataset.ratings, genres if genres.shape[1] else None, allowed)


def _signals_of(panel: Panel, asked: Asked, row: int, recipe: Recipe) -> Signals:
    """What `hybrid` needs of one person: what the panel keeps of them, if that is enough."""
    names = [name for name in signals() if name in {*recipe.weights.active, FALLBACK}]
    if ages(recipe) or recipe.weights.active in {(name,) for name in panel.names} - {("rating",)}:
        return signals_of(aged(asked, recipe.recent, recipe.half_life), panel.normalisation, names)
    rest = signals_of(asked, panel.normalisation, [name for name in names if name not in panel.names])
    raw, values, silent = [], [], dict(rest.silent)
    for name in names:
        if name in panel.names:
            place = panel.names.index(name)
            values.append(panel.personal[place, row])
            # Raw numbers are looked at where one signal alone counts: of those kept, only the rating may.
            raw.append(panel.raw_rating[row] if name == "rating" else values[-1])
            if panel.silent[place, row]:
                silent[name] = ""
        else:
            values.append(rest.values[rest.row(name)])
            raw.append(rest.raw[rest.row(name)])
    return Signals(
        tuple(names), np.array(raw), np.array(values), panel.normalisation, rest.placed, silent, ()
    )


def _weighed(
    panel: Panel, recipe: Recipe, who: IntArray, allowed: IntArray | None, sponsors: tuple[Sponsor, ...]
) -> tuple[IntArray, BoolArray] | None:
    """Lists by compiled code, and for whom they must be made again by `hybrid`; None: for everybody.

    Those are people about whom no signal that counts says anything, and everybody where one personal
    signal alone counts: its order goes by raw numbers, which are kept of the rating only.
    """
    shares, active = recipe.weights.shares, recipe.weights.active
    common, silent_for_all = _common(panel, active, sponsors)
    n_items = len(panel.dataset.catalogue)
    if active == ("rating",):
        personal, which, weights = panel.raw_rating[None], [0], [1.0]
    elif len(active) == 1:
        name = active[0]
        if name not in common or name in silent_for_all:
            return None
        raw, values = common[name]
        common[name] = raw, decisive(raw, values)
        personal, which, weights = panel.raw_rating[None], [-1], [1.0]
    else:
        personal, which, weights = panel.personal, [], []
        n_common = 0
        for name in active:
            if name == "engaged":
                continue  # the same number for everything that can be new
            which.append(panel.names.index(name) if name in panel.names else -1 - n_common)
            n_common += name not in panel.names
            weights.append(shares[name])
    table = np.array([common[name][1] for name in active if name in common]).reshape(-1, n_items)
    frozen(table)
    open_to = np.full(n_items, allowed is None, dtype=np.bool_)
    if allowed is not None:
        open_to[allowed] = True
    items = best_of(
        personal,
        table,
        np.array(which, dtype=np.int64),
        np.array(weights, dtype=np.float64),
        np.ascontiguousarray(who, dtype=np.int32),
        open_to,
        *panel.seen,
        recipe.n,
    )
    told = [name for name in active if name in panel.names]
    speaks = any(name not in silent_for_all for name in active if name in common)
    mute: BoolArray = np.zeros(len(who), dtype=np.bool_)
    if not speaks:
        rows = [panel.names.index(name) for name in told]
        mute = np.asarray(panel.silent[rows][:, who].all(axis=0))
    return items, mute


def _common(
    panel: Panel, active: tuple[str, ...], sponsors: tuple[Sponsor, ...]
) -> tuple[dict[str, tuple[FloatArray, FloatArray]], set[str]]:
    """Raw and normalised rows of the signals in use that are the same for everybody; which say nothing."""
    names = [name for name in active if name == "sponsored" or not signals()[name].personal]
    if not names:
        return {}, set()
    anyone = replace(panel.asked(0), sponsors=sponsors)
    found = signals_of(anyone, panel.normalisation, names)
    return {n: (found.raw[k], found.values[k]) for k, n in enumerate(names)}, set(found.silent)


@exact_kernel
def best_of(
    personal: FloatArray,
    common: FloatArray,
    which: LongArray,
    shares: FloatArray,
    who: IntArray,
    open_to: BoolArray,
    starts: LongArray,
    seen: IntArray,
    n: int,
) -> IntArray:
    """(n_who, n) the best items of each: highest weighted sum first, equal ones in the order of the
    catalogue; −1 where they run out.

    Args:
        personal: (·, n_people, n_items).
        common: (·, n_items).
        which: (n_on,) from 0 a row of `personal`; −1 − k is row k of `common`.
        shares: (n_on,) the weight of each; added up in this order.
        who: (n_who,) rows of people.
        open_to: (n_items,) what may be in a list.
        starts, seen: what each has rated, and so may not be in theirs.
    """
    n_items = open_to.shape[0]
    found = np.full((who.shape[0], n), -1, dtype=np.int32)
    best = np.empty(n)
    score = np.empty(n_items)
    allowed = np.empty(n_items, dtype=np.bool_)
    for x in range(who.shape[0]):
        person = who[x]
        score[:] = 0.0
        for k in range(which.shape[0]):
            share = shares[k]
            row = personal[which[k], person] if which[k] >= 0 else common[-1 - which[k]]
            for i in range(n_items):
                score[i] += share * row[i]
        allowed[:] = open_to
        for j in range(starts[person], starts[person + 1]):
            allowed[seen[j]] = False
        filled = 0
        for i in range(n_items):
            if not allowed[i] or (filled == n and not score[i] > best[n - 1]):
                continue
            place = filled if filled < n else n - 1
            while place > 0 and score[i] > best[place - 1]:
                if place < n:
                    best[place] = best[place - 1]
                    found[x, place] = found[x, place - 1]
                place -= 1
            best[place] = score[i]
            found[x, place] = i
            filled = min(n, filled + 1)
    return found
