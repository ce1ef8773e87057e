"""A declared twin learns the same numbers: on screen, the curve of one stands for the other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.dataset import Dataset
from recsys_core.ratings import Ratings

TWINS = {name: cls.twin for name, cls in rc.algorithms().items() if cls.twin}
SETTINGS = {"n_factors": 7, "n_epochs": 6, "learning_rate": 0.02, "regularization": 0.1, "seed": 3}


def gap(name: str, ratings: Ratings, **given: float) -> float:
    """The largest difference between the two's predictions, over all pairs or 100,000 of them."""
    declared = rc.algorithms()[name].hyper_parameters()
    both = rc.algorithms()[TWINS[name]].hyper_parameters()
    settings = {each: value for each, value in given.items() if each in declared and each in both}
    rng = np.random.default_rng(0)
    users, items = rng.integers(0, ratings.n_users, 100_000), rng.integers(0, ratings.n_items, 100_000)
    one, other = (rc.algorithm(each, **settings).fit(ratings) for each in (name, TWINS[name]))
    return float(np.abs(one.predict(users, items) - other.predict(users, items)).max())


def test_those_of_surprise_that_learn_as_ours_do_have_their_twins() -> None:
    assert {"surprise_svd": "svd", "surprise_svdpp": "svdpp"}.items() <= TWINS.items()


@pytest.mark.parametrize("name", TWINS)
def test_what_both_declare_has_one_default_and_the_twin_declares_nothing_else(name: str) -> None:
    declared, twins = (rc.algorithms()[each].hyper_parameters() for each in (name, TWINS[name]))
    assert {each: twins[each].default for each in twins} == {
        each: declared[each].default for each in twins
    }, "the twin could not be given what the other was given"


@pytest.mark.parametrize("name", TWINS)
@pytest.mark.parametrize("given", [{}, SETTINGS], ids=["defaults", "other settings"])
def test_a_twin_predicts_the_same(name: str, given: dict[str, float], crowd: Ratings) -> None:
    assert gap(name, crowd, **given) < 1e-12


@pytest.mark.real
@pytest.mark.parametrize("name", TWINS)
def test_a_twin_predicts_the_same_after_training_on_a_part_of_real_ratings(
    name: str, real: Callable[[str], Dataset]
) -> None:
    everything = real("ml-100k").ratings
    part = everything.take(np.random.default_rng(1).random(len(everything)) < 0.25)
    assert gap(name, part, **SETTINGS) < 1e-12
