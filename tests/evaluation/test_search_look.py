"""What is read from a search is what its cells say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from recsys_core.algorithms._hyper import HyperValue
from recsys_core.errors import DataError
from recsys_core.evaluation import Protocol, Splitting
from recsys_core.evaluation.search import Cell, Range, SearchReport, heat_map, importance, validation_curve
from recsys_core.evaluation.search.space import cells_of, plain

PROTOCOL = Protocol("toy", "f", 8, 4, 5, Splitting(folds=2), ("a", "b"))
GRID: dict[str, tuple[HyperValue, ...]] = {"n_factors": (8, 2, 4), "learning_rate": (0.1, 0.01)}
SCORES = {(8, 0.1): 3.0, (8, 0.01): 1.4, (2, 0.1): 2.0, (2, 0.01): 1.6, (4, 0.1): 2.5, (4, 0.01): 1.0}


def report_of(
    scores: Mapping[tuple[HyperValue, ...], float], better: str = "lower", **changes: object
) -> SearchReport:
    """A search over `GRID` in which each fold gave the score ∓ 0.1."""
    cells = []
    for number, parameters in enumerate(cells_of(dict(GRID))):
        score = scores[tuple(parameters.values())]
        pair = (score - 0.1, score + 0.1)
        training = (score / 2 - 0.1, score / 2 + 0.1)
        cells.append(Cell(number, parameters, "done", pair, training, 1.0))
    names, space = tuple(GRID), plain(GRID)
    made = SearchReport("svd", "grid", "rmse", better, 6, tuple(cells), names, space, PROTOCOL, 0, "i")  # type: ignore[arg-type]
    return made if not changes else replace(made, **changes)


def test_a_curve_runs_through_the_best_cell_in_rising_order() -> None:
    curve = validation_curve(report_of(SCORES), "n_factors")
    assert curve.values == (2, 4, 8)
    assert curve.held == {"learning_rate": 0.01}
    assert curve.validation == pytest.approx([1.6, 1.0, 1.4])
    assert curve.training == pytest.approx([0.8, 0.5, 0.7])
    assert curve.sd == pytest.approx(np.full(3, 0.1 * np.sqrt(2)))
    assert curve.values[curve.best] == 4
    assert curve.turns


def test_a_best_value_at_an_end_is_no_turn() -> None:
    curve = validation_curve(report_of(SCORES), "learning_rate")
    assert curve.values == (0.01, 0.1)
    assert curve.best == 0
    assert not curve.turns


def test_where_larger_is_better_the_curve_peaks() -> None:
    report = report_of(SCORES, "higher")
    curve = validation_curve(report, "n_factors")
    assert curve.held == {"learning_rate": 0.1}
    assert curve.values[curve.best] == 8


def test_a_map_has_every_cell_in_its_place_and_holes_where_one_failed() -> None:
    whole = report_of(SCORES)
    failed = Cell(0, whole.cells[0].parameters, "failed", error="diverged")
    holed = report_of(SCORES, cells=(failed, *whole.cells[1:]))
    grid = heat_map(holed, "learning_rate", "n_factors")
    assert grid.rows == (0.01, 0.1)
    assert grid.columns == (2, 4, 8)
    np.testing.assert_allclose(grid.scores, [[1.6, 1.0, 1.4], [2.0, 2.5, np.nan]])
    assert grid.best == (0, 1)
    assert grid.held == {}


def test_importance_finds_the_parameter_that_mattered() -> None:
    rng = np.random.default_rng(0)
    space = {"n_factors": Range(1, 100), "learning_rate": Range(0.01, 1.0, log=True), "n_epochs": (3,)}
    cells = []
    for number in range(60):
        factors, rate = int(rng.integers(1, 101)), float(10 ** rng.uniform(-2, 0))
        score = 1 + abs(factors - 50) / 50 + 0.001 * rate
        parameters: dict[str, HyperValue] = {"n_factors": factors, "learning_rate": rate, "n_epochs": 3}
        cells.append(Cell(number, parameters, "done", (score, score)))
    lower = report_of(SCORES, cells=tuple(cells), varied=tuple(space), space=plain(space))
    first, second = importance(lower)
    assert first.parameter == "n_factors"
    assert first.share > 0.8
    assert first.share + second.share == pytest.approx(1)


def test_importance_takes_words_and_switches() -> None:
    space = {"optimizer": ("adam", "momentum"), "mean_normalization": (True, False)}
    cells = [
        Cell(n, p, "done", (1.0 if p["optimizer"] == "adam" else 2.0,))
        for n, p in enumerate(cells_of(dict(space)) * 5)
    ]
    found = importance(report_of(SCORES, cells=tuple(cells), varied=tuple(space), space=plain(space)))
    assert found[0].parameter == "optimizer"


def test_what_cannot_be_said_is_refused() -> None:
    report = report_of(SCORES)
    for ask in (
        lambda: validation_curve(report, "seed"),
        lambda: heat_map(report, "n_factors", "n_factors"),
        lambda: importance(report),  # six cells
        lambda: validation_curve(report_of(SCORES, cells=()), "n_factors"),
        lambda: validation_curve(report_of(SCORES, cells=report.cells[:1]), "n_factors"),
    ):
        with pytest.raises(DataError):
            ask()


def test_the_best_of_equals_is_the_first() -> None:
    best = report_of(dict.fromkeys(SCORES, 1.0)).best
    assert best is not None
    assert best.number == 0
