"""A model's hyper-parameters as controls, drawn from their one declaration."""

from __future__ import annotations

import streamlit as st

from recsys_core.algorithms import Algorithm, HyperParameter
from recsys_core.algorithms.base import HyperValue
from ui import page


def settings(cls: type[Algorithm]) -> dict[str, HyperValue]:
    """Let the visitor set the hyper-parameters; nothing changes before the button is pressed."""
    key = f"settings:{cls.name}"
    with page.on_demand("Settings", "settings", "settings") as is_open:
        if is_open:
            with st.form(f"form-{cls.name}", border=False):
                chosen = {name: _control(cls, declared) for name, declared in cls.hyper_parameters().items()}
                if st.form_submit_button("Use these", icon=":material/model_training:"):
                    st.session_state[key] = chosen
    return st.session_state.get(key, {})


def _control(cls: type[Algorithm], declared: HyperParameter) -> HyperValue:
    label = f"{declared.name} ({declared.symbol})" if declared.symbol != declared.name else declared.name
    about = {"help": declared.help, "key": f"{cls.name}-{declared.name}", "persist_state": "session"}
    label = f"`{label}`"
    if declared.type is bool:
        return st.toggle(label, bool(declared.default), **about)
    if declared.type is str:
        return st.selectbox(label, declared.choices, declared.choices.index(str(declared.default)), **about)
    if declared.type is int:
        low, high = int(declared.low or 0), int(declared.high or 2**31 - 1)
        return st.number_input(label, low, high, int(declared.default), step=1, **about)
    low, high = float(declared.low or 0.0), float(declared.high or 1e6)
    return st.number_input(label, low, high, float(declared.default), step=None, format="%g", **about)
