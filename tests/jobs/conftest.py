"""A queue of its own for each test, with workers that can also misbehave."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from recsys_core.jobs import Job, Jobs, Spec, kinds

HERE = Path(__file__).parent
COMMAND = (sys.executable, str(HERE / "worker.py"))


@pytest.fixture(scope="session", autouse=True)
def kinds_of_the_tests() -> Iterator[None]:
    """Files in tests/jobs/kinds are kinds of work while these tests run, here and in the workers."""
    kinds.__path__.append(str(HERE / "kinds"))
    kinds._registry.cache_clear()
    yield
    kinds.__path__.remove(str(HERE / "kinds"))
    kinds._registry.cache_clear()


@pytest.fixture
def misbehave() -> Callable[[str], Spec]:
    """`misbehave("junk")`: work that goes wrong this way."""
    return lambda how: kinds.kind("misbehave").from_json({"how": how})


@pytest.fixture
def open_jobs(tmp_path: Path) -> Iterator[Callable[..., Jobs]]:
    """`open_jobs(max_seconds=1)`: a queue over this test's folder, closed after the test."""
    opened: list[Jobs] = []

    def open_one(**options: Any) -> Jobs:
        opened.append(Jobs(tmp_path / "jobs", **{"command": COMMAND, **options}))
        return opened[-1]

    yield open_one
    for jobs in opened:
        jobs.close()


@pytest.fixture
def jobs(open_jobs: Callable[..., Jobs]) -> Jobs:
    return open_jobs()


def wait(jobs: Jobs, job: Job, until: Callable[[Job], bool] | None = None, seconds: float = 30) -> Job:
    """The job once `until` holds of it, or once it has ended."""
    deadline = time.monotonic() + seconds
    while True:
        now = jobs.get(job.id)
        assert now is not None, "the job was forgotten"
        if (until is not None and until(now)) or not now.active:
            return now
        assert time.monotonic() < deadline, f"still {now.state} after {seconds} s: {now.events[-1:]}"
        time.sleep(0.01)


@pytest.fixture(name="wait")
def wait_fixture() -> Callable[..., Job]:
    return wait
