"""What the screens remember: in the session and in the address, whatever the address says."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

APP = str(Path(__file__).resolve().parents[2] / "app.py")


def open_app(**address: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=60)
    for key, value in address.items():
        app.query_params[key] = value
    return app.run()


def address(app: AppTest) -> str:
    got = app.query_params["data"]
    return got if isinstance(got, str) else got[-1]


def test_a_new_visitor_gets_the_sample_and_an_address_that_says_so() -> None:
    app = open_app()
    assert app.session_state["data"] == "sample"
    assert address(app) == "sample"
    assert app.selectbox(key="dataset_picker").value == "sample"
    assert not app.warning


def test_the_environment_may_name_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_DATASET", "lectures-movies")
    assert open_app().session_state["data"] == "lectures-movies"


def test_a_wrong_environment_is_no_accident(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_DATASET", "no-such-set")
    app = open_app()
    assert app.session_state["data"] == "sample"
    assert not app.exception


def test_a_link_chooses_the_data() -> None:
    app = open_app(data="lectures-movies")
    assert app.session_state["data"] == "lectures-movies"
    assert app.selectbox(key="dataset_picker").value == "lectures-movies"


def test_the_choice_survives_navigation_and_comes_back_into_the_address() -> None:
    app = open_app()
    app.selectbox(key="dataset_picker").set_value("lectures-movies").run()
    assert address(app) == "lectures-movies"
    del app.query_params["data"]  # what a link in the menu does
    app.switch_page("pages/20_data.py").run()
    assert app.session_state["data"] == "lectures-movies"
    assert address(app) == "lectures-movies"


@settings(max_examples=12)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=60))
def test_junk_in_the_address_gives_the_sample_and_a_notice(junk: str) -> None:
    app = open_app(data=junk)
    assert not app.exception
    assert app.session_state["data"] == "sample"
    assert address(app) == "sample"
    assert len(app.warning) == 1
    app.run()
    assert not app.warning, "said once, not for ever"


def test_a_set_that_is_not_here_is_explained_and_the_sample_stands_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RECSYS_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("RECSYS_CACHE_DIR", str(tmp_path))
    app = open_app(data="ml-1m")
    assert not app.exception
    assert len(app.warning) == 1
    assert app.warning[0].value.endswith("Until then, this is the sample.")
    assert address(app) == "ml-1m", "the link still means what it says"
    app.selectbox(key="dataset_picker").set_value("sample").run()
    assert not app.warning
