"""Comparing as a job: the report it would have been in one go, readable while it grows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError, JobError, RecsysError
from recsys_core.evaluation import cross_validate
from recsys_core.evaluation.report import Report
from recsys_core.jobs import Compare, Event, Job, Jobs, comparison
from recsys_core.jobs.base import Work

TWO: dict[str, Any] = {"SVD": ("svd", {"n_factors": 4, "n_epochs": 3}), "most rated": ("popularity", {})}
CELLS = ["SVD, fold 1 of 2", "most rated, fold 1 of 2", "SVD, fold 2 of 2", "most rated, fold 2 of 2"]


@pytest.fixture(scope="module")
def sample() -> Dataset:
    return rc.load("sample")


def figures(report: Report) -> list[object]:
    """All but the time and the memory it took."""
    return [(cell.algorithm, cell.fold, dict(cell.values), cell.n_users) for cell in report.cells]


def test_a_job_leaves_the_report_of_one_go(
    jobs: Jobs, wait: Callable[..., Job], sample: Dataset, tmp_path: Path
) -> None:
    spec = Compare("sample", TWO, sample.fingerprint, folds=2, seed=3, metrics=("rmse", "ndcg"), k=5)
    job = wait(jobs, jobs.submit(spec, "me"))
    assert job.state == "done", job.error
    found = comparison(job.folder)
    alone = cross_validate(TWO, sample, folds=2, seed=3, metrics=("rmse", "ndcg"), k=5)
    assert figures(found) == figures(alone)
    assert found.protocol == alone.protocol
    assert found.complete
    assert found.people is not None
    assert alone.people is not None
    np.testing.assert_array_equal(found.people.totals, alone.people.totals)
    assert [e.part for e in job.events if e.part] == [*CELLS, CELLS[-1]]
    assert [e.epoch for e in job.events if e.part] == [0, 1, 2, 3, 4]
    assert {e.n_epochs for e in job.events} == {4}


def test_after_every_cell_the_report_of_what_is_done_can_be_read(sample: Dataset, tmp_path: Path) -> None:
    read: list[list[tuple[str, int]]] = []

    def tell(message: dict[str, Any]) -> None:
        if message["part"]:
            assert Event(**{k: v for k, v in message.items() if k != "type"}).epoch == len(read)
            read.append([(cell.algorithm, cell.fold) for cell in comparison(tmp_path).cells])

    Compare("sample", TWO, folds=2).run(Work(tmp_path, tell))
    whole = [("SVD", 0), ("most rated", 0), ("SVD", 1), ("most rated", 1)]
    assert read == [whole[:n] for n in range(5)]


def test_held_between_two_cells_and_stepped_to_the_next(jobs: Jobs, wait: Callable[..., Job]) -> None:
    job = jobs.submit(Compare("sample", TWO, folds=2), "me")
    assert jobs.pause(job.id)
    held = wait(jobs, job, lambda now: now.state == "paused")
    done = held.events[-1].epoch
    assert len(comparison(held.folder).cells) == done
    assert jobs.step(job.id)
    held = wait(jobs, job, lambda now: now.state == "paused" and now.events[-1].epoch > done)
    assert held.events[-1].part == CELLS[done + 1]
    assert len(comparison(held.folder).cells) == done + 1
    assert jobs.resume(job.id)
    assert wait(jobs, job).state == "done"


def test_what_was_asked_for_is_known_after_a_restart(
    open_jobs: Callable[..., Jobs], wait: Callable[..., Job]
) -> None:
    first = open_jobs()
    spec = Compare("sample", TWO, splitting="held-out users", share=0.1, given=2, baselines=True)
    job = wait(first, first.submit(spec, "me"))
    first.close()
    again = open_jobs().get(job.id)
    assert again is not None
    assert again.spec == spec
    found = comparison(again.folder)
    assert "cannot place" not in str(found.errors)
    assert found.labels == ("SVD", "most rated", "bias")


def test_one_that_fails_does_not_end_the_job(tmp_path: Path) -> None:
    wild = ("gradient_cf", {"optimizer": "gradient_descent", "learning_rate": 1.0, "n_epochs": 50})
    Compare("sample", {"wild": wild, **TWO}, folds=2).run(Work(tmp_path, lambda message: None))
    found = comparison(tmp_path)
    assert list(found.errors) == ["wild"]
    assert found.complete
    assert found.table.loc["SVD", "folds"] == 2


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        (Compare("sample", {}), "at least one algorithm"),
        (Compare("sample", TWO, fingerprint="other"), "has changed since"),
        (Compare("sample", TWO, folds=1), "folds = 1 is not allowed"),
        (Compare("sample", TWO, metrics=("auc",)), "no measure of stars"),
        (Compare("sample", {"x": ("svd", {"n_factors": -1})}), "n_factors = -1 is not allowed"),
    ],
)
def test_what_cannot_be_compared_says_why_before_anything_is_trained(
    spec: Compare, sentence: str, tmp_path: Path
) -> None:
    told: list[object] = []
    with pytest.raises(RecsysError, match=sentence):
        spec.run(Work(tmp_path, told.append))
    assert told == []
    with pytest.raises(DataError, match="There is no report"):
        comparison(tmp_path)


def test_algorithms_that_are_no_pairs_are_refused_at_once() -> None:
    with pytest.raises(JobError, match="label: \\(name"):
        Compare("sample", {"SVD": "svd"})  # type: ignore[dict-item]
