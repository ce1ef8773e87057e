"""The dials and the list they make; all of it in one fragment, so that a slider redraws nothing else."""

from __future__ import annotations

import streamlit as st

from recsys_core.dataset import Dataset
from recsys_core.errors import RecsysError
from recsys_core.ranking import Recipe, hybrid
from ui import page
from ui.hybrid import closer, listing, movement, recipe_state, sliders, sponsor
from ui.hybrid.choose import Chosen, View, person, plain


@st.fragment
def show(data: Dataset, chosen: Chosen) -> None:
    """Draw everything below the choice of a model."""
    recipe_state.arrive(data)
    sponsor.arrive(data)
    for message in recipe_state.told():
        st.warning(message, icon=":material/info:")
    try:
        recipe = recipe_state.read(data)
    except RecsysError as exc:
        page.error(exc)
        recipe = recipe_state.opening(data)
    recipe_state.keep(data, recipe, sponsor.in_address(data))
    sliders.presets(data, recipe)
    # In this order, so that on a phone the list follows the dials at once.
    left, right = st.columns([2, 5])
    with left, st.container(border=True, height="stretch", key="hybrid-dials"):
        sliders.dials(data)
    with right:
        view = make(data, chosen, recipe)
        if view is not None and len(view.ranking):
            listing.bars(view)
        elif view is not None:
            listing.emptied(view)
    left, right = st.columns([2, 5])
    with left, st.container(border=True, key="hybrid-further"):
        sliders.further(data, recipe)
    with right:
        if view is not None:
            listing.whose(view)
            movement.unpaid(view)
        beside = st.container()  # near the dials, but filled once the list is on its way
    if view is None or not len(view.ranking):
        return
    listing.wall(view)
    left, right = st.columns([2, 5])
    with left:
        movement.plain(view)
    with right:
        movement.show(view)
    with beside:
        for part in closer.BESIDE:
            part(view)
    closer.show(view)


def make(data: Dataset, chosen: Chosen, recipe: Recipe) -> View | None:
    """The list; None, with the reason in words, where the dials ask for none."""
    try:
        found = person(data, chosen, recipe, sponsor.found(data))
        ranking = hybrid(found.asked, recipe, found.signals)
        return View(data, chosen, found, recipe, ranking, plain(found, recipe))
    except RecsysError as exc:
        page.error(exc)
        return None
