"""Getting data: the licence first, consent second, the download third, and errors in plain words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from recsys_core.datasets import download
from recsys_core.errors import DownloadError
from ui import controls

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def data_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AppTest:
    monkeypatch.setenv("RECSYS_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("RECSYS_CACHE_DIR", str(tmp_path))
    return (
        AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        .run()
        .switch_page("pages/20_data.py")
        .run()
    )


def test_the_sample_leads_then_real_people_then_teaching_tables() -> None:
    names = [source.name for source in controls.datasets()]
    assert names[0] == "sample"
    assert all(name.startswith("lectures") for name in names[-2:])


def test_nothing_is_downloaded_before_the_licence_is_accepted(data_page: AppTest) -> None:
    assert data_page.button(key="get-ml-100k").disabled
    data_page.checkbox(key="accept-ml-100k").check().run()
    assert not data_page.button(key="get-ml-100k").disabled
    assert data_page.button(key="get-ml-1m").disabled, "consent is given for one data set at a time"


def test_a_failed_download_is_told_in_plain_words(
    data_page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(source: Any, *, consent: bool, on_progress: Any) -> None:
        assert consent
        on_progress(1, None)
        on_progress(2_000_000, 1_000_000)
        raise DownloadError("The publisher did not answer: try *again* later.")

    monkeypatch.setattr(download, "download", fail)
    data_page.checkbox(key="accept-ml-100k").check().run()
    data_page.button(key="get-ml-100k").click().run()
    assert not data_page.exception
    assert [e.value for e in data_page.error] == [r"The publisher did not answer\: try \*again\* later\."]
    assert data_page.session_state["data"] == "sample"


def test_a_download_is_used_at_once(data_page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(download, "download", lambda source, **_: asked.append(source.name))
    data_page.checkbox(key="accept-ml-100k").check().run()
    data_page.button(key="get-ml-100k").click().run()
    assert asked == ["ml-100k"]
    assert data_page.session_state["data"] == "ml-100k"


def test_a_card_switches_the_data(data_page: AppTest) -> None:
    data_page.button(key="use-lectures-movies").click().run()
    assert data_page.session_state["data"] == "lectures-movies"
    assert data_page.selectbox(key="dataset_picker").value == "lectures-movies"
