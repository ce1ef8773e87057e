"""Searches in one click: a question, the settings that answer it, and what to look for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st

import recsys_core as rc
from recsys_core.algorithms.base import HyperValue
from recsys_core.evaluation.search import Range
from ui.tune import ranges
from ui.tune.plan import Plan, by_factors, spread

FOLDS, SHARE = 3, 0.2


@dataclass(frozen=True)
class Example:
    """A search somebody may want to see.

    Attributes:
        label: the question, as a button.
        look_for: what to look at in what comes, in a sentence.
        algorithm: its name.
        ranges: for each hyper-parameter that varies: low, high and how many values.
        held: the others that do not have their defaults.
        sampler, n_trials: as in `Plan`.
    """

    label: str
    look_for: str
    algorithm: str
    ranges: Mapping[str, tuple[float, float, int]]
    held: Mapping[str, HyperValue] = field(default_factory=dict)
    sampler: str = "grid"
    n_trials: int = 30


EXAMPLES = (
    Example(
        "How many factors?",
        "The more factors, the better it fits what it learns from. Look where the validation error turns.",
        "svd",
        {"n_factors": (1, 100, 10)},
        {"n_epochs": 100, "regularization": 0.05},
    ),
    Example(
        "Learning rate and regularisation",
        "Long steps need a stronger pull towards zero: the good cells lie along a valley.",
        "svd",
        {"learning_rate": (0.002, 0.1, 6), "regularization": (0.005, 0.4, 6)},
        {"n_factors": 20, "n_epochs": 30},
    ),
    Example(
        "Four settings at once",
        "A grid of six values each would be 1,296 cells; this draws 30, ever nearer to what did well.",
        "svd",
        {
            "n_factors": (1, 100, 6),
            "n_epochs": (5, 100, 6),
            "learning_rate": (0.001, 0.05, 6),
            "regularization": (0.005, 0.4, 6),
        },
        {},
        "tpe",
    ),
)


def put(example: Example) -> None:
    """Make the controls show this search, so that one sees what is done."""
    st.session_state["tune-model"] = example.algorithm
    st.session_state[f"settings:{example.algorithm}"] = dict(example.held)
    st.session_state["tune-metric"] = "rmse"
    st.session_state["tune-sampler"] = example.sampler
    st.session_state["tune-trials"] = example.n_trials
    st.session_state["tune-folds"], st.session_state["tune-share"] = FOLDS, SHARE
    st.session_state["tune-seed"] = 0
    ranges.put(example.algorithm, example.ranges)


def plan(example: Example) -> Plan:
    """What the controls then say."""
    declared = rc.algorithms()[example.algorithm].hyper_parameters()
    space: dict[str, Range | tuple[HyperValue, ...]] = {}
    for name, (low, high, steps) in example.ranges.items():
        one = declared[name]
        if example.sampler == "grid":
            space[name] = spread(one, low, high, steps)
        else:
            space[name] = Range(one.type(low), one.type(high), by_factors(one, low, high))
    return Plan(
        example.algorithm,
        space,
        example.held,
        example.sampler,
        example.n_trials,
        folds=FOLDS,
        test_share=SHARE,
        seed=0,
    )
