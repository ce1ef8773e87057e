"""The folder is the registry: a public class of `Metric` in a file here is a metric of the lab."""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any

from recsys_core.errors import HyperParameterError
from recsys_core.evaluation.metrics.base import NOTHING, UNRANKED, Lists, Metric, Predicted, Relevant
from recsys_core.registry import classes_in

__all__ = ["NOTHING", "UNRANKED", "Lists", "Metric", "Predicted", "Relevant", "metric", "metrics"]


@cache
def _registry() -> dict[str, type[Metric[Any]]]:
    return {cls.name: cls for cls in sorted(classes_in(__name__, Metric), key=lambda cls: cls.name)}


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
