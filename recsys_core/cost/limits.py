"""What a piece of long work may cost here, and what to take instead of what costs too much."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from recsys_core.algorithms import algorithms
from recsys_core.algorithms._hyper import HyperValue
from recsys_core.cost.estimate import Cost, Settings
from recsys_core.errors import HyperParameterError, JobRefusedError, RecsysError
from recsys_core.features import SideInformation

Verdict: TypeAlias = Literal["fine", "dear", "too much"]
CHEAPER_BY = 2.0
"""An alternative is worth naming from here on."""


@dataclass(frozen=True)
class Limits:
    """Attributes:
    seconds: by the clock on the wall.
    n_bytes: of memory.
    """

    seconds: float
    n_bytes: float

    def exceeded_by(self, cost: Cost) -> bool:
        """Whether that would take more of either."""
        return cost.seconds > self.seconds or cost.n_bytes > self.n_bytes


DEAR = Limits(30, 1e9)
"""Above these a person is warned before it starts."""


def hosted_limits() -> Limits:
    """What one job may take on this server: `RECSYS_MAX_SECONDS` (600), `RECSYS_MAX_MB` (2,000).

    Raises:
        RecsysError: one of them is not a number above 0.
    """
    return Limits(_number("RECSYS_MAX_SECONDS", 600), 1e6 * _number("RECSYS_MAX_MB", 2000))


def _number(name: str, default: float) -> float:
    text = os.environ.get(name) or str(default)
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0 < value < float("inf"):
        raise RecsysError(f"{name} = {text!r} is no limit: give a number above 0.")
    return value


def verdict(cost: Cost, limits: Limits) -> Verdict:
    """Whether it may start at once, with a warning, or not at all."""
    if limits.exceeded_by(cost):
        return "too much"
    return "dear" if DEAR.exceeded_by(cost) else "fine"


def admit(cost: Cost, limits: Limits) -> None:
    """Let it pass, or refuse it.

    Raises:
        JobRefusedError: it would probably take more than the limits; says how much of what.
    """
    if not limits.exceeded_by(cost):
        return
    raise JobRefusedError(
        f"This would take about {in_words(cost)}, and one job may take "
        f"{in_words(Cost(limits.seconds, limits.n_bytes, ''))} here. Choose smaller settings, a smaller "
        "data set, or another model."
    )


@dataclass(frozen=True)
class Alternative:
    """What serves the same purpose and costs less.

    Attributes:
        algorithm, hyper_parameters: as for `recsys_core.algorithm`.
        cost: what it would take.
    """

    algorithm: str
    hyper_parameters: dict[str, HyperValue]
    cost: Cost


def alternative(
    algorithm_name: str,
    hyper_parameters: Settings,
    cost_of: Callable[[str, Settings], Cost],
    limits: Limits,
    side: SideInformation | None = None,
    among: Callable[[str], bool] = lambda name: True,
) -> Alternative | None:
    """The nearest algorithm that serves the same purpose and is allowed, for at most half of what is dear.

    It follows `Algorithm.cheaper` from one to the next. Settings both algorithms declare go along.

    Args:
        algorithm_name, hyper_parameters: what costs too much.
        cost_of: what any algorithm would cost here.
        limits: what is allowed.
        side: the features at hand, for algorithms that need them.
        among: which algorithms can be offered at all.

    Raises:
        HyperParameterError: no such algorithm or hyper-parameter.
    """
    known, cost = algorithms(), cost_of(algorithm_name, hyper_parameters)
    by_time = cost.seconds > min(DEAR.seconds, limits.seconds)
    by_memory = cost.n_bytes > min(DEAR.n_bytes, limits.n_bytes)
    name, passed = algorithm_name, {algorithm_name}
    while (name := known[name](**_shared(name, hyper_parameters)).cheaper_name()) in known:
        if name in passed:
            return None
        passed.add(name)
        kept = _shared(name, hyper_parameters)
        other = cost_of(name, kept)
        half = (not by_time or other.seconds <= cost.seconds / CHEAPER_BY) and (
            not by_memory or other.n_bytes <= cost.n_bytes / CHEAPER_BY
        )
        can = among(name) and known[name].can_serve(side or SideInformation())
        if (by_time or by_memory) and half and can and not limits.exceeded_by(other):
            return Alternative(name, kept, other)
    return None


def _shared(name: str, hyper_parameters: Settings) -> dict[str, HyperValue]:
    """Those of the settings that this algorithm declares too, and allows."""
    kept: dict[str, HyperValue] = {}
    for key, declared in algorithms()[name].hyper_parameters().items():
        if key in hyper_parameters:
            try:
                kept[key] = declared.check(hyper_parameters[key])
            except HyperParameterError:
                continue
    return kept


def in_words(cost: Cost) -> str:
    """ "3 s and 40 MB": to two figures, for more would be a promise."""
    return f"{_time(cost.seconds)} and {_memory(cost.n_bytes)}"


def _time(seconds: float) -> str:
    if seconds < 1:
        return "1 s"
    if seconds < 100:
        return f"{_two_figures(seconds):g} s"
    if seconds < 5400:
        return f"{_two_figures(seconds / 60):g} min"
    return f"{_two_figures(seconds / 3600):g} h"


def _memory(n_bytes: float) -> str:
    if n_bytes < 1e9:
        return f"{_two_figures(max(1.0, n_bytes / 1e6)):g} MB"
    return f"{_two_figures(n_bytes / 1e9):g} GB"


def _two_figures(value: float) -> float:
    return round(float(f"{value:.1e}")) if value >= 10 else round(value, 1 if value < 3 else 0)
