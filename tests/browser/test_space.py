"""Item space, as visitors use it: a mark clicked on the map is the film shown."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

import recsys_core as rc
from benchmarks.served import ready
from ui.space.found import Space, space

DATA = rc.load("lectures-movies")
LEFT, TOP, BOTTOM = 4, 40, 4
"""Pixels around the map inside its picture."""


@pytest.fixture
def screen(page: Page, app_url: str) -> Page:
    page.set_viewport_size({"width": 1280, "height": 1400})
    page.goto(app_url)  # a fresh server takes its very first page for another one
    ready(page)
    page.goto(f"{app_url}/space?data={DATA.name}")
    expect(canvas(page)).to_be_visible()
    ready(page)
    return page


def canvas(page: Page) -> Locator:
    return page.locator(f".st-key-item-space-{DATA.name} canvas").first


def asked_about(page: Page) -> Locator:
    return page.locator(".st-key-space-list h3")


def click(page: Page, drawn: Space, row: int) -> None:
    """Click the mark of a row, on the whole map."""
    box = canvas(page).bounding_box()
    assert box
    x, y = (float(v) / drawn.reach for v in drawn.table[["x", "y"]].iloc[row])
    across, up = box["width"] - 2 * LEFT, box["height"] - TOP - BOTTOM
    page.mouse.click(box["x"] + LEFT + across * (1 + x) / 2, box["y"] + TOP + up * (1 - y) / 2)


def test_a_mark_clicked_is_the_film_shown(screen: Page) -> None:
    drawn = space(DATA.fingerprint, "als", DATA, rc.algorithm("als").fit(DATA.ratings))
    places = drawn.table[["x", "y"]].to_numpy()
    apart = [np.sort(np.hypot(*(places - place).T))[1] for place in places]
    alone = [row for row in range(len(places)) if apart[row] > 0.1 * drawn.reach]
    assert len(alone) >= 3, "of two marks on each other, the upper one is clicked"
    for row in [*alone, alone[0]]:
        click(screen, drawn, row)
        expect(asked_about(screen)).to_have_text(f"Nearest to {drawn.table['title'].iloc[row]}")
        ready(screen)


def test_a_neighbour_is_reached_by_keyboard(screen: Page) -> None:
    button = screen.locator(".st-key-space-near-0 button")
    title = button.inner_text().split(maxsplit=1)[1]
    button.focus()
    screen.keyboard.press("Enter")
    expect(asked_about(screen)).to_have_text(f"Nearest to {title}")


def test_on_a_phone_nothing_runs_off_the_screen(screen: Page) -> None:
    screen.set_viewport_size({"width": 390, "height": 844})
    expect(canvas(screen)).to_be_visible()
    assert screen.evaluate("document.documentElement.scrollWidth") <= 390
