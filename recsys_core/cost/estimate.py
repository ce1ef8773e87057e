"""Seconds and bytes of work that has not been done yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from recsys_core.algorithms import algorithm
from recsys_core.algorithms._hyper import HyperValue
from recsys_core.algorithms._work import Size, Work
from recsys_core.cost import machine
from recsys_core.cost.machine import Speed

Settings: TypeAlias = Mapping[str, HyperValue]

BYTES_A_RATING = 35
"""What a data set holds in memory for each of its ratings, before anything is grouped."""
WORKER_SECONDS, WORKER_BYTES = 0.7, 230e6
"""What a process of its own takes before it does anything: Python, numpy and a compiler."""


@dataclass(frozen=True)
class Cost:
    """About what something takes.

    Attributes:
        seconds: on one core that has nothing else to do.
        n_bytes: of memory, at the peak.
        source: how the figures were come by, in words.
    """

    seconds: float
    n_bytes: float
    source: str

    def __add__(self, other: Cost) -> Cost:
        """One after the other: seconds add up, and the memory is that of the larger one."""
        return Cost(self.seconds + other.seconds, max(self.n_bytes, other.n_bytes), self.source)

    def __mul__(self, times: float) -> Cost:
        """Again and again, each time in the same memory."""
        return Cost(self.seconds * times, self.n_bytes, self.source)

    __rmul__ = __mul__


def estimate(algorithm_name: str, hyper_parameters: Settings, size: Size, speed: Speed | None = None) -> Cost:
    """About what one `fit` takes, beyond the ratings themselves.

    Args:
        algorithm_name, hyper_parameters: as for `recsys_core.algorithm`.
        size: of the ratings to learn from.
        speed: of the machine; None for this one, which is measured first if it never was.

    Raises:
        HyperParameterError: no such algorithm or hyper-parameter.
    """
    model = algorithm(algorithm_name, **hyper_parameters)
    return _cost(model.work(size), speed or machine.speed())


def of_training(
    algorithm_name: str,
    hyper_parameters: Settings,
    size: Size,
    *,
    validation_share: float = 0.0,
    speed: Speed | None = None,
) -> Cost:
    """About what a job takes that trains one model in a process of its own and watches it.

    Args:
        algorithm_name, hyper_parameters, speed: as `estimate`.
        size: of the whole data set.
        validation_share: kept from training, and predicted after every epoch.

    Raises:
        HyperParameterError: as `estimate`.
    """
    model, speed = algorithm(algorithm_name, **hyper_parameters), speed or machine.speed()
    learned = size.part(1 - validation_share)
    epochs = int(getattr(model, "n_epochs", 1)) if model.iterative else 1
    validation = model.prediction_work(learned, validation_share * size.n_ratings)
    watched = validation + (model.step_work(learned) if model.iterative else Work())
    cost = _cost(model.work(learned) + epochs * watched, speed)
    return Cost(
        WORKER_SECONDS * speed.interpreted + cost.seconds,
        WORKER_BYTES + BYTES_A_RATING * size.n_ratings + cost.n_bytes,
        cost.source,
    )


def of_cross_validation(
    algorithms: Mapping[str, Settings] | Iterable[tuple[str, Settings]],
    size: Size,
    folds: int = 5,
    *,
    ranked: bool = True,
    speed: Speed | None = None,
) -> Cost:
    """About what it takes to train each algorithm on every fold and to score it on the rest.

    Args:
        algorithms: hyper-parameters by name, or pairs where a name comes up more than once.
        size: of the whole data set.
        folds: k of k-fold; 2 or more.
        ranked: the whole catalogue is ranked for everybody in every fold too.
        speed: as `estimate`.

    Raises:
        HyperParameterError: as `estimate`.
        ValueError: fewer than 2 folds.
    """
    if folds < 2:
        raise ValueError(f"{folds} folds leave nothing to learn from or to score on: give 2 or more.")
    speed = speed or machine.speed()
    chosen = list(algorithms.items() if isinstance(algorithms, Mapping) else algorithms)
    learned, total = size.part(1 - 1 / folds), Cost(0.0, 0.0, speed.source)
    for name, hyper_parameters in chosen:
        model = algorithm(name, **hyper_parameters)
        work = model.work(learned) + model.prediction_work(learned, size.n_ratings / folds)
        if ranked:
            work = work + size.n_users * model.ranking_work(learned)
        total = total + folds * _cost(work, speed)
    return total


def of_search(
    algorithm_name: str,
    cells: Iterable[Settings],
    size: Size,
    folds: int = 3,
    *,
    ranked: bool = False,
    speed: Speed | None = None,
) -> Cost:
    """About what it takes to cross-validate every cell of a grid, one after the other.

    Args:
        algorithm_name: of all cells.
        cells: the hyper-parameters of each.
        size, folds, ranked, speed: as `of_cross_validation`, whose errors it raises.
    """
    pairs = [(algorithm_name, cell) for cell in cells]
    return of_cross_validation(pairs, size, folds, ranked=ranked, speed=speed)


def _cost(work: Work, speed: Speed) -> Cost:
    return Cost(speed.seconds(work), work.n_bytes, speed.source)
