"""The folder is the registry: a public class of `Spec` in a file here is a kind of long work."""

from __future__ import annotations

import inspect
import pkgutil
from functools import cache
from importlib import import_module

from recsys_core.errors import JobError
from recsys_core.jobs.base import Spec

__all__ = ["kind", "kinds"]


@cache
def _registry() -> dict[str, type[Spec]]:
    found: dict[str, type[Spec]] = {}
    for module_info in pkgutil.iter_modules(__path__):
        module = import_module(f"{__name__}.{module_info.name}")
        for _, cls in inspect.getmembers(module, inspect.isclass):
            if issubclass(cls, Spec) and cls.__module__ == module.__name__:
                found[cls.kind] = cls
    return dict(sorted(found.items()))


def kinds() -> dict[str, type[Spec]]:
    """Every kind of long work by name."""
    return dict(_registry())


def kind(name: str) -> type[Spec]:
    """A kind of long work by name.

    Raises:
        JobError: there is no such kind.
    """
    if name not in _registry():
        raise JobError(f"There is no kind of job {name!r}; there are: {', '.join(_registry())}.")
    return _registry()[name]
