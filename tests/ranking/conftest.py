"""What tests of the ranking lean on: a model of every sort on the toy, and one on the sample."""

from __future__ import annotations

import pytest

import recsys_core as rc
from recsys_core.algorithms import Algorithm
from recsys_core.dataset import Dataset
from tests.ranking.models import fitted

MODELS = [
    "als", "bias", "binary_cf", "content_regression", "item_knn", "popularity", "puresvd", "surprise_nmf",
    "svdpp", "two_tower", "user_knn", "wals",
]  # fmt: skip


@pytest.fixture(scope="module", params=MODELS)
def model(request: pytest.FixtureRequest, toy_dataset: Dataset) -> Algorithm:
    return fitted(request.param, toy_dataset)


@pytest.fixture(scope="module")
def als(toy_dataset: Dataset) -> Algorithm:
    return fitted("als", toy_dataset)


@pytest.fixture(scope="session")
def sample() -> Dataset:
    return rc.load("sample")


@pytest.fixture(scope="module")
def of_sample(sample: Dataset) -> Algorithm:
    return fitted("als", sample)
