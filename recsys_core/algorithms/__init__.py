"""The folder is the registry: a public class of `Algorithm` in a file here is an algorithm of the lab."""

from __future__ import annotations

from functools import cache
from typing import Any

from recsys_core.algorithms.base import (
    Algorithm,
    Explanation,
    HyperParameter,
    Profile,
    Share,
    Step,
    Term,
    User,
    make,
)
from recsys_core.errors import HyperParameterError
from recsys_core.registry import classes_in

__all__ = [
    "Algorithm",
    "Explanation",
    "HyperParameter",
    "Profile",
    "Share",
    "Step",
    "Term",
    "User",
    "algorithm",
    "algorithms",
]


@cache
def _registry() -> dict[str, type[Algorithm]]:
    return {cls.name: cls for cls in sorted(classes_in(__name__, Algorithm), key=lambda cls: cls.name)}


def algorithms() -> dict[str, type[Algorithm]]:
    """Every algorithm of the library by name."""
    return dict(_registry())


def algorithm(name: str, **hyper_parameters: Any) -> Algorithm:
    """Build an algorithm by name.

    Raises:
        HyperParameterError: no such algorithm or hyper-parameter, or a value out of bounds.
    """
    if name not in _registry():
        raise HyperParameterError(f"There is no algorithm {name!r}; there are: {', '.join(_registry())}.")
    return make(_registry()[name], hyper_parameters)
