"""The app as a visitor meets it: its own server process, and a browser; also used by the browser tests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.timing import UnavailableError

if TYPE_CHECKING:
    from playwright.sync_api import BrowserType, Page

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LAUNCH_ARGS = (
    "--no-sandbox",  # containers run as root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--force-color-profile=srgb",
)
CONTEXT_ARGS: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"}
START_SECONDS = 60
READY_MS = 60_000
FRAMES = 4
# For the first second the font and the parts that draw text are still on their way, and what is below them
# moves: a click may then go where a button was.
STANDS = """frames => {
  const app = document.querySelector("[data-testid=stApp]");
  const parts = document.querySelectorAll("[data-testid=stMain] [class*=st-key-]");
  const places = [...parts].map(each => Math.round(each.getBoundingClientRect().y));
  const now = [document.fonts.status, ...places].join();
  window.standsFor = now === window.stoodAt ? window.standsFor + 1 : 0;
  window.stoodAt = now;
  const ran = app.dataset.testScriptState === "notRunning" && document.fonts.status === "loaded";
  return ran && window.standsFor >= frames;
}"""


@dataclass(frozen=True)
class Served:
    """A running app.

    Attributes:
        url: its address, without a slash at the end.
        pid: the server's process.
    """

    url: str
    pid: int


@contextmanager
def served(**environment: str) -> Iterator[Served]:
    """Start the app on a free port of this machine alone; stop it at the end.

    Whatever RECSYS_ and STREAMLIT_ settings this process has are not handed on: pass those
    that are meant. The binary cache is a new folder unless RECSYS_CACHE_DIR is passed.

    Raises:
        RuntimeError: the server ended or did not answer; the message holds what it printed.
    """
    port = _free_port()
    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch) / "server.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "streamlit", "run", "app.py"),
                    *("--server.address", "127.0.0.1", "--server.port", str(port)),
                    *("--server.headless", "true", "--server.fileWatcherType", "none"),
                ],
                cwd=ROOT,
                env=_clean({"RECSYS_CACHE_DIR": str(Path(scratch) / "cache"), **environment}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_healthy(url, process, log)
            yield Served(url, process.pid)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _clean(settings: Mapping[str, str]) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("RECSYS_", "STREAMLIT_"))}
    return {**kept, **settings}


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    what = "did not answer" if process.poll() is None else f"ended with code {process.returncode}"
    raise RuntimeError(f"The server {what}:\n{log.read_text()}")


def chromium(browser_type: BrowserType) -> str | None:
    """The program to use as the browser: CHROMIUM, one on the PATH, Playwright's own, or None."""
    candidates = [os.environ.get("CHROMIUM"), *map(shutil.which, NAMES), browser_type.executable_path]
    return next((path for path in candidates if path and Path(path).is_file()), None)


def ready(page: Page) -> None:
    """Wait until the script on the screen has run to its end and all parts stand where they belong.

    Before its first run Streamlit says "not running" too, so the title must stand there first.
    """
    # By its tag: an open list hides the rest of the page from roles.
    page.get_by_test_id("stMain").locator("h1").first.wait_for(timeout=READY_MS)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=READY_MS)
    page.wait_for_function(STANDS, arg=FRAMES, timeout=READY_MS)


@contextmanager
def browser_page() -> Iterator[Page]:
    """A page in a new browser without a window.

    Raises:
        UnavailableError: there is no Playwright or no Chromium.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as exc:
        raise UnavailableError("Playwright is not installed: pip install -r requirements-dev.txt") from exc
    with sync_playwright() as playwright:
        program = chromium(playwright.chromium)
        if program is None:
            raise UnavailableError("no Chromium here: install one, or name it in CHROMIUM")
        browser = playwright.chromium.launch(executable_path=program, args=list(LAUNCH_ARGS))
        yield browser.new_context(**CONTEXT_ARGS).new_page()
        browser.close()
