"""For you, as a visitor uses it: rate, be recommended, ask why and what if, keep or erase the ratings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Browser, Locator, Page, WebSocketRoute, expect

import recsys_core as rc
from benchmarks.served import ready
from recsys_core.dataset import Dataset
from recsys_core.personas import offered, resolve

ASKED, LISTED = "[class*='st-key-rate-']", ".st-key-recommendations [class*='st-key-why-']"
JUNK = {
    "long": f"ratings={'1~5_' * 7500}",
    "markup": "ratings=%3Cscript%3Edocument.title%3D%27taken%27%3C%2Fscript%3E",
    "no rating": "ratings=196~five_196~999_~_%00~3_n~n",
    "a path as data set": "data=../../etc/passwd&model=../../etc/passwd",
    "twice": "data=sample&data=ml-1m&ratings=196~4&ratings=1~1",
}


@pytest.fixture(scope="module")
def sample() -> Dataset:
    return rc.load("sample")


@pytest.fixture
def for_you(page: Page, app_url: str) -> Page:
    """The screen as a new visitor gets it."""
    return visit(page, app_url)


def visit(page: Page, app_url: str, query: str = "") -> Page:
    page.goto(f"{app_url}/for_you?{query}")
    expect(page.get_by_role("heading", level=1)).to_have_text("For you")
    settled(page)
    return page


def settled(page: Page) -> None:
    """The script has run to its end and nothing on screen is left of an earlier run."""
    ready(page)
    expect(page.locator("[data-stale=true]")).to_have_count(0)


def films(page: Page, selector: str) -> list[int]:
    """The films of a part of the screen, in order, by the number in their key."""
    found = page.locator(selector).evaluate_all("all => all.map(one => one.className)")
    return [int(re.findall(r"st-key-(?:rate|why)-(\d+)", classes)[0]) for classes in found]


def button(within: Page | Locator, key: str) -> Locator:
    """A button by its key; one with a tooltip is in the document twice, and one of them is seen."""
    return within.locator(f".st-key-{key} button:visible")


def star(page: Page, item: int, value: int) -> Locator:
    return page.locator(f".st-key-stars-{item} [data-testid=stFeedback] button").nth(value - 1)


def rate(page: Page, item: int, value: int) -> None:
    star(page, item, value).click()
    expect(star(page, item, value)).to_have_attribute("aria-checked", "true")


def expect_count(page: Page, n: int) -> None:
    expect(page.locator(".st-key-own-ratings")).to_contain_text(f"Your ratings ({n})")
    settled(page)


def expect_said(page: Page, words: str) -> None:
    expect(page.get_by_test_id("stMain").get_by_text(words).first).to_be_visible()


def expect_in_address(page: Page, ratings: str) -> None:
    expect(page).to_have_url(re.compile(rf"[?&]ratings={re.escape(ratings)}(&|$)"))


def expect_no_ratings_in_address(page: Page) -> None:
    expect(page).not_to_have_url(re.compile("ratings="))


def open_popover(page: Page, key: str) -> Locator:
    button(page, key).click()
    body = page.get_by_test_id("stPopoverBody")
    expect(body.get_by_test_id("stElementContainer").first).to_be_visible()
    settled(page)
    return body


def close_popover(page: Page) -> None:
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)


def choose(page: Page, key: str, option: str | re.Pattern[str]) -> None:
    """Pick an option of a select box."""
    box = page.locator(f".st-key-{key} input")
    box.scroll_into_view_if_needed()  # first: scrolling closes an open list
    box.click()
    page.get_by_role("option", name=option).first.click()
    settled(page)


def become(page: Page, name: str) -> None:
    """Start from a persona, with no rating given before."""
    button(open_popover(page, "start-from"), f"persona-{name}").click()
    expect(page.locator(".st-key-own-ratings")).not_to_contain_text("(0)")
    close_popover(page)
    settled(page)


def raw_id(sample: Dataset, item: int) -> str:
    return sample.catalogue.item_ids[item]


# ---------------------------------------------------------------- rate, and be recommended


def test_one_rating_changes_the_list_and_says_so(for_you: Page) -> None:
    expect_said(for_you, "Not personal")
    before = films(for_you, LISTED)
    rate(for_you, films(for_you, ASKED)[0], 5)
    expect_said(for_you, "Personal, folded in from 1 rating")
    settled(for_you)
    assert films(for_you, LISTED) != before


def test_a_rated_film_is_not_recommended_again(for_you: Page) -> None:
    first = films(for_you, LISTED)[0]
    button(for_you, f"seen-{first}").click()
    expect(for_you.locator(ASKED).first).to_have_class(re.compile(rf"st-key-rate-{first}\b"))
    rate(for_you, first, 5)
    expect_count(for_you, 1)
    listed = films(for_you, LISTED)
    assert listed
    assert first not in listed


def test_a_film_not_seen_is_no_rating_and_makes_room(for_you: Page) -> None:
    asked, listed = films(for_you, ASKED), films(for_you, LISTED)
    button(for_you, f"unseen-{asked[1]}").click()
    expect(for_you.locator(f".st-key-rate-{asked[1]}")).to_have_count(0)
    expect_count(for_you, 0)
    now = films(for_you, ASKED)
    assert len(now) == len(asked)
    assert set(asked) - set(now) == {asked[1]}
    assert films(for_you, LISTED) == listed


def test_undo_takes_back_the_last_rating(for_you: Page) -> None:
    before, asked = films(for_you, LISTED), films(for_you, ASKED)
    rate(for_you, asked[0], 1)
    expect_count(for_you, 1)
    rate(for_you, asked[1], 5)
    expect_count(for_you, 2)
    undo = button(for_you, "undo")
    undo.click()
    expect_count(for_you, 1)
    expect(star(for_you, asked[0], 1)).to_have_attribute("aria-checked", "true")
    undo.click()
    expect_count(for_you, 0)
    expect(undo).to_be_disabled()
    assert films(for_you, LISTED) == before
    expect_no_ratings_in_address(for_you)


def test_search_finds_while_one_types_and_what_it_finds_can_be_rated(for_you: Page, sample: Dataset) -> None:
    asked = films(for_you, ASKED)
    search = for_you.locator(".st-key-search input")
    search.press_sequentially("matrix")  # and no Enter
    matrix = sample.catalogue.index_of_label["the matrix 1999"]
    expect(for_you.locator(ASKED)).to_have_count(1)
    rate(for_you, matrix, 4)
    expect_in_address(for_you, f"{raw_id(sample, matrix)}~4")
    expect(search).to_have_value("matrix")
    search.fill("")
    expect(for_you.locator(ASKED)).to_have_count(len(asked))
    expect_count(for_you, 1)


def test_a_film_can_be_rated_with_the_keyboard_alone(for_you: Page, sample: Dataset) -> None:
    first = films(for_you, ASKED)[0]
    for_you.locator(".st-key-search input").focus()
    for _ in range(6):
        for_you.keyboard.press("Tab")
        if for_you.locator(f".st-key-stars-{first} :focus").count():
            break
    for value in (2, 3, 4):
        for_you.keyboard.press("ArrowRight")
        expect(star(for_you, first, value)).to_be_focused()
    for_you.keyboard.press("Enter")
    expect_in_address(for_you, f"{raw_id(sample, first)}~4")
    expect_count(for_you, 1)


def test_a_persona_fills_in_every_one_of_its_ratings(for_you: Page, sample: Dataset) -> None:
    person = next(p for p in offered(sample) if p.name == "course_lab")
    found = resolve(person, sample)
    assert len(found.items) == 13
    become(for_you, person.name)
    expect_count(for_you, 13)
    expect_said(for_you, "Personal, folded in from 13 ratings")
    own = open_popover(for_you, "own-ratings")
    for item in found.items:
        expect(own.locator(f".st-key-own-{item}")).to_contain_text(sample.catalogue.label(item))
    for wanted, used in found.replaced:
        expect_said(for_you, f"{used} for {wanted}")


# ---------------------------------------------------------------- where the ratings live


def test_a_refresh_keeps_the_ratings(for_you: Page, sample: Dataset) -> None:
    first = films(for_you, ASKED)[0]
    rate(for_you, first, 4)
    expect_in_address(for_you, f"{raw_id(sample, first)}~4")
    for_you.reload()
    expect_count(for_you, 1)
    expect_said(for_you, "Personal, folded in from 1 rating")
    expect_in_address(for_you, f"{raw_id(sample, first)}~4")


def test_another_screen_and_back_keeps_the_ratings(for_you: Page, sample: Dataset) -> None:
    first = films(for_you, ASKED)[0]
    rate(for_you, first, 2)
    expect_count(for_you, 1)
    menu = for_you.get_by_test_id("stSidebarNav")
    menu.get_by_role("link", name="Data").click()
    expect(for_you.get_by_role("heading", level=1)).to_have_text("Data")
    settled(for_you)
    menu.get_by_role("link", name="For you").click()
    expect_count(for_you, 1)
    expect(star(for_you, first, 2)).to_have_attribute("aria-checked", "true")
    expect_in_address(for_you, f"{raw_id(sample, first)}~2")


def test_another_visitor_sees_nothing_of_it(
    for_you: Page, browser: Browser, browser_context_args: dict[str, Any], app_url: str
) -> None:
    listed = films(for_you, LISTED)
    rate(for_you, films(for_you, ASKED)[0], 5)
    expect_count(for_you, 1)
    other = browser.new_context(**browser_context_args)
    stranger = visit(other.new_page(), app_url)
    expect_count(stranger, 0)
    expect_no_ratings_in_address(stranger)
    assert films(stranger, LISTED) == listed
    other.close()


def test_a_lost_connection_keeps_the_ratings(page: Page, app_url: str, sample: Dataset) -> None:
    connections: list[WebSocketRoute] = []

    def pass_on(connection: WebSocketRoute) -> None:
        connection.connect_to_server()
        connections.append(connection)

    page.route_web_socket(re.compile("_stcore/stream"), pass_on)
    visit(page, app_url)
    asked = films(page, ASKED)
    rate(page, asked[0], 4)
    expect_count(page, 1)
    connections[-1].close(code=1011, reason="lost")
    rate(page, asked[1], 3)
    expect_count(page, 2)
    assert len(connections) > 1
    expect_in_address(page, f"{raw_id(sample, asked[0])}~4_{raw_id(sample, asked[1])}~3")


def test_a_file_brings_back_what_was_erased(for_you: Page, sample: Dataset, tmp_path: Path) -> None:
    become(for_you, "science_fiction")
    expect_count(for_you, 9)
    address, listed = for_you.url, films(for_you, LISTED)
    kept = open_popover(for_you, "keep-or-erase")
    with for_you.expect_download() as download:
        button(kept, "download-own").click()
    download.value.save_as(tmp_path / "mine.csv")
    button(kept, "erase").click()
    expect_count(for_you, 0)
    expect_no_ratings_in_address(for_you)
    expect_said(for_you, "Your ratings are erased")
    expect(button(for_you, "undo")).to_be_disabled()
    kept.locator("input[type=file]").set_input_files(tmp_path / "mine.csv")
    expect_count(for_you, 9)
    expect(for_you).to_have_url(address)
    assert films(for_you, LISTED) == listed


def test_each_data_set_has_its_own_ratings(for_you: Page, sample: Dataset) -> None:
    film = films(for_you, ASKED)[0]
    rate(for_you, film, 5)
    expect_count(for_you, 1)
    choose(for_you, "dataset_picker", re.compile("five films"))
    expect_count(for_you, 0)
    expect_no_ratings_in_address(for_you)
    lecture = films(for_you, ASKED)[0]
    for_you.locator(f".st-key-stars-{lecture}").get_by_role("radio", name="0").click()
    expect_count(for_you, 1)
    in_lecture = for_you.url
    choose(for_you, "dataset_picker", re.compile("^Sample"))
    expect_count(for_you, 1)
    expect_in_address(for_you, f"{raw_id(sample, film)}~5")
    choose(for_you, "dataset_picker", re.compile("five films"))
    expect(for_you).to_have_url(in_lecture)
    expect_count(for_you, 1)


# ---------------------------------------------------------------- why, and what if


def test_why_takes_the_film_that_was_asked_about(for_you: Page, sample: Dataset) -> None:
    become(for_you, "science_fiction")
    third = films(for_you, LISTED)[2]
    expect(for_you.locator(".st-key-because")).to_be_visible()
    button(for_you, f"why-{third}").click()
    chosen = for_you.locator(".st-key-why input")
    expect(chosen).to_have_value(sample.catalogue.label(third))
    expect_said(for_you, f"{sample.catalogue.label(third)} is predicted")


def test_the_numbers_of_the_bars_add_up_to_the_prediction_on_the_tile(
    for_you: Page, sample: Dataset, tmp_path: Path
) -> None:
    become(for_you, "romantic")
    item = films(for_you, LISTED)[-1]
    shown = for_you.locator(".st-key-recommendations").get_by_test_id("stMarkdown").filter(has_text="★")
    on_tile = float(shown.last.inner_text().split()[0])
    button(for_you, f"why-{item}").click()
    expect_said(for_you, f"{sample.catalogue.label(item)} is predicted")
    settled(for_you)
    for_you.get_by_role("button", name="Numbers").click()
    with for_you.expect_download() as download:
        button(for_you, "because-csv").click()
    download.value.save_as(tmp_path / "because.csv")
    *addends, total = pd.read_csv(tmp_path / "because.csv")["stars"]
    assert len(addends) in (1 + 9, 1 + 9 + 1)  # anyone, nine ratings, and what the end of the scale takes
    assert sum(addends) == pytest.approx(total, abs=1e-6)
    assert total == pytest.approx(on_tile, abs=0.0501)


def imagine(page: Page, value: str) -> None:
    """What if I had given the film I rated first another rating?"""
    choose(page, "if-item", re.compile("."))
    page.locator(".st-key-if-value").get_by_role("radio", name=value, exact=True).click()
    expect_said(page, "What if: your ratings are unchanged")
    settled(page)


def test_what_if_moves_the_list_and_leaves_the_ratings(for_you: Page) -> None:
    become(for_you, "science_fiction")
    expect_count(for_you, 9)
    address, listed = for_you.url, films(for_you, LISTED)
    imagine(for_you, "0.5")
    assert films(for_you, LISTED) != listed
    expect(
        for_you.locator(".st-key-recommendations").get_by_text(re.compile("↑|↓|new")).first
    ).to_be_visible()
    expect_count(for_you, 9)
    expect(for_you).to_have_url(address)
    button(for_you, "if-stop").click()
    expect(for_you.get_by_text("What if: your ratings are unchanged")).to_have_count(0)
    settled(for_you)
    assert films(for_you, LISTED) == listed


def test_what_was_imagined_can_be_kept(for_you: Page) -> None:
    become(for_you, "science_fiction")
    address = for_you.url
    imagine(for_you, "0.5")
    listed = films(for_you, LISTED)
    button(for_you, "if-keep").click()
    expect(for_you.get_by_text("What if: your ratings are unchanged")).to_have_count(0)
    expect(for_you).to_have_url(re.compile(r"ratings=\d+~0\.5_"))
    expect_count(for_you, 9)
    assert films(for_you, LISTED) == listed
    button(for_you, "undo").click()
    expect(for_you).to_have_url(address)


# ---------------------------------------------------------------- which films, which model


def test_filters_narrow_the_list_and_an_empty_one_says_what_to_do(for_you: Page, sample: Dataset) -> None:
    other = next(i for i in films(for_you, LISTED) if "Documentary" not in sample.catalogue.genres_of(i))
    filters = open_popover(for_you, "filters")
    # By keyboard: on a busy machine the panel may take a click on the open list for one outside, and close.
    genres = filters.locator(".st-key-genres input")
    genres.fill("Documentary")
    expect(for_you.get_by_role("option", name="Documentary")).to_be_visible()
    genres.press("Enter")
    expect(for_you.locator(f".st-key-why-{other}")).to_have_count(0)
    settled(for_you)
    listed = films(for_you, LISTED)
    assert listed
    assert all("Documentary" in sample.catalogue.genres_of(item) for item in listed)
    at_least = filters.locator(".st-key-min-ratings-sample").get_by_role("slider")
    at_least.focus()
    at_least.press("End")
    expect_said(for_you, "No film passes these filters")
    expect(for_you.locator(LISTED)).to_have_count(0)


def test_the_most_rated_films_are_the_same_for_everyone(for_you: Page) -> None:
    choose(for_you, "model", "Most rated")
    expect_said(for_you, "The same for everyone")
    first, *others = films(for_you, LISTED)
    button(for_you, f"seen-{first}").click()
    rate(for_you, first, 1)
    expect_count(for_you, 1)
    listed = films(for_you, LISTED)
    assert first not in listed
    # A film that was put off the table may come in between; nothing else moves.
    kept = [film for film in listed if film in others]
    assert len(kept) >= len(others) - 1
    assert kept == others[: len(kept)]
    expect_said(for_you, "The same for everyone")
    expect_said(for_you, "No rating of yours has a part in this")
    expect(for_you.locator(".st-key-because")).to_have_count(0)


# ---------------------------------------------------------------- what strangers put into an address


@pytest.mark.parametrize("query", JUNK.values(), ids=JUNK.keys())
def test_nothing_in_an_address_breaks_the_screen(page: Page, app_url: str, query: str) -> None:
    visit(page, app_url, query)
    expect(page).to_have_title(re.compile("Recommender lab"))
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.locator(LISTED)).to_have_count(10)
    film = films(page, ASKED)[0]
    rate(page, film, 3)
    expect_said(page, "Personal, folded in from")
