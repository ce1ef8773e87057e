"""What trainings were estimated to cost beside what they cost (ml-100k, and ml-1m for the quick ones).

Each algorithm is trained in a process of its own, on one thread, with its defaults. An estimate speaks
of a core that has nothing else to do, so it is held against the time the processor worked, the least of
a few fits after one that loads machine code; the time on the clock stands beside it, and is longer where
the machine is busy. Memory is that of the first fit: what the process held at most, as the system counts
it, less what it held before.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from statistics import median
from time import process_time

import recsys_core as rc
from benchmarks.timing import UnavailableError, dataset, folder_above, seconds, show
from recsys_core.cost import Cost, Size, estimate, machine
from recsys_core.jobs.process import ONE_THREAD

QUICK = 3.0
"""Seconds an algorithm may be expected to take on ml-1m to be tried there (all with --large)."""
PATIENCE = 900
FITS, ENOUGH = 4, 3.0
"""So many fits, or until they took so many seconds together."""
TIME_AIM, MEMORY_AIM = 2.0, 1.5
SMALL_SECONDS, SMALL_BYTES = 0.02, 5e6
"""Below these an estimate cannot mislead anybody: shown, and not counted."""


def run(large: bool = False) -> None:
    """Estimate, then measure, every algorithm.

    Args:
        large: the slow ones on ml-1m too: a quarter of an hour.
    """
    speed = machine.measure()
    print(
        f"this machine against the reference: compiled {speed.compiled:.2f}, "
        f"matrix {speed.matrix:.2f}, interpreted {speed.interpreted:.2f}"
    )
    for name in ("ml-100k", "ml-1m"):
        data = dataset(name)
        size = Size.of(data.ratings, data.side)
        costs = {
            each: estimate(each, {}, size, speed)
            for each, cls in rc.algorithms().items()
            if cls.can_serve(data.side)
        }
        print(f"-- {name}: one fit on {len(data.ratings):,} ratings")
        if name == "ml-1m" and not large:
            costs = {each: cost for each, cost in costs.items() if cost.seconds <= QUICK}
        compare(name, costs)


def compare(name: str, costs: dict[str, Cost]) -> None:
    """Measure each algorithm on the data set and print both figures and their ratios."""
    rows, times, memories = [], [], []
    for each, cost in costs.items():
        try:
            took, clock, held = measured(name, each)
        except UnavailableError as error:
            rows.append((each, f"{cost.seconds:.3f} s", str(error), "", "", "", "", ""))
            continue
        by_time = by_memory = "small"
        if max(took, cost.seconds) >= SMALL_SECONDS:
            times.append(cost.seconds / took)
            by_time = marked(times[-1], TIME_AIM)
        if max(held, cost.n_bytes) >= SMALL_BYTES and held > 0:
            memories.append(cost.n_bytes / held)
            by_memory = marked(memories[-1], MEMORY_AIM)
        by_clock = f"{clock:.3f} s"
        rows.append(
            (
                each,
                f"{cost.seconds:.3f} s",
                f"{took:.3f} s",
                by_time,
                by_clock,
                f"{cost.n_bytes / 1e6:.0f} MB",
                f"{held / 1e6:.0f} MB",
                by_memory,
            )
        )
    show(("algorithm", "estimated", "worked", "ratio", "clock", "estimated", "held", "ratio"), rows)
    for what, ratios, aim in (("time", times, TIME_AIM), ("memory", memories, MEMORY_AIM)):
        if ratios:
            within = sum(off(ratio) <= aim for ratio in ratios)
            print(
                f"{what}: {within} of {len(ratios)} within a factor {aim:g}; "
                f"median off by {median(map(off, ratios)):.2f}, worst by {max(map(off, ratios)):.2f}"
            )


def off(ratio: float) -> float:
    """How far off, whichever way."""
    return max(ratio, 1 / ratio)


def marked(ratio: float, aim: float) -> str:
    """The ratio, marked where it misses the aim."""
    return f"{ratio:.2f}" + (" !" if off(ratio) > aim else "")


def measured(name: str, algorithm: str) -> tuple[float, float, float]:
    """Seconds of work, seconds on the clock and bytes of one fit, in a process of its own.

    Raises:
        UnavailableError: it failed, or took longer than `PATIENCE`.
    """
    environment = os.environ | ONE_THREAD | {"RECSYS_DATA_DIR": str(folder_above(name))}
    command = [sys.executable, "-m", __name__, name, algorithm]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=True
        )
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"over {PATIENCE} s") from None
    except subprocess.CalledProcessError as error:
        raise UnavailableError(f"failed: {error.stderr.strip().splitlines()[-1]}") from error
    took, clock, held = json.loads(done.stdout.splitlines()[-1])
    return float(took), float(clock), float(held)


def child(name: str, algorithm: str) -> None:
    """Measure here, and print it as JSON."""
    import ctypes
    import gc

    import numpy as np

    data = rc.load(name)
    n = len(data.ratings)
    few = data.ratings.take(np.arange(0, n, max(1, n // 2000)))
    short = {"n_epochs": 1} if "n_epochs" in rc.algorithms()[algorithm].hyper_parameters() else {}
    rc.algorithm(algorithm, **short).fit(few, data.side)  # libraries and machine code are in memory now
    copies = [data.ratings.take(np.arange(n)) for _ in range(FITS)]  # none remembers a grouping
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forget the peak so far
    before = resident("VmRSS")
    worked, clocks, held = list[float](), list[float](), 0
    for ratings in copies:
        begun = process_time()
        clocks.append(seconds(partial(rc.algorithm(algorithm).fit, ratings, data.side)))
        worked.append(process_time() - begun)
        held = held or resident("VmHWM") - before
        if sum(clocks) > ENOUGH:
            break
    print(json.dumps((min(worked), min(clocks), held)))


def resident(what: str) -> int:
    """Bytes this process holds (VmRSS) or held at most (VmHWM)."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(what):
            return 1024 * int(line.split()[1])
    raise UnavailableError(f"this system does not tell {what}")


if __name__ == "__main__":
    child(*sys.argv[1:])
