"""Models small enough to fit in every test."""

from __future__ import annotations

import recsys_core as rc
from recsys_core.algorithms import Algorithm
from recsys_core.dataset import Dataset


def fitted(name: str, data: Dataset) -> Algorithm:
    declared = rc.algorithms()[name].hyper_parameters()
    small = {k: v for k, v in {"n_factors": 2, "n_epochs": 5}.items() if k in declared}
    return rc.algorithm(name, **small).fit(data.ratings, data.side)
