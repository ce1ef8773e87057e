"""What a list may be ranked by. The folder is the registry: a public class of `Signal` in it is one."""

from __future__ import annotations

from functools import cache

from recsys_core.ranking.signals.base import Asked, Shared, Signal, Sponsor
from recsys_core.registry import classes_in

__all__ = ["Asked", "Shared", "Signal", "Sponsor", "signals"]


@cache
def _registry() -> dict[str, Signal]:
    found = sorted((cls() for cls in classes_in(__name__, Signal)), key=lambda one: (one.place, one.name))
    return {one.name: one for one in found}


def signals() -> dict[str, Signal]:
    """Every signal by name, in the order in which they are shown."""
    return dict(_registry())
