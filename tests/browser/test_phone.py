"""On a phone: nothing runs off the screen, and what opens stays on it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from benchmarks.served import ready
from ui.page import screens

WIDTH, HEIGHT = 390, 844
POPOVERS = ("own-ratings", "start-from", "keep-or-erase", "settings", "filters")
RATED = "ratings=196~5_339~4.5_12~1"


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": {"width": WIDTH, "height": HEIGHT}, "has_touch": True}


@pytest.mark.parametrize("url", screens())
def test_no_screen_scrolls_sideways(page: Page, app_url: str, url: str) -> None:
    page.goto(f"{app_url}/{'' if url == 'home' else url}?{RATED}")
    ready(page)
    main = page.get_by_test_id("stMain")
    expect(main.get_by_role("heading", level=1)).to_be_visible()
    assert main.evaluate("main => main.scrollWidth - main.clientWidth") == 0
    assert page.evaluate("document.documentElement.scrollWidth") == WIDTH


@pytest.mark.parametrize("key", POPOVERS)
def test_what_opens_on_for_you_stays_on_the_screen(page: Page, app_url: str, key: str) -> None:
    page.goto(f"{app_url}/for_you?{RATED}")
    ready(page)
    page.locator(f".st-key-{key} button:visible").first.click()
    body = page.get_by_test_id("stPopoverBody")
    expect(body).to_be_visible()
    box = body.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= WIDTH
    assert body.evaluate("body => body.scrollWidth - body.clientWidth") <= 0


def test_a_film_s_stars_stand_beside_its_tile(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/for_you")
    ready(page)
    film = page.locator("[class*='st-key-rate-']").first
    tile, stars = film.get_by_role("img").first.bounding_box(), film.get_by_role("radiogroup").bounding_box()
    assert tile is not None
    assert stars is not None
    assert tile["x"] + tile["width"] <= stars["x"]
    assert stars["x"] + stars["width"] <= WIDTH


def test_the_model_s_name_can_be_read(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/for_you")
    ready(page)
    name = page.locator(".st-key-model input")
    expect(name).to_have_value("Alternating least squares")
    assert name.evaluate("name => name.scrollWidth - name.clientWidth") <= 0
