"""A training watched from outside is the training that would have run without anybody watching."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.algorithms import Algorithm
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError, RecsysError
from recsys_core.evaluation.splits import hold_out
from recsys_core.jobs import Job, Jobs, Train, model_at, split_of, trained
from recsys_core.jobs.base import Work
from recsys_core.jobs.kinds.train import Album, still
from recsys_core.ratings import Ratings

SMALL = {"n_factors": 4, "n_epochs": 6, "seed": 3}


@pytest.fixture(scope="module")
def sample() -> Dataset:
    return rc.load("sample")


def learned(model: Algorithm) -> dict[str, bytes | object]:
    """Every learned name with its bits."""
    skipped = {*model.parameters(), "side_"}
    return {
        name: np.ascontiguousarray(value).tobytes() if isinstance(value, np.ndarray) else value
        for name, value in vars(model).items()
        if name.endswith("_") and name not in skipped
    }


def here(spec: Train, folder: Path) -> list[dict[str, Any]]:
    """Train in this process, and return what would have been told."""
    told: list[dict[str, Any]] = []
    spec.run(Work(folder, told.append))
    return told


def run(jobs: Jobs, wait: Callable[..., Job], spec: Train) -> Job:
    job = wait(jobs, jobs.submit(spec, "me"))
    assert job.state == "done", job.error
    return job


@pytest.mark.parametrize("name", ["svd", "als", "wals", "gradient_cf"])
def test_the_parameters_are_those_of_fit(
    name: str, jobs: Jobs, wait: Callable[..., Job], sample: Dataset
) -> None:
    job = run(jobs, wait, Train("sample", name, SMALL, sample.fingerprint))
    alone = rc.algorithm(name, **SMALL).fit(sample.ratings, sample.side)
    assert learned(model_at(job.folder, sample)) == learned(alone)


def test_the_curve_is_the_one_of_the_steps(jobs: Jobs, wait: Callable[..., Job], sample: Dataset) -> None:
    job = run(jobs, wait, Train("sample", "gradient_cf", SMALL))
    steps = list(rc.algorithm("gradient_cf", **SMALL).steps(sample.ratings))
    told = [(e.epoch, e.n_epochs, e.train_loss, e.train_rmse, e.gradient_norm) for e in job.events[1:]]
    assert told == [(s.epoch, s.n_epochs, s.train_loss, s.train_rmse, s.gradient_norm) for s in steps]
    assert all(e.gradient_norm is not None and e.validation_rmse is None for e in job.events[1:])
    seconds = [event.seconds for event in job.events]
    assert job.events[0].epoch == seconds[0] == 0
    assert seconds == sorted(seconds)


ITERATIVE = [name for name, cls in rc.algorithms().items() if cls.iterative]


@pytest.mark.parametrize("name", ITERATIVE)
def test_paused_stepped_and_resumed_training_gives_the_bits_of_fit(
    name: str, jobs: Jobs, wait: Callable[..., Job], sample: Dataset
) -> None:
    declared = rc.algorithms()[name].hyper_parameters()
    settings = {key: value for key, value in (SMALL | {"n_epochs": 12}).items() if key in declared}
    job = jobs.submit(Train("sample", name, settings), "me")
    assert jobs.pause(job.id)
    held = wait(jobs, job, lambda now: now.state == "paused")
    assert held.state == "paused"
    for _ in range(2):
        before = held.events[-1].epoch
        assert jobs.step(job.id)
        one_more = wait(jobs, job, lambda now, n=before: now.events[-1].epoch > n and now.state == "paused")
        assert one_more.events[-1].epoch == before + 1
        held = one_more
    assert jobs.resume(job.id)
    job = wait(jobs, job)
    assert job.state == "done", job.error
    assert [event.epoch for event in job.events] == list(range(job.events[-1].n_epochs + 1))
    alone = rc.algorithm(name, **settings).fit(sample.ratings, sample.side)
    assert learned(model_at(job.folder, sample)) == learned(alone)


def test_stopping_early_returns_the_best_epoch(jobs: Jobs, wait: Callable[..., Job], sample: Dataset) -> None:
    troubled = {"n_factors": 40, "n_epochs": 60, "learning_rate": 0.05, "regularization": 1e-6}
    spec = Train("sample", "svd", troubled, validation_share=0.2, seed=5, patience=3)
    job = run(jobs, wait, spec)
    result = trained(job.folder)
    curve = {event.epoch: event.validation_rmse for event in job.events[1:]}
    assert result.stopped_early
    assert result.epochs_run == max(curve) == result.epoch + 3 < 60
    assert curve[result.epoch] == min(curve.values())
    split = split_of(job.folder, spec, sample)
    assert split is not None
    as_long = rc.algorithm("svd", **troubled)
    for step in as_long.steps(split.train_ratings(sample.ratings)):
        if step.epoch == result.epoch:
            break
    model = model_at(job.folder, sample)
    assert learned(model) == learned(as_long)
    test = sample.ratings.take(split.test)
    error = model.predict(test.users, test.items) - test.values
    assert np.sqrt(np.mean(error**2)) == pytest.approx(curve[result.epoch], abs=1e-12)


def test_the_split_is_a_random_cut_that_can_be_made_again(sample: Dataset) -> None:
    split, again = (hold_out(sample.ratings, 0.25, seed=1) for _ in range(2))
    assert len(split.test) == round(0.25 * len(sample.ratings))
    both = np.sort(np.concatenate([split.train, split.test]))
    assert (both == np.arange(len(sample.ratings))).all()
    assert (np.diff(split.train) > 0).all(), "training meets the ratings in the order of the file"
    assert (again.test == split.test).all()
    assert not np.array_equal(hold_out(sample.ratings, 0.25, seed=2).test, split.test)
    assert split.fingerprint == sample.ratings.fingerprint
    with pytest.raises(DataError, match="leaves nothing"):
        hold_out(sample.ratings, 1.0, seed=0)


def test_a_snapshot_is_the_model_as_it_was(jobs: Jobs, wait: Callable[..., Job], sample: Dataset) -> None:
    job = run(jobs, wait, Train("sample", "wals", SMALL, snapshot_epochs=(2, 4, 99)))
    assert trained(job.folder).snapshots == (2, 4, 6)
    alone = rc.algorithm("wals", **SMALL)
    for step in alone.steps(sample.ratings):
        if step.epoch in {2, 4, 6}:
            model = model_at(job.folder, sample, step.epoch)
            assert learned(model) == learned(alone)
            assert (model.scores(7) == alone.scores(7)).all()
    with pytest.raises(DataError, match="Epoch 3 was not kept"):
        model_at(job.folder, sample, 3)


@pytest.mark.parametrize("name", [name for name, cls in rc.algorithms().items() if cls.iterative])
def test_every_algorithm_that_has_epochs_can_be_watched_and_kept(name: str, tmp_path: Path) -> None:
    dataset = rc.load("lectures-movies")
    if not rc.algorithms()[name].can_serve(dataset.side):
        dataset = rc.load("sample")
    few = {"n_epochs": 2} if "n_epochs" in rc.algorithms()[name].hyper_parameters() else {}
    told = here(Train(dataset.name, name, few, snapshot_epochs=(1,)), tmp_path)
    first, *_, last = rc.algorithm(name, **few).steps(dataset.ratings, dataset.side)
    assert [told[1]["train_loss"], told[-1]["train_loss"]] == [first.train_loss, last.train_loss]
    assert learned(model_at(tmp_path, dataset)) == learned(
        rc.algorithm(name, **few).fit(dataset.ratings, dataset.side)
    )
    assert model_at(tmp_path, dataset, 1).is_fitted


def test_the_last_snapshot_recommends_what_the_trained_model_does(
    jobs: Jobs, wait: Callable[..., Job], sample: Dataset
) -> None:
    job = run(jobs, wait, Train("sample", "svd", SMALL, snapshot_epochs=(6,)))
    alone = rc.algorithm("svd", **SMALL).fit(sample.ratings)
    tables = [
        rc.recommend(model, sample, model.fold_in([3, 8, 20], [5, 1, 4]), n=10)
        for model in (alone, model_at(job.folder, sample, 6), model_at(job.folder, sample))
    ]
    assert tables[0]["item"].tolist() == tables[1]["item"].tolist() == tables[2]["item"].tolist()


def test_snapshots_keep_to_their_budget(tmp_path: Path) -> None:
    one = 8 * (600 + 574) * (SMALL["n_factors"] + 2)  # P, Q, biases and counts
    asked = tuple(range(1, 7))
    here(Train("sample", "svd", SMALL, snapshot_epochs=asked, snapshot_bytes=3 * one + 100), tmp_path)
    assert trained(tmp_path).snapshots == (1, 3, 5, 6), "the last is the model itself"
    assert len(list((tmp_path / "snapshots").iterdir())) == 3


@pytest.mark.parametrize(("room", "kept"), [(0, ()), (1, (1,)), (3, (1, 65)), (30, tuple(range(1, 101, 4)))])
def test_where_not_all_epochs_fit_an_even_choice_of_them_is_kept(room: int, kept: tuple[int, ...]) -> None:
    assert album_after(100, tuple(range(1, 101)), room) == kept


def test_a_training_that_ends_early_has_used_its_room() -> None:
    assert album_after(10, tuple(range(1, 201)), 60) == tuple(range(1, 11))
    for n_run in range(10, 200):
        assert 5 <= len(album_after(n_run, tuple(range(1, 201)), 10)) <= 10


def test_only_epochs_asked_for_are_kept() -> None:
    assert album_after(20, (5, 1, 9, 30), 10) == (1, 5, 9)


def album_after(n_run: int, asked: tuple[int, ...], room: int) -> tuple[int, ...]:
    """What is on disk after so many epochs; at no time is it more than there is room for."""
    album, there = Album(asked, room), set[int]()
    for epoch in range(1, n_run + 1):
        wanted, dropped = album.wants(epoch)
        assert there.issuperset(dropped)
        there = there - {*dropped} | ({epoch} if wanted else set())
        assert len(there) <= room
    assert sorted(there) == list(album.kept)
    return album.kept


def test_a_still_copy_is_not_trained_on(toy: Ratings) -> None:
    model = rc.algorithm("gradient_cf", n_factors=2, n_epochs=3)
    steps = model.steps(toy)
    next(steps)
    kept = still(model)
    before = learned(kept)
    for _ in steps:
        pass
    assert learned(kept) == before != learned(model)


def test_an_algorithm_without_epochs_tells_of_its_start_and_its_end(
    jobs: Jobs, wait: Callable[..., Job], sample: Dataset
) -> None:
    job = run(jobs, wait, Train("lectures-movies", "surprise_svd", {"n_epochs": 2}, validation_share=0.2))
    assert [(event.epoch, event.n_epochs) for event in job.events] == [(0, 1), (1, 1)]
    assert job.events[1].train_rmse is None
    assert job.events[1].validation_rmse is not None
    assert trained(job.folder).epoch == 0
    assert model_at(job.folder, rc.load("lectures-movies")).name == "surprise_svd"
    with pytest.raises(DataError):
        model_at(job.folder, sample)


def test_probabilities_are_validated_against_yes_and_no(tmp_path: Path) -> None:
    told = here(Train("sample", "binary_cf", SMALL, validation_share=0.1), tmp_path)
    assert all(0 < message["validation_rmse"] < 1 for message in told[1:])


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        (Train("nowhere", "svd"), "There is no data set 'nowhere'"),
        (Train("sample", "magic"), "There is no algorithm 'magic'"),
        (Train("sample", "svd", {"n_factors": -1}), "n_factors = -1 is not allowed"),
        (Train("sample", "svd", fingerprint="other"), "has changed since"),
        (Train("sample", "svd", patience=2), "give a validation share"),
        (Train("sample", "svd", validation_share=1.0), "leaves nothing to learn"),
        (Train("lectures-movies", "svd", {"learning_rate": 1.0, "n_epochs": 500}), "left the finite numbers"),
    ],
)
def test_what_cannot_be_trained_says_why(spec: Train, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(RecsysError, match=sentence):
        here(spec, tmp_path)
    with pytest.raises(DataError, match="train again"):
        trained(tmp_path)


def test_a_job_fails_in_the_words_of_the_library(jobs: Jobs, wait: Callable[..., Job]) -> None:
    job = wait(jobs, jobs.submit(Train("sample", "magic"), "me"))
    assert job.state == "failed"
    assert "There is no algorithm 'magic'" in job.error
