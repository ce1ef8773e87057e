"""The folder is the registry: a public class of `Algorithm` in a file here is an algorithm of the lab."""

from __future__ import annotations

import inspect
import pkgutil
from functools import cache
from importlib import import_module
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
    found: dict[str, type[Algorithm]] = {}
    for module_info in pkgutil.iter_modules(__path__):
        if module_info.name.startswith("_") or module_info.name == "base":
            continue
        module = import_module(f"{__name__}.{module_info.name}")
        for _, cls in inspect.getmembers(module, inspect.isclass):
            if (
                issubclass(cls, Algorithm)
                and cls.__module__ == module.__name__
                and not inspect.isabstract(cls)
            ):
                found[cls.name] = cls
    return dict(sorted(found.items()))


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
