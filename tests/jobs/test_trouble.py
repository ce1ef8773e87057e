"""Whatever happens to a worker, its job says so in a sentence and the next job runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest

from recsys_core.errors import JobRefusedError
from recsys_core.jobs import Job, Jobs, Spec, Train, records, trained

ROOT = Path(__file__).resolve().parents[2]
WORKER = (sys.executable, str(Path(__file__).parent / "worker.py"))
LECTURE = Train("lectures-movies", "svd", {"n_factors": 2, "n_epochs": 2})
Misbehave = Callable[[str], Spec]
Wait = Callable[..., Job]
Open = Callable[..., Jobs]

linux = pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")


def assert_failed_and_the_next_runs(jobs: Jobs, wait: Wait, job: Job, sentence: str) -> None:
    after = wait(jobs, job)
    assert after.state == "failed"
    assert sentence in after.error
    assert not after.folder.exists(), "half a result is no result"
    assert wait(jobs, jobs.submit(LECTURE, "next")).state == "done"


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("leave", "ended without a word (exit code 7)"),
        ("crash", "The worker crashed (SIGABRT)"),
        ("full_disk", "The disk is full"),
        ("full_disk_under_the_store", "The disk is full"),
        ("surprise", "Something unexpected stopped it (ZeroDivisionError)"),
        pytest.param("junk", "'Epoch 1: all is well'", marks=linux),
        pytest.param("endless_line", "said what nobody understands", marks=linux),
    ],
)
def test_a_worker_that_fails(how: str, sentence: str, jobs: Jobs, wait: Wait, misbehave: Misbehave) -> None:
    job = jobs.submit(misbehave(how), "me")
    assert_failed_and_the_next_runs(jobs, wait, job, sentence)
    after = jobs.get(job.id)
    assert after is not None
    assert [event.epoch for event in after.events] == [0, 1], "what it told before is not lost"
    assert "secret" not in after.error


def test_a_worker_killed_from_outside(jobs: Jobs, wait: Wait, misbehave: Misbehave) -> None:
    job = wait(jobs, jobs.submit(misbehave("wait"), "me"), lambda now: now.events)
    process = jobs._workers[job.id]._process
    assert process is not None
    process.kill()
    assert_failed_and_the_next_runs(jobs, wait, job, "ended from outside (SIGKILL)")


def test_a_kind_of_work_nobody_knows(jobs: Jobs, wait: Wait, misbehave: Misbehave) -> None:
    class Unknown(Spec):
        kind: ClassVar[str] = "unknown"

        def run(self, work: object) -> None: ...

    job = jobs.submit(Unknown(), "me")
    assert_failed_and_the_next_runs(jobs, wait, job, "There is no kind of job 'unknown'; there are: ")


def test_a_spec_with_a_field_too_many_or_too_few(tmp_path: Path) -> None:
    for fields, sentence in (
        ({"dataset": "sample", "algorithm": "svd", "speed": 9}, "no field 'speed'"),
        ({"dataset": "sample"}, "needs the field 'algorithm'"),
    ):
        told, code = answer(order("train", fields, tmp_path))
        assert sentence in told[-1]["text"]
        assert code == 1


def test_an_order_that_is_no_order() -> None:
    for line in ("train sample", "{}", "[1]"):
        told, code = answer(line)
        assert told[-1]["type"] == "error"
        assert "No JSON of kind, spec" in told[-1]["text"]
        assert code == 1


def test_what_libraries_print_is_no_message(jobs: Jobs, wait: Wait, misbehave: Misbehave) -> None:
    job = wait(jobs, jobs.submit(misbehave("print"), "me"))
    assert job.state == "done", job.error
    log = (job.folder.parent / "worker.log").read_text()
    assert "a library says hello" in log
    assert "and so does its C code" in log


@pytest.mark.skipif(sys.platform == "win32", reason="there is no niceness")
def test_a_worker_steps_back_for_everyone_else(jobs: Jobs, wait: Wait, misbehave: Misbehave) -> None:
    job = wait(jobs, jobs.submit(misbehave("look_around"), "me"))
    seen = json.loads((job.folder.parent / "worker.log").read_text())
    assert seen["nice"] == min(19, os.nice(0) + 10)
    for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
        assert seen["threads"][f"{library}_NUM_THREADS"] == "1"


def test_the_worker_that_is_started_when_nothing_else_is_said(
    tmp_path: Path, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('not the json of Python')")
    monkeypatch.chdir(tmp_path)
    jobs = Jobs(tmp_path / "jobs")
    job = wait(jobs, jobs.submit(LECTURE, "me"))
    jobs.close()
    assert job.state == "done", job.error


def test_a_job_over_its_time_is_stopped(open_jobs: Open, wait: Wait, misbehave: Misbehave) -> None:
    jobs = open_jobs(max_seconds=1.5)
    job = jobs.submit(misbehave("wait"), "me")
    assert "longer than the 1.5 seconds" in wait(jobs, job).error


@linux
def test_a_job_that_asks_for_too_much_memory_says_so(
    open_jobs: Open, wait: Wait, misbehave: Misbehave
) -> None:
    jobs = open_jobs(max_bytes=500_000_000)
    job = jobs.submit(misbehave("allocate"), "me")
    assert_failed_and_the_next_runs(jobs, wait, job, "needed more memory than a job may have")


@linux
def test_a_job_that_takes_too_much_memory_is_stopped(
    open_jobs: Open, wait: Wait, misbehave: Misbehave
) -> None:
    jobs = open_jobs(max_bytes=400_000_000)
    job = jobs.submit(misbehave("share"), "me")
    assert_failed_and_the_next_runs(jobs, wait, job, "needed more memory than the 400 MB a job may have")


def test_a_job_whose_data_has_vanished(
    tmp_path: Path, jobs: Jobs, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("RECSYS_DATA_DIR", "RECSYS_CACHE_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "nothing here"))
    job = jobs.submit(Train("ml-100k", "svd"), "me")
    assert_failed_and_the_next_runs(jobs, wait, job, "ml-100k is not on this machine")
    after = jobs.get(job.id)
    assert after is not None
    assert str(tmp_path) not in after.error


def test_a_job_whose_data_has_changed(jobs: Jobs, wait: Wait) -> None:
    job = jobs.submit(Train("lectures-movies", "svd", fingerprint="of other ratings"), "me")
    assert_failed_and_the_next_runs(jobs, wait, job, "has changed since this was asked for")


@linux
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can make a small disk")
def test_a_disk_that_is_truly_full(open_jobs: Open, wait: Wait, tmp_path: Path) -> None:
    disk = tmp_path / "jobs"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "none", disk], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("not allowed to mount a small disk")
    try:
        jobs = open_jobs()
        earlier = wait(jobs, jobs.submit(LECTURE, "me"))
        assert earlier.state == "done", earlier.error
        large = Train("sample", "svd", {"n_factors": 200, "n_epochs": 1})
        assert_failed_and_the_next_runs(jobs, wait, jobs.submit(large, "me"), "The disk is full")
        assert jobs.get(earlier.id) == earlier
        assert trained(earlier.folder).epochs_run == 2
        jobs.close()
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def test_a_worker_that_cannot_be_started(open_jobs: Open, wait: Wait) -> None:
    jobs = open_jobs(command=("no-such-program",))
    job = wait(jobs, jobs.submit(LECTURE, "me"))
    assert job.state == "failed"
    assert "could not be started" in job.error


def test_a_full_disk_under_the_queue_itself(
    jobs: Jobs, wait: Wait, misbehave: Misbehave, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = jobs.submit(misbehave("leave"), "ann")

    def full(_: Job) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(records, "write", full)
        with pytest.raises(JobRefusedError, match="No space left"):
            jobs.submit(LECTURE, "bob")
        assert wait(jobs, running).state == "failed", "its end is known though it cannot be written"
    assert jobs.of("bob") == ()
    assert wait(jobs, jobs.submit(LECTURE, "bob")).state == "done"


# ---------------------------------------------------------------- no orphans


def order(kind: str, spec: dict[str, Any], folder: Path) -> str:
    return json.dumps({"kind": kind, "spec": spec, "folder": str(folder), "max_bytes": 2_000_000_000})


def started() -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(
        WORKER, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, env=environment()
    )


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def answer(line: str) -> tuple[list[dict[str, Any]], int]:
    """What a worker tells of an order while standard input stays open, and its exit code."""
    worker = started()
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write(line + "\n")
    worker.stdin.flush()
    told = [json.loads(text) for text in worker.stdout]
    code = worker.wait(10)
    worker.stdin.close()
    worker.stdout.close()
    return told, code


@pytest.mark.parametrize(("last", "code"), [("", 3), ("cancel\n", 4)])
def test_a_worker_leaves_when_its_input_ends_or_says_so(last: str, code: int, tmp_path: Path) -> None:
    worker = started()
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write(order("misbehave", {"how": "wait"}, tmp_path) + "\n")
    worker.stdin.flush()
    assert worker.stdout.readline(), "it works"
    worker.stdin.write(last)
    worker.stdin.flush() if last else worker.stdin.close()
    assert worker.wait(10) == code
    worker.stdin.close()
    worker.stdout.close()


@linux
@pytest.mark.parametrize("how", ["wait", "deaf", "hold_the_interpreter"])
def test_a_worker_dies_with_its_server(how: str, tmp_path: Path) -> None:
    server = textwrap.dedent(
        f"""
        import sys, time
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        import worker
        from pathlib import Path
        from recsys_core.jobs import Jobs, kinds
        jobs = Jobs(Path({str(tmp_path)!r}), command={WORKER!r})
        job = jobs.submit(kinds.kind("misbehave").from_json({{"how": {how!r}}}), "me")
        while len(jobs.get(job.id).events) < 2:
            time.sleep(0.01)
        print(jobs._workers[job.id]._process.pid, flush=True)
        time.sleep(60)
        """
    )
    with subprocess.Popen(
        [sys.executable, "-c", server], stdout=subprocess.PIPE, text=True, env=environment()
    ) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        assert works(worker)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        deadline = time.monotonic() + 10
        while works(worker):
            assert time.monotonic() < deadline, "an orphan"
            time.sleep(0.01)


def works(pid: int) -> bool:
    """Whether the process is there and not a zombie nobody fetched."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
