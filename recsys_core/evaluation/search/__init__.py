"""Find good hyper-parameters without looking at the test.

    report = rc.search("svd", {"n_factors": rc.Range(5, 100, log=True)}, dataset, "tpe", 30, test_share=0.2)
    report.table             # a row a cell: parameters, mean, sd, folds, training, seconds, errors
    report.best.parameters   # the choice, made on validation folds alone
    report.tested().score    # on the part sealed before the first cell, opened once after the last

space.py says where to look, samplers.py which cell comes next, scoring.py measures one, ledger.py hands
them out to any number of processes, run.py does it all, and look.py draws conclusions.
"""

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
