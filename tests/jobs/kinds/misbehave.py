"""Work that goes wrong in every way a worker can."""

from __future__ import annotations

import ctypes
import errno
import json
import mmap
import os
import signal
import time
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recsys_core.jobs.base import Event, Spec, Work
from recsys_core.store import StoreError


@dataclass(frozen=True)
class Misbehave(Spec):
    how: str = "wait"

    kind: ClassVar[str] = "misbehave"

    def run(self, work: Work) -> None:
        (work.folder / "half.bin").write_bytes(b"half a result")
        work.begin(2)
        work.progress(Event(1, 2, work.seconds))
        getattr(self, f"_{self.how}")()

    def _nothing(self) -> None: ...

    def _wait(self) -> None:
        time.sleep(60)

    def _deaf(self) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self._wait()

    def _hold_the_interpreter(self) -> None:
        """As Surprise's compiled loops do: no other thread of the worker runs."""
        ctypes.PyDLL(None).sleep(60)

    def _crash(self) -> None:
        os.abort()

    def _look_around(self) -> None:
        threads = {name: value for name, value in os.environ.items() if name.endswith("_THREADS")}
        seen = {"nice": os.nice(0), "threads": threads, "folder": os.getcwd()}
        print(json.dumps(seen))

    def _junk(self) -> None:
        os.write(self._pipe(), b"Epoch 1: all is well\n")
        self._wait()

    def _endless_line(self) -> None:
        while True:
            os.write(self._pipe(), b"x" * 10_000)

    def _print(self) -> None:
        print("a library says hello")
        os.write(1, b"and so does its C code\n")

    def _leave(self) -> None:
        os._exit(7)

    def _full_disk(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def _full_disk_under_the_store(self) -> None:
        try:
            self._full_disk()
        except OSError as error:
            raise StoreError("The model could not be saved in /a/secret/place.") from error

    def _surprise(self) -> None:
        raise ZeroDivisionError("a secret")

    def _allocate(self) -> None:
        kept = [np.ones(10_000_000) for _ in range(100)]
        assert kept

    def _share(self) -> None:
        """Shared memory, which no limit on allocations counts."""
        with mmap.mmap(-1, 600_000_000) as memory:
            for begin in range(0, len(memory), mmap.PAGESIZE):
                memory[begin] = 1
            self._wait()

    @staticmethod
    def _pipe() -> int:
        """The worker's own way out, behind its back: the highest pipe that can be written to."""
        return max(fd for fd in range(3, 20) if _is_pipe(fd))


def _is_pipe(fd: int) -> bool:
    try:
        return os.readlink(f"/proc/self/fd/{fd}").startswith("pipe:")
    except OSError:
        return False
