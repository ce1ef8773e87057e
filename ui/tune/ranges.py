"""Which hyper-parameters vary and between what: controls drawn from the declarations."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

import recsys_core as rc
from recsys_core.algorithms import HyperParameter
from recsys_core.algorithms.base import HyperValue
from recsys_core.evaluation.search import Range
from ui.tune.plan import MOST_VARIED, by_factors, spread, tunable, usual_range

STEPS = 6
FIRST = ("n_factors", "n_neighbors", "regularization", "learning_rate")
"""What most people want to know first."""


def key(algorithm: str, name: str, what: str) -> str:
    """Of a control."""
    return f"tune-{algorithm}-{name}-{what}"


def varied_key(algorithm: str) -> str:
    """Of the choice of what varies."""
    return f"tune-vary-{algorithm}"


def pick(algorithm: str, sampler: str) -> tuple[dict[str, Range | tuple[HyperValue, ...]], str]:
    """Choose what varies, and between what.

    Returns:
        The space, and what is wrong with it in a sentence; empty if nothing.
    """
    declared = tunable(algorithm)
    first = next((name for name in FIRST if name in declared), next(iter(declared)))
    _fill(varied_key(algorithm), [first])
    chosen = st.multiselect(
        "Vary",
        list(declared),
        key=varied_key(algorithm),
        max_selections=MOST_VARIED,
        help="The others are held as Settings says.",
        persist_state="session",
    )
    space: dict[str, Range | tuple[HyperValue, ...]] = {}
    wrong = ""
    for name in chosen:
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key=f"tune-row-{name}"):
            found, why = _one(algorithm, declared[name], sampler)
        wrong = wrong or why
        if found is not None:
            space[name] = found
    return space, wrong


def _one(
    algorithm: str, declared: HyperParameter, sampler: str
) -> tuple[Range | tuple[HyperValue, ...] | None, str]:
    if declared.type in {bool, str}:
        return _choices(algorithm, declared)
    usual = usual_range(declared)
    low, high = (_number(algorithm, declared, what, end) for what, end in _ends(usual).items())
    if low >= high:
        return None, f"{declared.name} goes from {low:g} to {high:g}: give a range that goes up."
    factors = by_factors(declared, low, high)
    if sampler != "grid":
        _note("drawn by factors: 1 to 2 as often as 2 to 4" if factors else "drawn evenly", declared)
        return Range(declared.type(low), declared.type(high), factors), ""
    at = key(algorithm, declared.name, "steps")
    _fill(at, STEPS)
    steps = st.number_input("values", 2, 20, step=1, key=at, width=110, persist_state="session")
    values = spread(declared, low, high, int(steps))
    _note(", ".join(f"{value:g}" for value in values), declared)
    return values, ""


def _ends(usual: Range) -> dict[str, float]:
    return {"from": usual.low, "to": usual.high}


def _number(algorithm: str, declared: HyperParameter, what: str, end: float) -> float:
    at = key(algorithm, declared.name, what)
    _fill(at, declared.type(end))
    label = f"`{declared.name}` from" if what == "from" else "to"
    about = {"key": at, "width": 200 if what == "from" else 130, "persist_state": "session"}
    whole = declared.type is int
    low = declared.type(declared.low) if declared.low is not None else None
    high = declared.type(declared.high) if declared.high is not None else None
    value = st.number_input(
        label, low, high, step=1 if whole else None, format=None if whole else "%g", **about
    )
    return declared.check(value)  # type: ignore[return-value]  # a number's check gives a number


def _choices(algorithm: str, declared: HyperParameter) -> tuple[tuple[HyperValue, ...] | None, str]:
    options = [False, True] if declared.type is bool else list(declared.choices)
    at = key(algorithm, declared.name, "choices")
    _fill(at, options)
    chosen = st.multiselect(
        f"`{declared.name}`", options, key=at, help=declared.help, persist_state="session"
    )
    if not chosen:
        return None, f"Choose at least one value of {declared.name}."
    return tuple(chosen), ""


def _note(text: str, declared: HyperParameter) -> None:
    st.caption(f"{text}  \n{declared.help}", width=320)


def _fill(at: str, value: object) -> None:
    """A control's first value; where something set it, that stands."""
    if at not in st.session_state:
        st.session_state[at] = value


def put(algorithm: str, ranges: Mapping[str, tuple[float, float, int]]) -> None:
    """Make the controls show these ranges: low, high and how many values."""
    declared = rc.algorithms()[algorithm].hyper_parameters()
    st.session_state[varied_key(algorithm)] = list(ranges)
    for name, (low, high, steps) in ranges.items():
        st.session_state[key(algorithm, name, "from")] = declared[name].type(low)
        st.session_state[key(algorithm, name, "to")] = declared[name].type(high)
        st.session_state[key(algorithm, name, "steps")] = steps
