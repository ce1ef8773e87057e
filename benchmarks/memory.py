"""Memory of the server after one visitor has opened every screen on ml-latest-small."""

from __future__ import annotations

import psutil

from benchmarks.served import browser_page, ready, served
from benchmarks.timing import folder_above, show

DATASET, TARGET = "ml-latest-small", "< 600 MB"
LINKS = "[data-testid=stSidebarNavLink]"


def run() -> None:
    """Open the screens in the order of the menu and read the process's resident memory after each."""
    settings = {"RECSYS_DATA_DIR": str(folder_above(DATASET)), "RECSYS_DATASET": DATASET}
    with served(**settings) as app, browser_page() as page:
        server = psutil.Process(app.pid)
        rows = [("before the first visit", megabytes(server), "")]
        page.goto(app.url)
        ready(page)
        # An icon's name comes first in a link's text. A fresh load per screen: `ready` cannot be too early.
        screens = [
            (a.inner_text().splitlines()[-1], a.get_attribute("href")) for a in page.locator(LINKS).all()
        ]
        for title, address in screens:
            page.goto(f"{address}")
            ready(page)
            rows.append((title, megabytes(server), ""))
        page.wait_for_timeout(1000)
        rows.append(("at the end", megabytes(server), TARGET))
    show(("after", "resident memory", "target"), rows)


def megabytes(process: psutil.Process) -> str:
    """Resident memory of a process and of its children."""
    family = [process, *process.children(recursive=True)]
    return f"{sum(member.memory_info().rss for member in family) / 2**20:.0f} MB"
