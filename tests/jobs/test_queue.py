"""Who waits, who works, and what is left afterwards."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from recsys_core.errors import JobRefusedError
from recsys_core.jobs import Event, Job, Jobs, Spec, Train, manager, trained

LECTURE = Train("lectures-movies", "svd", {"n_factors": 2, "n_epochs": 2})
Misbehave = Callable[[str], Spec]
Wait = Callable[..., Job]
Open = Callable[..., Jobs]


def finish(jobs: Jobs, wait: Wait, spec: Spec = LECTURE, owner: str = "me") -> Job:
    return wait(jobs, jobs.submit(spec, owner))


def test_jobs_go_one_after_another_in_the_order_they_came(
    jobs: Jobs, wait: Wait, misbehave: Misbehave
) -> None:
    first = jobs.submit(misbehave("wait"), "ann")
    second, third = jobs.submit(LECTURE, "bob"), jobs.submit(LECTURE, "cid")
    assert (first.state, first.place) == ("running", 0)
    assert [(job.state, job.place) for job in (second, third)] == [("queued", 1), ("queued", 2)]
    jobs.cancel(first.id)
    second, third = wait(jobs, second), wait(jobs, third)
    assert second.state == third.state == "done"
    assert second.started is not None
    assert second.ended is not None
    assert third.started is not None
    assert first.submitted <= second.started <= second.ended <= third.started


def test_as_many_work_at_once_as_are_allowed(open_jobs: Open, misbehave: Misbehave) -> None:
    jobs = open_jobs(max_running=2)
    states = [jobs.submit(misbehave("wait"), owner).state for owner in ("ann", "bob", "cid")]
    assert states == ["running", "running", "queued"]


def test_an_owner_has_one_unfinished_job_at_a_time(jobs: Jobs, wait: Wait, misbehave: Misbehave) -> None:
    job = jobs.submit(misbehave("wait"), "ann")
    with pytest.raises(JobRefusedError, match="You have a job under way"):
        jobs.submit(LECTURE, "ann")
    assert jobs.of("ann") == (jobs.get(job.id),)
    jobs.cancel(job.id)
    assert finish(jobs, wait, owner="ann").state == "done"
    assert [mine.state for mine in jobs.of("ann")] == ["cancelled", "done"]


def test_asking_many_times_at_once_is_asking_once(jobs: Jobs, misbehave: Misbehave) -> None:
    def ask(_: int) -> str:
        try:
            return jobs.submit(misbehave("wait"), "ann").state
        except JobRefusedError:
            return "refused"

    with ThreadPoolExecutor(8) as crowd:
        answers = sorted(crowd.map(ask, range(8)))
    assert answers == ["refused"] * 7 + ["running"]


def test_a_job_is_described_in_plain_values(jobs: Jobs, wait: Wait, tmp_path: Path) -> None:
    from_a_table = {"n_factors": np.int64(2), "n_epochs": np.float64(2), "learning_rate": np.float32(0.01)}
    job = wait(jobs, jobs.submit(Train("lectures-movies", "svd", from_a_table), "ann"))
    assert job.state == "done", job.error
    with pytest.raises(JobRefusedError, match="plain values"):
        jobs.submit(Train("lectures-movies", "svd", {"n_factors": object()}), "ann")  # type: ignore[dict-item]
    assert len(jobs.of("ann")) == 1
    assert len(list((tmp_path / "jobs").glob("*/"))) == 1


def test_the_time_left_is_that_of_the_passes_to_come() -> None:
    job = Job("id", LECTURE, "ann", Path("nowhere"))
    assert job.seconds_left is None
    assert dataclasses.replace(job, events=(Event(0, 8, 0.0),)).seconds_left is None
    assert dataclasses.replace(job, events=(Event(2, 8, 3.0),)).seconds_left == 9.0


def test_a_queued_job_is_cancelled_and_those_behind_move_up(jobs: Jobs, misbehave: Misbehave) -> None:
    _, second, third = (jobs.submit(misbehave("wait"), owner) for owner in ("ann", "bob", "cid"))
    assert jobs.cancel(second.id)
    after, behind = jobs.get(second.id), jobs.get(third.id)
    assert after is not None
    assert behind is not None
    assert (after.state, after.place, after.started) == ("cancelled", 0, None)
    assert behind.place == 1
    assert not jobs.cancel(second.id), "there is nothing left to cancel"


@pytest.mark.parametrize("how", ["wait", "deaf", "hold_the_interpreter"])
def test_a_running_job_is_cancelled_and_its_worker_is_gone(
    how: str, jobs: Jobs, wait: Wait, misbehave: Misbehave
) -> None:
    job = jobs.submit(misbehave(how), "ann")
    wait(jobs, job, lambda now: now.events and now.events[-1].epoch == 1)
    process = jobs._workers[job.id]._process
    assert process is not None
    assert process.poll() is None
    time.sleep(0.05)  # long enough for the deaf one to stop listening
    assert jobs.cancel(job.id)
    cancelled = jobs.get(job.id)
    assert cancelled is not None
    assert cancelled.state == "cancelled"
    process.wait(10)
    assert finish(jobs, wait).state == "done", "the queue goes on"
    assert not job.folder.exists(), "half a result is no result"


def test_a_queued_job_can_be_told_to_begin_paused(jobs: Jobs, wait: Wait, misbehave: Misbehave) -> None:
    first, second = jobs.submit(misbehave("wait"), "ann"), jobs.submit(LECTURE, "bob")
    assert jobs.step(second.id)
    jobs.cancel(first.id)
    held = wait(jobs, second, lambda now: now.state == "paused")
    assert [event.epoch for event in held.events] == [0, 1]
    jobs.resume(second.id)
    assert wait(jobs, second).state == "done"


def test_nobody_guesses_a_job(jobs: Jobs, wait: Wait) -> None:
    ids = {finish(jobs, wait, owner=owner).id for owner in ("ann", "bob")}
    assert len(ids) == 2
    assert min(map(len, ids)) >= 20
    assert jobs.get("../" + ids.pop()) is None
    for command in (jobs.cancel, jobs.pause, jobs.resume, jobs.step):
        assert not command("unknown")


def test_a_snapshot_stays_as_it_was(jobs: Jobs, wait: Wait) -> None:
    before = jobs.submit(LECTURE, "ann")
    after = wait(jobs, before)
    assert (before.state, before.events) == ("running", ())
    assert len(after.events) == 3
    with pytest.raises(dataclasses.FrozenInstanceError):
        after.state = "failed"  # type: ignore[misc]


def test_how_many_work_at_once_can_be_said_from_outside(
    open_jobs: Open, misbehave: Misbehave, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(manager.AT_ONCE, "2")
    jobs = open_jobs()
    states = [jobs.submit(misbehave("wait"), owner).state for owner in ("ann", "bob", "cid")]
    assert states == ["running", "running", "queued"]
    for wrong in ("0", "-1", "two", "1.5", ""):
        monkeypatch.setenv(manager.AT_ONCE, wrong)
        with pytest.raises(ValueError, match=manager.AT_ONCE):
            open_jobs()


# ---------------------------------------------------------------- nobody keeps the others waiting


@pytest.fixture
def quick_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manager, "ROUND_SECONDS", 0.02)


@pytest.mark.usefixtures("quick_rounds")
def test_jobs_nobody_looks_at_make_room(open_jobs: Open, wait: Wait, misbehave: Misbehave) -> None:
    jobs = open_jobs(unwatched_seconds=0.5)
    running, queued = jobs.submit(misbehave("wait"), "ann"), jobs.submit(misbehave("wait"), "bob")
    watched = wait(jobs, jobs.submit(LECTURE, "cid"))  # which looks again and again
    assert watched.state == "done"
    for lost in (running, queued):
        job = jobs.get(lost.id)
        assert job is not None
        assert (job.state, job.error) == ("cancelled", "Nobody looked at it for 0.5 seconds.")
    assert jobs.get(watched.id) == watched, "what is done stays, whoever looks"


@pytest.mark.usefixtures("quick_rounds")
def test_a_job_that_is_looked_at_stays(open_jobs: Open, misbehave: Misbehave) -> None:
    jobs = open_jobs(unwatched_seconds=0.4)
    job = jobs.submit(misbehave("wait"), "ann")
    until = time.monotonic() + 1
    while time.monotonic() < until:
        now = jobs.get(job.id)
        assert now is not None
        assert now.active
        time.sleep(0.02)


@pytest.mark.usefixtures("quick_rounds")
def test_a_held_job_goes_on_by_itself_once_others_have_waited(open_jobs: Open, wait: Wait) -> None:
    jobs = open_jobs(hold_seconds=0.3)
    held = jobs.submit(Train("sample", "svd", {"n_factors": 2, "n_epochs": 3}), "ann")
    jobs.pause(held.id)
    wait(jobs, held, lambda now: now.state == "paused")
    time.sleep(0.6)
    still = jobs.get(held.id)
    assert still is not None
    assert still.state == "paused", "nobody waits"
    other = jobs.submit(LECTURE, "bob")
    assert wait(jobs, other).state == "done"
    after = jobs.get(held.id)
    assert after is not None
    assert after.state == "done"
    assert len(after.events) == 4, "it lost nothing"


# ---------------------------------------------------------------- one folder, one server


def test_a_second_server_on_the_folder_says_so_and_harms_nothing(
    open_jobs: Open, wait: Wait, misbehave: Misbehave
) -> None:
    first = open_jobs()
    done = finish(first, wait)
    running = first.submit(misbehave("wait"), "ann")
    second = open_jobs(keep_seconds=0)
    with pytest.raises(JobRefusedError, match="Another server"):
        second.submit(LECTURE, "bob")
    second.close()
    after = first.get(running.id)
    assert after is not None
    assert after.state == "running"
    assert records_of(first.folder)[running.id] == "queued", "its record is as it was"
    assert done.folder.exists()


def test_a_second_server_takes_over_when_the_first_is_gone(
    open_jobs: Open, wait: Wait, misbehave: Misbehave
) -> None:
    first = open_jobs()
    done, running = finish(first, wait), first.submit(misbehave("wait"), "ann")
    second = open_jobs()
    assert second.get(done.id) is None
    first.close()
    assert finish(second, wait, owner="ann").state == "done"
    assert second.get(done.id) == done
    lost = second.get(running.id)
    assert lost is not None
    assert "server was restarted" in lost.error


def test_the_folder_of_a_killed_server_is_free(open_jobs: Open, wait: Wait, tmp_path: Path) -> None:
    server = f"""
import sys, time
from pathlib import Path
from recsys_core.jobs import Jobs
jobs = Jobs(Path({str(tmp_path / "jobs")!r}))
print("mine", flush=True)
time.sleep(60)
"""
    here = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", server], stdout=subprocess.PIPE, cwd=here, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "mine\n"
        jobs = open_jobs()
        with pytest.raises(JobRefusedError, match="Another server"):
            jobs.submit(LECTURE, "me")
        process.kill()
        process.wait()
    assert finish(jobs, wait).state == "done"


def records_of(folder: Path) -> dict[str, str]:
    """The state on record of every job."""
    found = [json.loads(file.read_bytes()) for file in folder.glob("*/job.json")]
    return {one["id"]: one["state"] for one in found}


# ---------------------------------------------------------------- what stays


def test_a_restarted_server_finds_finished_jobs_again(
    open_jobs: Open, wait: Wait, misbehave: Misbehave
) -> None:
    jobs = open_jobs()
    done, failed = finish(jobs, wait), finish(jobs, wait, misbehave("leave"))
    running, queued = jobs.submit(misbehave("wait"), "ann"), jobs.submit(LECTURE, "bob")
    jobs.close()
    again = open_jobs()
    assert again.get(done.id) == done
    assert again.get(failed.id) == failed
    assert trained(done.folder).epochs_run == 2
    for lost in (running, queued):
        job = again.get(lost.id)
        assert job is not None
        assert job.state == "failed"
        assert "server was restarted" in job.error
        assert job.spec == lost.spec
    assert finish(again, wait, owner="ann").state == "done"


def test_a_record_that_cannot_be_read_is_passed_over(open_jobs: Open, wait: Wait, tmp_path: Path) -> None:
    first = open_jobs()
    done = finish(first, wait)
    first.close()
    good = tmp_path / "jobs" / done.id / "job.json"
    others = [b"{", b"[]", json.dumps({**json.loads(good.read_bytes()), "kind": "magic"}).encode()]
    others.append(good.read_bytes())  # a true record in another's folder
    for nth, text in enumerate(others):
        (tmp_path / "jobs" / str(nth)).mkdir()
        (tmp_path / "jobs" / str(nth) / "job.json").write_bytes(text)
    again = open_jobs()
    assert again.of("me") == (done,)


def test_a_closed_queue_takes_no_jobs(jobs: Jobs) -> None:
    jobs.close()
    with pytest.raises(JobRefusedError, match="closing"):
        jobs.submit(LECTURE, "ann")


def test_old_results_go(open_jobs: Open, wait: Wait) -> None:
    first = open_jobs()
    old = finish(first, wait)
    first.close()
    second = open_jobs(keep_seconds=3600)
    assert second.get(old.id) is not None
    second.close()
    assert open_jobs(keep_seconds=0).get(old.id) is None
    assert not old.folder.parent.exists()


def test_results_beyond_the_room_go_the_oldest_first(open_jobs: Open, wait: Wait) -> None:
    jobs = open_jobs()
    three = [finish(jobs, wait) for _ in range(3)]
    jobs.close()
    one = sum(file.stat().st_size for file in three[2].folder.parent.rglob("*"))
    again = open_jobs(keep_bytes=int(2.5 * one))
    assert [job.id for job in again.of("me")] == [job.id for job in three[1:]]
    assert not three[0].folder.parent.exists()
    again.close()
    assert [job.id for job in open_jobs(keep_bytes=0).of("me")] == [three[2].id], "the latest one stays"


def test_unfinished_jobs_are_never_cleaned_away(open_jobs: Open, misbehave: Misbehave) -> None:
    jobs = open_jobs(keep_seconds=0, keep_bytes=0)
    running, queued = jobs.submit(misbehave("wait"), "ann"), jobs.submit(LECTURE, "bob")
    jobs.submit(LECTURE, "cid")  # each submission cleans
    assert jobs.get(running.id) is not None
    assert jobs.get(queued.id) is not None
