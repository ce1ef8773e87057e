"""What a finished (or half finished) search says: a curve, a map, and which parameters mattered."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from recsys_core.algorithms._hyper import HyperValue
from recsys_core.errors import DataError
from recsys_core.evaluation.search.report import Cell, SearchReport
from recsys_core.ratings import FloatArray

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

FEWEST = 10
"""Importance of fewer cells would be noise."""


@dataclass(frozen=True, eq=False)
class ValidationCurve:
    """How the scores move with one parameter, the others held at what the best cell has.

    Attributes:
        parameter: its name.
        values: (n,) ascending, or in the order of the grid where they are no numbers.
        validation, sd: (n,) mean and standard deviation over the folds.
        training, training_sd: (n,) the same on what was trained on; `nan` where not measured.
        best: position of the best value.
        turns: whether the validation score gets worse again on both sides of the best value; otherwise
            the best value is an end, and a better one may lie beyond it.
        held: what the other parameters that vary are held at.
    """

    parameter: str
    values: tuple[HyperValue, ...]
    validation: FloatArray
    sd: FloatArray
    training: FloatArray
    training_sd: FloatArray
    best: int
    turns: bool
    held: dict[str, HyperValue]


@dataclass(frozen=True, eq=False)
class HeatMap:
    """The scores over two parameters, the others held at what the best cell has.

    Attributes:
        row, column: names of the parameters.
        rows, columns: (n,), (m,) their values, ascending.
        scores: (n, m) mean validation score; `nan` where a cell failed or is not there (yet).
        best: row and column of the best score.
        held: what the other parameters that vary are held at.
    """

    row: str
    column: str
    rows: tuple[HyperValue, ...]
    columns: tuple[HyperValue, ...]
    scores: FloatArray
    best: tuple[int, int]
    held: dict[str, HyperValue]


@dataclass(frozen=True)
class Importance:
    """How much one parameter had to do with whether a cell was good.

    Attributes:
        parameter: its name.
        share: of all parameters' importance, 0 to 1; they add up to 1.
    """

    parameter: str
    share: float


def validation_curve(report: SearchReport, parameter: str) -> ValidationCurve:
    """The scores along one parameter.

    Raises:
        DataError: the parameter does not vary, or fewer than two of its values were done with the
            others as in the best cell (of a search at random hardly any are).
    """
    held, cells = _slice(report, (parameter,))
    if len(cells) < 2:
        raise DataError(
            f"A curve of {parameter} needs two values of it with all else equal: search a grid of it."
        )
    cells = _in_order(cells, parameter)
    validation = np.array([cell.mean for cell in cells])
    sign = 1.0 if report.better == "lower" else -1.0
    best = int(np.argmin(sign * validation))
    return ValidationCurve(
        parameter,
        tuple(cell.parameters[parameter] for cell in cells),
        validation,
        np.array([cell.sd for cell in cells]),
        np.array([cell.training_mean for cell in cells]),
        np.array([cell.training_sd for cell in cells]),
        best,
        0 < best < len(cells) - 1,
        held,
    )


def heat_map(report: SearchReport, row: str, column: str) -> HeatMap:
    """The scores over two parameters.

    Raises:
        DataError: one of them does not vary, both are the same, or nothing was done to its end.
    """
    if row == column:
        raise DataError(f"A map needs two parameters; got {row} twice.")
    held, cells = _slice(report, (row, column))
    rows = tuple(cell.parameters[row] for cell in _in_order(cells, row))
    columns = tuple(cell.parameters[column] for cell in _in_order(cells, column))
    rows, columns = tuple(dict.fromkeys(rows)), tuple(dict.fromkeys(columns))
    scores = np.full((len(rows), len(columns)), np.nan)
    for cell in cells:
        scores[rows.index(cell.parameters[row]), columns.index(cell.parameters[column])] = cell.mean
    sign = 1.0 if report.better == "lower" else -1.0
    where = np.unravel_index(int(np.nanargmin(sign * scores)), scores.shape)
    return HeatMap(row, column, rows, columns, scores, (int(where[0]), int(where[1])), held)


def importance(report: SearchReport) -> tuple[Importance, ...]:
    """Which parameters decided whether a cell was among the best tenth, the weightiest first.

    By PED-ANOVA: for each parameter, how far the distribution of its values among the best tenth of the
    cells is from that among all of them. It says where good cells lie, not how many stars a change is
    worth. Cells that failed or were stopped early are left out.

    Raises:
        DataError: fewer than `FEWEST` cells were done, or fewer than two parameters vary.

    Source: Watanabe, Bansal & Hutter (2023), PED-ANOVA: efficiently quantifying hyperparameter importance
    in arbitrary subspaces.
    """
    import optuna
    from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

    from recsys_core.evaluation.search.storage import quiet

    done = [cell for cell in report.cells if cell.state == "done"]
    ranges = {name: _distribution(report.space[name], done, name) for name in report.varied}
    distributions = {name: one for name, one in ranges.items() if not one.single()}
    if len(done) < FEWEST or len(distributions) < 2:
        raise DataError(
            f"Importance needs {FEWEST} finished cells and two parameters that vary; here are "
            f"{len(done)} and {len(distributions)}."
        )
    with quiet():
        study = optuna.create_study(direction="minimize" if report.better == "lower" else "maximize")
        for cell in done:
            parameters: dict[str, Any] = {name: cell.parameters[name] for name in distributions}
            study.add_trial(
                optuna.trial.create_trial(params=parameters, distributions=distributions, value=cell.mean)
            )
        found = get_param_importances(study, evaluator=PedAnovaImportanceEvaluator())
    total = sum(found.values())
    shares = {name: value / total if total > 0 else 1 / len(found) for name, value in found.items()}
    return tuple(Importance(name, shares[name]) for name in sorted(shares, key=lambda name: -shares[name]))


def _distribution(space: Any, cells: Sequence[Cell], name: str) -> BaseDistribution:
    """A grid of numbers counts as numbers: which are near to each other matters."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    values = [space["low"], space["high"]] if isinstance(space, dict) else list(space)
    if any(isinstance(value, (str, bool)) for value in values):
        return CategoricalDistribution(values)
    low, high = min(values), max(values)
    log = bool(space["log"]) if isinstance(space, dict) else low > 0 and high / low >= 10
    if all(isinstance(value, int) for value in values):
        return IntDistribution(low, high, log=log)
    return FloatDistribution(float(low), float(high), log=log)


def _slice(report: SearchReport, free: tuple[str, ...]) -> tuple[dict[str, HyperValue], list[Cell]]:
    """What the other parameters of the best cell are, and the finished cells that have the same."""
    for name in free:
        if name not in report.varied:
            raise DataError(f"{name} does not vary in this search; these do: {', '.join(report.varied)}.")
    if report.best is None:
        raise DataError("No cell has been done to its end yet.")
    held = {name: value for name, value in report.best.parameters.items() if name not in free}
    cells = [
        cell
        for cell in report.cells
        if cell.state == "done"
        and math.isfinite(cell.mean)
        and all(cell.parameters[name] == value for name, value in held.items())
    ]
    return held, cells


def _in_order(cells: Sequence[Cell], parameter: str) -> list[Cell]:
    """Numbers ascending; words as they come in the grid."""
    if any(isinstance(cell.parameters[parameter], (str, bool)) for cell in cells):
        return sorted(cells, key=lambda cell: cell.number)
    return sorted(cells, key=lambda cell: (float(cell.parameters[parameter]), cell.number))
