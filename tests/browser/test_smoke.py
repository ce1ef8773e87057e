"""The app starts and shows its first screen."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from benchmarks.served import ready


def test_home_opens(page: Page, app_url: str) -> None:
    page.goto(app_url)
    ready(page)
    expect(page).to_have_title("Recommender lab")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
