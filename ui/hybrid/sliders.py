"""The dials: four signals in sight, everything else folded away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

from recsys_core.dataset import Dataset
from recsys_core.ranking import NORMALISATIONS, Recipe, signals
from recsys_core.ranking.normalise import TITLES
from recsys_core.ranking.presets import PRESETS, preset_of, to_json
from ui import safe
from ui.hybrid import recipe_state, sponsor
from ui.hybrid.recipe_state import key, weight_key

FRONT = ("rating", "similarity", "popularity", "recency")
"""The signals in sight; the others are one click away, the sponsored one with its payer."""
MEANS = {
    "min_max": "The lowest of all films becomes 0, the highest 1. One outlier squeezes all others together.",
    "z": "How many standard deviations above or below the mean. Not bounded: one film can weigh a lot.",
    "rank": "The worst film becomes 0, the best 1, the others evenly between: only the order counts.",
}
SEEN = {"new": "Not rated yet", "seen": "Rated before", "all": "Both"}
FOLDED = ("more", "payer", "films", "whole", "past", "keep")


def presets(data: Dataset, recipe: Recipe) -> None:
    """Ready-made recipes; the one in force is marked."""
    now = preset_of(recipe)
    st.session_state["hybrid-preset"] = now.name if now else None
    st.pills(
        "Begin with",
        list(PRESETS),
        key="hybrid-preset",
        format_func=lambda name: safe.choice(PRESETS[name].title),
        on_change=_preset,
        args=(data,),
        width="stretch",
    )
    if now:
        st.caption(safe.text(now.help))


def _preset(data: Dataset) -> None:
    name = st.session_state["hybrid-preset"]
    if name in PRESETS:
        recipe_state.write(data, PRESETS[name].over(recipe_state.read(data)))
        sponsor.somebody_pays(data)


def dials(data: Dataset) -> None:
    """The dials in sight, and the way back to where they were."""
    st.caption("How much each counts. Only the proportions matter.")
    for name in FRONT:
        _weight(name)
    st.button(
        "Start again",
        key="hybrid-again",
        icon=":material/restart_alt:",
        type="tertiary",
        on_click=_again,
        args=(data,),
        help="Every dial back to where it was when you first came",
    )


def further(data: Dataset, recipe: Recipe) -> None:
    """What is drawn only where it is opened; in the label, how much of it is in use."""
    others = [name for name in signals() if name not in (*FRONT, "sponsored")]
    on = (name in recipe.weights.active for name in others)
    with _fold("More signals", "more", "tune", *on) as is_open:
        if is_open:
            for name in others:
                _weight(name)
            _footing()
    with _fold("A sponsor", "payer", "campaign", sponsor.found(data)) as is_open:
        if is_open:
            _weight("sponsored", on_change=sponsor.somebody_pays, args=(data,))
            sponsor.control(data)
    with _fold("Films", "films", "filter_alt", *_filters(recipe)) as is_open:
        if is_open:
            _films(data, recipe)
    whole = (recipe.diversity, recipe.calibration, recipe.most_per_genre)
    with _fold("The whole list", "whole", "format_list_bulleted", *whole) as is_open:
        if is_open:
            _whole(data)
    with _fold("Your past", "past", "history", recipe.recent, recipe.half_life) as is_open:
        if is_open:
            _past()
    with _fold("Keep", "keep", "save") as is_open:
        if is_open:
            _files(data, recipe)


@contextmanager
def _fold(label: str, name: str, icon: str, *used: object) -> Iterator[bool]:
    """A part that is folded away; yields whether it is open."""
    n_used = sum(map(bool, used))
    part = st.expander(
        f"{label} ({n_used})" if n_used else label,
        key=f"hybrid-{name}",
        icon=f":material/{icon}:",
        type="compact",
        on_change=_fold_others,
        args=(name,),
    )
    with part:
        yield bool(part.open)


def _fold_others(opened: str) -> None:
    # One at a time: the list stays in sight.
    for name in FOLDED:
        if name != opened and st.session_state.get(f"hybrid-{name}"):
            st.session_state[f"hybrid-{name}"] = False


def _again(data: Dataset) -> None:
    recipe_state.again(data)
    sponsor.nobody(data)


def _filters(recipe: Recipe) -> tuple[object, ...]:
    filters = recipe.filters
    used = (filters.genres, filters.years, filters.min_ratings, recipe.exclude, recipe.seen != "new")
    return (*used, recipe.retrieve)


def _weight(name: str, **more: Any) -> None:
    signal = signals()[name]
    st.slider(
        signal.title, 0.0, 1.0, step=0.05, key=weight_key(name), help=signal.help, persist_state="session",
        **more,
    )  # fmt: skip


def _footing() -> None:
    st.selectbox(
        "Signals on one footing by",
        NORMALISATIONS,
        key=key("normalisation"),
        format_func=TITLES.__getitem__,
        persist_state="session",
        help="Stars, years and counts cannot be added. Each signal is first put on one footing, "
        "over the whole catalogue, so that no filter changes a score.",
    )
    st.caption(MEANS.get(st.session_state.get(key("normalisation"), ""), ""))


def _films(data: Dataset, recipe: Recipe) -> None:
    """What may be in the list at all."""
    catalogue, kind = data.catalogue, data.catalogue.kind
    if catalogue.genre_names:
        st.multiselect(
            "Genres",
            catalogue.genre_names,
            key=key("genres", data),
            placeholder="All genres",
            persist_state="session",
        )
    span = recipe_state.years_of(data)
    if span is not None:
        st.slider("Year of release", *span, key=key("years", data), persist_state="session")
    st.number_input(
        "Rated by at least", 0, recipe_state.MOST, key=key("min_ratings", data), persist_state="session",
        help=f"People. The best-predicted {kind}s are often ones that hardly anybody rated.",
    )  # fmt: skip
    st.selectbox(
        f"Show {kind}s", list(SEEN), key=key("seen"), format_func=SEEN.__getitem__, persist_state="session"
    )
    st.multiselect(
        "Never recommend",
        sponsor.offered(data, list(recipe.exclude)),
        key=key("exclude", data),
        format_func=catalogue.label,
        placeholder="Nothing is excluded",
        persist_state="session",
    )
    st.number_input(
        "Rank only so many retrieved ones", 0, recipe_state.MOST, key=key("retrieve"), step=50,
        persist_state="session",
        help=f"Large services first retrieve a few hundred likely {kind}s and rank only those. "
        "0 ranks the whole catalogue.",
    )  # fmt: skip


def _whole(data: Dataset) -> None:
    """What is asked of the list as a whole; it moves the order and leaves every score."""
    kind = data.catalogue.kind
    st.slider(
        "Variety", 0.0, 1.0, step=0.05, key=key("diversity"), persist_state="session",
        help=f"How much a {kind} is held back for being like those above it (maximal marginal relevance).",
    )  # fmt: skip
    st.slider(
        "Genres as in your ratings", 0.0, 1.0, step=0.05, key=key("calibration"), persist_state="session",
        help="How much the genres of the list are to be those of what you rated (calibration, Steck 2018).",
    )  # fmt: skip
    st.number_input(
        "At most so many of a genre", 0, recipe_state.MOST, key=key("most_per_genre"),
        persist_state="session", help="0: no cap.",
    )  # fmt: skip
    st.number_input(
        f"{kind.capitalize()}s in the list", 1, recipe_state.LONGEST, key=key("n"), persist_state="session"
    )


def _past() -> None:
    """How much one's own ratings count."""
    st.number_input(
        "Use only my last ratings", 0, recipe_state.MOST, key=key("recent"), persist_state="session",
        help="Tastes drift. 0 uses all of them.",
    )  # fmt: skip
    st.number_input(
        "Half-life, in ratings", 0.0, float(recipe_state.MOST), step=1.0, key=key("half_life"),
        format="%g", persist_state="session",
        help="After so many newer ratings it counts half: it fades towards what anyone would give. "
        "0: never.",
    )  # fmt: skip


def _files(data: Dataset, recipe: Recipe) -> None:
    """The recipe as a file, and back."""
    st.caption("The address of this page holds the recipe, too: a link carries it, and your ratings.")
    st.download_button(
        "Save this recipe",
        to_json(recipe, data),
        file_name="recipe.json",
        mime="application/json",
        key="hybrid-save",
        icon=":material/download:",
        width="stretch",
        on_click="ignore",
    )
    uploads = st.session_state.setdefault("hybrid-uploads", 0)
    name = f"hybrid-upload-{uploads}"
    st.file_uploader(
        "Load a recipe saved here", type="json", key=name, max_upload_size=1, on_change=_load,
        args=(data, name),
    )  # fmt: skip


def _load(data: Dataset, name: str) -> None:
    file = st.session_state[name]
    if file is not None:
        recipe_state.load(data, file.read(recipe_state.MAX_FILE + 1))
        sponsor.somebody_pays(data)
        st.session_state["hybrid-uploads"] += 1  # a fresh uploader: the same file can be loaded again
