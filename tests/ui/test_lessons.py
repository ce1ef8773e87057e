"""The lessons of the Watch screen are lessons: each trouble is seen on the sample and on real ratings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

import recsys_core as rc
from recsys_core.dataset import Dataset
from recsys_core.errors import TrainingDivergedError
from recsys_core.evaluation.splits import hold_out
from recsys_core.jobs import Train
from recsys_core.jobs.kinds.train import error_on, parts
from ui.lessons import (
    OPTIMIZERS,
    TROUBLES,
    Settings,
    Trouble,
    comparable,
    comparisons,
    lesson,
    troubles,
    twin,
)

CASES = [
    pytest.param(trouble, name, id=f"{name}-{trouble.label.replace(' ', '-')}")
    for trouble in TROUBLES
    for name in trouble.settings
]


@dataclass(frozen=True)
class Seen:
    """What one sees of a training: errors an epoch, and whether it diverged."""

    training: list[float]
    validation: list[float]
    diverged: bool


def watched(name: str, settings: Settings, dataset: Dataset) -> Seen:
    """Train as the screen does, a fifth kept to validate on."""
    ratings, kept = parts(dataset.ratings, hold_out(dataset.ratings, 0.2, 0))
    model = rc.algorithm(name, **settings)
    training, validation, diverged = list[float](), list[float](), False
    try:
        for step in model.steps(ratings, dataset.side):
            error = error_on(model, kept)
            assert error is not None
            training.append(step.train_rmse)
            validation.append(error)
    except TrainingDivergedError:
        diverged = True
    return Seen(training, validation, diverged)


def holds(trouble: Trouble, name: str, dataset: Dataset) -> None:
    seen = watched(name, trouble.settings[name], dataset)
    if trouble.label == "Diverging learning rate":
        assert seen.training, "it must be seen before it stops"
        assert seen.diverged or seen.training[-1] > 1.05 * seen.training[0]
        return
    assert not seen.diverged
    assert seen.training[-1] < seen.training[0]
    if trouble.label == "Too few factors":
        enough = watched(name, {**trouble.settings[name], "n_factors": 10}, dataset)
        assert seen.training[-1] > 1.1 * enough.training[-1]
        assert seen.training[-1] > 0.98 * seen.training[len(seen.training) * 9 // 10]
    else:
        assert seen.validation[-1] > 1.01 * min(seen.validation)
        assert seen.training[-1] < 0.6 * seen.validation[-1]


@pytest.mark.parametrize(("trouble", "name"), CASES)
def test_the_trouble_is_seen_on_the_sample(trouble: Trouble, name: str) -> None:
    holds(trouble, name, rc.load("sample"))


@pytest.mark.real
@pytest.mark.parametrize(("trouble", "name"), CASES)
def test_the_trouble_is_seen_on_real_ratings(
    trouble: Trouble, name: str, real: Callable[[str], Dataset]
) -> None:
    holds(trouble, name, real("ml-latest-small"))


@pytest.mark.parametrize(("trouble", "name"), CASES)
def test_a_training_is_known_by_its_settings(trouble: Trouble, name: str) -> None:
    assert trouble in troubles(name)
    assert lesson(Train("sample", name, dict(trouble.settings[name]))) is trouble
    assert lesson(Train("sample", name, {**trouble.settings[name], "seed": 1})) is None


def test_ordinary_settings_are_no_lesson() -> None:
    assert [lesson(Train("sample", name)) for name in rc.algorithms()] == [None] * len(rc.algorithms())


@pytest.mark.parametrize("name", [name for name, cls in rc.algorithms().items() if comparable(cls)])
def test_three_learning_rates_that_are_allowed_around_the_one_that_is_set(name: str) -> None:
    declared = rc.algorithms()[name].hyper_parameters()["learning_rate"]
    for given in ({}, {"learning_rate": declared.low}, {"learning_rate": declared.high}):
        settings = {key: value for key, value in given.items() if value is not None}
        rates = [float(v["learning_rate"]) for v in comparisons(name, settings)[-1].variants.values()]
        assert [declared.check(rate) for rate in rates] == rates
        assert rates[1] / rates[0] == pytest.approx(10)
        assert rates[2] / rates[1] == pytest.approx(10)
        if not settings:
            assert rates[1] == declared.default or rates[2] == declared.default


def test_every_model_with_optimisers_compares_all_of_them() -> None:
    with_optimizers = [
        name
        for name, cls in rc.algorithms().items()
        if comparable(cls) and "optimizer" in cls.hyper_parameters()
    ]
    assert with_optimizers
    for name in with_optimizers:
        first = comparisons(name, {"n_factors": 3})[0]
        assert [settings["optimizer"] for settings in first.variants.values()] == list(OPTIMIZERS)
        assert all(settings["n_factors"] == 3 for settings in first.variants.values())
        for settings in first.variants.values():
            rc.algorithm(name, **settings)


@pytest.mark.parametrize(("name", "epochs"), [("gradient_cf", 60), ("binary_cf", 60), ("two_tower", 3)])
def test_momentum_gets_further_than_plain_descent_with_the_same_rate(name: str, epochs: int) -> None:
    dataset = rc.load("sample")
    plain, momentum, adam = (
        watched(name, {**settings, "n_epochs": epochs}, dataset)
        for settings in comparisons(name, {})[0].variants.values()
    )
    chosen = list(comparisons(name, {})[0].variants.values())
    assert chosen[0]["learning_rate"] == chosen[1]["learning_rate"]
    assert [each.diverged for each in (plain, momentum, adam)] == [False] * 3
    assert momentum.training[-1] < plain.training[-1]


def test_a_twin_is_offered_with_the_settings_both_have() -> None:
    assert twin("surprise_svd", {"n_factors": 3}) == ("svd", {"n_factors": 3})
    assert twin("svd", {}) is None
    assert twin("surprise_baseline_only", {"n_epochs": 3, "optimizer": "als"}) == ("bias", {"n_epochs": 3})
    assert twin("surprise_baseline_only", {"optimizer": "sgd"}) is None, "of that one there is no twin"
