"""What will it cost? Time and memory of work, before it is done."""

from recsys_core.algorithms._work import Size, Work
from recsys_core.cost.estimate import Cost, Settings, estimate, of_cross_validation, of_search, of_training
from recsys_core.cost.layouts import of_layout
from recsys_core.cost.limits import (
    DEAR,
    Alternative,
    Limits,
    admit,
    alternative,
    hosted_limits,
    in_words,
    verdict,
)

__all__ = [
    "DEAR",
    "Alternative",
    "Cost",
    "Limits",
    "Settings",
    "Size",
    "Work",
    "admit",
    "alternative",
    "estimate",
    "hosted_limits",
    "in_words",
    "of_cross_validation",
    "of_layout",
    "of_search",
    "of_training",
    "verdict",
]
