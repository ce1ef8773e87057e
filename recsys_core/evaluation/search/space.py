"""Where a search looks: values listed one by one, or ranges to draw from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, TypeAlias

from recsys_core.algorithms import algorithms
from recsys_core.algorithms._hyper import HyperParameter, HyperValue
from recsys_core.errors import HyperParameterError

MOST_CELLS = 2_000
"""A grid of more is a slip of the keyboard."""


@dataclass(frozen=True)
class Range:
    """All values from `low` to `high`, both included.

    Attributes:
        low, high: the ends.
        log: draw by factors, so that 0.001 to 0.01 is drawn as often as 0.01 to 0.1.

    Raises:
        HyperParameterError: the ends are not finite, not in order, or not positive under `log`.
    """

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low <= self.high):
            raise HyperParameterError(f"A range goes up from low to high; got {self.low} to {self.high}.")
        if self.log and self.low <= 0:
            raise HyperParameterError(
                f"A range drawn by factors begins above 0; got {self.low:g} to {self.high:g}."
            )


Values: TypeAlias = tuple[HyperValue, ...]
Space: TypeAlias = dict[str, Range | Values]
"""For each hyper-parameter that varies, its range or its values in order."""


def checked(name: str, given: Mapping[str, Range | Sequence[HyperValue]]) -> Space:
    """A search space with every value in its declared type and within its bounds.

    Args:
        name: of the algorithm.
        given: for each hyper-parameter a `Range`, or the values to try. What is not named keeps its
            default; to hold something at another value, list that value alone.

    Raises:
        HyperParameterError: no such algorithm or hyper-parameter, nothing to vary, a value or an end
            of a range is not allowed, or a value stands twice.
    """
    declared = _declared(name)
    if not given:
        raise HyperParameterError("There is nothing to vary: name at least one hyper-parameter.")
    space: Space = {}
    for parameter, values in given.items():
        if parameter not in declared:
            known = ", ".join(declared) or "none"
            raise HyperParameterError(f"{name} has no hyper-parameter {parameter!r}; it has: {known}.")
        space[parameter] = _one(declared[parameter], values)
    return space


def _one(declared: HyperParameter, given: Range | Sequence[HyperValue]) -> Range | Values:
    if isinstance(given, Range):
        if declared.type in {bool, str}:
            raise HyperParameterError(f"{declared.name} has no range: list the values to try.")
        low, high = declared.check(given.low), declared.check(given.high)
        return Range(low, high, given.log)  # type: ignore[arg-type]
    if isinstance(given, (str, bytes)) or not isinstance(given, Sequence):
        raise HyperParameterError(
            f"{declared.name} = {given!r:.60} is no choice: list the values to try, such as "
            f"[{declared.default!r}], or give a Range."
        )
    values = tuple(declared.check(value) for value in given)
    if not values:
        raise HyperParameterError(f"{declared.name} has no values to try.")
    if len(set(values)) < len(values):
        raise HyperParameterError(f"{declared.name} names a value twice: {', '.join(map(str, values))}.")
    return values


def cells_of(space: Space) -> list[dict[str, HyperValue]]:
    """Every combination, the last hyper-parameter running fastest, as in Surprise's `GridSearchCV`.

    Raises:
        HyperParameterError: a range cannot be listed, or the grid is too large (`MOST_CELLS`).
    """
    for parameter, values in space.items():
        if isinstance(values, Range):
            raise HyperParameterError(f"A grid lists its values; {parameter} is a range: search at random.")
    n = math.prod(len(values) for values in space.values() if not isinstance(values, Range))
    if n > MOST_CELLS:
        raise HyperParameterError(f"A grid of {n:,} cells is too large: {MOST_CELLS:,} at most.")
    listed = [values for values in space.values() if not isinstance(values, Range)]
    return [dict(zip(space, cell, strict=True)) for cell in product(*listed)]


def suggested(declared: HyperParameter) -> Range | Values:
    """Where to look for a good value of a hyper-parameter, if nobody says: around its default.

    A tenth to ten times of what is declared to vary by factors, a quarter to four times of other
    numbers, drawn by factors too; all within the declared bounds. What has choices offers all of them.
    """
    if declared.type is bool:
        return (False, True)
    if declared.type is str:
        return tuple(declared.choices)
    wide = 10.0 if declared.log else 4.0
    default = float(declared.default)
    least, most = (bound if bound is not None else default for bound in (declared.low, declared.high))
    if default <= 0:  # no factor leads away from 0
        return Range(least, most)
    low, high = max(default / wide, least), min(default * wide, most)
    if declared.type is int:
        low, high = max(float(math.ceil(low)), least), float(math.floor(high))
    return Range(low, high, log=low > 0)


def suggested_space(name: str, parameters: Sequence[str]) -> Space:
    """`suggested` for some hyper-parameters of an algorithm.

    Raises:
        HyperParameterError: no such algorithm or hyper-parameter.
    """
    declared = _declared(name)
    for parameter in parameters:
        if parameter not in declared:
            known = ", ".join(declared) or "none"
            raise HyperParameterError(f"{name} has no hyper-parameter {parameter!r}; it has: {known}.")
    return {parameter: suggested(declared[parameter]) for parameter in parameters}


def plain(space: Mapping[str, Range | Sequence[HyperValue]]) -> dict[str, Any]:
    """The space as JSON takes it: {"low", "high", "log"} for a range, else a list."""
    return {
        name: {"low": one.low, "high": one.high, "log": one.log} if isinstance(one, Range) else list(one)
        for name, one in space.items()
    }


def from_plain(values: Mapping[str, Any]) -> dict[str, Range | Sequence[HyperValue]]:
    """The reverse of `plain`; `checked` looks at what is in it.

    Raises:
        HyperParameterError: a range lacks an end or has something else.
    """
    try:
        return {name: Range(**one) if isinstance(one, Mapping) else one for name, one in values.items()}
    except TypeError as error:
        raise HyperParameterError(f"A range is low, high and log; got {values!r:.200}.") from error


def _declared(name: str) -> dict[str, HyperParameter]:
    if name not in algorithms():
        raise HyperParameterError(f"There is no algorithm {name!r}; there are: {', '.join(algorithms())}.")
    return algorithms()[name].hyper_parameters()
