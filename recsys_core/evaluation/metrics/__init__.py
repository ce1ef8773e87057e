"""The folder is the registry: a public class of `Metric` in a file here is a metric of the lab."""

from __future__ import annotations

import inspect
import pkgutil
from functools import cache
from importlib import import_module
from typing import Any

from recsys_core.errors import HyperParameterError
from recsys_core.evaluation.metrics.base import NOTHING, UNRANKED, Lists, Metric, Predicted, Relevant

__all__ = ["NOTHING", "UNRANKED", "Lists", "Metric", "Predicted", "Relevant", "metric", "metrics"]


@cache
def _registry() -> dict[str, type[Metric[Any]]]:
    found: dict[str, type[Metric[Any]]] = {}
    for module_info in pkgutil.iter_modules(__path__):
        if module_info.name.startswith("_") or module_info.name == "base":
            continue
        module = import_module(f"{__name__}.{module_info.name}")
        for _, cls in inspect.getmembers(module, inspect.isclass):
            if issubclass(cls, Metric) and cls.__module__ == module.__name__ and not inspect.isabstract(cls):
                found[cls.name] = cls
    return dict(sorted(found.items()))


def metrics() -> dict[str, type[Metric[Any]]]:
    """Every metric of the library by name."""
    return dict(_registry())


def metric(name: str, **options: Any) -> Metric[Any]:
    """A metric by name: `metric("ndcg").value(lists)`.

    Args:
        options: what the metric's constructor takes; mostly nothing.

    Raises:
        HyperParameterError: no such metric, or it takes no such option.
    """
    if name not in _registry():
        raise HyperParameterError(f"There is no metric {name!r}; there are: {', '.join(_registry())}.")
    cls = _registry()[name]
    taken = inspect.signature(cls).parameters
    for option in options:
        if option not in taken:
            raise HyperParameterError(
                f"{name} takes no option {option!r}; it takes: {', '.join(taken) or 'none'}."
            )
    return cls(**options)
