"""Memory of the server after one visitor has opened every screen on ml-latest-small."""

from __future__ import annotations

import os

import psutil

from benchmarks.served import browser_page, ready, served
from benchmarks.timing import dataset, show

DATASET, TARGET = "ml-latest-small", "< 600 MB"
LINKS = "[data-testid=stSidebarNavLink]"


def run() -> None:
    """Open the screens in the order of the menu and read the process's resident memory after each."""
    dataset(DATASET)
    settings = {name: os.environ[name] for name in ("RECSYS_DATA_DIR",) if name in os.environ}
    with served(RECSYS_DATASET=DATASET, **settings) as app, browser_page() as page:
        server = psutil.Process(app.pid)
        rows = [("before the first visit", megabytes(server), "")]
        page.goto(app.url)
        ready(page)
        links = page.locator(LINKS)
        for link in links.all():
            title = link.inner_text().splitlines()[-1]  # the first line is the name of its icon
            link.click()
            page.wait_for_timeout(300)
            ready(page)
            rows.append((title, megabytes(server), ""))
        page.wait_for_timeout(1000)
        rows.append(("at the end", megabytes(server), TARGET))
    show(("after", "resident memory", "target"), rows)


def megabytes(process: psutil.Process) -> str:
    """Resident memory of a process and of its children."""
    family = [process, *process.children(recursive=True)]
    return f"{sum(member.memory_info().rss for member in family) / 2**20:.0f} MB"
