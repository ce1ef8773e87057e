"""A model made to recommend with, in a process of its own, is the model one would have made here."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.errors import DataError
from recsys_core.jobs import Job, Jobs, Serve, served


@pytest.mark.parametrize("name", ["svd", "item_knn", "surprise_svd", "binary_cf"])
def test_model_and_error_are_those_of_a_plain_training(
    name: str, jobs: Jobs, wait: Callable[..., Job]
) -> None:
    data = rc.load("sample")
    job = wait(jobs, jobs.submit(Serve("sample", name, {}, data.fingerprint), "me"))
    assert job.state == "done", job.error
    result = served(job.folder, data)
    alone = rc.algorithm(name).fit(data.ratings, data.side)
    everyone = np.arange(data.ratings.n_users)
    for item in (0, 7):
        assert np.array_equal(result.model.predict(everyone, [item]), alone.predict(everyone, [item]))
    if alone.binary:
        assert result.error is None
    else:
        expected = rc.fold_in_error(alone, data.ratings, side=data.side)
        assert result.error is not None
        for field in dataclasses.fields(expected):
            assert np.array_equal(getattr(result.error, field.name), getattr(expected, field.name))
    assert result.seconds > 0


def test_a_training_that_did_not_end_is_not_served(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no finished training"):
        served(tmp_path, rc.load("sample"))


def test_other_data_than_asked_for_is_refused(jobs: Jobs, wait: Callable[..., Job]) -> None:
    job = wait(jobs, jobs.submit(Serve("sample", "bias", {}, "of other data"), "me"))
    assert job.state == "failed"
    assert "has changed" in job.error
