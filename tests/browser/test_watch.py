"""Watch it learn, as visitors use it: a training outlives clicks, pages and refreshes, but not its server."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import recsys_core as rc
from benchmarks.served import ready, served
from recsys_core.evaluation.splits import hold_out
from recsys_core.ranking import Filters, candidates, recommend

CURVE = "document.querySelector('.st-key-learning canvas').toDataURL()"
LONG = ("two_tower", {"n_epochs": 500})
"""About a tenth of a second an epoch: a minute that no test waits for."""


@pytest.fixture(scope="module")
def watch_url() -> Iterator[str]:
    """A server of these tests' own, for they fill its queue; no test leaves a job behind."""
    with served() as app:
        yield app.url


@pytest.fixture
def screen(page: Page, watch_url: str) -> Iterator[Page]:
    """The screen as a new visitor gets it, and whatever is under way cancelled at the end."""
    visit(page, watch_url)
    yield page
    ready(page)  # while a press of another button is answered, this one may not be there
    cancel = button(page, "watch-cancel")
    if cancel.count():
        cancel.click()
        expect(said(page)).to_contain_text("Cancelled")


def visit(page: Page, url: str, query: str = "") -> Page:
    page.goto(f"{url}/watch?{query}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Watch it learn")
    ready(page)
    return page


def button(page: Page, key: str) -> Locator:
    return page.locator(f".st-key-{key} button:visible")


def said(page: Page) -> Locator:
    """State, epoch and time, beside the bar of progress."""
    return page.get_by_test_id("stProgress")


def curve(page: Page) -> Locator:
    return page.locator(".st-key-learning")


def epoch(page: Page) -> int:
    """The epoch the screen says it is at; waits for the first."""
    expect(said(page)).to_contain_text(re.compile(r"epoch \d+ of"))
    found = re.search(r"epoch (\d+) of", said(page).inner_text())
    assert found
    return int(found[1])


def epoch_of_the_curve(page: Page) -> int:
    """The last epoch the words below the curve speak of."""
    words = page.get_by_test_id("stMain").get_by_text(re.compile(r", epoch \d+ of \d+")).first
    found = re.search(r"epoch (\d+) of", words.inner_text())
    assert found
    return int(found[1])


def expect_beyond(page: Page, than: int) -> None:
    """The screen gets beyond an epoch."""
    page.wait_for_function(
        """than => {
            const bar = document.querySelector('[data-testid=stProgress]')
            const found = bar && bar.innerText.match(/epoch (\\d+) of/)
            return found && Number(found[1]) > than
        }""",
        arg=than,
    )


def job_of(page: Page) -> str:
    """The job the address names."""
    expect(page).to_have_url(re.compile(r"[?&]job=[\w-]+"))
    found = re.search(r"[?&]job=([\w-]+)", page.url)
    assert found
    return found[1]


def train(page: Page, model: str, settings: dict[str, int]) -> str:
    """Choose a model, set it in the popover, press Train; returns the job."""
    box = page.locator(".st-key-watch-model input")
    box.click()
    title = re.compile(f"^{re.escape(rc.algorithms()[model].title)}$")
    page.get_by_role("option", name=title).click()
    ready(page)
    button(page, "settings").click()
    body = page.get_by_test_id("stPopoverBody")
    for name, value in settings.items():
        body.locator(f".st-key-{model}-{name} input").fill(str(value))
    body.get_by_role("button", name="Use these").click()
    ready(page)
    page.keyboard.press("Escape")
    expect(body).to_have_count(0)
    ready(page)
    button(page, "watch-train").click()
    return job_of(page)


# ---------------------------------------------------------------- it outlives clicks


def test_another_screen_and_a_refresh_neither_stop_it_nor_start_it_again(screen: Page) -> None:
    job = train(screen, *LONG)
    expect_beyond(screen, 2)
    before = epoch(screen)
    workers = workers_under(os.getpid())
    assert len(workers) == 1
    menu = screen.get_by_test_id("stSidebarNav")
    menu.get_by_role("link", name="Data", exact=True).click()
    expect(screen.get_by_role("heading", level=1)).to_have_text("Data")
    ready(screen)
    menu.get_by_role("link", name="Watch it learn").click()
    expect(screen.get_by_role("heading", level=1)).to_have_text("Watch it learn")
    expect_beyond(screen, before)
    assert job_of(screen) == job
    back = epoch(screen)
    screen.reload()
    expect_beyond(screen, back)
    assert job_of(screen) == job
    expect(curve(screen).locator("canvas, svg").first).to_be_visible()
    drawn = epoch_of_the_curve(screen)
    assert drawn >= back
    picture = screen.evaluate(f"() => {CURVE}")
    expect_beyond(screen, drawn + 1)
    screen.wait_for_function(f"picture => {CURVE} !== picture", arg=picture)  # the curve has grown
    expect(button(screen, "watch-train")).to_be_disabled()
    assert workers_under(os.getpid()) == workers, "the same process trains on"


def test_cancel_takes_effect_within_a_second(screen: Page) -> None:
    train(screen, *LONG)
    expect_beyond(screen, 1)
    workers = workers_under(os.getpid())
    assert len(workers) == 1
    button(screen, "watch-cancel").click()
    clicked = time.monotonic()
    expect(said(screen)).to_contain_text("Cancelled", timeout=1000)
    _, alive = psutil.wait_procs(workers, timeout=max(0.0, 1 + clicked - time.monotonic()))
    assert alive == []
    expect(button(screen, "watch-train")).to_be_enabled()


def test_it_holds_takes_one_epoch_and_goes_on(screen: Page) -> None:
    train(screen, *LONG)
    expect_beyond(screen, 1)
    button(screen, "watch-pause").click()
    expect(said(screen)).to_contain_text("Held")
    held = epoch(screen)
    screen.wait_for_timeout(1200)  # two looks at it, and ten epochs if it did not hold
    assert epoch(screen) == held
    for nth in (1, 2):
        button(screen, "watch-step").click()
        expect(said(screen)).to_contain_text(f"Held · epoch {held + nth} of")
    screen.wait_for_timeout(600)
    assert epoch(screen) == held + 2
    button(screen, "watch-resume").click()
    expect(said(screen)).to_contain_text("Training")
    expect_beyond(screen, held + 3)


def test_a_second_visitor_waits_in_line_and_starts_when_the_first_is_done(
    screen: Page, browser: Browser, browser_context_args: dict[str, Any], watch_url: str
) -> None:
    first = train(screen, *LONG)
    other = browser.new_context(**browser_context_args)
    second = visit(other.new_page(), watch_url)
    assert train(second, *LONG) != first
    expect(said(second)).to_contain_text("In line: place 1")
    button(screen, "watch-cancel").click()
    expect(said(second)).to_contain_text("Training")
    expect_beyond(second, 0)
    button(second, "watch-cancel").click()
    expect(said(second)).to_contain_text("Cancelled")
    other.close()


def test_a_worker_killed_from_outside_is_told_of_and_the_next_in_line_starts(
    screen: Page, browser: Browser, browser_context_args: dict[str, Any], watch_url: str
) -> None:
    train(screen, *LONG)
    expect_beyond(screen, 1)
    workers = workers_under(os.getpid())
    assert len(workers) == 1
    other = browser.new_context(**browser_context_args)
    second = visit(other.new_page(), watch_url)
    train(second, *LONG)
    expect(said(second)).to_contain_text("In line: place 1")
    workers[0].kill()
    expect(said(screen)).to_contain_text("Failed")
    expect(screen.get_by_role("alert")).to_contain_text("ended from outside")
    expect(curve(screen).locator("canvas, svg").first).to_be_visible()  # what it told is not lost
    expect(button(screen, "watch-train")).to_be_enabled()
    expect_beyond(second, 0)
    button(second, "watch-cancel").click()
    expect(said(second)).to_contain_text("Cancelled")
    other.close()


# ---------------------------------------------------------------- looking back


def test_looking_back_moves_the_list_and_ends_at_the_model_that_fit_would_give(
    screen: Page, watch_url: str
) -> None:
    visit(screen, watch_url, "ratings=339~4.5_12~1")
    settings = {"n_epochs": 6, "n_factors": 8}
    train(screen, "svd", settings)
    expect(said(screen)).to_contain_text("Done · epoch 6 of 6")
    heading = screen.get_by_role("heading", name=re.compile("Your list after epoch"))
    expect(heading).to_have_text("Your list after epoch 6")
    expect(screen.locator(".st-key-item-map").locator("canvas, svg").first).to_be_visible()
    ready(screen)
    assert films(screen) == what_fit_recommends(settings)
    thumb = screen.locator("[class*='st-key-scrub-']").get_by_role("slider")
    for n in (5, 4):
        drawn = screen.evaluate(f"() => {CURVE}")
        thumb.press("ArrowLeft")
        expect(heading).to_have_text(f"Your list after epoch {n}")
        screen.wait_for_function(f"drawn => {CURVE} !== drawn", arg=drawn)  # the mark has moved
    assert films(screen) != what_fit_recommends(settings)
    thumb.press("End")
    expect(heading).to_have_text("Your list after epoch 6")
    ready(screen)
    assert films(screen) == what_fit_recommends(settings)


def films(page: Page) -> list[str]:
    """The films of the list, in order, as they are called there."""
    rows = page.get_by_test_id("stMain").locator("ol > li").all_inner_texts()
    return [re.sub(r"\s*(new|[↑↓]\d+)$", "", row).strip() for row in rows]


def what_fit_recommends(settings: dict[str, int]) -> list[str]:
    sample = rc.load("sample")
    train_on = sample.ratings.take(hold_out(sample.ratings, 0.2, 0).train)
    model = rc.algorithm("svd", **settings).fit(train_on, sample.side)
    rated = [sample.catalogue.item_ids.index(raw) for raw in ("339", "12")]
    allowed = candidates(sample, Filters(min_ratings=21), exclude=rated)
    rows = recommend(model, sample, model.fold_in(rated, [4.5, 1.0]), 10, candidates=allowed)
    return [sample.catalogue.label(int(item)) for item in rows["item"]]


# ---------------------------------------------------------------- its server


def workers_under(pid: int) -> list[psutil.Process]:
    """The living worker processes below a process."""
    found = []
    for child in psutil.Process(pid).children(recursive=True):
        try:
            if "recsys_core.jobs" in child.cmdline() and child.status() != psutil.STATUS_ZOMBIE:
                found.append(child)
        except psutil.NoSuchProcess:
            continue
    return found


def test_killing_the_server_leaves_no_worker_behind(page: Page) -> None:
    with served() as app:
        train(visit(page, app.url), *LONG)
        expect_beyond(page, 0)
        workers = workers_under(app.pid)
        assert len(workers) == 1
        os.kill(app.pid, signal.SIGKILL)
        _, alive = psutil.wait_procs(workers, timeout=5)
        assert alive == []
