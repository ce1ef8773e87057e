"""What to look at: the model, and what the colours of its map say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

import recsys_core as rc
from recsys_core.algorithms import Algorithm
from recsys_core.dataset import NO_YEAR, Dataset
from recsys_core.errors import RecsysError
from ui import compute, page, state
from ui.charts.map import Shade, groups
from ui.settings import settings
from ui.space.found import Space, space

GENRE, YEAR, AVERAGE, RATINGS, FACTOR = "main genre", "year", "average rating", "popularity", "one factor"


@dataclass(frozen=True, eq=False)
class View:
    """What the visitor looks at.

    Attributes:
        model: the trained model.
        name: which it is, as text: equal models, equal text.
        space: its items on a map.
        shade: what the colours say.
    """

    model: Algorithm
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
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if st.session_state.get("space-model") not in titles:
            liked = state.model().name
            st.session_state["space-model"] = liked if liked in titles else state.DEFAULT_MODEL
        chosen = st.selectbox(
            "Model",
            list(titles),
            key="space-model",
            format_func=titles.__getitem__,
            help="Models that describe each item by a row of numbers, its factors.",
            persist_state="session",
            width=280,
        )
        model = state.Model(str(chosen), settings(rc.algorithms()[str(chosen)], panel="space-settings"))
        shading = st.selectbox(
            "Colour", _shadings(data), key=f"space-shade-{data.name}", persist_state="session", width=200
        )
        trained, model = _trained(data, model)
        found = space(data.fingerprint, model.text, data, trained)
        shade = _shade(trained, found, str(shading))
    return View(trained, model.text, found, shade)


def _trained(data: Dataset, model: state.Model) -> tuple[Algorithm, state.Model]:
    try:
        return compute.trained(data, model.name, **model.hyper_parameters).model, model
    except RecsysError as exc:
        page.error(exc)
        usual = state.Model(state.DEFAULT_MODEL)
        st.info(
            f"Until then this is the map of “{rc.algorithms()[usual.name].title}” with its usual settings."
        )
        return compute.trained(data, usual.name).model, usual


def _shadings(data: Dataset) -> list[str]:
    """What is known of these items."""
    catalogue = data.catalogue
    known = {GENRE: bool(catalogue.genres.any()), YEAR: bool((catalogue.years != NO_YEAR).any())}
    return [name for name in (GENRE, YEAR, AVERAGE, RATINGS, FACTOR) if known.get(name, True)]


def _shade(model: Algorithm, found: Space, name: str) -> Shade:
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
        number = int(
            st.number_input(
                "Factor", 1, last, 1, key=f"space-factor-{last}", width=120, persist_state="session"
            )
        )
        return Shade(f"factor {number}", factors[found.items, number - 1], ("low", "high"))
    return Shade("average rating", table["average"].to_numpy(dtype=float), ("low", "high"))
