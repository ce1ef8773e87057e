"""Retrieval before ranking. The folder is the registry: a public class of `Source` in a file here is one."""

from __future__ import annotations

import inspect
import pkgutil
from functools import cache
from importlib import import_module

from recsys_core.errors import DataError
from recsys_core.ranking.retrieval.base import Found, Source
from recsys_core.ranking.retrieval.merging import Retrieved, SourceStage, retrieve

__all__ = ["Found", "Retrieved", "Source", "SourceStage", "retrieve", "source", "sources"]


@cache
def _registry() -> dict[str, Source]:
    found: list[Source] = []
    for module_info in pkgutil.iter_modules(__path__):
        if module_info.name.startswith("_") or module_info.name in {"base", "merging"}:
            continue
        module = import_module(f"{__name__}.{module_info.name}")
        for _, cls in inspect.getmembers(module, inspect.isclass):
            if issubclass(cls, Source) and cls.__module__ == module.__name__:
                found.append(cls())
    return {one.name: one for one in sorted(found, key=lambda one: (one.place, one.name))}


def sources() -> dict[str, Source]:
    """Every source of candidates by name, in the order in which they are asked."""
    return dict(_registry())


def source(name: str) -> Source:
    """One source by name.

    Raises:
        DataError: there is none of that name.
    """
    if name not in _registry():
        raise DataError(f"There is no source {name!r}; there are: {', '.join(_registry())}.")
    return _registry()[name]
