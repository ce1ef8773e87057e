"""Item space, as visitors use it: a mark clicked on the map is the film shown."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

import recsys_core as rc
from benchmarks.served import ready
from ui.space.found import Space, space

DATA = rc.load("lectures-movies")
LEFT, TOP, BOTTOM = 4, 40, 44
"""Pixels around the map inside its picture."""
BOX = 71, 28
"""Pixels from its right and lower edge to the button of the box."""


@pytest.fixture
def screen(page: Page, app_url: str) -> Page:
    page.set_viewport_size({"width": 1280, "height": 1400})
    page.goto(app_url)  # a fresh server takes its very first page for another one
    ready(page)
    page.goto(f"{app_url}/space?data={DATA.name}")
    expect(canvas(page)).to_be_visible(timeout=30_000)
    ready(page)
    return page


def canvas(page: Page) -> Locator:
    return page.locator(f"[class*=st-key-item-space-{DATA.name}] canvas").first


def asked_about(page: Page) -> Locator:
    return page.locator(".st-key-space-list h3")


def alone(drawn: Space) -> list[int]:
    """Rows of marks with none near: of two marks on each other, the upper one is clicked."""
    places = drawn.table[["x", "y"]].to_numpy()
    apart = [np.sort(np.hypot(*(places - place).T))[1] for place in places]
    return [row for row in range(len(places)) if apart[row] > 0.1 * drawn.reach]


def click(page: Page, drawn: Space, row: int) -> None:
    """Click the mark of a row, on the whole map."""
    box = canvas(page).bounding_box()
    assert box
    x, y = (float(v) / drawn.reach for v in drawn.table[["x", "y"]].iloc[row])
    across, up = box["width"] - 2 * LEFT, box["height"] - TOP - BOTTOM
    page.mouse.click(box["x"] + LEFT + across * (1 + x) / 2, box["y"] + TOP + up * (1 - y) / 2)


def test_a_mark_clicked_is_the_film_shown(screen: Page, drawn: Space) -> None:
    rows = alone(drawn)
    assert len(rows) >= 3, "or this test tests little"
    for row in [*rows, rows[0]]:
        click(screen, drawn, row)
        expect(asked_about(screen)).to_have_text(f"Nearest to {drawn.table['title'].iloc[row]}")
        ready(screen)


@pytest.fixture
def drawn() -> Space:
    return space(DATA.fingerprint, "als", DATA, rc.algorithm("als").fit(DATA.ratings))


def search(page: Page, title: str) -> None:
    page.get_by_role("combobox", name="Search for one film").fill(title)
    page.get_by_role("option").first.click()
    expect(asked_about(page)).to_have_text(f"Nearest to {title}")
    ready(page)


def middle(page: Page) -> tuple[float, float]:
    box = canvas(page).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + TOP + (box["height"] - TOP - BOTTOM) / 2


def test_a_search_brings_a_film_to_the_middle_where_it_stays_while_neighbours_change(
    screen: Page, drawn: Space
) -> None:
    title = str(drawn.table["title"].iloc[3])
    search(screen, title)
    expect(screen.get_by_role("radio", name="2×", exact=True)).to_be_checked()
    screen.locator(".st-key-space-near-0 button").click()
    expect(asked_about(screen)).not_to_have_text(f"Nearest to {title}")
    ready(screen)
    expect(screen.get_by_role("radio", name="2×", exact=True)).to_be_checked()
    screen.mouse.click(*middle(screen))
    expect(asked_about(screen)).to_have_text(f"Nearest to {title}")


def test_a_reload_opens_the_same_view(screen: Page, drawn: Space) -> None:
    title = str(drawn.table["title"].iloc[2])
    search(screen, title)
    screen.reload()
    ready(screen)
    expect(asked_about(screen)).to_have_text(f"Nearest to {title}")
    expect(screen.get_by_role("radio", name="2×", exact=True)).to_be_checked()


def test_a_box_chooses_films_and_clear_takes_it_away(screen: Page, drawn: Space) -> None:
    box = canvas(screen).bounding_box()
    assert box
    left, top = box["x"] + LEFT + 2, box["y"] + TOP + 2
    right, bottom = box["x"] + box["width"] - LEFT - 2, box["y"] + box["height"] - BOTTOM - 2
    screen.mouse.click(box["x"] + box["width"] - BOX[0], box["y"] + box["height"] - BOX[1])
    screen.mouse.move(left, top)
    screen.mouse.down()
    screen.mouse.move((left + right) / 2, bottom, steps=4)
    screen.mouse.up()
    x = drawn.table["x"].to_numpy()
    n = int((x < 0).sum())
    assert 1 < n < len(x), "or this test tests nothing"
    chosen = screen.locator(".st-key-space-chosen")
    expect(chosen.locator("h3")).to_have_text(f"{n} films chosen on the map")
    ready(screen)
    before = asked_about(screen).inner_text()
    screen.locator(".st-key-space-near-0 button").click()
    expect(asked_about(screen)).not_to_have_text(before)
    ready(screen)
    expect(chosen.locator("h3")).to_have_text(f"{n} films chosen on the map")
    inside = next(row for row in alone(drawn) if x[row] < 0)
    click(screen, drawn, inside)
    expect(asked_about(screen)).to_have_text(f"Nearest to {drawn.table['title'].iloc[inside]}")
    ready(screen)
    chosen.get_by_role("button", name="Clear").click()
    expect(chosen).to_have_count(0)


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
