"""Controls that more than one screen uses."""

from __future__ import annotations

import streamlit as st

import recsys_core as rc
from ui import safe, state

_PICKER = "dataset_picker"


def dataset_options() -> list[str]:
    """Names of the data sets on this machine, and of the chosen one even where it is not."""
    chosen = state.read(state.DATASET)
    return [name for name, source in rc.sources().items() if source.is_here() or name == chosen]


def dataset_label(name: str) -> str:
    """A data set's title, and whether it still has to be downloaded."""
    source = rc.sources()[name]
    return safe.text(source.title) + ("" if source.is_here() else " (not downloaded yet)")


def pick_dataset() -> None:
    """Let the visitor choose the data set all screens work on."""
    options = dataset_options()
    if not options:
        return
    st.session_state[_PICKER] = state.read(state.DATASET)
    st.selectbox(
        "Data set",
        options,
        key=_PICKER,
        format_func=dataset_label,
        on_change=lambda: state.write(state.DATASET, st.session_state[_PICKER]),
    )
