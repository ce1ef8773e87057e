"""The app in a real browser: the system's Chromium, and a server of our own for the session."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, expect

from benchmarks.served import CONTEXT_ARGS, LAUNCH_ARGS, chromium, served

expect.set_options(timeout=15_000)  # the machine may have other work; how fast the app is, benchmarks say


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], browser_type: BrowserType
) -> dict[str, Any]:
    program = chromium(browser_type)
    if program is None:
        pytest.skip("no Chromium here: install one, or name it in CHROMIUM")
    return {**browser_type_launch_args, "executable_path": program, "args": list(LAUNCH_ARGS)}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, **CONTEXT_ARGS}


@pytest.fixture(scope="module")
def window(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[BrowserContext]:
    """One window for all visits of a file: the program of the app is fetched and compiled once."""
    context = browser.new_context(**browser_context_args)
    yield context
    context.close()


@pytest.fixture
def page(window: BrowserContext) -> Iterator[Page]:
    """A tab, which is what a visitor is to the app."""
    tab = window.new_page()
    yield tab
    tab.close()


@pytest.fixture(scope="session")
def app_url() -> Iterator[str]:
    """The app as on a new machine: nothing there but what ships."""
    with served() as app:
        yield app.url


@pytest.fixture(scope="session")
def real_app_url() -> Iterator[str]:
    """The app with the folder of published data sets; skips where there is none."""
    folder = os.environ.get("RECSYS_DATA_DIR")
    if not folder:
        pytest.skip("needs RECSYS_DATA_DIR")
    with served(RECSYS_DATA_DIR=folder) as app:
        yield app.url
