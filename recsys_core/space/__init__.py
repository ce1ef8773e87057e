"""The space of factors: who is near whom there, what a map of it keeps, and what its axes mean."""

from recsys_core.space.blends import analogy, blend_vector, similar_to_blend
from recsys_core.space.content import CONTENT_METRICS, alike_in_content
from recsys_core.space.corating import baseline_residuals, corated_items
from recsys_core.space.index import Index, build_index
from recsys_core.space.metrics import METRICS
from recsys_core.space.neighbours import (
    Neighbours,
    neighbours_of_vector,
    similar_items,
    similar_people,
)
from recsys_core.space.support import common_raters

__all__ = [
    "CONTENT_METRICS",
    "METRICS",
    "Index",
    "Neighbours",
    "alike_in_content",
    "analogy",
    "baseline_residuals",
    "blend_vector",
    "build_index",
    "common_raters",
    "corated_items",
    "neighbours_of_vector",
    "similar_items",
    "similar_people",
    "similar_to_blend",
]
