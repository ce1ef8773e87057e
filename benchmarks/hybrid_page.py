"""From a dial of the hybrid screen to the new list: alone, and while thirty sessions move dials at once.

The list is timed in a real browser, by its own clock, from the key to the frame in which the tiles first name
other films. The other sessions speak Streamlit's messages over their own connections; each is somebody of
their own ratings, looks for a few seconds, and moves a dial. How much of the processor the server took for a
move is told as well: unlike the times, it does not depend on what else the machine has to do.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

import numpy as np
import psutil

import recsys_core as rc
from benchmarks.polling import processor
from benchmarks.served import browser_page, ready, served
from benchmarks.session import Session
from benchmarks.timing import UnavailableError, dataset, folder_above, ms, show
from recsys_core.profile import OwnRatings

DATASET, SCREEN, TARGET = "ml-latest-small", "hybrid", "< 300 ms"
OTHERS, THINK = 29, (3.0, 1.0)
"""Sessions beside the browser, and the seconds each looks at a list before the next move."""
DIAL, KEY = "Popular", "hybrid-w-popularity"
MOVES, WARM_UP, PAUSE_MS = 40, 6, 700
SETTLE = 8.0
"""Seconds for the panel of the price to be made before anything is timed."""

# The page's own clock: the key, and the first message it sends after that.
CLOCK = """
window.moving = {};
addEventListener('keydown', () => { window.moving.key ??= performance.now(); }, true);
window.WebSocket = class extends WebSocket {
  send(data) { if (window.moving.key) window.moving.asked ??= performance.now(); super.send(data); }
};
window.tiles = (list) => [...document.querySelectorAll(`${list} img`)].map(i => i.alt).join("\\n");
"""
BEFORE = "(list) => { window.moving = {before: window.tiles(list)}; }"
# The frame in which the list first shows other films, and one more, by which time it has been painted.
ARRIVED = """
async ([list, patience]) => {
  const frame = () => new Promise(requestAnimationFrame);
  const moving = window.moving, begin = performance.now();
  while (performance.now() - begin < patience) {
    await frame();
    const now = window.tiles(list);
    if (now && now !== moving.before) {
      await frame();
      return [moving.key, moving.asked, performance.now()];
    }
  }
  return null;
}
"""
LIST, PATIENCE_MS = ".st-key-hybrid-list", 10_000


def run() -> None:
    """Time the browser alone, then among the others at each pace."""
    settings = {"RECSYS_DATA_DIR": str(folder_above(DATASET)), "RECSYS_DATASET": DATASET}
    ratings = somebodies()
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with served(**settings) as app, browser_page() as page:
        server = psutil.Process(app.pid)
        page.add_init_script(CLOCK)
        page.goto(f"{app.url}/{SCREEN}?{urlencode(asked(ratings[0]))}")
        ready(page)
        page.wait_for_timeout(1e3 * SETTLE)
        ready(page)
        used = processor(server)
        mine = timed(page)
        rows = [row("alone", mine, [], ((processor(server) - used) / (WARM_UP + MOVES), 0.0))]
        for pace in THINK:
            with moving(app.url, ratings[1:], pace) as others:
                used, begun, before = processor(server), perf_counter(), len(others)
                mine = timed(page)
                used, lasted = processor(server) - used, perf_counter() - begun
                answered = len(others) - before + WARM_UP + MOVES
            server_took = used / answered, used / lasted
            rows.append(row(f"with {OTHERS} others, a move every {pace:g} s", mine, others, server_took))
    show(
        (
            "dial to new list", "moves", "key to list p50", "p95", "target", "asked to list p95",
            "others' moves", "answered p50", "p95", "processor a move", "server",
        ),
        rows,
    )  # fmt: skip
    print(f"load of the machine after: {os.getloadavg()[0]:.1f}")


def row(
    name: str, mine: list[tuple[float, float]], others: list[float], server: tuple[float, float]
) -> tuple[str, ...]:
    """One line of the table; `server` is its processor seconds a move, and its share of a core."""
    asked_to_list, key_to_list = (np.array(each) for each in zip(*mine, strict=True))
    p50, p95 = (ms(float(q)) for q in np.percentile(key_to_list, [50, 95]))
    asked95 = ms(float(np.percentile(asked_to_list, 95)))
    told = (
        [str(len(others)), *(ms(float(q)) for q in np.percentile(others, [50, 95]))] if others else [""] * 3
    )
    share = f"{server[1]:.0%} of a core" if server[1] else ""
    return (name, str(len(mine)), p50, p95, TARGET, asked95, *told, ms(server[0]), share)


def timed(page: Any) -> list[tuple[float, float]]:
    """Seconds from the question, and from the key, to the new list, for each move of the browser's dial."""
    times = []
    thumb = page.locator(f".st-key-{KEY}").get_by_role("slider")
    for turn in range(WARM_UP + MOVES):
        thumb.focus()
        page.evaluate(BEFORE, LIST)
        page.keyboard.press("Home" if turn % 2 else "End")
        found = page.evaluate(ARRIVED, [LIST, PATIENCE_MS])
        if found is None:
            raise UnavailableError(f"the list did not change when {DIAL!r} was moved from end to end")
        key, asked_at, there = found
        if turn >= WARM_UP:
            times.append(((there - asked_at) / 1e3, (there - key) / 1e3))
        ready(page)
        page.wait_for_timeout(PAUSE_MS)
    return times


# ---------------------------------------------------------------- the others


def somebodies() -> list[str]:
    """Ratings of real people of the data, as the address holds them: one person a session."""
    data = dataset(DATASET)
    people = np.flatnonzero((data.ratings.by_user.counts >= 20) & (data.ratings.by_user.counts <= 40))
    found = []
    for user in people[: OTHERS + 1].tolist():
        items, values = data.ratings.by_user.row(user)
        own = OwnRatings(tuple(zip(items[:20].tolist(), values[:20].tolist(), strict=True)))
        found.append(own.to_text(data.catalogue))
    assert len(found) == OTHERS + 1, rc.__name__
    return found


def asked(ratings: str) -> dict[str, str]:
    """The address of somebody's screen."""
    return {"data": DATASET, "model": "als", "ratings": ratings}


@contextmanager
def moving(url: str, ratings: list[str], pace: float) -> Iterator[list[float]]:
    """So many sessions move a dial, each at its own moments, until the block ends; gives their seconds."""
    times: list[float] = []
    ready_to_go, ended, failed = threading.Event(), threading.Event(), list[BaseException]()

    def work() -> None:
        try:
            asyncio.run(_all(url, ratings, pace, times, ready_to_go, ended))
        except BaseException as exc:
            failed.append(exc)
        finally:
            ready_to_go.set()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    ready_to_go.wait(120)
    if failed:
        raise failed[0]
    yield times
    ended.set()
    thread.join(30)
    if failed:
        raise failed[0]


async def _all(
    url: str,
    ratings: list[str],
    pace: float,
    times: list[float],
    ready_to_go: threading.Event,
    ended: threading.Event,
) -> None:
    async with AsyncExitStack() as stack:
        visitors = []
        for own in ratings:
            visitor = await stack.enter_async_context(Session(url, asked(own)))
            await visitor.open(SCREEN)
            visitors.append(visitor)
        ready_to_go.set()
        await asyncio.gather(*(_one(v, k, pace, times, ended) for k, v in enumerate(visitors)))


async def _one(visitor: Session, seed: int, pace: float, times: list[float], ended: threading.Event) -> None:
    rng = np.random.default_rng(seed)
    await asyncio.sleep(pace * float(rng.random()))
    while not ended.is_set():
        value = round(float(rng.integers(0, 21)) / 20, 2)
        times.append(await visitor.move(DIAL, value))
        await asyncio.sleep(pace * float(0.5 + rng.random()))
