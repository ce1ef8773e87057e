"""Thirty visitors look at one training as their screens do: what that costs the server."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import psutil

import recsys_core as rc
from benchmarks.served import served
from benchmarks.session import Session
from benchmarks.timing import UnavailableError, folder_above, ms, show

DATASET, MODEL, SCREEN, TARGET = "ml-latest-small", "two_tower", "watch", "< 300 ms"
VISITORS, SECONDS = (1, 30), 8.0


@dataclass(frozen=True)
class Looks:
    """What so many visitors saw.

    Attributes:
        visitors: how many.
        seconds: of each look.
        due: how many looks their timers were due in that time.
        server: share of one core the server used.
        bytes: of an answer.
    """

    visitors: int
    seconds: list[float]
    due: int
    server: float
    bytes: float


def run() -> None:
    """One visitor trains, without a browser; alone, and then with the others, looks again and again."""
    settings = {"RECSYS_DATA_DIR": str(folder_above(DATASET)), "RECSYS_DATASET": DATASET}
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with served(**settings) as app:
        measured = asyncio.run(watch(app.url, psutil.Process(app.pid)))
    show(
        ("visitors", "looks", "due", "p50", "p95", "slowest", "server", "an answer", "target"),
        [
            (
                each.visitors,
                len(each.seconds),
                each.due,
                *(ms(float(np.percentile(each.seconds, q))) for q in (50, 95, 100)),
                f"{each.server:.0%} of a core",
                f"{each.bytes / 1e3:.1f} kB",
                TARGET,
            )
            for each in measured
        ],
    )


async def watch(url: str, server: psutil.Process) -> list[Looks]:
    """Look at a training with few visitors, and at another with many.

    Raises:
        UnavailableError: the screen does not offer the training, or it ended too early.
    """
    return [await _watched_by(n, url, server) for n in VISITORS]


async def _watched_by(n: int, url: str, server: psutil.Process) -> Looks:
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(Session(url, {"data": DATASET}))
        await first.open(SCREEN)
        await first.choose("Model", rc.algorithms()[MODEL].title)
        await first.press("Train")
        if "job" not in first.query:
            raise UnavailableError("pressing Train started nothing")
        visitors = [first]
        while len(visitors) < n:
            visitors.append(await stack.enter_async_context(Session(url, dict(first.query))))
        await _all_see_it_train(visitors)
        looks = await _looks(visitors, server)
        await _all_see_it_train(visitors)
        await first.press("Cancel")
    return looks


async def _all_see_it_train(visitors: Sequence[Session]) -> None:
    for visitor in visitors:
        await visitor.open(SCREEN)
        if not visitor.polls:
            raise UnavailableError("the training ended before the looks at it")


async def _looks(visitors: Sequence[Session], server: psutil.Process) -> Looks:
    received, used, begun = sum(v.received for v in visitors), processor(server), perf_counter()
    n = len(visitors)
    times = await asyncio.gather(*(_look(visitor, k / n, begun) for k, visitor in enumerate(visitors)))
    lasted = perf_counter() - begun
    seconds = [time for own in times for time in own]
    return Looks(
        n,
        seconds,
        sum(round(SECONDS / interval) for visitor in visitors for interval in visitor.polls.values()),
        (processor(server) - used) / lasted,
        (sum(v.received for v in visitors) - received) / max(1, len(seconds)),
    )


async def _look(visitor: Session, phase: float, begun: float) -> list[float]:
    """Look when the timer says so, which starts at its own moment; a timer waits for nobody's answer,
    but one visitor's looks come one after another."""
    times = []
    (fragment, interval), *_ = visitor.polls.items()
    due = begun + phase * interval
    while due < begun + SECONDS:
        await asyncio.sleep(max(0.0, due - perf_counter()))
        times.append(await visitor.poll(fragment))
        due = max(due + interval, perf_counter())
    return times


def processor(process: psutil.Process) -> float:
    """Seconds of processor time the process has used; its workers are not counted."""
    spent = process.cpu_times()
    return float(spent.user + spent.system)
