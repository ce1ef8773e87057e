"""The space of factors: who is near whom there, what a map of it keeps, and what its axes mean."""

from recsys_core.space.metrics import METRICS
from recsys_core.space.neighbours import (
    Neighbours,
    neighbours_of_vector,
    similar_items,
    similar_people,
)
from recsys_core.space.support import common_raters

__all__ = [
    "METRICS",
    "Neighbours",
    "common_raters",
    "neighbours_of_vector",
    "similar_items",
    "similar_people",
]
