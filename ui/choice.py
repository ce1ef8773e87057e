"""Which model “For you” works with: an algorithm and its settings, or a model that was kept."""

from __future__ import annotations

import streamlit as st

import recsys_core as rc
from recsys_core.algorithms.base import HyperValue
from recsys_core.dataset import Dataset
from recsys_core.errors import RecsysError
from ui import compute, kept, page, state
from ui.settings import settings

_PICKER = "model"


def pick(data: Dataset) -> state.Model:
    """Choose among the models that can place a new person, and set them.

    First our algorithms, then Surprise's, then the models kept from trainings on this data.
    """
    able = {
        name: cls
        for name, cls in sorted(rc.algorithms().items(), key=lambda each: each[0].startswith("surprise"))
        if cls.folds_in and cls.can_serve(data.side)
    }
    models = {each.model.text: each for each in kept.of(data) if each.saved.algorithm in able}
    titles = {name: cls.title for name, cls in able.items()} | {t: k.label for t, k in models.items()}
    chosen = state.model()
    option = chosen.text if chosen.kept else chosen.name
    if option not in titles:
        if chosen.kept:
            st.info("The kept model you chose is not here any more, or is of other data.")
        chosen = state.Model(state.DEFAULT_MODEL, _set_before(state.DEFAULT_MODEL))
        state.choose_model(chosen)
        option = chosen.name
    st.session_state[_PICKER] = option
    st.selectbox(
        "Model",
        list(titles),
        key=_PICKER,
        format_func=titles.__getitem__,
        help="Models that can place a person they were not trained on.",
        on_change=_picked,
        width=240,
    )
    if chosen.kept:
        return chosen
    given = settings(able[chosen.name], chosen.hyper_parameters)
    st.session_state[_before(chosen.name)] = given
    chosen = state.Model(chosen.name, given)
    state.choose_model(chosen)
    return chosen


def _picked() -> None:
    option = st.session_state[_PICKER]
    chosen = state.Model.read(option)
    if chosen is not None:
        state.choose_model(chosen if chosen.kept else state.Model(option, _set_before(option)))


def _before(name: str) -> str:
    return f"model-set:{name}"


def _set_before(name: str) -> dict[str, HyperValue]:
    """How this algorithm was set when it was chosen last in this session."""
    return dict(st.session_state.get(_before(name), {}))


def trained(data: Dataset, model: state.Model) -> tuple[compute.Trained, state.Model]:
    """The model, kept or trained now or before; where that cannot be, says why and gives the default one.

    Returns:
        The model, and which one it is.
    """
    try:
        if model.kept:
            return compute.Trained(kept.load(model.kept, data), None, 0.0), model
        return compute.trained(data, model.name, **model.hyper_parameters), model
    except RecsysError as exc:
        page.error(exc)
        st.info(f"Until then the list is made by “{state.DEFAULT_MODEL}” with its usual settings.")
        return compute.trained(data, state.DEFAULT_MODEL), state.Model(state.DEFAULT_MODEL)
