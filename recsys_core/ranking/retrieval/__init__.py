"""Retrieval before ranking. The folder is the registry: a public class of `Source` in a file here is one."""

from __future__ import annotations

from functools import cache

from recsys_core.errors import DataError
from recsys_core.ranking.retrieval.base import Found, Source
from recsys_core.ranking.retrieval.merging import Retrieved, SourceStage, retrieve
from recsys_core.registry import classes_in

__all__ = ["Found", "Retrieved", "Source", "SourceStage", "retrieve", "source", "sources"]


@cache
def _registry() -> dict[str, Source]:
    found = sorted((cls() for cls in classes_in(__name__, Source)), key=lambda one: (one.place, one.name))
    return {one.name: one for one in found}


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
