"""A training that comes to grief: the screen says how, the next one runs, and nothing else is lost."""

from __future__ import annotations

import shlex
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import recsys_core as rc
from recsys_core.jobs import Job, Jobs, Train, process, trained
from recsys_core.jobs.process import Limits
from ui import compute, page

HERE = "pages/30_watch.py"
SAMPLE = rc.load("sample")
SMALL = Train("sample", "svd", {"n_epochs": 2, "n_factors": 4}, SAMPLE.fingerprint)
LONG = Train("sample", "two_tower", {"n_epochs": 500}, SAMPLE.fingerprint)
LARGE = Train("sample", "svd", {"n_epochs": 2, "n_factors": 300}, SAMPLE.fingerprint)
Open = Callable[..., Jobs]

linux = pytest.mark.skipif(sys.platform != "linux", reason="asks /proc, or for the shell's limits")


@pytest.fixture
def open_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """`open_jobs(max_seconds=5)`: the queue the screens see; no worker is left after it."""
    opened: list[Jobs] = []

    def open_one(**options: object) -> Jobs:
        own = Jobs(tmp_path / "jobs", **options)  # type: ignore[arg-type]
        monkeypatch.setattr(compute, "jobs", lambda: own)
        opened.append(own)
        return own

    yield open_one
    for jobs in opened:
        jobs.close()


def shown(job: Job) -> str:
    """The words on the screen for whoever has the job's address."""
    app = AppTest.from_file(str(page.ROOT / "app.py"), default_timeout=120)
    app.query_params["data"], app.query_params["job"] = "sample", job.id
    app.run().switch_page(HERE).run()
    assert not app.exception
    bars = [bar.proto.text for bar in app.get("progress")]
    words = [*bars, *(str(element.value) for element in (*app.error, *app.warning))]
    return " ".join(words).replace("\\", "")  # without what keeps Markdown from reading them


def wait(jobs: Jobs, job: Job, until: Callable[[Job], object] = lambda _: False) -> Job:
    deadline = time.monotonic() + 60
    while True:
        now = jobs.get(job.id)
        assert now is not None
        if not now.active or until(now):
            return now
        assert time.monotonic() < deadline, f"still {now.state}"
        time.sleep(0.02)


def assert_the_screen_tells(
    jobs: Jobs, spec: Train, sentence: str, strike: bool = False, limits: Limits | None = None
) -> None:
    """An earlier result stays, this one fails in words, and the one in line behind it runs."""
    earlier = wait(jobs, jobs.submit(SMALL, "ann"))
    assert earlier.state == "done", earlier.error
    usual = jobs._limits
    jobs._limits = limits or usual
    failing = jobs.submit(spec, "ann")
    jobs._limits = usual
    following = jobs.submit(SMALL, "bob")
    if strike:
        wait(jobs, failing, lambda now: now.events and now.events[-1].epoch >= 2)
        worker = jobs._workers[failing.id]._process
        assert worker is not None
        worker.kill()
    assert wait(jobs, failing).state == "failed"
    words = shown(failing)
    assert "Failed" in words
    assert sentence in words
    assert str(jobs.folder) not in words
    after = wait(jobs, following)
    assert after.state == "done", after.error
    assert "Done · epoch 2 of 2" in shown(earlier)
    assert trained(earlier.folder).epochs_run == 2


def test_a_training_killed_from_outside(open_jobs: Open) -> None:
    assert_the_screen_tells(open_jobs(), LONG, "The worker was ended from outside", strike=True)


def test_a_training_over_its_time(open_jobs: Open) -> None:
    limits = Limits(seconds=2, bytes=2_000_000_000)
    assert_the_screen_tells(open_jobs(), LONG, "It took longer than the 2 seconds", limits=limits)


@linux
def test_a_training_over_its_memory(open_jobs: Open) -> None:
    limits = Limits(seconds=60, bytes=60_000_000)
    assert_the_screen_tells(open_jobs(), LONG, "It needed more memory than the 60 MB", limits=limits)


@linux
@pytest.mark.skipif(shutil.which("bash") is None, reason="its `ulimit` is the full disk")
def test_a_training_on_a_full_disk(open_jobs: Open) -> None:
    limited = ("bash", "-c", f"ulimit -f 400; exec {shlex.join(process.COMMAND)}")
    assert_the_screen_tells(open_jobs(command=limited), LARGE, "The disk is full")


def test_a_training_whose_data_has_vanished(open_jobs: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RECSYS_DATA_DIR", "RECSYS_CACHE_DIR"):
        monkeypatch.setenv(name, "/nowhere")
    gone = Train("ml-latest-small", "svd")
    assert_the_screen_tells(open_jobs(), gone, "ml-latest-small is not on this machine")


def test_a_screen_of_a_second_server_on_the_same_folder(open_jobs: Open) -> None:
    first = open_jobs()
    running = first.submit(LONG, "ann")
    open_jobs()  # what the screens of the second server see
    app = AppTest.from_file(str(page.ROOT / "app.py"), default_timeout=120)
    app.query_params["data"] = "sample"
    app.run().switch_page(HERE).run()
    app.button(key="watch-train").click().run()
    assert not app.exception
    assert "Another server on this machine" in " ".join(str(warning.value) for warning in app.warning)
    now = first.get(running.id)
    assert now is not None
    assert now.state == "running"


def test_who_has_a_training_under_way_is_led_back_to_it(open_jobs: Open) -> None:
    jobs = open_jobs()
    app = AppTest.from_file(str(page.ROOT / "app.py"), default_timeout=120)
    app.query_params["data"] = "sample"
    app.run().switch_page(HERE).run()
    app.session_state["jobs:owner"] = "ann"
    first = jobs.submit(LONG, "ann")  # under way, but its address was lost
    app.button(key="watch-train").click().run()
    assert "under way" in " ".join(str(warning.value) for warning in app.warning)
    assert app.query_params["job"] in (first.id, [first.id])
    assert len(jobs.of("ann")) == 1


def test_a_job_is_not_taken_for_abandoned_while_its_visitor_reads_another_screen(open_jobs: Open) -> None:
    jobs = open_jobs()
    job = jobs.submit(LONG, "ann")
    app = AppTest.from_file(str(page.ROOT / "app.py"), default_timeout=120)
    app.query_params["data"], app.query_params["job"] = "sample", job.id
    app.run()
    before = jobs._looked[job.id]
    app.switch_page("pages/20_data.py").run()
    assert jobs._looked[job.id] > before
