"""Choose what to search: the model, what varies, how, and what the search goes by."""

from __future__ import annotations

import streamlit as st

import recsys_core as rc
from recsys_core.algorithms.base import HyperValue
from recsys_core.dataset import Dataset
from recsys_core.evaluation.metrics import metrics
from ui import safe
from ui.settings import settings
from ui.tune import ranges
from ui.tune.plan import MOST_CELLS, SAMPLERS, Plan, able, goals

DEFAULT = "svd"
FOLDS, SHARES = (2, 3, 5, 10), (0.0, 0.1, 0.2, 0.3)


def choose(data: Dataset) -> Plan:
    """A model, the ranges, the way to search, and how it is measured."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = _model(data)
        given = settings(rc.algorithms()[name])
        goal, folds, share, seed = _measured(name, data)
    sampler, n_trials = _how()
    space, wrong = ranges.pick(name, sampler)
    held = _held(name, given, space)
    if held:
        values = ", ".join(f"`{key} {value}`" for key, value in held.items())
        st.caption(f"Held, as set under Settings: {values}.")
    return Plan(name, space, held, sampler, n_trials, goal, folds, seed, share, wrong)


def _model(data: Dataset) -> str:
    names = able(data)
    if st.session_state.get("tune-model") not in names:
        st.session_state["tune-model"] = DEFAULT if DEFAULT in names else names[0]
    return st.selectbox(
        "Model",
        names,
        key="tune-model",
        format_func=lambda name: rc.algorithms()[name].title,
        width=260,
        persist_state="session",
    )


def _held(name: str, given: dict[str, HyperValue], space: object) -> dict[str, HyperValue]:
    declared = rc.algorithms()[name].hyper_parameters()
    varying = space if isinstance(space, dict) else {}
    return {
        key: value for key, value in given.items() if key not in varying and value != declared[key].default
    }


def _measured(name: str, data: Dataset) -> tuple[str, int, float, int]:
    offered = goals(name, data)
    if st.session_state.get("tune-metric") not in offered:
        st.session_state["tune-metric"] = offered[0]
    goal = st.selectbox(
        "Go by",
        offered,
        key="tune-metric",
        format_func=lambda key: metrics()[key].title,
        help="  \n".join(f"**{metrics()[key].title}.** {metrics()[key].summary}" for key in offered),
        width=180,
        persist_state="session",
    )
    for key, value in (("tune-folds", 3), ("tune-share", 0.2), ("tune-seed", 0)):
        if key not in st.session_state:
            st.session_state[key] = value
    with st.popover("How it is measured", icon=":material/rule:", key="tune-protocol"):
        folds = st.select_slider(
            "Folds",
            FOLDS,
            key="tune-folds",
            help="Each setting is trained so many times, each time validated on another part.",
            persist_state="session",
        )
        share = st.select_slider(
            "Sealed for the test",
            SHARES,
            key="tune-share",
            format_func=lambda x: f"{x:.0%}" if x else "nothing",
            help="Kept from the whole search, and opened once, at the end, for the best setting.",
            persist_state="session",
        )
        seed = st.number_input(
            "Seed",
            0,
            2**31 - 1,
            step=1,
            key="tune-seed",
            help="The same seed makes the same folds and the same draws: numbers can be repeated.",
            persist_state="session",
        )
    return goal, int(folds), float(share), int(seed)


def _how() -> tuple[str, int]:
    if "tune-sampler" not in st.session_state:
        st.session_state["tune-sampler"] = "grid"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        sampler = st.segmented_control(
            "How to search",
            list(SAMPLERS),
            key="tune-sampler",
            required=True,
            format_func=lambda key: safe.choice(SAMPLERS[key][0]),
            persist_state="session",
        )
        sampler = sampler or "grid"
        n_trials = 20
        if sampler != "grid":
            if "tune-trials" not in st.session_state:
                st.session_state["tune-trials"] = 30
            n_trials = st.number_input(
                "Cells to draw", 2, MOST_CELLS, step=1, key="tune-trials", width=140, persist_state="session"
            )
    st.caption("  \n".join(_sentence(key, key == sampler) for key in SAMPLERS))
    return sampler, int(n_trials)


def _sentence(key: str, is_chosen: bool) -> str:
    title, sentence = SAMPLERS[key]
    return f"**{title}: {sentence}**" if is_chosen else f"{title}: {sentence}"
