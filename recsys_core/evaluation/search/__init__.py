"""Find good hyper-parameters without looking at the test."""

from recsys_core.evaluation.search.look import (
    HeatMap,
    Importance,
    ValidationCurve,
    heat_map,
    importance,
    validation_curve,
)
from recsys_core.evaluation.search.report import Best, Cell, SearchReport, Test
from recsys_core.evaluation.search.run import grid_search, search
from recsys_core.evaluation.search.space import Range, from_plain, plain, suggested, suggested_space

__all__ = [
    "Best",
    "Cell",
    "HeatMap",
    "Importance",
    "Range",
    "SearchReport",
    "Test",
    "ValidationCurve",
    "from_plain",
    "grid_search",
    "heat_map",
    "importance",
    "plain",
    "search",
    "suggested",
    "suggested_space",
    "validation_curve",
]
