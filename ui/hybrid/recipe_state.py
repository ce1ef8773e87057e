"""The recipe on screen: each of its fields is a control's value, and all of it is in the address.

The controls are the truth while one visits; the address is read when one arrives, and when one goes Back
or Forward, but at no other time, so that a slow answer can never put a slider back that has moved on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from recsys_core.dataset import NO_YEAR, Dataset
from recsys_core.errors import RecsysError
from recsys_core.ranking import Filters, HybridWeights, Recipe, signals
from recsys_core.ranking.presets import from_json, from_text, to_text
from ui import recommendations, safe, state

ADDRESS = state.Value("recipe", "recipe", str, lambda text: len(text) <= 20_000, place="hybrid-in-address")
OPENING = HybridWeights(rating=1.0, similarity=0.4, popularity=0.3)
MAX_FILE = 100_000
"""Bytes of an uploaded recipe that are read; one that was saved here has some 500."""
LONGEST = 100
MOST = 10**6
"""The largest number a control takes."""
_SAID = "hybrid-said"
_PLAIN = ("normalisation", "seen", "diversity", "calibration", "n")
_OR_NONE = ("most_per_genre", "recent", "half_life", "retrieve")
"""Fields whose control says 0 where the recipe says None."""


def weight_key(signal: str) -> str:
    """The name of a signal's slider."""
    return f"hybrid-w-{signal}"


def key(field: str, data: Dataset | None = None) -> str:
    """The name of a field's control; what speaks of films is remembered for each data set."""
    return f"hybrid-{field}" if data is None else f"hybrid-{field}-{data.name}"


def opening(data: Dataset) -> Recipe:
    """What a visitor begins with: a blend, of films that enough people rated."""
    return Recipe(OPENING, filters=recommendations.preset(data))


def arrive(data: Dataset) -> None:
    """Once a session and data set, and at a step Back: take the recipe of the address, or the first one."""
    here = f"hybrid-arrived-{data.name}"
    if here in st.session_state and not stepped():
        return
    first = stepped() or not any(str(name).startswith("hybrid-arrived-") for name in st.session_state)
    st.session_state[here] = True
    text = st.query_params.get(ADDRESS.key, "") if first else ""
    if not text:
        recipe = opening(data)
        if not first:  # another data set: the weights stay, the filters are its own
            recipe = replace(read(data), filters=recipe.filters, exclude=())
        write(data, recipe)
        return
    if not ADDRESS.allowed(text):
        say("The recipe in the address is too long to be one; this is the usual one.")
        write(data, opening(data))
        return
    recipe, remarks = from_text(text, data)
    say(*(remark.text for remark in remarks))
    # Of junk nothing is left but a plain recipe, which would put films that hardly anybody rated on top.
    write(data, opening(data) if remarks and recipe == Recipe() else recipe)


def read(data: Dataset) -> Recipe:
    """What the controls say.

    Raises:
        DataError: a value is not allowed, which no control of ours lets through.
    """
    kept, usual = st.session_state, opening(data)
    plain: dict[str, Any] = {name: kept.get(key(name), getattr(usual, name)) for name in _PLAIN}
    plain["n"] = min(plain["n"], LONGEST)  # limits of a control hold in the browser alone
    maybe: dict[str, Any] = {name: kept.get(key(name)) or None for name in _OR_NONE}
    span, years = years_of(data), kept.get(key("years", data))
    return Recipe(
        HybridWeights(**{name: kept.get(weight_key(name), 0.0) for name in signals()}),
        filters=Filters(
            tuple(kept.get(key("genres", data), ())),
            None if span is None or years is None or tuple(years) == span else (int(years[0]), int(years[1])),
            int(kept.get(key("min_ratings", data), usual.filters.min_ratings)),
        ),
        exclude=tuple(kept.get(key("exclude", data), ())),
        **plain,
        **maybe,
    )


def write(data: Dataset, recipe: Recipe) -> None:
    """Set every control; only before they are drawn, or in a callback."""
    kept, found = st.session_state, recipe.weights.weights
    # Only proportions matter, so weights above the sliders' end are scaled down together.
    most = max(1.0, *found.values())
    for name, weight in found.items():
        kept[weight_key(name)] = float(weight / most)
    for name in _PLAIN:
        kept[key(name)] = getattr(recipe, name)
    for name in _OR_NONE:
        value = getattr(recipe, name) or 0
        kept[key(name)] = min(float(value), float(MOST)) if name == "half_life" else min(value, MOST)
    kept[key("genres", data)] = list(recipe.filters.genres)
    kept[key("min_ratings", data)] = min(recipe.filters.min_ratings, MOST)
    kept[key("exclude", data)] = list(recipe.exclude)
    span, years = years_of(data), recipe.filters.years
    if span is not None:
        held = tuple(sorted(min(max(year, span[0]), span[1]) for year in years or span))
        kept[key("years", data)] = held
        if years is not None and held != tuple(years):
            asked, taken = (f"{first} to {last}" for first, last in (years, held))
            say(f"The years {asked} are not among {span[0]} to {span[1]}: {taken} was taken.")


def stepped() -> bool:
    """Whether the browser went Back or Forward to a recipe. Links of the menu bring an address without."""
    return state.stepped() and ADDRESS.key in st.query_params


def keep(data: Dataset, recipe: Recipe, *more: tuple[state.Value, str]) -> None:
    """Write it into the address, with more that belongs there, as one step."""
    if data.name == state.read(state.DATASET):
        # A plain recipe has no text of its own, and no text would mean the one to begin with.
        state.write_all((ADDRESS, to_text(recipe, data) or "rating~1"), *more)


def years_of(data: Dataset) -> tuple[int, int] | None:
    """The first and the last year of release; None where there is nothing to choose."""
    known = data.catalogue.years[data.catalogue.years != NO_YEAR]
    if not len(known) or known.min() == known.max():
        return None
    return int(known.min()), int(known.max())


# ---------------------------------------------------------------- files, and starting again


def load(data: Dataset, raw: bytes) -> None:
    """Take the recipe of a stranger's file; says what could not be read. For a callback."""
    if len(raw) > MAX_FILE:
        say(f"The file is larger than {MAX_FILE // 1000} kB; a recipe is never that long. Nothing was read.")
        return
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        say("The file is not UTF-8 text; nothing was read.")
        return
    try:
        recipe, remarks = from_json(text, data, read(data))
        write(data, recipe)
    except RecsysError as exc:
        say(str(exc))
        return
    say(*(remark.text for remark in remarks))
    if not remarks:
        say("The recipe was read.")


def again(data: Dataset) -> None:
    """Back to the recipe a visitor begins with. For a callback."""
    write(data, opening(data))


def say(*messages: str) -> None:
    """Keep messages; `told` tells them."""
    st.session_state.setdefault(_SAID, []).extend(safe.text(message) for message in messages)


def told() -> list[str]:
    """What there is to say, escaped for display; it is said once."""
    found: Any = st.session_state.pop(_SAID, [])
    return list(found)
