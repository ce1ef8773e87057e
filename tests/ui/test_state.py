"""What the screens remember: in the session and in the address, whatever the address says."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

import recsys_core as rc
from recsys_core.algorithms import HyperParameter
from recsys_core.algorithms.base import HyperValue
from recsys_core.errors import HyperParameterError
from ui import state

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


# ---------------------------------------------------------------- a model as text


def values(declared: HyperParameter) -> st.SearchStrategy[HyperValue]:
    """What this hyper-parameter may be set to."""
    if declared.type is bool:
        return st.booleans()
    if declared.type is str:
        return st.sampled_from(declared.choices)
    low, high = declared.low or 0, declared.high or 1e6
    if declared.type is int:
        return st.integers(int(low), int(high))
    return st.floats(low, high)


@st.composite
def models(draw: st.DrawFn) -> state.Model:
    name = draw(st.sampled_from(sorted(rc.algorithms())))
    declared = rc.algorithms()[name].hyper_parameters()
    some = draw(st.lists(st.sampled_from(sorted(declared)), unique=True)) if declared else []
    return state.Model(name, {key: draw(values(declared[key])) for key in some})


@given(models())
def test_a_model_with_its_settings_survives_the_address(model: state.Model) -> None:
    back = state.Model.read(model.text)
    assert back is not None
    assert (back.name, back.kept) == (model.name, "")
    made, meant = rc.algorithm(back.name, **back.hyper_parameters), model.hyper_parameters
    assert made.parameters() == rc.algorithm(model.name, **meant).parameters()
    assert back.text == model.text


def test_a_kept_model_survives_the_address() -> None:
    model = state.Model("svd", kept="svd-0123456789abcdef")
    assert model.text == "kept~svd-0123456789abcdef"
    assert state.Model.read(model.text) == model


def test_settings_at_their_defaults_are_left_out() -> None:
    assert state.Model("svd", {"n_epochs": 20, "n_factors": 7}).text == "svd~n_factors=7"


BROKEN = [
    "",
    "nonsense",
    "svd~",
    "svd~n_factors",
    "svd~n_factors=",
    "svd~n_factors=-1",
    "svd~n_factors=1e3",
    "svd~n_factors=" + "9" * 450,
    "svd~learning_rate=nan",
    "svd~learning_rate=inf",
    "svd~seed=99999999999",
    "svd~no_such=1",
    "svd~__class__=1",
    "two_tower~optimizer=<script>",
    "content_regression~intercept=yes",
    "svd~n_factors=7" + "~n_factors=7" * 50,
    "kept~",
    "kept~svd",
    "kept~../../etc/passwd",
    "kept~svd-0123456789abcdeg",
    "kept~nonsense-0123456789abcdef",
    "kept~svd-0123456789abcdef~svd-0123456789abcdef",
    "svd~n_factors=7\x00",
]


@pytest.mark.parametrize("text", BROKEN)
def test_what_no_screen_has_written_is_no_model(text: str) -> None:
    assert state.Model.read(text) is None


@given(st.text(max_size=80))
def test_any_other_text_is_read_or_refused_without_an_error(text: str) -> None:
    for each in (text, f"svd~{text}", f"svd~n_factors={text}", f"kept~{text}"):
        found = state.Model.read(each)
        assert found is None or state.Model.read(found.text) == found


def test_a_model_that_is_not_allowed_cannot_be_handed_over() -> None:
    with pytest.raises(HyperParameterError, match="n_factors"):
        state.use_model("svd", {"n_factors": -1})
    with pytest.raises(HyperParameterError, match="nonsense"):
        state.use_model("nonsense")
