"""A slider of one visitor while two trainings of Surprise run, in a real browser and without one."""

from __future__ import annotations

import asyncio
import os
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

import numpy as np

from benchmarks.served import Served, browser_page, ready, served
from benchmarks.session import Session
from benchmarks.timing import folder_above, ms, show
from recsys_core.jobs import Jobs, Train

DATASET, LARGE, MOVES, WARM_UP, TARGET = "ml-latest-small", "ml-1m", 50, 5, "< 150 ms"
SCREEN, SLIDER = "for_you", "Rated by more than"
MEMORY = 6_000_000_000
"""Bytes a job may take here: Surprise's neighbours of so many people need more than the app allows."""
PAUSE = 0.3
"""Seconds between two moves, as of somebody who looks."""
WORK = (
    (Train(LARGE, "surprise_svdpp"),),
    (Train(LARGE, "surprise_knn_basic"), Train(LARGE, "user_knn")),
)
"""Two lines of work, each repeated until all moves are made."""

# The page's own clock: the key, the message it sends, the last message of the answer, and the
# frame after the last change on the screen, by which time that change has been painted.
CLOCK = """
window.moved = {};
const now = () => performance.now();
addEventListener('keydown', () => { window.moved = {key: now()}; }, true);
window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    this.addEventListener('message', () => { window.moved.answered = now(); });
  }
  send(data) { window.moved.sent ??= now(); super.send(data); }
};
addEventListener('DOMContentLoaded', () => new MutationObserver(() => requestAnimationFrame(
  () => requestAnimationFrame(() => { window.moved.painted = now(); })
)).observe(document, {subtree: true, childList: true, characterData: true}));
"""
QUIET = """
() => {
  const {sent, answered, painted} = window.moved, quiet = 250;
  const app = document.querySelector('[data-testid=stApp]');
  return sent && answered > sent && performance.now() - Math.max(answered, painted || 0) > quiet
    && app.dataset.testScriptState === 'notRunning';
}
"""


def run() -> None:
    """Move the slider with nothing else going on, then while both lines of work are busy."""
    settings = {"RECSYS_DATA_DIR": str(folder_above(DATASET)), "RECSYS_DATASET": DATASET}
    folder_above(LARGE)
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with served(**settings) as app:
        warm = asyncio.run(by_socket(app, WARM_UP))
        assert warm
        idle, idle_drawn = asyncio.run(by_socket(app, MOVES)), by_browser(app)
        with working() as said:
            busy, busy_drawn = asyncio.run(by_socket(app, MOVES)), by_browser(app)
            print(f"meanwhile: {'; '.join(said())}")
    rows = [
        row("the server's answer, without a browser", idle, busy),
        *(row(name, idle_drawn[name], busy_drawn[name]) for name in idle_drawn),
    ]
    show(("from one move", "idle p50", "p95", "busy p50", "p95", "slowest", "target"), rows)


def row(name: str, idle: Sequence[float], busy: Sequence[float]) -> tuple[str, ...]:
    quantiles = [ms(float(np.percentile(times, q))) for times in (idle, busy) for q in (50, 95)]
    return (name, *quantiles, ms(max(busy)), TARGET)


async def by_socket(app: Served, n: int) -> list[float]:
    """Seconds from the message of a move to the end of the script's run."""
    async with Session(app.url, {"data": DATASET, "model": "als"}) as visitor:
        await visitor.open(SCREEN)
        options = visitor.options[SLIDER]
        times = []
        for turn in range(n):
            times.append(await visitor.choose(SLIDER, options[1 + turn % 2]))
            await asyncio.sleep(PAUSE)
        return times


def by_browser(app: Served) -> dict[str, list[float]]:
    """Seconds from key to message, from message to the answer's end, and from there to the picture."""
    parts: dict[str, list[float]] = {
        "the browser waits before it asks": [],
        "the answer is there": [],
        "and painted": [],
        "asked to painted": [],
    }
    with browser_page() as page:
        page.add_init_script(CLOCK)
        page.goto(f"{app.url}/{SCREEN}?data={DATASET}&model=als")
        ready(page)
        page.locator(".st-key-filters button").first.click()
        thumb = page.get_by_test_id("stPopoverBody").get_by_role("slider").last
        thumb.wait_for()
        thumb.press("Home")
        page.wait_for_timeout(1500)
        for turn in range(WARM_UP + MOVES):
            thumb.press("ArrowLeft" if turn % 2 else "ArrowRight")
            page.wait_for_function(QUIET, polling=50)
            at: dict[str, Any] = page.evaluate("() => window.moved")
            painted = max(at["answered"], at.get("painted", 0.0))
            if turn >= WARM_UP:
                steps = (
                    at["sent"] - at["key"],
                    at["answered"] - at["sent"],
                    painted - at["answered"],
                    painted - at["sent"],
                )
                for times, step in zip(parts.values(), steps, strict=True):
                    times.append(step / 1e3)
            page.wait_for_timeout(PAUSE * 1e3)
    return parts


@contextmanager
def working() -> Iterator[Any]:
    """Both lines of work, by the app's own workers; gives what is to be said about them.

    A queue beside the server's: no screen offers all of these models, and the workers are the same.
    """
    with tempfile.TemporaryDirectory() as folder:
        jobs = Jobs(Path(folder), max_running=len(WORK), max_bytes=MEMORY)
        ended, failed = threading.Event(), list[str]()

        def keep_busy(line: tuple[Train, ...]) -> None:
            turn = 0
            while not ended.is_set():
                job = jobs.submit(line[turn % len(line)], f"line {WORK.index(line)}")
                while not ended.is_set():
                    sleep(0.1)
                    now = jobs.get(job.id)
                    if now is not None and not now.active:
                        if now.state == "failed" and not ended.is_set():
                            failed.append(now.error)
                            return
                        break
                turn += 1

        def said() -> list[str]:
            both = [job for k in range(len(WORK)) for job in jobs.of(f"line {k}")]
            return [f"{job.spec.algorithm} {job.state}" for job in both if isinstance(job.spec, Train)]

        threads = [threading.Thread(target=keep_busy, args=(line,), daemon=True) for line in WORK]
        begun = perf_counter()
        for thread in threads:
            thread.start()
        while perf_counter() - begun < 60 and not all(
            any(job.events for job in jobs.of(f"line {k}")) for k in range(len(WORK))
        ):
            sleep(0.1)
        sleep(1)
        yield said
        ended.set()
        jobs.close()
        if failed:
            raise RuntimeError(failed[0])
        for thread in threads:
            thread.join(5)
