"""Pictures of a search: what they mark, what they say, and that they hold whatever the search came to."""

from __future__ import annotations

import dataclasses
import json
import math
import re

import pandas as pd
import pytest

import recsys_core as rc
from recsys_core.dataset import Dataset
from recsys_core.evaluation.search import Cell, Range, SearchReport
from ui.charts import Chart
from ui.charts.tune import validation_curve, varied
from ui.charts.tune_many import best_so_far, importance, paths
from ui.charts.tune_map import landscape

N_FACTORS = [1, 2, 5, 20, 100]


@pytest.fixture(scope="module")
def sample() -> Dataset:
    return rc.load("sample")


@pytest.fixture(scope="module")
def curve(sample: Dataset) -> SearchReport:
    """A real one: 100 epochs, and from 5 factors on it learns by heart."""
    return rc.grid_search("svd", {"n_factors": N_FACTORS, "n_epochs": [100]}, sample)


@pytest.fixture(scope="module")
def drawn(sample: Dataset) -> SearchReport:
    space = {"n_factors": Range(1, 30, log=True), "n_epochs": Range(2, 20), "init_std": (0.05, 0.1)}
    return rc.search("svd", space, sample, "random", n_trials=12, pruning=False)


def made(
    space: dict[str, object], cells: list[Cell], of: SearchReport, *, sampler: str = "grid", n_cells: int = 0
) -> SearchReport:
    """A report with these cells."""
    return dataclasses.replace(
        of,
        space=space,
        varied=tuple(space),
        cells=tuple(cells),
        sampler=sampler,
        n_cells=n_cells or len(cells),
    )


def cell(number: int, parameters: dict[str, object], mean: float, training: float = math.nan) -> Cell:
    learned = () if math.isnan(training) else (training, training, training)
    return Cell(number, parameters, "done", (mean - 0.01, mean, mean + 0.01), learned)


def lost(number: int, parameters: dict[str, object], state: str) -> Cell:
    return Cell(number, parameters, state, error="It failed." if state == "failed" else "")  # type: ignore[arg-type]


def series(chart: Chart, name: str) -> dict[str, object]:
    assert isinstance(chart.figure, dict)
    (found,) = [each for each in chart.figure["series"] if each["name"] == name]
    return found


def is_whole(chart: Chart) -> None:
    """What every chart owes: a question, a sentence without holes, numbers, and a figure that can be sent."""
    assert chart.question.endswith("?")
    assert chart.alt.endswith(".")
    assert "nan" not in chart.alt.split()
    assert isinstance(chart.table, pd.DataFrame)
    assert re.fullmatch(r"[a-z-]+", chart.key)
    if isinstance(chart.figure, dict):
        json.dumps(chart.figure, allow_nan=False)
    else:
        chart.figure.to_json()


# ---------------------------------------------------------------- one


def test_on_the_sample_training_falls_and_validation_turns(curve: SearchReport) -> None:
    chart = validation_curve(curve, "n_factors")
    is_whole(chart)
    table = chart.table
    assert table["n_factors"].tolist() == N_FACTORS
    assert table["training"].is_monotonic_decreasing
    assert 0 < table["validation"].argmin() < len(N_FACTORS) - 1, "the turn is inside the range"


def test_the_best_value_and_what_lies_beyond_it_are_named(curve: SearchReport) -> None:
    chart = validation_curve(curve, "n_factors")
    line = series(chart, "validation")
    assert curve.best is not None
    best = curve.best.parameters["n_factors"]
    assert line["markPoint"]["data"][0]["coord"] == [str(best), curve.best.score]
    assert line["markPoint"]["label"]["formatter"] == f"best: {best}"
    named = {area[0]["name"]: (area[0]["xAxis"], area[1]["xAxis"]) for area in line["markArea"]["data"]}
    assert named == {"under-fitting": ("1", str(best)), "over-fitting": (str(best), "100")}
    assert f"lowest at n_factors = {best}" in chart.alt
    assert "learns by heart" in chart.alt


def test_the_band_is_one_standard_deviation_to_either_side(curve: SearchReport) -> None:
    chart = validation_curve(curve, "n_factors")
    low = series(chart, "validation less sd")["data"]
    room = series(chart, "validation ± sd")["data"]
    for (_, a), (_, b), cell in zip(low, room, curve.cells, strict=True):
        assert a == pytest.approx(cell.mean - cell.sd)
        assert a + b == pytest.approx(cell.mean + cell.sd)


def test_a_best_value_at_an_end_says_look_further(curve: SearchReport) -> None:
    cells = [cell(k, {"n_factors": n}, 1 - n / 10, 1 - n / 8) for k, n in enumerate((1, 2, 3))]
    chart = validation_curve(made({"n_factors": [1, 2, 3]}, cells, curve), "n_factors")
    assert "look further" in chart.alt
    assert "over-fitting" not in chart.alt


def test_beyond_a_declared_bound_nobody_is_sent(curve: SearchReport) -> None:
    cells = [cell(k, {"n_factors": n}, 0.8 + n / 10, 1 - n / 8) for k, n in enumerate((1, 2, 3))]
    chart = validation_curve(made({"n_factors": [1, 2, 3]}, cells, curve), "n_factors")
    assert "lowest at n_factors = 1" in chart.alt
    assert "look further" not in chart.alt


def test_of_two_curves_that_both_get_worse_none_is_called_over_fitting(curve: SearchReport) -> None:
    cells = [cell(0, {"n_factors": 1}, 0.8, 0.7), cell(1, {"n_factors": 9}, 0.9, 0.9)]
    chart = validation_curve(made({"n_factors": [1, 9]}, cells, curve), "n_factors")
    assert "under-fitting" in chart.alt
    assert "over-fitting" not in chart.alt


def test_what_is_within_the_spread_of_the_folds_is_called_neither(curve: SearchReport) -> None:
    folds = {1: (0.79, 0.81, 0.86), 5: (0.78, 0.80, 0.85), 9: (0.79, 0.80, 0.86), 40: (1.1, 1.2, 1.3)}
    cells = [
        Cell(k, {"n_factors": n}, "done", scores, (0.7 - n / 100,) * 3)
        for k, (n, scores) in enumerate(folds.items())
    ]
    near = validation_curve(made({"n_factors": [1, 5, 9]}, cells[:3], curve), "n_factors")
    assert "fitting" not in near.alt
    assert near.alt.count("too close to tell") == 2
    assert series(near, "validation")["markArea"]["data"] == []
    far = validation_curve(made({"n_factors": list(folds)}, cells, curve), "n_factors")
    assert "over-fitting" in far.alt
    assert "under-fitting" not in far.alt


def test_a_higher_score_is_better_where_the_metric_says_so(curve: SearchReport) -> None:
    of = dataclasses.replace(curve, metric="ndcg", better="higher")
    cells = [cell(0, {"n_factors": 1}, 0.1), cell(1, {"n_factors": 2}, 0.3), cell(2, {"n_factors": 3}, 0.2)]
    chart = validation_curve(made({"n_factors": [1, 2, 3]}, cells, of), "n_factors")
    assert "NDCG@10 is highest at n_factors = 2" in chart.alt
    assert not [each for each in chart.figure["series"] if each["name"] == "training"], "lists have none"


def test_words_stand_side_by_side(curve: SearchReport) -> None:
    cells = [cell(0, {"optimizer": "sgd"}, 0.9), cell(1, {"optimizer": "adam"}, 0.8)]
    chart = validation_curve(made({"optimizer": ["sgd", "adam"]}, cells, curve), "optimizer")
    is_whole(chart)
    assert chart.figure["xAxis"]["type"] == "category"
    assert "look further" not in chart.alt


# ---------------------------------------------------------------- two


def grid_of(of: SearchReport) -> SearchReport:
    rates, pulls = [0.01, 0.1], [0.02, 0.2, 2.0]
    cells = [
        cell(
            3 * y + x,
            {"learning_rate": rate, "regularization": pull},
            0.8 + abs(y - 1) / 10 + abs(x - 1) / 20,
        )
        for y, rate in enumerate(rates)
        for x, pull in enumerate(pulls)
    ]
    cells[0] = lost(0, cells[0].parameters, "failed")
    return made({"learning_rate": rates, "regularization": pulls}, cells, of)


def test_a_map_frames_the_best_cell_and_says_what_failed(curve: SearchReport) -> None:
    chart = landscape(grid_of(curve), "learning_rate", "regularization")
    is_whole(chart)
    (frame,) = chart.figure.layout.shapes
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (0.5, 1.5, 0.5, 1.5)
    assert "lowest, 0.8000, at learning_rate = 0.1 and regularization = 0.2" in chart.alt
    assert "1 of 6 cells failed" in chart.alt
    written = [note.text for note in chart.figure.layout.annotations]
    assert "failed" in written
    assert chart.figure.layout.xaxis.showgrid is chart.figure.layout.yaxis.showgrid is False, "struck through"
    assert "0.800" in written
    assert list(chart.figure.data[0].x) == ["0.02", "0.2", "2"]


def test_drawn_values_are_dots_with_the_best_ringed(drawn: SearchReport) -> None:
    chart = landscape(drawn, "n_factors", "n_epochs")
    is_whole(chart)
    dots, ring = chart.figure.data
    assert len(dots.x) == len(drawn.cells)
    assert drawn.best is not None
    assert (ring.x[0], ring.y[0]) == (drawn.best.parameters["n_epochs"], drawn.best.parameters["n_factors"])


# ---------------------------------------------------------------- many


def test_the_best_so_far_never_gets_worse(drawn: SearchReport) -> None:
    chart = best_so_far(drawn)
    is_whole(chart)
    best = chart.table["best so far"]
    assert best.is_monotonic_decreasing
    assert drawn.best is not None
    assert best.iloc[-1] == drawn.best.score
    assert f"found by cell {drawn.best.number + 1}" in chart.alt


def test_far_worse_cells_leave_the_chart_and_are_counted(curve: SearchReport) -> None:
    means = [0.9, 0.85, 0.84, 0.83, 0.82, 50.0]
    cells = [cell(k, {"n_factors": k + 1}, mean) for k, mean in enumerate(means)]
    space = {"n_factors": {"low": 1, "high": 9, "log": True}}
    chart = best_so_far(
        made(space, [*cells, lost(6, {"n_factors": 9}, "stopped early")], curve, sampler="tpe")
    )
    assert chart.figure["yAxis"]["max"] < 2
    assert "1 lies above the chart" in chart.alt
    assert "1 stopped early" in chart.alt


def test_every_path_ends_in_its_score_and_the_best_lies_on_top(drawn: SearchReport) -> None:
    chart = paths(drawn, varied(drawn))
    is_whole(chart)
    rows = [row for each in chart.figure["series"] for row in each["data"]]
    assert len(rows) == len(drawn.cells)
    assert drawn.best is not None
    assert rows[-1] == [*drawn.best.parameters.values(), drawn.best.score]
    assert [axis["name"] for axis in chart.figure["parallelAxis"]] == [*varied(drawn), "RMSE"]
    assert chart.alt.startswith("The 3 best of 12 cells have n_factors ")


def test_importances_are_shares_of_one(drawn: SearchReport) -> None:
    chart = importance(drawn)
    assert chart is not None
    is_whole(chart)
    assert chart.table["share of importance"].sum() == pytest.approx(1)
    assert set(chart.table["hyper-parameter"]) == set(varied(drawn))
    assert chart.alt.startswith(chart.table["hyper-parameter"].iloc[0])


def test_of_few_cells_or_one_parameter_nobody_says_what_matters(
    curve: SearchReport, drawn: SearchReport
) -> None:
    assert importance(curve) is None
    assert importance(dataclasses.replace(drawn, cells=drawn.cells[:5])) is None


# ---------------------------------------------------------------- whatever it came to


def test_what_is_held_does_not_count_as_varied(curve: SearchReport) -> None:
    assert curve.varied == ("n_factors", "n_epochs")
    assert varied(curve) == ["n_factors"]


@pytest.mark.parametrize("cells", [0, 1, 2])
@pytest.mark.parametrize("state", ["done", "failed", "stopped early"])
def test_every_picture_holds_from_the_first_cell_on(
    curve: SearchReport, drawn: SearchReport, cells: int, state: str
) -> None:
    def cut(report: SearchReport) -> SearchReport:
        kept = report.cells[:cells]
        if state != "done":
            kept = tuple(lost(each.number, dict(each.parameters), state) for each in kept)
        return dataclasses.replace(report, cells=kept)

    is_whole(validation_curve(cut(curve), "n_factors"))
    is_whole(landscape(cut(grid_of(curve)), "learning_rate", "regularization"))
    is_whole(landscape(cut(drawn), "n_factors", "n_epochs"))
    is_whole(best_so_far(cut(drawn)))
    is_whole(paths(cut(drawn), varied(drawn)))
