"""Variants of one model on the same data: each is the training it would have been alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import recsys_core as rc
from recsys_core.dataset import Dataset
from recsys_core.errors import RecsysError
from recsys_core.jobs import Event, Job, Jobs, Train, Variants, diverged
from recsys_core.jobs.base import Work

OPTIMIZERS = {
    "plain descent": {"optimizer": "gradient_descent", "learning_rate": 1e-4, "n_epochs": 4},
    "momentum": {"optimizer": "momentum", "learning_rate": 1e-4, "n_epochs": 4},
    "Adam": {"optimizer": "adam", "learning_rate": 0.1, "n_epochs": 4},
}
BESIDE_ONE_THAT_DIVERGES = {
    "far too fast": {"optimizer": "gradient_descent", "learning_rate": 0.1, "n_epochs": 30},
    "calm": {"n_epochs": 2},
}


@pytest.fixture(scope="module")
def sample() -> Dataset:
    return rc.load("sample")


def here(spec: Variants | Train, folder: Path) -> list[Event]:
    """Do the work in this process, and return what would have been told."""
    told: list[Event] = []

    def tell(message: dict[str, Any]) -> None:
        assert message.pop("type") == "progress"
        told.append(Event(**message))

    spec.run(Work(folder, tell))
    return told


def numbers(events: list[Event] | tuple[Event, ...]) -> list[tuple[object, ...]]:
    """All that was measured, but for the time."""
    return [(e.epoch, e.train_loss, e.train_rmse, e.validation_rmse, e.gradient_norm) for e in events]


def test_each_is_the_training_it_would_have_been_alone(
    jobs: Jobs, wait: Callable[..., Job], sample: Dataset, tmp_path: Path
) -> None:
    spec = Variants("sample", "gradient_cf", OPTIMIZERS, sample.fingerprint, validation_share=0.2, seed=4)
    job = wait(jobs, jobs.submit(spec, "me"))
    assert job.state == "done", job.error
    assert list(dict.fromkeys(e.part for e in job.events)) == ["", *OPTIMIZERS]
    seconds = [event.seconds for event in job.events]
    assert seconds == sorted(seconds)
    for label, given in OPTIMIZERS.items():
        folder = tmp_path / label
        folder.mkdir()
        alone = here(Train("sample", "gradient_cf", given, validation_share=0.2, seed=4), folder)
        assert numbers([e for e in job.events if e.part == label]) == numbers(alone)


def test_one_that_diverges_is_named_and_the_next_goes_on(tmp_path: Path) -> None:
    told = here(Variants("sample", "gradient_cf", BESIDE_ONE_THAT_DIVERGES, validation_share=0.2), tmp_path)
    fast, calm = ([e for e in told if e.part == label] for label in BESIDE_ONE_THAT_DIVERGES)
    assert diverged(fast[-1])
    assert fast[-1].epoch < 30
    assert fast[-1].train_rmse is fast[-1].validation_rmse is None
    assert not any(diverged(e) for e in [*fast[:-1], *calm])
    assert [e.epoch for e in fast] == list(range(fast[-1].epoch + 1))
    assert [e.epoch for e in calm] == [0, 1, 2]


def test_a_divergence_is_still_known_after_a_restart(
    open_jobs: Callable[..., Jobs], wait: Callable[..., Job]
) -> None:
    first = open_jobs()
    job = wait(first, first.submit(Variants("sample", "gradient_cf", BESIDE_ONE_THAT_DIVERGES), "me"))
    first.close()
    again = open_jobs().get(job.id)
    assert again is not None
    assert again.spec == job.spec
    assert [e.train_loss for e in again.events if diverged(e)] == [math.inf]
    assert numbers(again.events) == numbers(job.events)


def test_held_and_stepped_over_the_border_of_two_variants(jobs: Jobs, wait: Callable[..., Job]) -> None:
    two = {"first": {"n_epochs": 2}, "second": {"n_epochs": 2}}
    job = jobs.submit(Variants("sample", "gradient_cf", two), "me")
    assert jobs.pause(job.id)
    held = wait(jobs, job, lambda now: now.state == "paused")
    places = []
    for _ in range(3):
        n = len(held.events)
        assert jobs.step(job.id)
        held = wait(jobs, job, lambda now, n=n: len(now.events) > n and now.state == "paused")
        places.append((held.events[-1].part, held.events[-1].epoch))
    assert places == [("first", 1), ("second", 0), ("second", 1)]
    assert jobs.resume(job.id)
    assert wait(jobs, job).state == "done"


def test_half_steps_are_counted_as_the_algorithm_counts_them(tmp_path: Path) -> None:
    spec = Variants("lectures-movies", "alternating_regression", {"one": {"n_epochs": 3}})
    assert [(e.epoch, e.n_epochs) for e in here(spec, tmp_path)][2:] == [(k, 6) for k in range(1, 7)]


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        (Variants("sample", "svd", {}), "at least one variant"),
        (Variants("sample", "puresvd", {"one": {}}), "learns in one go"),
        (Variants("sample", "svd", {"good": {}, "bad": {"n_factors": -1}}), "n_factors = -1 is not allowed"),
        (Variants("sample", "svd", {"one": {}}, fingerprint="other"), "has changed since"),
    ],
)
def test_what_cannot_be_compared_says_why_before_anything_is_trained(
    spec: Variants, sentence: str, tmp_path: Path
) -> None:
    told: list[object] = []
    with pytest.raises(RecsysError, match=sentence):
        spec.run(Work(tmp_path, told.append))
    assert told == []
