"""The space of factors: who is near whom there, what a map of it keeps, and what its axes mean."""

from recsys_core.space.alignment import Alignment, align, errors_by_chance
from recsys_core.space.alternation import HalfStep, half_steps
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
    strongest_by_chance,
)
from recsys_core.space.metrics import METRICS
from recsys_core.space.neighbours import Neighbours, neighbours_of_vector, similar_items, similar_people
from recsys_core.space.precomputed import NeighbourTable, precompute
from recsys_core.space.pulls import Pulls, place_of, pulls_of
from recsys_core.space.support import common_raters

__all__ = [
    "CONTENT_METRICS",
    "METHODS",
    "METRICS",
    "Alignment",
    "Correlation",
    "FactorTable",
    "HalfStep",
    "Honesty",
    "Index",
    "Layout",
    "Meaning",
    "NeighbourTable",
    "Neighbours",
    "Pulls",
    "align",
    "alike_in_content",
    "analogy",
    "baseline_residuals",
    "blend_vector",
    "build_index",
    "common_raters",
    "corated_items",
    "errors_by_chance",
    "factor_frame",
    "factor_table",
    "half_steps",
    "lay_out",
    "map_honesty",
    "meaning_of_factor",
    "neighbours_of_vector",
    "norm_against_popularity",
    "place_of",
    "precompute",
    "pulls_of",
    "read_factors",
    "similar_items",
    "similar_people",
    "similar_to_blend",
    "spearman",
    "strongest_by_chance",
]
