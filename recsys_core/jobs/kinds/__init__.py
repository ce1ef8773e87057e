"""The folder is the registry: a public class of `Spec` in a file here is a kind of long work."""

from __future__ import annotations

from functools import cache

from recsys_core.errors import JobError
from recsys_core.jobs.base import Spec
from recsys_core.registry import classes_in

__all__ = ["kind", "kinds"]


@cache
def _registry() -> dict[str, type[Spec]]:
    return {cls.kind: cls for cls in sorted(classes_in(__name__, Spec), key=lambda cls: cls.kind)}


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
