"""Models are trained once, shared by all who ask, and never fill the memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.errors import DataError, JobRefusedError
from ui import compute

SAMPLE = rc.load("sample")


def made(n_bytes: int = 8) -> compute.Trained:
    model = rc.algorithm("bias")
    model.learned_ = np.zeros(n_bytes, dtype=np.int8)  # type: ignore[attr-defined]
    return compute.Trained(model, None, 0.0)


@pytest.fixture
def shelf() -> compute._Shelf:
    return compute._Shelf()


def finished(training: compute._Training) -> compute.Trained:
    return training.future.result(timeout=10)


def test_who_asks_while_it_is_trained_waits_for_the_same_training(shelf: compute._Shelf) -> None:
    calls, go = [], threading.Event()

    def slow(progress: compute._Training) -> compute.Trained:
        calls.append(progress)
        go.wait(10)
        return made()

    first, second = shelf.get("model", slow), shelf.get("model", slow)
    go.set()
    assert finished(first) is finished(second)
    assert len(calls) == 1


def test_a_training_that_failed_is_tried_again_when_asked_again(shelf: compute._Shelf) -> None:
    def fail(progress: compute._Training) -> compute.Trained:
        raise DataError("no")

    with pytest.raises(DataError):
        finished(shelf.get("model", fail))
    assert finished(shelf.get("model", lambda progress: made())) is not None


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    assert holds()


def test_the_least_used_models_leave_when_room_runs_out(
    shelf: compute._Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compute, "MODEL_ROOM", 2500)
    for key in ("a", "b"):
        finished(shelf.get(key, lambda progress: made(1000)))
    shelf.get("a", lambda progress: made(1000))  # used again: b is now the least used
    finished(shelf.get("c", lambda progress: made(1000)))
    until(lambda: list(shelf._trainings) == ["a", "c"])


def test_the_newest_model_stays_even_where_it_is_too_large(
    shelf: compute._Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compute, "MODEL_ROOM", 10)
    finished(shelf.get("small", lambda progress: made(5)))
    finished(shelf.get("large", lambda progress: made(1000)))
    until(lambda: list(shelf._trainings) == ["large"])


def test_what_is_trained_is_what_fit_would_give_and_how_far_off_it_is() -> None:
    trained = compute._train(rc.algorithm("svd", n_epochs=3), SAMPLE, compute._Training())
    plain = rc.algorithm("svd", n_epochs=3).fit(SAMPLE.ratings)
    assert np.array_equal(trained.model.item_factors_, plain.item_factors_)  # type: ignore[attr-defined]
    assert trained.error is not None
    assert trained.error.fingerprint == SAMPLE.ratings.fingerprint


def test_where_there_are_too_few_people_nothing_is_claimed() -> None:
    table = rc.load("lectures-movies")
    assert compute._train(rc.algorithm("bias"), table, compute._Training()).error is None


def test_a_long_training_is_a_job_and_gives_the_same_model_and_error(monkeypatch: pytest.MonkeyPatch) -> None:
    here = compute.trained(SAMPLE, "svd", n_epochs=3, seed=11)
    monkeypatch.setattr(compute, "LONG", 0.0)
    n_jobs = len(list(compute.jobs().folder.glob("*/job.json")))
    there = compute.trained(SAMPLE, "svd", n_epochs=3, seed=12)
    assert len(list(compute.jobs().folder.glob("*/job.json"))) == n_jobs + 1
    again = rc.algorithm("svd", n_epochs=3, seed=12).fit(SAMPLE.ratings)
    assert np.array_equal(there.model.predict(5, [1, 2, 3]), again.predict(5, [1, 2, 3]))
    assert here.error is not None
    assert there.error is not None
    assert there.error.given == here.error.given


def test_what_is_trained_in_a_moment_does_not_wait_for_what_takes_long(shelf: compute._Shelf) -> None:
    go = threading.Event()

    def long(progress: compute._Training) -> compute.Trained:
        go.wait(10)
        return made()

    waiting = shelf.get("long", long, as_job=True)
    assert finished(shelf.get("quick", lambda progress: made())) is not None
    assert not waiting.future.done()
    go.set()


def test_surprise_never_trains_in_a_thread_of_the_server() -> None:
    assert compute._is_long(rc.algorithm("surprise_svd"), SAMPLE)
    assert not compute._is_long(rc.algorithm("als"), SAMPLE)


def test_a_model_beyond_the_limits_of_the_server_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_MAX_MB", "1")
    with pytest.raises(JobRefusedError, match="one job may take"):
        compute.trained(SAMPLE, "item_knn", n_neighbors=7)
