"""The model of a panel made in a process of its own is the one made here, and has seen nothing hidden."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import recsys_core as rc
from recsys_core.errors import DataError
from recsys_core.evaluation.panel import Panel, price
from recsys_core.jobs import Job, Jobs
from recsys_core.jobs.kinds.panel import PanelModel, panel_model
from recsys_core.ranking import HybridWeights


def test_the_price_is_the_same_wherever_the_model_was_trained(jobs: Jobs, wait: Callable[..., Job]) -> None:
    data, settings = rc.load("sample"), {"n_epochs": 3}
    job = wait(jobs, jobs.submit(PanelModel("sample", "svd", settings, data.fingerprint), "me"))
    assert job.state == "done", job.error
    there = Panel.make("svd", settings, data, model=panel_model(job.folder, data))
    here = Panel.make("svd", settings, data)
    weights = HybridWeights(rating=1, popularity=1)
    assert price(there, weights).changes == price(here, weights).changes


def test_a_training_that_left_nothing_is_no_panel(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="ask for the price again"):
        panel_model(tmp_path, rc.load("sample"))
