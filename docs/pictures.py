"""Take the pictures of the README anew: python -m docs.pictures

The app is started on the sample and driven in a browser, so that anybody gets the same pictures.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

import recsys_core as rc
from benchmarks.served import LAUNCH_ARGS, chromium, ready, served
from recsys_core.personas import personas, resolve
from recsys_core.profile import OwnRatings

FOLDER = Path(__file__).parent / "pictures"
PERSONA = "science_fiction"
USUAL_HEIGHT = 900


@dataclass(frozen=True)
class Picture:
    """One picture: a screen in a window.

    Attributes:
        name: of the file, without ".png".
        path: of the screen.
        scheme: "light" or "dark".
        width: of the window, in pixels.
        height: of the window, in pixels; None for the whole screen, however long it is.
        rated: whether somebody's ratings are in the address.
        press: key of a button to press first, whose work is waited for; empty for none.
    """

    name: str
    path: str
    scheme: str
    width: int = 1280
    height: int | None = None
    rated: bool = False
    press: str = ""


PICTURES = (
    Picture("home_light", "", "light"),
    Picture("for_you_light", "for_you", "light", rated=True),
    Picture("for_you_dark", "for_you", "dark", rated=True),
    Picture("for_you_phone", "for_you", "light", width=390, height=1500, rated=True),
    Picture("watch_dark", "watch", "dark", rated=True, press="watch-train"),
    Picture("compare_light", "compare", "light", rated=True, press="compare-start"),
    Picture("tune_light", "tune", "light", press="tune-example-0"),
    Picture("space_dark", "space", "dark", height=1480, rated=True),
    Picture("hybrid_light", "hybrid", "light", height=1640, rated=True),
    Picture("data_light", "data", "light"),
)


def ratings_of(name: str) -> str:
    """A persona's ratings, as an address carries them."""
    sample = rc.load("sample")
    found = resolve(next(person for person in personas() if person.name == name), sample)
    pairs = tuple(zip(found.items.tolist(), found.values.tolist(), strict=True))
    return OwnRatings(pairs).to_text(sample.catalogue)


def take(browser: Browser, url: str, picture: Picture) -> Path:
    """Open the screen as a new visitor and photograph it once nothing moves any more."""
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height or USUAL_HEIGHT},
        color_scheme="dark" if picture.scheme == "dark" else "light",
        reduced_motion="reduce",
        device_scale_factor=1,
    )
    page = context.new_page()
    query = f"?ratings={ratings_of(PERSONA)}" if picture.rated else ""
    page.goto(f"{url}/{picture.path}{query}")
    _settle(page)
    if picture.press:
        page.locator(f".st-key-{picture.press} button").first.click()
        expect(page.get_by_text("Use these parameters:").or_(page.get_by_text("Done · "))).to_be_visible(
            timeout=120_000
        )
        page.mouse.move(0, 0)
        _settle(page)
    if picture.height is None:
        # The screen scrolls inside the window, so the window is made as high as what it holds.
        height = page.get_by_test_id("stMain").evaluate("main => main.scrollHeight")
        page.set_viewport_size({"width": picture.width, "height": height})
        _settle(page)
    file = FOLDER / f"{picture.name}.png"
    page.screenshot(path=file, animations="disabled", caret="hide")
    context.close()
    return file


def _settle(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    ready(page)
    expect(page.locator("[data-stale=true], [data-testid=stSkeleton]")).to_have_count(0)
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(1000)  # charts grow into their place


def main() -> int:
    FOLDER.mkdir(exist_ok=True)
    with served() as app, sync_playwright() as playwright:
        program = chromium(playwright.chromium)
        if program is None:
            print("No Chromium here: install one, or name it in CHROMIUM.", file=sys.stderr)
            return 1
        browser = playwright.chromium.launch(executable_path=program, args=list(LAUNCH_ARGS))
        for picture in PICTURES:
            file = take(browser, app.url, picture)
            print(f"{file.name}: {file.stat().st_size / 1000:.0f} kB")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
