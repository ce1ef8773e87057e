"""Why this? for a film of the hybrid list."""

from __future__ import annotations

import streamlit as st

from ui import why
from ui.hybrid.choose import View

NAME = "Why this?"


def show(view: View) -> None:
    """The film chosen, taken apart."""
    why.panel(why.Shown(view.person.asked, view.recipe, view.ranking, view.person.signals))


def ask(item: int) -> None:
    """Take this film apart below. For a callback."""
    why.ask(item)
    st.session_state["hybrid-closer"] = NAME
