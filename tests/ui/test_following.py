"""How far a job is, in one number and a few words."""

from __future__ import annotations

from pathlib import Path

import pytest

from recsys_core.jobs import Event, Job, Spec, Train, Variants
from ui.following import Progress, progress_of, unlike

SEVERAL = Variants("sample", "svd", {"slow": {}, "quick": {}})


def job(spec: Spec, *events: Event, state: str = "running") -> Job:
    return Job("x" * 22, spec, "me", Path("nowhere"), state, events=events)  # type: ignore[arg-type]


def test_nothing_is_known_before_the_first_word() -> None:
    assert progress_of(job(SEVERAL)) == Progress(0.0, "", 0.0, None)
    assert progress_of(job(Train("sample", "svd"), Event(0, 20, 0.0))) == Progress(0.0, "", 0.0, None)


def test_one_training_is_as_far_as_its_epochs() -> None:
    now = progress_of(job(Train("sample", "svd"), Event(5, 20, 2.0)))
    assert now == Progress(0.25, "epoch 5 of 20", 2.0, 6.0)


def test_several_are_as_far_as_all_of_them_together() -> None:
    now = progress_of(job(SEVERAL, Event(0, 20, 0.0), Event(10, 20, 3.0, part="slow")))
    assert (now.share, now.doing) == (0.25, "1 of 2: slow · epoch 10 of 20")
    assert now.seconds_left == pytest.approx(9.0)
    now = progress_of(job(SEVERAL, Event(0, 20, 6.0, part="quick")))
    assert (now.share, now.doing) == (0.5, "2 of 2: quick")


def test_a_training_stopped_early_is_done_all_the_same() -> None:
    told = Event(10, 200, 2.0)
    assert progress_of(job(Train("sample", "svd"), told, state="done")) == Progress(
        1.0, "epoch 10 of 200", 2.0, 0.0
    )
    assert progress_of(job(Train("sample", "svd"), told, state="cancelled")).share == 0.05


def test_one_that_diverged_last_does_not_leave_a_done_job_half_done() -> None:
    told = Event(3, 20, 6.0, train_loss=float("inf"), part="quick")
    assert progress_of(job(SEVERAL, told, state="done")) == Progress(1.0, "", 6.0, 0.0)


def test_a_model_without_epochs_is_not_said_to_be_in_one() -> None:
    now = progress_of(job(Train("sample", "surprise_nmf"), Event(1, 1, 2.0)))
    assert now.doing == ""


def test_an_earlier_training_is_named_by_what_it_had_otherwise() -> None:
    now = Train("sample", "svd", {"n_factors": 20}, validation_share=0.2)
    assert unlike(Train("sample", "als"), now) == "Alternating least squares"
    assert unlike(now, now) == "the same settings"
    assert unlike(Train("sample", "svd", validation_share=0.2), now) == "n_factors 100"
    assert unlike(Train("sample", "svd", {"n_factors": 20}, validation_share=0.1), now) == (
        "10% kept to validate on"
    )
    many = Train("sample", "svd", {"n_epochs": 5, "learning_rate": 0.01}, validation_share=0.2)
    assert unlike(many, now) == "n_factors 100, n_epochs 5 …"
