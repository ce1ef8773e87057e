"""Find good hyper-parameters without looking at the test."""

from recsys_core.evaluation.search.report import Best, Cell, SearchReport, Test
from recsys_core.evaluation.search.run import grid_search
from recsys_core.evaluation.search.space import Range, suggested, suggested_space

__all__ = ["Best", "Cell", "Range", "SearchReport", "Test", "grid_search", "suggested", "suggested_space"]
