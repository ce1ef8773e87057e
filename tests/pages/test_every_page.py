"""Every screen there is: framed, cold, on each kind of data, whatever the address says."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from ui import page

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(file.name for file in (ROOT / "pages").glob("[0-9]*.py"))


def the_app() -> AppTest:
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)


def shown(app: AppTest) -> str:
    return " ".join(str(element.value) for element in [*app.markdown, *app.caption])


@pytest.mark.parametrize("file", PAGES)
def test_framed(file: str) -> None:
    app = the_app().run().switch_page(f"pages/{file}").run()
    assert not app.exception
    assert len(app.title) == 1
    assert app.selectbox(key="dataset_picker")
    assert "simulated" in shown(app).lower(), "the sample's audience is not real, and the screen says so"


@pytest.mark.parametrize("file", PAGES)
def test_cold(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # What a fresh server does with its first deep link: the page runs without app.py.
    monkeypatch.setattr(PagesManager, "uses_pages_directory", None)
    app = the_app().switch_page(f"pages/{file}").run()
    assert not app.exception
    assert len(app.title) == 1
    assert app.selectbox(key="dataset_picker"), "it draws the frame itself"


@pytest.mark.parametrize("file", PAGES)
def test_alone(file: str) -> None:
    app = AppTest.from_file(str(ROOT / "pages" / file), default_timeout=120).run()
    assert not app.exception
    assert len(app.title) == 1


@pytest.mark.parametrize("file", PAGES)
@pytest.mark.parametrize("name", ["lectures-movies", "lectures-albums"])
def test_on_a_teaching_table(file: str, name: str) -> None:
    app = the_app()
    app.query_params["data"] = name
    app.run().switch_page(f"pages/{file}").run()
    assert not app.exception
    assert "teaching table" in shown(app)


@pytest.mark.parametrize("file", PAGES)
def test_junk_in_the_address(file: str) -> None:
    app = the_app()
    app.run().switch_page(f"pages/{file}")
    app.query_params["data"] = "![x](http://evil.example/y.png)"
    app.run()
    assert not app.exception
    assert len(app.warning) == 1
    assert "![x](" not in app.warning[0].value


def test_the_menu_is_made_of_the_docstrings() -> None:
    screens = page.screens()
    assert next(iter(screens)) == "home"
    assert len(screens) == len(PAGES)
    assert all(screen.title and screen.question and screen.icon for _, screen in screens.values())


def test_a_docstring_is_read_as_it_is_written() -> None:
    screen = page.describe("A title\n\nA question\nover two lines?\n\nMore.\n\nIcon: star\n\nMenu: Short\n")
    assert screen == page.Screen("A title", "A question over two lines?", ":material/star:", "Short")
    assert page.describe(None).title == page.NAME
