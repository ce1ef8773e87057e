"""Compare models, as visitors use it: a comparison outlives clicks, pages and refreshes, and answers."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from benchmarks.served import ready, served

ANSWER = re.compile(r"has the lowest error: RMSE \d\.\d{4}")
PATIENCE = 120_000
"""Milliseconds that a whole comparison may take on a busy machine."""


@pytest.fixture(scope="module")
def compare_url() -> Iterator[str]:
    """A server of these tests' own, for they fill its queue; no test leaves a job behind."""
    with served() as app:
        yield app.url


@pytest.fixture
def screen(page: Page, compare_url: str) -> Iterator[Page]:
    """The screen as a new visitor gets it, and whatever is under way cancelled at the end."""
    page.goto(compare_url)  # a fresh server takes its very first page for another one
    ready(page)
    page.goto(f"{compare_url}/compare")
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare models")
    ready(page)
    yield page
    ready(page)  # while a press of another button is answered, this one may not be there
    cancel = button(page, "compare-cancel")
    if cancel.count():
        cancel.click()
        expect(said(page)).to_contain_text("Cancelled")


def button(page: Page, key: str) -> Locator:
    return page.locator(f".st-key-{key} button:visible")


def said(page: Page) -> Locator:
    return page.get_by_test_id("stProgress")


def check(page: Page, *titles: str) -> None:
    """Open the list of models, check or uncheck these, and close it."""
    button(page, "compare-models").click()
    for title in titles:
        page.get_by_role("checkbox", name=title).locator("xpath=ancestor::label").click()
        ready(page)
    page.keyboard.press("Escape")
    ready(page)


def test_from_the_choice_to_the_answer_and_a_closer_look(screen: Page) -> None:
    button(screen, "compare-start").click()
    expect(said(screen)).to_contain_text("Done", timeout=PATIENCE)
    expect(screen.get_by_text(ANSWER)).to_be_visible()
    expect(screen.get_by_text("The RMSE trap.")).to_be_visible()
    screen.get_by_text("Is the gap real?", exact=True).click()
    expect(screen.locator(".st-key-gaps .js-plotly-plot")).to_be_visible()
    screen.get_by_text("For whom?", exact=True).click()
    expect(screen.locator(".st-key-slices canvas")).to_be_visible()
    expect(screen.get_by_test_id("stException")).to_have_count(0)


def test_the_list_of_models_stays_open_while_one_checks(screen: Page) -> None:
    button(screen, "compare-models").click()
    for name, will_be in (("svd", False), ("bias", True), ("popularity", True)):
        box = screen.locator(f".st-key-compare-with-{name}").get_by_role("checkbox")
        box.locator("xpath=ancestor::label").click()
        expect(box).to_be_checked(checked=will_be)
    expect(screen.get_by_text("4 of 26 chosen")).to_be_visible()


def test_it_survives_another_page_and_a_refresh_and_can_be_cancelled(screen: Page) -> None:
    check(screen, "Two-tower network", "SVD++ (Surprise)")
    button(screen, "compare-start").click()
    expect(said(screen)).to_contain_text(re.compile(r"fold 1 of 5"), timeout=PATIENCE)
    screen.get_by_role("link", name="Data", exact=True).click()
    expect(screen.get_by_role("heading", level=1)).not_to_have_text("Compare models")
    screen.get_by_role("link", name="Compare", exact=True).click()
    expect(said(screen)).to_contain_text("Comparing")
    ready(screen)
    screen.reload()
    expect(said(screen)).to_contain_text("Comparing")
    button(screen, "compare-cancel").click()
    expect(said(screen)).to_contain_text("Cancelled")
    expect(button(screen, "compare-start")).to_be_enabled()
