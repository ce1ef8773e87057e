"""Choose what to compare: the models with their settings, and how they are measured."""

from __future__ import annotations

from typing import cast

import streamlit as st

import recsys_core as rc
from recsys_core.algorithms.base import HyperValue
from recsys_core.dataset import Dataset
from recsys_core.evaluation import Splitting, splittings
from ui import page, state
from ui.compare.plan import MOST, Plan, able, trivial
from ui.settings import settings

DEFAULT = ("als", "svd", "puresvd")
_CHOSEN = "compare-chosen"
_FOLDS, _SHARES = (2, 3, 5, 10), (0.1, 0.2, 0.3)


def choose(data: Dataset) -> Plan:
    """Two to eight models, and the protocol all of them are measured by."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        pick = st.container(width="content")
        with st.popover("How it is measured", icon=":material/rule:", key="compare-protocol"):
            splitting = _splitting(data)
            k, relevance, lists = _lists(data)
    offered = able(data, splitting)
    chosen = [name for name in _chosen() if name in offered]
    with pick:
        _pick(offered, chosen)
    given = _rows(chosen)
    with_them = ", ".join(f"“{rc.algorithms()[name].title}”" for name in trivial(splitting))
    lists_too = f"lists of {k}, {relevance:g} stars or more is liked" if lists else "ratings only, no lists"
    st.caption(f"Always beside them, as the least to beat: {with_them}.")
    st.caption(f":material/rule: {splitting.words}; {lists_too}.")
    return Plan(given, splitting, k, relevance, lists)


# ---------------------------------------------------------------- which models


def _chosen() -> tuple[str, ...]:
    return cast("tuple[str, ...]", st.session_state.setdefault(_CHOSEN, DEFAULT))


def _pick(offered: tuple[str, ...], chosen: list[str]) -> None:
    with page.on_demand("Choose models", "compare-models", "checklist") as is_open:
        if not is_open:
            return
        st.caption(
            f"{len(chosen)} of {len(offered)} chosen, up to {MOST} at a time. "
            "Those of the Surprise library stand below ours."
        )
        for name in offered:
            cls, is_chosen = rc.algorithms()[name], name in chosen
            key = f"compare-with-{name}"
            st.session_state[key] = is_chosen
            st.checkbox(
                f"**{cls.title}**  \n{cls.summary}",
                key=key,
                disabled=len(chosen) >= MOST and not is_chosen,
                on_change=_toggle,
                args=(name,),
            )


def _toggle(name: str) -> None:
    others = tuple(each for each in _chosen() if each != name)
    if st.session_state[f"compare-with-{name}"]:
        if len(others) >= MOST:
            state.notify(f"{MOST} models are compared at a time: leave one out first.")
            return
        others = (*others, name)
    st.session_state[_CHOSEN] = others


def _rows(chosen: list[str]) -> dict[str, dict[str, HyperValue]]:
    """One line a model: what it does, and its settings."""
    given: dict[str, dict[str, HyperValue]] = {}
    grid = st.grid(3, min_column_width=240, border=True)
    for name in chosen:
        cls = rc.algorithms()[name]
        with grid.cell():
            st.markdown(f"**{cls.title}**")
            st.caption(cls.summary)
            with st.container(horizontal=True, vertical_alignment="center"):
                given[name] = settings(cls, panel=f"settings-{name}")
                changed = _changed(name, given[name])
                if changed:
                    st.caption(changed, width="content")
    return given


def _changed(name: str, given: dict[str, HyperValue]) -> str:
    declared = rc.algorithms()[name].hyper_parameters()
    return ", ".join(f"`{key} {value}`" for key, value in given.items() if value != declared[key].default)


# ---------------------------------------------------------------- how it is measured


def _splitting(data: Dataset) -> Splitting:
    kinds = {name: kind for name, kind in splittings().items() if kind.can_serve(data.ratings)}
    name = st.selectbox("How the ratings are cut", list(kinds), key="compare-cut", persist_state="session")
    kind = kinds[name if name in kinds else "k-fold"]
    st.caption(kind.summary)
    asked: dict[str, int | float] = {}
    if "folds" in kind.uses:
        label = "Draws" if kind.name == "leave-one-out" else "Folds"
        asked["folds"] = st.select_slider(
            label, _FOLDS, value=5, key="compare-folds", persist_state="session"
        )
    if "repeats" in kind.uses:
        asked["repeats"] = st.number_input("Times over", 2, 5, 2, key="compare-repeats")  # once is k-fold
    if "share" in kind.uses:
        asked["share"] = st.select_slider(
            "Kept for the test", _SHARES, value=0.2, key="compare-share", format_func=lambda x: f"{x:.0%}"
        )
    if "given" in kind.uses:
        asked["given"] = st.number_input("Ratings each of them gives first", 0, 50, 10, key="compare-given")
    if "seed" in kind.uses:
        asked["seed"] = st.number_input(
            "Seed",
            0,
            2**31 - 1,
            0,
            key="compare-seed",
            help="The same seed makes the same cuts: numbers can be repeated.",
            persist_state="session",
        )
    return Splitting(kind.name, **asked)  # type: ignore[arg-type]


def _lists(data: Dataset) -> tuple[int, float, bool]:
    lists = st.toggle(
        "Measure lists, too",
        True,
        key="compare-lists",
        help="Ranks the whole catalogue for everybody tested. Neighbour models take long over it.",
        persist_state="session",
    )
    k = st.select_slider(
        "Length of the lists",
        (5, 10, 20),
        value=10,
        key="compare-k",
        disabled=not lists,
        persist_state="session",
    )
    scale = data.ratings.scale
    steps = [scale.low + n * scale.step for n in range(1, round((scale.high - scale.low) / scale.step) + 1)]
    usual = min(steps, key=lambda value: abs(value - 0.8 * scale.high))
    relevance = st.select_slider(
        "Liked is a rating of at least",
        steps,
        value=usual,
        key=f"compare-liked-{data.name}",
        format_func=lambda value: f"{value:g}",
        disabled=not lists,
        help="What a list should have found: held-out ratings from here on.",
        persist_state="session",
    )
    return int(k), float(relevance), bool(lists)
