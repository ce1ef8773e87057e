"""A folder as a registry: a public class in a file of its own is an entry, with nothing else to edit."""

from __future__ import annotations

import inspect
import pkgutil
import sys
from importlib import import_module
from typing import Any


def classes_in(package: str, base: type) -> list[Any]:
    """The concrete subclasses of `base` that the files of a package define, file by file in their order.

    Files whose name begins with "_", and base.py, are not looked into.

    Args:
        package: its full name, `__name__` in its `__init__.py`.
        base: what an entry is.

    Cost: imports every file of the package.
    """
    found: list[Any] = []  # of type[base], which cannot be said of an abstract base
    for file in pkgutil.iter_modules(sys.modules[package].__path__):
        if file.name.startswith("_") or file.name == "base":
            continue
        module = import_module(f"{package}.{file.name}")
        for _, cls in inspect.getmembers(module, inspect.isclass):
            own = issubclass(cls, base) and cls.__module__ == module.__name__
            if own and not inspect.isabstract(cls):
                found.append(cls)
    return found
