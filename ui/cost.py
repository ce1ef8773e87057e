"""What will it cost? One line before long work begins, and the refusal of what costs too much."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from operator import add
from typing import TypeAlias

import streamlit as st

import recsys_core as rc
from recsys_core import cost
from recsys_core.algorithms import Algorithm
from recsys_core.cost import Alternative, Cost, Limits, Settings, machine
from recsys_core.dataset import Dataset
from recsys_core.errors import HyperParameterError
from ui import compute

Trainings: TypeAlias = Sequence[tuple[str, Settings]]
"""Algorithms with their hyper-parameters; at least one."""


def preview(
    about: Cost,
    limits: Limits,
    alternative: Alternative | None = None,
    switch: Callable[[Alternative], None] | None = None,
    key: str = "cost",
) -> bool:
    """Draw one line on what it will take, and a button for what takes less.

    Args:
        about: the estimate.
        limits: what a job may take here.
        alternative: what serves the same purpose for less, if there is such a thing.
        switch: called with it when its button is pressed.
        key: of the button, its own wherever two previews stand on one page.

    Returns:
        Whether it may start.
    """
    verdict, words = cost.verdict(about, limits), cost.in_words(about)
    if verdict == "fine":
        st.caption(f":material/timer: About {words}, {about.source}.")
        return True
    most = cost.in_words(Cost(limits.seconds, limits.n_bytes, ""))
    with st.container(border=True):
        if verdict == "dear":
            st.markdown(f":material/hourglass_top: **This takes a while:** about {words}.")
        else:
            st.markdown(
                f":material/block: **Too much for here:** about {words}, and a job may take {most}. "
                "Choose smaller settings, less data, or another model."
            )
        if alternative is not None and switch is not None:
            st.button(
                f"Use “{rc.algorithms()[alternative.algorithm].title}” instead: "
                f"about {cost.in_words(alternative.cost)}",
                key=f"{key}-switch",
                icon=":material/swap_horiz:",
                on_click=switch,
                args=(alternative,),
            )
    return verdict == "dear"


def before_training(
    data: Dataset,
    trainings: Trainings,
    validation_share: float,
    *,
    picker: str,
    offered: Callable[[type[Algorithm]], bool] = lambda cls: cls.iterative,
) -> bool:
    """Preview a job of one training or of several, one after the other.

    What costs less is offered in place of a single training: its button chooses it in the picker,
    settings and all.

    Args:
        data, trainings, validation_share: what would be trained, and on how much.
        picker: the key of the widget that chooses the algorithm, whose settings are kept as
            `ui.settings` keeps them.
        offered: whether that widget offers an algorithm.

    Returns:
        Whether it may start.
    """

    def of(name: str, settings: Settings) -> Cost:
        return _one(data, name, settings, validation_share)

    def switch(to: Alternative) -> None:
        st.session_state[picker] = to.algorithm
        st.session_state[f"settings:{to.algorithm}"] = to.hyper_parameters

    limits, other = cost.hosted_limits(), None
    try:
        about = of_trainings(data, trainings, validation_share)
        if len(trainings) == 1:
            other = cost.alternative(
                *trainings[0], of, limits, data.side, lambda name: offered(rc.algorithms()[name])
            )
    except HyperParameterError:
        return True  # the training says what is wrong with it
    return preview(about, limits, other, switch, key=picker)


def admit(data: Dataset, trainings: Trainings, validation_share: float = 0.0) -> None:
    """Refuse a job of these trainings if it would take too much: called by whoever submits it.

    Raises:
        JobRefusedError: it would; says how much of what.
        HyperParameterError: no such algorithm or hyper-parameter.
    """
    cost.admit(of_trainings(data, trainings, validation_share), cost.hosted_limits())


def of_trainings(data: Dataset, trainings: Trainings, validation_share: float = 0.0) -> Cost:
    """About what these take, one after the other; never waits for the machine to be measured.

    Raises:
        HyperParameterError: no such algorithm or hyper-parameter.
    """
    return reduce(add, (_one(data, *training, validation_share) for training in trainings))


def _one(data: Dataset, name: str, settings: Settings, validation_share: float) -> Cost:
    return cost.of_training(
        name,
        settings,
        compute.data_size(data.fingerprint, data),
        validation_share=validation_share,
        speed=machine.speed_so_far(),
    )
