"""Searches as jobs: told cell by cell, held between cells, and taken up again after a restart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import recsys_core as rc
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError, RecsysError
from recsys_core.evaluation.search import SearchReport
from recsys_core.jobs import Event, Job, Jobs, Search, search_report
from recsys_core.jobs.base import Work

SPACE = {"n_factors": [2, 4], "learning_rate": [0.005, 0.02], "n_epochs": [2]}


@pytest.fixture(autouse=True)
def own_searches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test has a database of searches of its own, here and in the workers."""
    monkeypatch.setenv("RECSYS_DATABASE_URL", f"sqlite:///{tmp_path / 'searches.sqlite'}")


@pytest.fixture(scope="module")
def sample() -> Dataset:
    return rc.load("sample")


def numbers(report: SearchReport) -> pd.DataFrame:
    return report.table.drop(columns="fit seconds")


def test_a_job_finds_what_the_function_finds(jobs: Jobs, wait: Callable[..., Job], sample: Dataset) -> None:
    spec = Search("sample", "svd", SPACE, folds=2, seed=3, test_share=0.2, fingerprint=sample.fingerprint)
    job = wait(jobs, jobs.submit(spec, "me"))
    assert job.state == "done", job.error
    report = search_report(job.folder)
    alone = rc.grid_search("svd", SPACE, sample, folds=2, seed=3, test_share=0.2)
    pd.testing.assert_frame_equal(numbers(report), numbers(alone), check_exact=True)
    assert report.identity == alone.identity
    assert report.test is not None
    assert alone.test is not None
    assert report.test.score == alone.test.score
    assert [(event.epoch, event.n_epochs) for event in job.events] == [(k, 4) for k in range(5)]
    assert [event.part for event in job.events[1:]] == [cell.words for cell in report.cells]
    assert [event.validation_rmse for event in job.events[1:]] == [cell.mean for cell in report.cells]
    assert [event.train_rmse for event in job.events[1:]] == [cell.training_mean for cell in report.cells]


def test_ranges_travel_as_plain_values(jobs: Jobs, wait: Callable[..., Job]) -> None:
    space = {"n_factors": {"low": 2, "high": 9}, "learning_rate": {"low": 0.001, "high": 0.1, "log": True}}
    job = wait(jobs, jobs.submit(Search("sample", "svd", space, "random", 3, folds=2), "me"))
    assert job.state == "done", job.error
    report = search_report(job.folder)
    assert report.table["n_factors"].between(2, 9).all()
    assert report.table["learning_rate"].between(0.001, 0.1).all()


def test_a_held_search_shows_what_it_has_and_goes_on(jobs: Jobs, wait: Callable[..., Job]) -> None:
    job = jobs.submit(Search("sample", "svd", SPACE, folds=2), "me")
    assert jobs.pause(job.id)
    wait(jobs, job, lambda now: now.state == "paused")
    assert jobs.step(job.id)
    held = wait(jobs, job, lambda now: now.state == "paused" and now.events[-1].epoch == 1)
    partial = search_report(held.folder)
    assert len(partial.cells) == 1
    assert partial.best is not None
    assert not partial.finished
    assert jobs.resume(job.id)
    done = wait(jobs, job)
    assert done.state == "done"
    assert search_report(done.folder).finished


@pytest.mark.parametrize("how", ["cancel", "restart"])
def test_the_same_search_goes_on_where_it_was_left(
    how: str, open_jobs: Callable[..., Jobs], wait: Callable[..., Job], sample: Dataset
) -> None:
    spec = Search("sample", "svd", SPACE, folds=2)
    jobs = open_jobs()
    job = jobs.submit(spec, "me")
    assert jobs.pause(job.id)
    wait(jobs, job, lambda now: now.state == "paused")
    for n in (1, 2):
        assert jobs.step(job.id)
        wait(jobs, job, lambda now, n=n: now.state == "paused" and now.events[-1].epoch == n)
    if how == "cancel":
        assert jobs.cancel(job.id)
    else:
        jobs.close()
        jobs = open_jobs()
    again = wait(jobs, jobs.submit(spec, "somebody else"))
    assert again.state == "done", again.error
    assert [event.epoch for event in again.events] == [0, 2, 3, 4]
    report = search_report(again.folder)
    pd.testing.assert_frame_equal(
        numbers(report), numbers(rc.grid_search("svd", SPACE, sample, folds=2)), check_exact=True
    )


def test_time_spent_before_a_restart_counts(tmp_path: Path) -> None:
    spec, told = Search("sample", "svd", SPACE, folds=2), list[Event]()

    def tell(message: dict[str, Any]) -> None:
        assert message.pop("type") == "progress"
        told.append(Event(**message))

    spec.run(Work(tmp_path, tell))
    first = sum(cell.seconds for cell in search_report(tmp_path).cells)
    told.clear()
    spec.run(Work(tmp_path, tell))
    assert [event.epoch for event in told] == [0, 4]
    assert told[-1].seconds >= first > 0


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        (Search("sample", "svd", {}), "nothing to vary"),
        (Search("sample", "svd", {"n_factors": [0]}), "n_factors = 0 is not allowed"),
        (Search("sample", "svd", {"n_factors": {"from": 1}}, "random"), "low, high and log"),
        (Search("sample", "svd", SPACE, fingerprint="other"), "has changed since"),
        (Search("sample", "svd", SPACE, metric="luck"), "no metric"),
        (Search("sample", "svd", SPACE, splitting={"kind": "by lot"}), "no kind of split"),
        (Search("sample", "svd", SPACE, splitting={"parts": 3}), "no way to cut"),
    ],
)
def test_what_cannot_be_searched_says_why(spec: Search, sentence: str, tmp_path: Path) -> None:
    told: list[object] = []
    with pytest.raises(RecsysError, match=sentence):
        spec.run(Work(tmp_path, told.append))
    assert told == []
    with pytest.raises(DataError, match="no result of this search yet"):
        search_report(tmp_path)
