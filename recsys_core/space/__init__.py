"""The space of factors: who is near whom there, what a map of it keeps, and what its axes mean."""

from recsys_core.space.alignment import Alignment, align
from recsys_core.space.blends import analogy, blend_vector, similar_to_blend
from recsys_core.space.content import CONTENT_METRICS, alike_in_content
from recsys_core.space.corating import baseline_residuals, corated_items
from recsys_core.space.factor_file import read_factors
from recsys_core.space.factor_table import FactorTable, factor_frame, factor_table
from recsys_core.space.honesty import Honesty, map_honesty
from recsys_core.space.index import Index, build_index
from recsys_core.space.layouts import METHODS, Layout, lay_out
from recsys_core.space.meaning import (
    Correlation,
    Meaning,
    meaning_of_factor,
    norm_against_popularity,
    spearman,
)
from recsys_core.space.metrics import METRICS
from recsys_core.space.neighbours import Neighbours, neighbours_of_vector, similar_items, similar_people
from recsys_core.space.support import common_raters

__all__ = [
    "CONTENT_METRICS",
    "METHODS",
    "METRICS",
    "Alignment",
    "Correlation",
    "FactorTable",
    "Honesty",
    "Index",
    "Layout",
    "Meaning",
    "Neighbours",
    "align",
    "alike_in_content",
    "analogy",
    "baseline_residuals",
    "blend_vector",
    "build_index",
    "common_raters",
    "corated_items",
    "factor_frame",
    "factor_table",
    "lay_out",
    "map_honesty",
    "meaning_of_factor",
    "neighbours_of_vector",
    "norm_against_popularity",
    "read_factors",
    "similar_items",
    "similar_people",
    "similar_to_blend",
    "spearman",
]
