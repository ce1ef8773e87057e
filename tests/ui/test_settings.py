"""Settings of a model: what was pressed counts, whatever was closed in the same breath."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def screen() -> None:
    """The settings of one model, and what they came to."""
    import streamlit as st

    import recsys_core as rc
    from ui.settings import settings

    st.session_state["found"] = settings(rc.algorithms()["svd"])


def test_settings_are_taken_also_when_the_panel_is_closed_in_the_same_run() -> None:
    app = AppTest.from_function(screen, default_timeout=60)
    app.session_state["settings"] = True  # the panel is open
    app.run()
    assert not app.exception
    app.number_input(key="svd-n_epochs").set_value(6)
    (use,) = (button for button in app.button if button.label == "Use these")
    use.click()
    app.session_state["settings"] = False  # and closed before the server answered
    app.run()
    assert not app.exception
    assert not [button for button in app.button if button.label == "Use these"]
    assert app.session_state["found"]["n_epochs"] == 6
    app.run()
    assert app.session_state["found"]["n_epochs"] == 6
