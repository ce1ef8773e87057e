"""How long a piece of work takes, and how much memory at its highest.

The kernel of Linux keeps the highest resident set of a process (VmHWM in /proc/self/status) and lets
the process put the mark back (5 into /proc/self/clear_refs; man 5 proc). So nothing has to be
sampled, and work that holds the interpreter lock for seconds is measured like any other. What other
threads of the process take meanwhile is in it, too. Memory that earlier work gave back to the C library
is handed on to the system first (man 3 malloc_trim), lest using it again look like taking none.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import perf_counter

STATUS, MARK = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def watched(work: Callable[[], object]) -> tuple[float, float]:
    """Do the work; returns its seconds on the clock on the wall, and the MB it took at its highest.

    MB of 2²⁰ bytes by which the resident set rose above where it began; `nan` where the system does not
    tell. Whatever the work raises goes on.
    """
    before = _marked()
    begun = perf_counter()
    work()
    seconds = perf_counter() - begun
    rise = (_kilobytes("VmHWM") - before) / 1024
    return seconds, 0.0 if rise < 0 else rise  # nan stays nan


def _marked() -> float:
    """Put the mark back, and return what the process takes now; `nan` if that cannot be."""
    with suppress(OSError, AttributeError):  # other C libraries have no such call
        ctypes.CDLL(None).malloc_trim(0)
    try:
        MARK.write_text("5", encoding="ascii")
    except OSError:
        return float("nan")
    return _kilobytes("VmRSS")


def _kilobytes(name: str) -> float:
    try:
        lines = STATUS.read_text(encoding="ascii").splitlines()
        return float(next(line.split()[1] for line in lines if line.startswith(f"{name}:")))
    except (OSError, StopIteration):
        return float("nan")
