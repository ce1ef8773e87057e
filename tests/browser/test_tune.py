"""Tune, as visitors use it: a search outlives clicks, refreshes and a restart, and what it finds is used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

import recsys_core as rc
from benchmarks.served import ready, served

LONG = "surprise_svdpp"
"""A cell of it is soon done, and thirty drawn at random take so long that no test meets the end, not even
one that finds the cells of the test before it done."""


@pytest.fixture(scope="module")
def tune_url() -> Iterator[str]:
    """A server of these tests' own, for they fill its queue; no test leaves a job behind."""
    with served() as app:
        yield app.url


@pytest.fixture
def screen(page: Page, tune_url: str) -> Iterator[Page]:
    """The screen as a new visitor gets it, and whatever is under way cancelled at the end."""
    visit(page, tune_url)
    yield page
    cancel(page)


def visit(page: Page, url: str, query: str = "") -> Page:
    page.goto(f"{url}/tune?{query}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Tune")
    ready(page)
    return page


def cancel(page: Page) -> None:
    ready(page)  # while a press of another button is answered, this one may not be there
    found = button(page, "tune-cancel")
    if found.count():
        found.click()
        expect(said(page)).to_contain_text("Cancelled")


def button(page: Page, key: str) -> Locator:
    return page.locator(f".st-key-{key} button:visible").first


def said(page: Page) -> Locator:
    """State, cells and time, beside the bar of progress."""
    return page.get_by_test_id("stProgress")


def answer(page: Page) -> Locator:
    """What the search came to; for a moment Streamlit shows it where it was and where it goes."""
    return page.get_by_test_id("stMain").get_by_text(re.compile(r"^Best: ")).first


def job_of(page: Page) -> str:
    """The job the address names."""
    expect(page).to_have_url(re.compile(r"[?&]job=[\w-]+"))
    found = re.search(r"[?&]job=([\w-]+)", page.url)
    assert found
    return found[1]


def cells(page: Page) -> int:
    """How many cells the screen says are done; waits for the first."""
    expect(said(page)).to_contain_text(re.compile(r"[1-9]\d* of \d+ cells"), timeout=60_000)
    found = re.search(r"(\d+) of \d+ cells", said(page).inner_text())
    assert found
    return int(found[1])


def search_long(page: Page) -> str:
    """Choose a slow model, draw its cells at random and press Search; returns the job."""
    page.locator(".st-key-tune-model input").click()
    title = re.compile(f"^{re.escape(rc.algorithms()[LONG].title)}$")
    page.get_by_role("option", name=title).click()
    ready(page)
    page.get_by_role("radiogroup", name="How to search").get_by_role("radio", name="Random").click()
    expect(page.get_by_label("Cells to draw")).to_be_visible()
    ready(page)
    button(page, "tune-search").click()
    return job_of(page)


def test_a_question_is_answered_in_one_click_and_the_answer_used(screen: Page) -> None:
    button(screen, "tune-example-0").click()
    expect(answer(screen)).to_contain_text("On the sealed test, opened once", timeout=60_000)
    curve = screen.locator(".st-key-validation-curve")
    expect(curve.locator("canvas, svg").first).to_be_visible()
    screen.get_by_role("tab", name="Python").click()
    expect(screen.get_by_test_id("stCode")).to_contain_text("rc.grid_search(")
    found = re.search(r"Best: n_factors (\d+)", answer(screen).inner_text())
    assert found
    button(screen, "tune-to-for_you").click()
    expect(screen).to_have_url(re.compile("/for_you"))
    expect(screen).to_have_url(re.compile(f"model=svd~n_factors(=|%3D){found[1]}~"))


def test_two_settings_make_a_map(screen: Page) -> None:
    button(screen, "tune-example-1").click()
    expect(answer(screen)).to_be_visible(timeout=60_000)
    chart = screen.locator(".st-key-landscape .js-plotly-plot")
    expect(chart).to_be_visible()
    expect(chart.locator(".annotation-text").first).to_be_visible()
    expect(chart.get_by_text("framed: the best", exact=False)).to_be_visible()


def test_another_screen_and_a_refresh_neither_stop_it_nor_start_it_again(screen: Page) -> None:
    job = search_long(screen)
    before = cells(screen)
    menu = screen.get_by_test_id("stSidebarNav")
    menu.get_by_role("link", name="Data", exact=True).click()
    expect(screen.get_by_role("heading", level=1)).to_have_text("Data")
    ready(screen)
    menu.get_by_role("link", name="Tune", exact=True).click()
    expect(screen.get_by_role("heading", level=1)).to_have_text("Tune")
    assert cells(screen) >= before
    assert job_of(screen) == job
    screen.reload()
    assert cells(screen) >= before
    assert job_of(screen) == job
    expect(button(screen, "tune-search")).to_be_disabled()


def test_it_holds_goes_on_and_is_taken_up_after_cancelling(screen: Page) -> None:
    search_long(screen)
    cells(screen)
    button(screen, "tune-pause").click()
    expect(said(screen)).to_contain_text("Held", timeout=30_000)
    held = cells(screen)
    button(screen, "tune-resume").click()
    expect(said(screen)).to_contain_text("Searching")
    cancel(screen)
    button(screen, "tune-again").click()
    assert cells(screen) >= held, "what was finished is not done again"


def test_a_search_goes_on_after_a_restart_of_the_server(page: Page, tmp_path: Path) -> None:
    with served(RECSYS_CACHE_DIR=str(tmp_path)) as app:
        job = search_long(visit(page, app.url))
        done = cells(page)
    with served(RECSYS_CACHE_DIR=str(tmp_path)) as app:
        visit(page, app.url, f"job={job}")
        expect(said(page)).to_contain_text("Failed")
        button(page, "tune-again").click()
        expect(said(page)).to_contain_text("Searching", timeout=30_000)
        assert cells(page) >= done
        cancel(page)


def test_on_a_phone_an_answer_does_not_run_off_the_screen(screen: Page) -> None:
    screen.set_viewport_size({"width": 390, "height": 844})
    button(screen, "tune-example-2").click()
    expect(answer(screen)).to_be_visible(timeout=60_000)
    expect(screen.locator(".st-key-paths canvas, .st-key-paths svg").first).to_be_visible()
    main = screen.get_by_test_id("stMain")
    assert main.evaluate("main => main.scrollWidth - main.clientWidth") == 0
