"""The worker: `python -m recsys_core.jobs`, started by `Jobs` for one job and gone after it.

One JSON line on standard input says what to do; after it come words: pause, resume, step,
cancel. The end of standard input means that whoever wanted the work is gone, and ends it at
once. On standard output there are JSON lines and nothing else: progress, paused, running, and
last either done or error. Whatever any library prints goes to standard error.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import signal
import sys
import threading
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from recsys_core.errors import RecsysError

DONE, FAILED, ABANDONED, CANCELLED = 0, 1, 3, 4
PR_SET_PDEATHSIG = 1
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""No room at all, none left for this user, or not for so large a file."""


def main() -> int:
    """Do the job that standard input describes, and return the exit code."""
    out = _own_output()
    lock = threading.Lock()

    def tell(message: dict[str, Any]) -> None:
        with lock, suppress(BrokenPipeError):  # nobody listens: the end of stdin will tell, too
            out.write(json.dumps(message) + "\n")
            out.flush()

    _die_with_parent()
    with suppress(AttributeError, OSError):
        os.nice(10)
    try:
        _do(sys.stdin, tell)
    except Exception as error:
        traceback.print_exc()
        tell({"type": "error", "text": _sentence(error)})
    else:
        tell({"type": "done"})
        return DONE
    return FAILED


def _do(orders: TextIO, tell: Any) -> None:
    from recsys_core.jobs.base import Work
    from recsys_core.jobs.kinds import kind

    line = orders.readline()
    try:
        order = json.loads(line)
        name, fields, folder, max_bytes = (order[key] for key in ("kind", "spec", "folder", "max_bytes"))
    except (ValueError, KeyError, TypeError):
        raise RecsysError(f"No JSON of kind, spec, folder and max_bytes: {line[:80]!r}.") from None
    work = Work(Path(folder), tell)
    threading.Thread(target=_listen, args=(orders, work), daemon=True).start()
    spec = kind(name).from_json(fields)
    _limit_memory(max_bytes)
    spec.run(work)


def _listen(orders: TextIO, work: Any) -> None:
    """Obey every word; leave when there will be no more. `_exit`, for the main thread may be computing."""
    for line in orders:
        word = line.strip()
        if word == "cancel":
            os._exit(CANCELLED)
        if word in {"pause", "resume", "step"}:
            work.obey(word)
    os._exit(ABANDONED)


def _own_output() -> TextIO:
    """Standard output for messages alone: everyone else's prints, those of C code too, go to stderr."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return out


def _die_with_parent() -> None:
    """On Linux the kernel ends the worker, even while compiled code holds the interpreter lock and
    keeps `_listen` from running. Elsewhere `_listen` alone sees to it."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _limit_memory(max_bytes: int) -> None:
    """Let allocations beyond the limit fail, so that the job can say so itself.

    RLIMIT_DATA counts what is written to; RLIMIT_AS would count the address space that compilers
    and threads reserve, three times as much before the first rating is read.
    """
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (max_bytes, max_bytes))


def _sentence(error: Exception) -> str:
    """What a person is told: the library's own words, but no other error's, which may name anything."""
    for cause in (error, error.__cause__):
        if isinstance(cause, OSError) and cause.errno in FULL:
            return "The disk is full: make room, then start again."
    if isinstance(error, MemoryError):
        return "It needed more memory than a job may have."
    if isinstance(error, RecsysError):
        return str(error)
    return f"Something unexpected stopped it ({type(error).__name__}); worker.log beside its result tells."


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)  # a thread still reads standard input; an orderly end would wait for it
