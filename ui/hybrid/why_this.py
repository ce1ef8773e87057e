"""Why this? for a film of the hybrid list: opened by its tile, beside the list."""

from __future__ import annotations

import streamlit as st

from ui import why
from ui.hybrid.choose import View


@st.dialog("Why this?", width="medium", position="right", icon=":material/help:")
def show(view: View) -> None:
    """The film asked about, taken apart; closed again, the list stands where it stood."""
    why.panel(why.Shown(view.person.asked, view.recipe, view.ranking, view.person.signals))
