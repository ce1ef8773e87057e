"""Novelty: how unlikely is it that a person knew the recommended films already?

    novelty@k = mean over u of (1/|L_u|) Σ_{i∈L_u} −log₂ (|U_i| / N)       (1)

L_u is u's list, U_i are the people who rated i in training, N how many people have a training rating.
A film that everybody rated has 0 bits, one that every thousandth person rated has 10. A film that nobody
rated counts as if one person had, lest one such film make the mean infinite.

Bounds: 0 to log₂ N. More is not always better: a list of unknown films may be useless. An empty list,
or no training ratings: `nan`.
Source: Vargas & Castells (2011), Rank and Relevance in Novelty and Diversity Metrics for Recommender
Systems, section 4.1 (without rank discount); Zhou et al. (2010)
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from recsys_core.evaluation.metrics._popular import mean_of_lists
from recsys_core.evaluation.metrics.base import ListMetric, Lists
from recsys_core.ratings import FloatArray


class Novelty(ListMetric):
    """Equation (1)."""

    name: ClassVar[str] = "novelty"
    title: ClassVar[str] = "Novelty@k"
    summary: ClassVar[str] = "How little known the recommended films are: one bit more, half as many raters."
    better: ClassVar[Literal["lower", "higher", "neither"]] = "higher"
    unit: ClassVar[str] = "bits"
    bounds: ClassVar[tuple[float, float]] = (0.0, np.inf)

    def _per_user(self, measured: Lists) -> FloatArray:
        n_people = int(np.sum(measured.train.by_user.counts > 0))
        if not n_people:
            return np.full(len(measured), np.nan)
        known = np.maximum(measured.train.by_item.counts, 1)
        return mean_of_lists(measured, np.log2(n_people / known))
