"""What a list may be ranked by. The folder is the registry: a public class of `Signal` in it is one."""

from __future__ import annotations

import inspect
import pkgutil
from functools import cache
from importlib import import_module

from recsys_core.ranking.signals.base import Asked, Shared, Signal, Sponsor

__all__ = ["Asked", "Shared", "Signal", "Sponsor", "signals"]


@cache
def _registry() -> dict[str, Signal]:
    found: dict[str, Signal] = {}
    for module_info in pkgutil.iter_modules(__path__):
        if module_info.name.startswith("_") or module_info.name == "base":
            continue
        module = import_module(f"{__name__}.{module_info.name}")
        for _, cls in inspect.getmembers(module, inspect.isclass):
            if issubclass(cls, Signal) and cls.__module__ == module.__name__ and not inspect.isabstract(cls):
                found[cls.name] = cls()
    return dict(sorted(found.items(), key=lambda pair: (pair[1].place, pair[0])))


def signals() -> dict[str, Signal]:
    """Every signal by name, in the order in which they are shown."""
    return dict(_registry())
