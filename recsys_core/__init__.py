"""Recommender systems to look inside of: data, algorithms, evaluation, ranking.

Stands alone: nothing here knows of a screen or a chart.
"""

from recsys_core.algorithms import algorithm, algorithms
from recsys_core.algorithms._cold_items import place_items_by_genre, with_feature_blocks
from recsys_core.datasets import load, sources
from recsys_core.evaluation import (
    Protocol,
    Report,
    Split,
    Splitting,
    check_unseen,
    cross_validate,
    fold_in_error,
)
from recsys_core.evaluation.search import Range, grid_search, search
from recsys_core.ranking import Filters, HybridWeights, candidates, recommend
from recsys_core.space import neighbours_of_vector, similar_items
from recsys_core.store import load_model, save_model, saved_models

__all__ = [
    "Filters",
    "HybridWeights",
    "Protocol",
    "Range",
    "Report",
    "Split",
    "Splitting",
    "algorithm",
    "algorithms",
    "candidates",
    "check_unseen",
    "cross_validate",
    "fold_in_error",
    "grid_search",
    "load",
    "load_model",
    "neighbours_of_vector",
    "place_items_by_genre",
    "recommend",
    "save_model",
    "saved_models",
    "search",
    "similar_items",
    "sources",
    "with_feature_blocks",
]
