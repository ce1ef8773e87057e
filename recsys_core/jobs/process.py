"""One worker process, from the outside: started, talked to, limited, ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeAlias

from recsys_core.errors import JobError
from recsys_core.jobs.base import Event, Spec

Message: TypeAlias = Event | str
"""Progress, or one of the words paused, running, done."""

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-P", "-m", "recsys_core.jobs")
ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMBA_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
    ),
    "1",
)
LONGEST_LINE = 100_000
LOOK_EVERY = 0.1
GRACE = 0.3
"""Seconds between asking a worker to end and ending it."""


@dataclass(frozen=True)
class Limits:
    """What one job may take.

    Attributes:
        seconds: by the clock on the wall, pauses included.
        bytes: of memory.
    """

    seconds: float
    bytes: int


class Worker:
    """A child process that does one job.

    Time is kept everywhere. Memory is kept twice: the worker's own allocations fail beyond the limit
    (Linux; elsewhere the system may not enforce it), and its resident memory is looked at every
    tenth of a second where /proc tells it (Linux).
    """

    def __init__(self, spec: Spec, folder: Path, limits: Limits, command: Sequence[str] = COMMAND) -> None:
        self._spec, self._folder, self._limits, self._command = spec, folder, limits, command
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._words: list[str] = []
        self._ended = threading.Event()
        self._stopped = False
        self._verdict = ""

    def messages(self) -> Iterator[Message]:
        """Start the process and give what it tells, to its end; whatever happens, it is gone afterwards.

        Call it in a thread that lives as long: on Linux the worker dies with the thread that started it.

        Raises:
            JobError: the job failed; the message says how, for a person.
        """
        process, said, heard = self._start()
        threading.Thread(target=self._guard, args=(process,), daemon=True).start()
        done = False
        try:
            for line in iter(lambda: heard.readline(LONGEST_LINE), b""):
                message = _understood(line)
                done = done or message == "done"
                yield message
        except JobError as error:
            raise JobError(self._verdict or str(error)) from None
        finally:
            self._see_off(process)
            for pipe in (said, heard):
                with suppress(OSError):
                    pipe.close()
        if not done:
            raise JobError(self._verdict or _last_words(process.returncode))

    def _see_off(self, process: subprocess.Popen[bytes]) -> None:
        """A process that has said its last goes by itself; one that does not is ended."""
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        process.kill()
        process.wait()
        self._ended.set()

    def send(self, word: str) -> None:
        """Say pause, resume or step; kept until there is a process to say it to."""
        with self._lock:
            if self._process is None:
                self._words.append(word)
            elif self._process.stdin is not None:
                _write(self._process.stdin, word)

    def stop(self) -> None:
        """End it: politely, and after `GRACE` by force. Returns at once."""
        with self._lock:
            self._stopped = True
            process = self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        force = threading.Timer(GRACE, process.kill)
        force.daemon = True
        force.start()

    def _start(self) -> tuple[subprocess.Popen[bytes], IO[bytes], IO[bytes]]:
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        environment = os.environ | ONE_THREAD | {"PYTHONPATH": path, "PYTHONUTF8": "1"}
        order = {
            "kind": self._spec.kind,
            "spec": self._spec.to_json(),
            "folder": str((self._folder / "result").resolve()),
            "max_bytes": self._limits.bytes,
        }
        with self._lock:
            if self._stopped:
                raise JobError("It was stopped before it began.")
            try:
                (self._folder / "result").mkdir(exist_ok=True)
                with (self._folder / "worker.log").open("wb") as log:
                    process = subprocess.Popen(  # noqa: S603 - our own command
                        self._command,
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                        stderr=log,
                        env=environment,
                    )
            except OSError as error:
                raise JobError(f"The worker could not be started: {error.strerror}.") from error
            assert process.stdin is not None  # noqa: S101 - both are pipes
            assert process.stdout is not None  # noqa: S101
            self._process = process
            for line in (json.dumps(order), *self._words):
                _write(process.stdin, line)
        return process, process.stdin, process.stdout

    def _guard(self, process: subprocess.Popen[bytes]) -> None:
        begun = time.monotonic()
        while not self._ended.wait(LOOK_EVERY):
            if time.monotonic() - begun > self._limits.seconds:
                self._verdict = f"It took longer than the {self._limits.seconds:g} seconds a job may take."
            elif resident(process.pid) > self._limits.bytes:
                self._verdict = (
                    f"It needed more memory than the {_amount(self._limits.bytes)} a job may have."
                )
            if self._verdict:
                process.kill()
                return


def _write(pipe: IO[bytes], line: str) -> None:
    with suppress(OSError, ValueError):  # it is gone, which its reader will notice
        pipe.write(line.encode() + b"\n")
        pipe.flush()


def resident(pid: int) -> int:
    """Bytes of memory a process has in use, or 0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def _amount(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.0f} MB"


def _understood(line: bytes) -> Message:
    """Raises JobError for what is no message, and for the worker's own error."""
    try:
        message: dict[str, Any] = json.loads(line)
        what = message.pop("type")
        if what == "progress":
            return Event(**message)
        if what == "error":
            raise JobError(str(message["text"]))
        if what in {"paused", "running", "done"}:
            return str(what)
    except (ValueError, TypeError, KeyError, AttributeError):
        pass
    text = line[:60].decode(errors="replace").strip()
    raise JobError(f"The worker said what nobody understands, and was stopped: {text!r}.")


def _last_words(code: int) -> str:
    if code >= 0:
        return f"The worker ended without a word (exit code {code})."
    name = next((known.name for known in signal.Signals if known == -code), f"signal {-code}")
    if name in {"SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"}:
        return (
            f"The worker was ended from outside ({name}): by a person, or by the system for want of memory."
        )
    return f"The worker crashed ({name}); worker.log beside its result may tell more."
