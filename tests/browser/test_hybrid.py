"""The hybrid screen, as visitors use it: dials by keyboard, a recipe kept, lost and loaded, and who pays."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

import recsys_core as rc
from benchmarks.served import READY_MS, ready
from recsys_core.ranking import Asked, Filters, HybridWeights, Recipe, hybrid
from ui.hybrid.sponsor import PAYER

SAMPLE = rc.load("sample")
RATED = ((338, 4.5), (11, 1.0), (43, 5.0), (100, 4.0))
MINE = "_".join(f"{SAMPLE.catalogue.item_ids[film]}~{value:g}" for film, value in RATED)
FILTERS = Filters(min_ratings=21)


@pytest.fixture
def screen(page: Page, app_url: str) -> Page:
    page.set_viewport_size({"width": 1280, "height": 1600})
    page.goto(app_url)  # a fresh server takes its very first page for another one
    ready(page)
    page.goto(f"{app_url}/hybrid?ratings={MINE}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Hybrid ranking")
    ready(page)
    expect(tiles(page)).to_have_count(10, timeout=READY_MS)
    return page


def tiles(page: Page) -> Locator:
    return page.locator(".st-key-hybrid-list img")


def listed(weights: HybridWeights) -> list[re.Pattern[str]]:
    """What the library lists, as the tiles begin."""
    model = rc.algorithm("als").fit(SAMPLE.ratings)
    films, values = np.array(RATED).T
    asked = Asked.of(model, SAMPLE, model.fold_in(films.astype(int), values))
    found = hybrid(asked, Recipe(weights, filters=FILTERS)).items.tolist()
    return [re.compile(f"^{re.escape(SAMPLE.catalogue.label(film))}") for film in found]


def expect_listed(page: Page, weights: HybridWeights) -> None:
    for place, alt in enumerate(listed(weights)):
        expect(tiles(page).nth(place)).to_have_attribute("alt", alt)


def slider(page: Page, signal: str) -> Locator:
    return page.locator(f".st-key-hybrid-w-{signal}").get_by_role("slider")


def test_a_dial_turned_fast_ends_where_it_was_left_and_the_list_with_it(screen: Page) -> None:
    dial = slider(screen, "recency")
    dial.focus()
    for _ in range(9):
        dial.press("ArrowRight")
    expect(screen).to_have_url(re.compile(r"recency~0\.45"))
    expect_listed(screen, HybridWeights(rating=1, similarity=0.4, popularity=0.3, recency=0.45))
    ready(screen)
    expect(dial).to_have_value("0.45")


def test_a_refresh_keeps_the_recipe(screen: Page) -> None:
    dial = slider(screen, "popularity")
    dial.focus()
    dial.press("End")
    weights = HybridWeights(rating=1, similarity=0.4, popularity=1)
    expect(screen).to_have_url(re.compile("popularity~1_"))
    screen.reload()
    expect(tiles(screen)).to_have_count(10, timeout=READY_MS)
    expect_listed(screen, weights)
    expect(dial).to_have_value("1")


def test_back_takes_the_last_move_back_and_forward_brings_it_again(screen: Page) -> None:
    first = HybridWeights(rating=1, similarity=0.4, popularity=0.3)
    dial = slider(screen, "recency")
    dial.focus()
    dial.press("End")
    moved = HybridWeights(rating=1, similarity=0.4, popularity=0.3, recency=1)
    expect_listed(screen, moved)
    ready(screen)
    screen.locator(".st-key-hybrid-preset").get_by_text("Advertiser's dream").click()
    expect(screen).to_have_url(re.compile(r"sponsor=genre~\w+"))
    ready(screen)
    screen.go_back()
    expect_listed(screen, moved)
    expect(screen.get_by_text(f"Paid by {PAYER}")).to_have_count(0)
    ready(screen)
    screen.go_back()
    expect_listed(screen, first)
    expect(dial).to_have_value("0")
    ready(screen)
    screen.go_forward()
    expect_listed(screen, moved)


def test_a_preset_pays_and_says_so_and_start_again_takes_it_back(screen: Page) -> None:
    screen.locator(".st-key-hybrid-preset").get_by_text("Advertiser's dream").click()
    expect(screen.get_by_text(f"{PAYER} pays for")).to_be_visible()
    expect(screen.locator(".st-key-hybrid-list").get_by_text(f"Paid by {PAYER}")).to_have_count(10)
    expect(screen).to_have_url(re.compile(r"sponsor=genre~\w+"))
    screen.locator(".st-key-hybrid-again button:visible").click()
    expect(screen.get_by_text(f"Paid by {PAYER}")).to_have_count(0)
    expect_listed(screen, HybridWeights(rating=1, similarity=0.4, popularity=0.3))


def test_a_recipe_saved_and_loaded_is_the_same_and_junk_leaves_the_list(screen: Page, tmp_path: Path) -> None:
    dial = slider(screen, "similarity")
    dial.focus()
    dial.press("Home")
    weights = HybridWeights(rating=1, popularity=0.3)
    expect_listed(screen, weights)
    ready(screen)
    screen.locator(".st-key-hybrid-keep").get_by_text("Keep").click()
    with screen.expect_download() as download:
        screen.locator(".st-key-hybrid-save button:visible").click()
    download.value.save_as(tmp_path / "mine.json")
    (tmp_path / "junk.json").write_text('{"kind": "recsys recipe", "version": 99, "weights": {"magic": 1}}')
    upload = screen.locator(".st-key-hybrid-keep input[type=file]")
    upload.set_input_files(tmp_path / "junk.json")
    expect(screen.get_by_text("newer version 99").first).to_be_visible()
    expect_listed(screen, weights)
    screen.locator(".st-key-hybrid-again button:visible").click()
    expect(screen).to_have_url(re.compile(r"similarity~0\.4"))
    ready(screen)
    upload.set_input_files(tmp_path / "mine.json")
    expect(screen.get_by_text("The recipe was read").first).to_be_visible()
    expect_listed(screen, weights)
