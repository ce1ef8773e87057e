"""Jobs on disk: a folder each, with job.json, worker.log and result/. They outlive the server."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from recsys_core.errors import JobError
from recsys_core.jobs.base import Event, Job
from recsys_core.jobs.kinds import kind

FILE = "job.json"
LOCK = "lock"


@dataclass(frozen=True)
class Claim:
    """A folder of jobs held for one server. The system lets go of it when the process is gone, however."""

    file: IO[bytes]

    def release(self) -> None:
        """Let others have the folder."""
        self.file.close()


def claim(folder: Path) -> Claim | None:
    """Hold the folder for this server, or None if another holds it.

    Where the file system or the system knows no locks, everyone gets it.

    Raises:
        OSError: the lock's file cannot be made.
    """
    file = (folder / LOCK).open("ab")
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    except (ImportError, OSError):
        pass
    return Claim(file)


def write(job: Job) -> None:
    """Put the job on record; readers see the old record or the new one, never half of one.

    Raises:
        OSError: the disk does not take it.
    """
    values = {f.name: getattr(job, f.name) for f in dataclasses.fields(job)}
    del values["folder"], values["place"]
    values |= {"kind": job.kind, "spec": job.spec.to_json()}
    values["events"] = [dataclasses.asdict(event) for event in job.events]
    home = job.folder.parent
    home.mkdir(mode=0o700, exist_ok=True)
    half = home / f"{FILE}.part"
    half.write_text(json.dumps(values), encoding="utf-8")
    os.replace(half, home / FILE)


def read_all(folder: Path) -> Iterator[Job]:
    """The jobs on record; what is no readable record is passed over and left as it is."""
    for file in sorted(folder.glob(f"*/{FILE}")):
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, JobError):
            values = json.loads(file.read_text(encoding="utf-8"))
            values["spec"] = kind(values.pop("kind")).from_json(values["spec"])
            values["events"] = tuple(Event(**event) for event in values["events"])
            job = Job(folder=file.parent / "result", **values)
            if job.id == file.parent.name:
                yield job


def forget(job: Job) -> None:
    """Delete everything the job left."""
    shutil.rmtree(job.folder.parent, ignore_errors=True)


def sweep(job: Job) -> None:
    """Delete the half-made result of a job that did not come to its end; record and log stay."""
    shutil.rmtree(job.folder, ignore_errors=True)


def size(job: Job) -> int:
    """Bytes of everything the job left."""
    total = 0
    for file in job.folder.parent.rglob("*"):
        with suppress(OSError):
            total += file.lstat().st_size
    return total
