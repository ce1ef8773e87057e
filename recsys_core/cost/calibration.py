"""Measure this machine anew, and try what was found: every algorithm is trained on the sample."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import process_time

import numpy as np
from threadpoolctl import threadpool_limits

from recsys_core.algorithms import algorithm, algorithms
from recsys_core.algorithms._work import Size
from recsys_core.cost import machine
from recsys_core.cost.estimate import estimate
from recsys_core.dataset import Dataset
from recsys_core.datasets import load

ROUNDS, LONG = 3, 1.0
"""The quickest of so many trainings counts, or of one that takes so many seconds."""


@dataclass(frozen=True)
class Measured:
    """One algorithm on the sample.

    Attributes:
        algorithm: its name.
        estimated, seconds: what the new figures foretell, and what it took.
    """

    algorithm: str
    estimated: float
    seconds: float


def calibrate() -> Iterator[Measured]:
    """Run the probes anew, keep what they say, then train every algorithm on the sample.

    Cost: about a quarter of a minute.

    Raises:
        DataNotFoundError: the sample is not there.
    """
    data, speed = load("sample"), machine.remember(machine.measure())
    size = Size.of(data.ratings, data.side)
    for name, cls in algorithms().items():
        if cls.can_serve(data.side):
            yield Measured(name, estimate(name, {}, size, speed).seconds, _seconds(name, data))


def _seconds(name: str, data: Dataset) -> float:
    """Least time the processor worked for a fit on ratings never grouped before; the first may compile."""
    best = float("inf")
    with threadpool_limits(limits=1, user_api="blas"):  # as in a job
        for nth in range(ROUNDS + 1):
            fresh = data.ratings.take(np.arange(len(data.ratings)))
            begun = process_time()
            algorithm(name).fit(fresh, data.side)
            took = process_time() - begun
            if nth or took > LONG:
                best = min(best, took)
            if took > LONG:
                break
    return best
