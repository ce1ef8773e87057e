"""Blends of several items, and analogies (a is to b as c is to …), to be chosen and read."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

import recsys_core as rc
from recsys_core.dataset import Dataset
from recsys_core.errors import RecsysError
from recsys_core.space import Neighbours
from ui import page, safe
from ui.space import lists
from ui.space.choose import View
from ui.space.mixing import ANALOGY, BLEND, MOST, PARTS, Recipe, key, mixed, recipe


def show(data: Dataset, view: View, film: int, metric: str, support: int) -> None:
    """Choose what to mix, and see what is near."""
    kind = data.catalogue.kind
    st.subheader(f"What lies between {kind}s, and what is to one as another is to a third?", anchor=False)
    if st.session_state.get("space-mixing") not in (BLEND, ANALOGY):
        st.session_state["space-mixing"] = BLEND
    mode = st.segmented_control(
        "Mix as",
        (BLEND, ANALOGY),
        key="space-mixing",
        format_func=safe.choice,
        required=True,
        persist_state="session",
        label_visibility="collapsed",
    )
    if mode == BLEND:
        _pick_several(data, view, film)
    else:
        _pick_three(data, view, film)
    asked = recipe(data, view)
    if asked is None:
        st.caption(f"Choose {'two or more' if mode == BLEND else 'three different'} {kind}s.")
        return
    with st.container(border=True, key="space-mix-list"):
        _answer(data, view, asked, metric, support)


def _pick_several(data: Dataset, view: View, film: int) -> None:
    labels = view.space.labels
    begun = mixed(data) if key(data) in st.session_state else [film]
    st.session_state[key(data)] = [one for one in begun if one in labels]
    st.multiselect(
        f"Equal parts of (up to {MOST})",
        list(labels),
        key=key(data),
        format_func=labels.__getitem__,
        max_selections=MOST,
        persist_state="session",
        help="The button “Blend” beside a name adds that one.",
    )


def _pick_three(data: Dataset, view: View, film: int) -> None:
    labels = view.space.labels
    for part, usual in zip(PARTS, (None, None, film), strict=True):
        if st.session_state.get(key(data, part)) not in labels:
            st.session_state[key(data, part)] = usual
    for column, part, said in zip(st.columns(3), PARTS, ("", "is to", "as"), strict=True):
        column.selectbox(
            f"{said} {part}".strip() if part != "c" else "as c is to …",
            list(labels),
            index=None,
            key=key(data, part),
            format_func=labels.__getitem__,
            placeholder="Type a part of its title",
            persist_state="session",
        )


def _answer(data: Dataset, view: View, asked: Recipe, metric: str, support: int) -> None:
    try:
        near = asked.near(data, view, lists.N_NEIGHBOURS, metric, support)
        alone = _alone(data, view, asked, metric, support)
    except RecsysError as exc:
        page.error(exc)
        return
    heading = "Nearest to this point"
    with st.container(horizontal=True, wrap=False, vertical_alignment="center"):
        st.subheader(heading, anchor=False, width="stretch")
        lists.numbers(data, near, heading, "mixed")
    st.markdown(safe.text(asked.words(data)))
    if (doubt := _doubt(near, alone, metric)) is not None:
        st.info(doubt)
    lists.rows(data, view.space, near, "mixed", frozenset())
    if near.support is not None and not near.fallback:
        fewer = "" if len(near) else " Ask for fewer under “Rated both, at least” above."
        st.caption(f"“Rated both” counts here the fewest people any of the parts shares with it.{fewer}")


def _alone(data: Dataset, view: View, asked: Recipe, metric: str, support: int) -> list[float]:
    """How near the nearest of each part by itself is."""
    found = (
        rc.similar_items(view.model, film, 1, metric, ratings=data.ratings, support=support)
        for film in asked.films
    )
    return [float(near.scores[0]) for near in found if len(near)]


def _doubt(near: Neighbours, alone: Sequence[float], metric: str) -> str | None:
    """Say so when nothing is near; the product of a dot has no scale to say it by."""
    if metric == "dot" or not len(near) or not alone:
        return None
    best, distance = float(near.scores[0]), metric == "euclidean"
    worst = max(alone) if distance else min(alone)
    if (best <= worst) if distance else (best >= worst):
        return None
    return (
        f"Nothing is really near this point: its nearest has {'distance' if distance else 'cosine'} "
        f"{best:.3f}, while each part by itself has one at {worst:.3f} or nearer. Take the list lightly."
    )
