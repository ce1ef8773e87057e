"""The folder is the registry: every file here may declare `SOURCES`, and `load` knows them by name."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from recsys_core.dataset import Dataset
from recsys_core.datasets.base import Published, Source
from recsys_core.errors import DataError

__all__ = ["Published", "Source", "load", "sources"]


@cache
def _registry() -> dict[str, Source]:
    found: dict[str, Source] = {}
    for module_info in pkgutil.iter_modules(__path__):
        module = import_module(f"{__name__}.{module_info.name}")
        for source in getattr(module, "SOURCES", ()):
            found[source.name] = source
    return found


def sources() -> dict[str, Source]:
    """Every data set the library can bring, by name."""
    return dict(_registry())


def load(name: str) -> Dataset:
    """Read a data set by name.

    Raises:
        DataNotFoundError: it is not on this machine; the message says where it was looked for.
        DataError: it is here but cannot be used; the message names the file and the line.
    """
    if name not in _registry():
        raise DataError(f"There is no data set {name!r}; there are: {', '.join(_registry())}.")
    return _registry()[name].read()
