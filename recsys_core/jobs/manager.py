"""Who works on what, who waits, and what became of it."""

from __future__ import annotations

import atexit
import dataclasses
import os
import secrets
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from recsys_core.errors import JobError, JobRefusedError
from recsys_core.jobs import records
from recsys_core.jobs.base import Event, Job, Spec
from recsys_core.jobs.process import COMMAND, Limits, Message, Worker

RESTARTED = "The server was restarted while this job was under way or in line: start it again."
ELSEWHERE = (
    "Another server on this machine keeps its jobs in the same folder: stop that one, "
    "or start this one with a folder of its own (RECSYS_CACHE_DIR)."
)
AT_ONCE = "RECSYS_JOBS_AT_ONCE"
"""The environment variable that says how many jobs may run at once."""
ROUND_SECONDS = 1.0
"""How often held and unwatched jobs are looked for; limits on both are kept to within so much."""


class Jobs:
    """A queue of jobs, first in, first out, and the folder their results are kept in.

    Safe to use from many threads. All methods return at once; what they return is a snapshot.
    A folder belongs to one `Jobs` at a time, in this process or another. A second one shows none
    of its jobs and refuses new ones until the first is closed; then it takes the folder over.

    Args:
        folder: made if it is not there. Finished jobs of an earlier server are found again, and
            its unfinished ones are taken for lost.
        max_running: how many workers there may be at once; None for what the environment variable
            RECSYS_JOBS_AT_ONCE says, or 1. A paused job keeps its place among them.
        per_owner: how many unfinished jobs one owner may have; with 1 nobody overtakes by asking often.
        max_seconds: by the clock on the wall that one job may take, pauses included.
        max_bytes: of memory that one job may take; see `Worker` for what is enforced where.
        hold_seconds: a job that has been paused for so long goes on by itself while others wait in
            line; where nobody waits it may stay paused.
        unwatched_seconds: a job that nobody asked `get` about for so long is cancelled, so that it
            does not keep others waiting; `math.inf` for work that is started and left alone.
        keep_seconds: how long a finished job is kept.
        keep_bytes: how much finished jobs may take on disk; the oldest go first, the latest one stays.
        command: what starts a worker.

    Raises:
        OSError: the folder cannot be made.
        ValueError: the environment variable holds no whole number above 0.
    """

    def __init__(
        self,
        folder: Path,
        *,
        max_running: int | None = None,
        per_owner: int = 1,
        max_seconds: float = 600,
        max_bytes: int = 2_000_000_000,
        hold_seconds: float = 300,
        unwatched_seconds: float = 600,
        keep_seconds: float = 86_400,
        keep_bytes: int = 500_000_000,
        command: Sequence[str] = COMMAND,
    ) -> None:
        self.folder = folder.resolve()
        self.hold_seconds, self.unwatched_seconds = hold_seconds, unwatched_seconds
        self._max_running = at_once() if max_running is None else max_running
        self._per_owner = per_owner
        self._keep_seconds, self._keep_bytes = keep_seconds, keep_bytes
        self._limits, self._command = Limits(max_seconds, max_bytes), command
        self._lock = threading.RLock()
        self._jobs: dict[str, Job] = {}
        self._line: deque[str] = deque()
        self._workers: dict[str, Worker] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._words: dict[str, list[str]] = {}
        self._looked: dict[str, float] = {}
        self._held: dict[str, float] = {}
        self._closed = threading.Event()
        self._claim: records.Claim | None = None
        self._rounds: threading.Thread | None = None
        self.folder.mkdir(parents=True, exist_ok=True)
        self._take_over()
        atexit.register(self.close)

    def _take_over(self) -> None:
        """Claim the folder if nobody else has it, and learn what an earlier server left there."""
        self._claim = self._claim or records.claim(self.folder)
        if self._claim is None or self._rounds is not None:
            return
        for job in records.read_all(self.folder):
            self._jobs[job.id] = job
            if job.active:
                self._end(job.id, state="failed", error=RESTARTED)
        self._tidy()
        self._rounds = threading.Thread(target=self._go_round, name="rounds of the jobs", daemon=True)
        self._rounds.start()

    # -- asking

    def submit(self, spec: Spec, owner: str) -> Job:
        """Put a job in line; it starts at once if there is room.

        Raises:
            JobRefusedError: the owner has as many unfinished jobs as one may have, the server is
                closing, the folder belongs to another server, the spec holds more than plain
                values, or the disk does not take its record.
        """
        with self._lock:
            if self._closed.is_set():
                raise JobRefusedError("The server is closing and takes no more jobs.")
            self._take_over()
            if self._claim is None:
                raise JobRefusedError(ELSEWHERE)
            if sum(job.active for job in self.of(owner)) >= self._per_owner:
                few = "a job" if self._per_owner == 1 else f"{self._per_owner} jobs"
                raise JobRefusedError(f"You have {few} under way: wait for its end or cancel it first.")
            self._tidy()
            id = secrets.token_urlsafe(16)
            job = Job(id, spec, owner, self.folder / id / "result", submitted=time.time())
            try:
                records.write(job)
            except OSError as error:
                records.forget(job)
                raise JobRefusedError(
                    f"The job cannot be written to disk ({error.strerror}): make room first."
                ) from error
            except (TypeError, ValueError) as error:
                records.forget(job)
                raise JobRefusedError(
                    f"A job is described in plain values; this one is not: {error}."
                ) from error
            self._jobs[id] = job
            self._looked[id] = time.monotonic()
            self._line.append(id)
            self._start_next()
            return self._snapshot(id)

    def get(self, id: str) -> Job | None:
        """The job as it stands, or None if there is none of this id (any more). Asking is watching."""
        with self._lock:
            if self._is_active(id):
                self._looked[id] = time.monotonic()
            return self._snapshot(id) if id in self._jobs else None

    def of(self, owner: str) -> tuple[Job, ...]:
        """The owner's jobs, the oldest first."""
        with self._lock:
            mine = [self._snapshot(id) for id, job in self._jobs.items() if job.owner == owner]
        return tuple(sorted(mine, key=lambda job: job.submitted))

    # -- interfering; each returns whether the job was there to be interfered with

    def cancel(self, id: str) -> bool:
        """Take the job out of the line, or end its worker within `GRACE` (0.3 s)."""
        with self._lock:
            return self._is_active(id) and self._cancel(id)

    def _cancel(self, id: str, error: str = "") -> bool:
        self._end(id, state="cancelled", error=error)
        if id in self._line:
            self._line.remove(id)
        if id in self._workers:
            self._workers[id].stop()
        return True

    def pause(self, id: str) -> bool:
        """Hold at the end of the epoch under way; work that has no epochs goes on to its end."""
        return self._say(id, "pause")

    def resume(self, id: str) -> bool:
        """Go on after a pause."""
        return self._say(id, "resume")

    def step(self, id: str) -> bool:
        """Do one more epoch, then hold."""
        return self._say(id, "step")

    def _say(self, id: str, word: str) -> bool:
        with self._lock:
            if not self._is_active(id):
                return False
            if id in self._workers:
                self._workers[id].send(word)
            else:
                self._words.setdefault(id, []).append(word)  # it will begin with it
            return True

    def close(self) -> None:
        """End all workers and take no more jobs; what is unfinished has failed."""
        with self._lock:
            self._closed.set()
            self._line.clear()
            for id in [id for id in self._jobs if self._is_active(id)]:
                self._end(id, state="failed", error=RESTARTED)
            for worker in self._workers.values():
                worker.stop()
            threads = list(self._threads.values())
        for thread in threads:
            thread.join(5)
        if self._claim is not None:
            self._claim.release()  # last, for until now our workers wrote there
        atexit.unregister(self.close)

    # -- one job's life; the lock is held where a job is changed

    def _start_next(self) -> None:
        while self._line and len(self._workers) < self._max_running:
            id = self._line.popleft()
            worker = Worker(self._jobs[id].spec, self.folder / id, self._limits, self._command)
            for word in self._words.pop(id, ()):
                worker.send(word)
            self._workers[id] = worker
            self._change(id, state="running", started=time.time())
            thread = threading.Thread(target=self._follow, args=(id, worker), name=f"job {id}", daemon=True)
            self._threads[id] = thread
            thread.start()

    def _follow(self, id: str, worker: Worker) -> None:
        """In the job's own thread: from the start of its process until that is gone."""
        error = ""
        try:
            for message in worker.messages():
                self._heard(id, message)
        except JobError as said:
            error = str(said)
        except Exception as unexpected:  # whatever it is, the queue goes on
            error = f"The job's worker was lost ({type(unexpected).__name__})."
            worker.stop()
        with self._lock:
            if self._is_active(id):  # or it was cancelled meanwhile
                self._end(id, state="failed" if error else "done", error=error)
            elif self._jobs[id].state != "done":
                records.sweep(self._jobs[id])  # what it wrote while it was being ended
            del self._workers[id], self._threads[id]
            with suppress(OSError):
                self._tidy()
            if not self._closed.is_set():
                self._start_next()

    def _heard(self, id: str, message: Message) -> None:
        with self._lock:
            if not self._is_active(id):
                return
            if isinstance(message, Event):
                self._change(id, events=(*self._jobs[id].events, message))
            elif message in {"paused", "running"}:
                self._change(id, state=message)
                self._held.pop(id, None)
                if message == "paused":
                    self._held[id] = time.monotonic()

    def _go_round(self) -> None:
        """In a thread of its own: nobody's job keeps the others waiting for ever."""
        while not self._closed.wait(ROUND_SECONDS):
            now = time.monotonic()
            with self._lock:
                for id in [id for id, since in self._looked.items() if now - since > self.unwatched_seconds]:
                    self._cancel(id, f"Nobody looked at it for {_minutes(self.unwatched_seconds)}.")
                for id in [id for id, since in self._held.items() if now - since > self.hold_seconds]:
                    if self._line:
                        self.resume(id)

    def _end(self, id: str, **how: Any) -> None:
        self._change(id, ended=time.time(), **how)
        for kept in (self._words, self._looked, self._held):
            kept.pop(id, None)
        job = self._jobs[id]
        if job.state != "done":
            records.sweep(job)  # first, for it may be the disk that is full
        with suppress(OSError):  # then a later server will not know of it; this one does
            records.write(job)

    def _change(self, id: str, **values: Any) -> None:
        self._jobs[id] = dataclasses.replace(self._jobs[id], **values)

    def _snapshot(self, id: str) -> Job:
        job = self._jobs[id]
        return dataclasses.replace(job, place=self._line.index(id) + 1) if id in self._line else job

    def _is_active(self, id: str) -> bool:
        return id in self._jobs and self._jobs[id].active

    def _tidy(self) -> None:
        """Forget finished jobs that are too old or too large together, the oldest first."""
        ended = [job for job in self._jobs.values() if not job.active and job.id not in self._workers]
        ended.sort(key=lambda job: job.ended or 0.0, reverse=True)
        now, total = time.time(), 0
        for nth, job in enumerate(ended):
            total += records.size(job)
            old = now - (job.ended or 0.0) > self._keep_seconds
            if old or (nth and total > self._keep_bytes):
                records.forget(job)
                del self._jobs[job.id]


def at_once() -> int:
    """How many jobs may run at once on this machine, as the environment says; 1 if it does not.

    Raises:
        ValueError: it holds no whole number above 0.
    """
    given = os.environ.get(AT_ONCE, "1")
    if not given.isdecimal() or not int(given):
        raise ValueError(f"{AT_ONCE} is {given!r}: give a whole number above 0, such as 1.")
    return int(given)


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:g} minutes" if seconds >= 120 else f"{seconds:g} seconds"
