"""The line on what a training will take: what it says, whether it lets one start, what it offers instead."""

from __future__ import annotations

import inspect

import pytest
from streamlit.testing.v1 import AppTest

import recsys_core as rc
from recsys_core.errors import JobRefusedError
from ui import compute
from ui import cost as screen

pytestmark = pytest.mark.usefixtures("reference_machine")


def previewed(seconds: float, n_bytes: float) -> None:
    """The preview alone, with a button to press."""
    import streamlit as st

    from recsys_core.cost import Alternative, Cost, Limits
    from ui import cost

    def switch(to: Alternative) -> None:
        st.session_state["switched to"] = to.algorithm

    other = Alternative("svdpp", {"n_factors": 3}, Cost(1.2, 260e6, ""))
    about = Cost(seconds, n_bytes, "from the measured speed of this machine")
    st.session_state["may start"] = cost.preview(about, Limits(600, 2e9), other, switch)


def drawn(seconds: float, n_bytes: float) -> AppTest:
    app = AppTest.from_string(
        f"{inspect.getsource(previewed)}\npreviewed({seconds}, {n_bytes})", default_timeout=60
    )
    app.run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    return " ".join(str(element.value) for element in [*app.caption, *app.markdown])


def test_what_is_quick_is_one_quiet_line() -> None:
    app = drawn(3.2, 41e6)
    assert words(app) == ":material/timer: About 3 s and 41 MB, from the measured speed of this machine."
    assert not app.button
    assert app.session_state["may start"]


def test_what_is_dear_may_start_and_names_what_costs_less() -> None:
    app = drawn(150, 41e6)
    assert "takes a while:** about 2.5 min and 41 MB" in words(app)
    assert app.session_state["may start"]
    assert app.button(key="cost-switch").label == (
        f"Use “{rc.algorithms()['svdpp'].title}” instead: about 1.2 s and 260 MB"
    )


def test_what_is_too_much_may_not_start_and_says_what_a_job_may_take() -> None:
    app = drawn(1200, 3e9)
    assert "Too much for here:** about 20 min and 3 GB, and a job may take 10 min and 2 GB." in words(app)
    assert not app.session_state["may start"]
    app.button(key="cost-switch").click().run()
    assert app.session_state["switched to"] == "svdpp"


# ---------------------------------------------------------------- a training


def test_a_training_over_the_servers_limit_is_refused_by_whoever_submits_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = rc.load("sample")
    screen.admit(data, [("svd", {})], 0.2)
    monkeypatch.setenv("RECSYS_MAX_MB", "100")  # less than a process takes that does nothing
    with pytest.raises(JobRefusedError, match="one job may take"):
        screen.admit(data, [("svd", {})], 0.2)


def test_several_trainings_are_refused_for_what_they_take_together(monkeypatch: pytest.MonkeyPatch) -> None:
    data = rc.load("sample")
    one = screen.of_trainings(data, [("gradient_cf", {})]).seconds
    monkeypatch.setenv("RECSYS_MAX_SECONDS", str(2 * one))
    screen.admit(data, [("gradient_cf", {})])
    with pytest.raises(JobRefusedError):
        screen.admit(data, [("gradient_cf", {})] * 3)


def chosen() -> None:
    """A picker of algorithms and the preview of the one that is picked."""
    import streamlit as st

    import recsys_core as rc
    from ui import cost

    name = st.selectbox("Model", list(rc.algorithms()), key="picker")
    settings = st.session_state.get(f"settings:{name}", {})
    may_start = cost.before_training(
        rc.load("sample"), [(name, settings)], 0.2, picker="picker", offered=lambda cls: True
    )
    st.session_state["may start"] = may_start


def test_the_button_chooses_what_costs_less_with_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"n_factors": 100, "n_epochs": 400}
    data = rc.load("sample")
    dear = screen.of_trainings(data, [("surprise_svdpp", settings)], 0.2)
    assert dear.seconds > 60  # the square of everybody's ratings, 400 times over
    monkeypatch.setenv("RECSYS_MAX_SECONDS", "60")
    app = AppTest.from_function(chosen, default_timeout=60)
    app.session_state["picker"] = "surprise_svdpp"
    app.session_state["settings:surprise_svdpp"] = settings
    app.run()
    assert not app.exception
    assert not app.session_state["may start"]
    app.button(key="picker-switch").click().run()
    assert not app.exception
    assert app.session_state["picker"] == "svdpp"
    assert app.session_state["settings:svdpp"] == settings
    assert app.session_state["may start"]


def test_settings_that_are_not_allowed_are_left_to_the_training_to_refuse() -> None:
    app = AppTest.from_function(chosen, default_timeout=60)
    app.session_state["picker"] = "svd"
    app.session_state["settings:svd"] = {"no_such_setting": 3}
    app.run()
    assert not app.exception
    assert app.session_state["may start"]


def test_the_queue_keeps_to_the_limits_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_MAX_SECONDS", "45")
    monkeypatch.setenv("RECSYS_MAX_MB", "512")
    given: dict[str, float] = {}
    monkeypatch.setattr(compute, "Jobs", lambda folder, **limits: given.update(limits))
    compute.jobs.__wrapped__()
    assert given == {"max_seconds": 45, "max_bytes": 512_000_000}
