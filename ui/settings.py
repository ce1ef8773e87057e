"""A model's hyper-parameters as controls, drawn from their one declaration."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from recsys_core.algorithms import Algorithm, HyperParameter
from recsys_core.algorithms.base import HyperValue
from ui import page


def settings(
    cls: type[Algorithm], given: Mapping[str, HyperValue] | None = None, panel: str = "settings"
) -> dict[str, HyperValue]:
    """Let the visitor set the hyper-parameters; nothing changes before the button is pressed.

    Args:
        cls: the algorithm.
        given: what is set now, where the caller remembers it; None remembers it in the session,
            under `settings:` and the algorithm's name.
        panel: key of what opens them, its own for each where several stand on one screen.

    Returns:
        What is set from now on; hyper-parameters that are not in it have their defaults.
    """
    key = f"settings:{cls.name}"
    now = st.session_state.get(key, {}) if given is None else given
    if (taken := st.session_state.pop(_taken(cls), None)) is not None:
        now = taken
        if given is None:
            st.session_state[key] = taken
    with page.on_demand("Settings", panel, "settings") as is_open:
        if is_open:
            _fill_in(cls, now)
            with st.form(f"form-{cls.name}", border=False):
                for declared in cls.hyper_parameters().values():
                    _control(cls, declared)
                # A callback, for whoever presses and closes the panel at once closes it for the next run.
                st.form_submit_button(
                    "Use these", icon=":material/model_training:", on_click=_take, args=(cls,)
                )
    return dict(now)


def _take(cls: type[Algorithm]) -> None:
    chosen = {name: st.session_state[_key(cls, name)] for name in cls.hyper_parameters()}
    st.session_state[_taken(cls)] = st.session_state[_shown(cls)] = chosen


def _fill_in(cls: type[Algorithm], now: Mapping[str, HyperValue]) -> None:
    """Make the controls show what is set, also where it was set elsewhere."""
    declared = cls.hyper_parameters()
    wanted = {name: now.get(name, each.default) for name, each in declared.items()}
    lost = any(_key(cls, name) not in st.session_state for name in declared)
    if lost or st.session_state.get(_shown(cls)) != wanted:
        st.session_state[_shown(cls)] = wanted
        st.session_state.update({_key(cls, name): value for name, value in wanted.items()})


def _key(cls: type[Algorithm], name: str) -> str:
    return f"{cls.name}-{name}"


def _shown(cls: type[Algorithm]) -> str:
    return f"settings-shown:{cls.name}"


def _taken(cls: type[Algorithm]) -> str:
    return f"settings-taken:{cls.name}"


def _control(cls: type[Algorithm], declared: HyperParameter) -> None:
    label = f"{declared.name} ({declared.symbol})" if declared.symbol != declared.name else declared.name
    about = {"help": declared.help, "key": _key(cls, declared.name), "persist_state": "session"}
    label = f"`{label}`"
    if declared.type is bool:
        st.toggle(label, **about)
    elif declared.type is str:
        st.selectbox(label, declared.choices, **about)
    elif declared.type is int:
        low, high = int(declared.low or 0), int(declared.high or 2**31 - 1)
        st.number_input(label, low, high, step=1, **about)
    else:
        least, most = float(declared.low or 0.0), float(declared.high or 1e6)
        st.number_input(label, least, most, step=None, format="%g", **about)
