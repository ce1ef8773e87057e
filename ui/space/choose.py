"""What to look at: the model, and what the colours of its map say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

import recsys_core as rc
from recsys_core.algorithms import Algorithm
from recsys_core.dataset import NO_YEAR, Dataset
from recsys_core.errors import RecsysError
from recsys_core.space import FactorTable
from ui import compute, kept, page, safe, state
from ui.charts.map import Shade, groups
from ui.settings import settings
from ui.space import address, tables
from ui.space.found import Space, space

GENRE, YEAR, AVERAGE, RATINGS, FACTOR = "main genre", "year", "average rating", "popularity", "one factor"
_MODEL = "map"
"""In the address, where “model” is the one that “For you” uses."""


@dataclass(frozen=True, eq=False)
class View:
    """What the visitor looks at.

    Attributes:
        model: the trained model, or a table of factors in its place.
        name: which it is, as text: equal models, equal text.
        space: its items on a map.
        shade: what the colours say.
    """

    model: Algorithm | FactorTable
    name: str
    space: Space
    shade: Shade


def able(data: Dataset) -> dict[str, str]:
    """Titles of the models that have a space of factors, ours first."""
    ours_first = sorted(rc.algorithms().items(), key=lambda each: each[0].startswith("surprise"))
    return {name: cls.title for name, cls in ours_first if cls.learns_factors and cls.can_serve(data.side)}


def choose(data: Dataset) -> View:
    """Choose a model and the colours; a model that cannot be had is replaced by the usual one, in words."""
    titles = able(data)
    shelf = {each.model.text: each for each in kept.of(data) if each.saved.algorithm in titles}
    titles = {**titles, **{text: each.label for text, each in shelf.items()}, tables.OWN: tables.TITLE}
    row, below = st.container(horizontal=True, vertical_alignment="bottom"), st.container()
    with row:
        chosen = _pick(titles)
        given = state.Model.read(chosen) if chosen in shelf else None
        if chosen in rc.algorithms():
            given = state.Model(chosen, settings(rc.algorithms()[chosen], panel="space-settings"))
        known, place = _shadings(data), f"space-shade-{data.name}"
        address.settle_choice("colour", "colour", place, known, known[0])
        shading = st.selectbox("Colour", known, key=place, persist_state="session", width=200)
    with below:
        model, name = _own(data) if given is None else _trained(data, given)
        if chosen in shelf and name == chosen:
            st.caption(safe.text(f"Kept model: {shelf[chosen].learned_from}; {shelf[chosen].settings}."))
    address.write(_MODEL, chosen if chosen == tables.OWN else name)
    found = space(data.fingerprint, name, data, model)
    with row:
        shade = _shade(model, found, str(shading))
        tables.download(data, model, name)
    return View(model, name, found, shade)


def _pick(titles: dict[str, str]) -> str:
    if (asked := address.arrived(_MODEL)) is not None:
        _follow(asked, titles)
    before = st.session_state.get("space-model", "")
    if before not in titles:
        if str(before).startswith("kept"):
            st.info("The kept model you chose is not here any more, or is of other data.")
        liked = state.model()
        option = liked.text if liked.kept else liked.name
        st.session_state["space-model"] = option if option in titles else state.DEFAULT_MODEL
    return str(
        st.selectbox(
            "Model",
            list(titles),
            key="space-model",
            format_func=titles.__getitem__,
            help="Models that describe each item by a row of numbers, its factors.",
            persist_state="session",
            width=280,
        )
    )


def _follow(asked: str, titles: dict[str, str]) -> None:
    """Take the model a link asks for, with its settings, or say that there is none such here."""
    given = state.Model.read(asked)
    option = asked if given is None or given.kept else given.name
    if option not in titles:
        state.notify(f"The address asks for the map of the model “{asked[:40]}”, which is not here.")
        return
    st.session_state["space-model"] = option
    if given is not None and not given.kept:
        st.session_state[f"settings:{given.name}"] = dict(given.hyper_parameters)


def _own(data: Dataset) -> tuple[Algorithm | FactorTable, str]:
    """The visitor's table, once there is one."""
    tables.panel(data)
    own = tables.current(data)
    if own is not None:
        return own.table, own.text
    st.info(f"Until a table is loaded, {_usual()}.")
    return compute.trained(data, state.DEFAULT_MODEL).model, state.DEFAULT_MODEL


def _trained(data: Dataset, given: state.Model) -> tuple[Algorithm, str]:
    try:
        if given.kept:
            return kept.load(given.kept, data), given.text
        return compute.trained(data, given.name, **given.hyper_parameters).model, given.text
    except RecsysError as exc:
        page.error(exc)
        st.info(f"Until then {_usual()}.")
        return compute.trained(data, state.DEFAULT_MODEL).model, state.DEFAULT_MODEL


def _usual() -> str:
    title = rc.algorithms()[state.DEFAULT_MODEL].title
    return f"this is the map of “{title}” with its usual settings"


def _shadings(data: Dataset) -> list[str]:
    """What is known of these items."""
    catalogue = data.catalogue
    known = {GENRE: bool(catalogue.genres.any()), YEAR: bool((catalogue.years != NO_YEAR).any())}
    return [name for name in (GENRE, YEAR, AVERAGE, RATINGS, FACTOR) if known.get(name, True)]


def _shade(model: Algorithm | FactorTable, found: Space, name: str) -> Shade:
    table = found.table
    if name == GENRE:
        return Shade(GENRE, groups(table["main genre"].tolist()))
    if name == YEAR:
        years = table["year"].to_numpy(dtype=float)
        return Shade("year of release", np.where(years == NO_YEAR, np.nan, years), ("older", "newer"))
    if name == RATINGS:
        return Shade(
            "popularity (log of ratings)", np.log10(table["ratings"].to_numpy(dtype=float)), ("few", "many")
        )
    if name == FACTOR:
        factors = model.item_factors_  # type: ignore[attr-defined]
        last = factors.shape[1]
        place = f"space-factor-{last}"
        address.settle_choice("factor", "factor", place, range(1, last + 1), 1)
        number = int(st.number_input("Factor", 1, last, key=place, width=120, persist_state="session"))
        return Shade(f"factor {number}", factors[found.items, number - 1], ("low", "high"))
    return Shade("average rating", table["average"].to_numpy(dtype=float), ("low", "high"))
