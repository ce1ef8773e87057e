"""Look back, as visitors use it: the epochs play by themselves, and stop when they are told to."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

import recsys_core as rc
from benchmarks.served import ready, served

LAST = int(str(rc.algorithm("svd").parameters()["n_epochs"]))
HEADING = re.compile(r"Your list after epoch \d+")
RECORD = """() => {
    const said = () => [...document.querySelectorAll('h3')].map(h => h.innerText)
        .find(text => /Your list after epoch/.test(text))
    const picture = of => document.querySelector(`.st-key-${of} canvas`)
    const [map, curve] = [picture('item-map'), picture('learning')]
    window.frames_ = []
    let last = said()
    setInterval(() => {
        const now = said()
        if (!now || now === last) return
        last = now
        window.frames_.push({
            epoch: Number(now.match(/\\d+/)[0]),
            mounted: picture('item-map') === map && picture('learning') === curve,
            map: picture('item-map').toDataURL().length,
        })
    }, 20)
}"""


@pytest.fixture(scope="module")
def scrub_url() -> Iterator[str]:
    with served() as app:
        yield app.url


def button(page: Page, key: str) -> Locator:
    return page.locator(f".st-key-{key} button:visible")


def trained(page: Page, url: str) -> None:
    """Train what is offered as somebody who rated two films."""
    page.goto(url)
    ready(page)
    page.goto(f"{url}/watch?ratings=339~4.5_12~1")
    expect(page.get_by_role("heading", level=1)).to_have_text("Watch it learn")
    ready(page)
    button(page, "watch-train").click()
    expect(page.get_by_role("heading", name=HEADING)).to_have_text(
        f"Your list after epoch {LAST}", timeout=30_000
    )
    ready(page)


def test_the_epochs_play_to_the_last_pause_and_give_way_to_a_hand(page: Page, scrub_url: str) -> None:
    trained(page, scrub_url)
    heading = page.get_by_role("heading", name=HEADING)
    slider = page.locator("[class*='st-key-scrub-']").get_by_role("slider")
    page.evaluate(RECORD)

    button(page, "replay-play").click()
    expect(button(page, "replay-pause")).to_be_visible()
    expect(heading).to_have_text(f"Your list after epoch {LAST}", timeout=30_000)
    expect(button(page, "replay-play")).to_be_visible()
    seen = page.evaluate("() => window.frames_")
    assert [frame["epoch"] for frame in seen] == list(range(1, LAST + 1))
    assert all(frame["mounted"] for frame in seen), "the map and the curve were drawn anew"
    assert len({frame["map"] for frame in seen}) > 1, "the films of the map did not move"

    button(page, "replay-play").click()
    expect(heading).not_to_have_text(re.compile(f"epoch ({LAST}|1)$"))  # under way
    button(page, "replay-pause").click()
    expect(button(page, "replay-play")).to_be_visible()
    ready(page)
    paused = heading.inner_text()
    assert paused != f"Your list after epoch {LAST}"
    page.wait_for_timeout(1000)  # two frames, if it did not stop
    assert heading.inner_text() == paused

    button(page, "replay-play").click()
    expect(button(page, "replay-pause")).to_be_visible()
    slider.press("Home")
    expect(button(page, "replay-play")).to_be_visible()
    expect(heading).to_have_text("Your list after epoch 1")
    page.wait_for_timeout(1000)
    expect(heading).to_have_text("Your list after epoch 1")
