"""Learning curves and maps of the films: their words and tables carry the numbers that are drawn."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

from recsys_core.jobs import Event
from ui.charts import Chart, style
from ui.charts.learning import Run, learning, steepness
from ui.charts.space import item_map
from ui.charts.variants import LOSS, TRAINING, VALIDATION, variants

UNDER_WAY = Event(0, 4, 0.0)


def events(train: list[float], validation: list[float] | None = None, n_epochs: int = 4) -> tuple[Event, ...]:
    """What a training tells that goes through these errors, one an epoch."""
    kept: list[float] | list[None] = validation or [None] * len(train)
    told = [
        Event(k, n_epochs, k / 10, train_rmse=own, validation_rmse=other)
        for k, (own, other) in enumerate(zip(train, kept, strict=True), start=1)
    ]
    return (UNDER_WAY, *told)


LEARNS = Run("SVD", events([1.0, 0.9, 0.8], [1.1, 1.05, 1.01]))
BY_HEART = Run("SVD", events([1.0, 0.8, 0.5, 0.25], [1.1, 0.975, 1.025, 1.2]))
ALONE = Run("ALS", events([0.95, 0.75]))


def series(chart: Chart) -> list[dict[str, Any]]:
    assert isinstance(chart.figure, dict)
    found: list[dict[str, Any]] = chart.figure["series"]
    return found


def marks(chart: Chart) -> list[Any]:
    """Where the best epoch is marked: [epoch, error] of each mark."""
    return [mark["coord"] for one in series(chart) for mark in one.get("markPoint", {}).get("data", [])]


def drawn(chart: Chart, name: str) -> list[float]:
    """The numbers of a line, as it reads them from the table."""
    line = next(one for one in series(chart) if one["name"] == name)
    column = chart.table[line["encode"]["y"]]
    return [float(value) for value in column.dropna()]


# ---------------------------------------------------------------- learning


@pytest.mark.parametrize("runs", [[], [Run("SVD", ())], [Run("SVD", (UNDER_WAY,))]])
def test_before_the_first_epoch_there_is_no_line_and_the_words_say_why(runs: list[Run]) -> None:
    chart = learning(runs, looked_at=3)
    assert series(chart) == []
    said = "the first epoch is under way" if runs else "Nothing has been trained yet"
    assert said in chart.alt
    assert not re.search(r"nan|None|\d\.\d", chart.alt)


def test_one_epoch_is_drawn_as_points_for_a_line_needs_two() -> None:
    chart = learning([Run("SVD", (Event(1, 4, 0.1, train_rmse=1.0, validation_rmse=1.1),))])
    assert [one["showSymbol"] for one in series(chart)] == [True, True]
    assert "epoch 1 of 4" in chart.alt
    assert "1.0000" in chart.alt
    assert "1.1000, its lowest so far" in chart.alt
    assert drawn(chart, "SVD, training") == [1.0]
    assert drawn(chart, "SVD, validation") == [1.1]


def test_what_still_learns_is_not_called_over_fitting() -> None:
    chart = learning([LEARNS])
    assert "epoch 3 of 4" in chart.alt
    assert "0.8000" in chart.alt
    assert "1.0100, its lowest so far." in chart.alt
    assert "over-fitting" not in chart.alt
    assert marks(chart) == []


def test_one_epoch_above_the_lowest_is_not_yet_called_over_fitting() -> None:
    chart = learning([Run("SVD", events([1.0, 0.9, 0.8], [1.1, 1.05, 1.06]))])
    assert chart.alt.endswith("lowest at epoch 2 with 1.0500.")


def test_the_training_error_is_that_of_the_epoch_and_the_validation_error_that_of_its_end() -> None:
    assert (
        "in that epoch its error on the ratings it learns from was 0.8000; after it, on"
        in learning([LEARNS]).alt
    )


@pytest.mark.parametrize(("ended", "reach"), [(False, 200), (True, 3)])
def test_the_axis_leaves_room_only_for_epochs_that_may_come(ended: bool, reach: int) -> None:
    run = Run("SVD", events([1.0, 0.9, 0.8], n_epochs=200), ended=ended)
    figure = learning([run]).figure
    assert isinstance(figure, dict)
    assert figure["xAxis"]["max"] == reach


def test_over_fitting_is_said_and_the_best_epoch_marked() -> None:
    chart = learning([BY_HEART])
    assert "epoch 4 of 4" in chart.alt
    assert "0.2500" in chart.alt
    assert "1.2000" in chart.alt
    assert "lowest at epoch 2 with 0.9750" in chart.alt
    assert "over-fitting" in chart.alt
    assert marks(chart) == [[2, 0.975]]


@pytest.mark.parametrize(("best", "align"), [(1, "left"), (2, None)])
def test_the_words_at_a_best_epoch_near_the_axis_begin_there_instead_of_being_cut_off(
    best: int, align: str | None
) -> None:
    validation = [1.0 + abs(epoch - best) / 10 for epoch in range(1, 10)]
    chart = learning([Run("SVD", events([0.5] * 9, validation, n_epochs=9))])
    (label,) = [one["markPoint"]["label"] for one in series(chart) if "markPoint" in one]
    assert label["formatter"] == f"best: epoch {best}"
    assert label.get("align") == align


def test_the_table_has_the_numbers_that_are_drawn() -> None:
    chart = learning([BY_HEART])
    assert drawn(chart, "SVD, training") == [1.0, 0.8, 0.5, 0.25]
    assert drawn(chart, "SVD, validation") == [1.1, 0.975, 1.025, 1.2]
    assert isinstance(chart.figure, dict)
    assert chart.figure["dataset"]["source"] is chart.table


def test_without_validation_nothing_is_said_of_it_and_no_line_drawn() -> None:
    chart = learning([ALONE])
    assert [one["name"] for one in series(chart)] == ["ALS, training"]
    assert chart.alt.endswith("0.7500.")
    assert "kept from it" not in chart.alt
    assert marks(chart) == []


def test_an_earlier_run_is_grey_beside_the_one_that_is_watched() -> None:
    earlier = Run("1: 20 factors", BY_HEART.events, current=False)
    chart = learning([earlier, LEARNS])
    colors = {one["name"]: one["itemStyle"]["color"] for one in series(chart)}
    assert colors["1: 20 factors, training"] == colors["1: 20 factors, validation"] == style.REFERENCE
    assert colors["SVD, training"] == style.TRAIN
    assert colors["SVD, validation"] == style.VALIDATION
    assert "over-fitting" not in chart.alt, "the words are about the one that is watched"
    assert marks(chart) == []
    assert drawn(chart, "1: 20 factors, training") == [1.0, 0.8, 0.5, 0.25]
    numbers = {one["name"]: one["endLabel"]["formatter"] for one in series(chart) if "endLabel" in one}
    assert numbers == {"1: 20 factors, training": "1", "1: 20 factors, validation": "1"}
    assert drawn(chart, "SVD, training") == [1.0, 0.9, 0.8]


def test_training_and_validation_are_told_apart_without_colour() -> None:
    kinds = {one["name"]: one["lineStyle"]["type"] for one in series(learning([LEARNS]))}
    assert kinds["SVD, training"] != kinds["SVD, validation"]


def test_the_epoch_looked_at_is_marked_once() -> None:
    lines = [one["markLine"] for one in series(learning([LEARNS], looked_at=2)) if "markLine" in one]
    assert [line["data"] for line in lines] == [[{"xAxis": 2}]]
    assert not any("markLine" in one for one in series(learning([LEARNS])))


def test_errors_of_probabilities_are_not_called_stars() -> None:
    figures = [learning([LEARNS]).figure, learning([LEARNS], of="probability").figure]
    assert [figure["yAxis"]["name"] for figure in figures if isinstance(figure, dict)] == [
        "RMSE, stars",
        "RMSE, probability",
    ]


def test_an_error_that_rises_above_its_start_is_not_called_over_fitting() -> None:
    chart = learning([Run("SVD", events([1.0, 1.5, 5e9], [1.1, 1.2, 1.3]))])
    assert "over-fitting" not in chart.alt
    assert "its steps are too long" in chart.alt
    assert "5.0e+09" in chart.alt


def test_what_left_the_finite_numbers_is_not_drawn() -> None:
    chart = learning([Run("SVD", events([1.0, 2.0, math.inf], [1.1, 1.2, 1.3]))])
    assert drawn(chart, "SVD, training") == [1.0, 2.0]
    assert "beyond all bounds" in chart.alt
    assert not re.search(r"\binf\b|nan", chart.alt)


# ---------------------------------------------------------------- the gradient


def steep(*norms: float | None, part: str = "") -> tuple[Event, ...]:
    """What a training tells whose gradient is so long, epoch by epoch."""
    return tuple(Event(k, 4, k / 10, gradient_norm=norm, part=part) for k, norm in enumerate(norms, 1))


def test_without_a_gradient_there_is_no_chart_of_it() -> None:
    assert steepness([]) is None
    assert steepness([LEARNS, ALONE]) is None


def test_the_gradient_is_drawn_by_powers_of_ten_and_told_in_words() -> None:
    chart = steepness([Run("Adam", steep(5000.0, 50.0, 0.5)), ALONE])
    assert chart is not None
    assert drawn(chart, "Adam") == [5000.0, 50.0, 0.5]
    assert [one["name"] for one in series(chart)] == ["Adam"]
    assert isinstance(chart.figure, dict)
    assert chart.figure["yAxis"]["type"] == "log"
    assert "Adam 5,000 and 0.5000" in chart.alt


def test_a_gradient_of_nought_has_no_place_on_a_logarithm() -> None:
    chart = steepness([Run("Adam", steep(2.0, 0.0, math.inf, 0.25))])
    assert chart is not None
    assert drawn(chart, "Adam") == [2.0, 0.25]


# ---------------------------------------------------------------- variants

SLOW = Run("slow", events([1.0, 0.9, 0.8], [1.1, 1.05, 1.01]))
QUICK = Run("quick", events([1.0, 0.7, 0.5], [1.1, 0.95, 0.9]))
LOST = Run("lost", (*events([1.0, 9.0], [1.1, 1.6]), Event(3, 4, 0.3, train_loss=math.inf)))
LOST_AT_ONCE = Run("at once", (UNDER_WAY, Event(1, 4, 0.1, train_loss=math.inf)))


def test_before_any_variant_has_begun_the_words_say_so() -> None:
    chart = variants([], VALIDATION)
    assert series(chart) == []
    assert "under way" in chart.alt
    chart = variants([SLOW, Run("next", ())], VALIDATION)
    assert [one["name"] for one in series(chart)] == ["slow"]
    assert "next: not begun" in chart.alt


def test_the_lowest_of_the_variants_is_named() -> None:
    chart = variants([SLOW, QUICK], VALIDATION)
    assert "slow: 1.0100 after epoch 3;" in chart.alt
    assert "quick: 0.9000 after epoch 3 (the lowest)" in chart.alt
    assert drawn(chart, "quick") == [1.1, 0.95, 0.9]
    chart = variants([SLOW, QUICK], TRAINING)
    assert drawn(chart, "quick") == [1.0, 0.7, 0.5]
    assert "quick: 0.5000" in chart.alt


def test_a_diverged_variant_is_drawn_as_far_as_it_went_and_named() -> None:
    chart = variants([LOST, SLOW, LOST_AT_ONCE], VALIDATION)
    assert [one["name"] for one in series(chart)] == ["lost (diverged)", "slow", "at once (diverged)"]
    assert drawn(chart, "lost (diverged)") == [1.1, 1.6]
    assert drawn(chart, "at once (diverged)") == []
    assert marks(chart) == [[2, 1.6]]
    assert "lost diverged in epoch 3" in chart.alt
    assert "at once diverged in epoch 1" in chart.alt
    assert "slow: 1.0100 after epoch 3 (the lowest)" in chart.alt


def test_one_that_runs_away_leaves_the_chart_instead_of_flattening_the_others() -> None:
    chart = variants([LOST, SLOW], TRAINING)
    assert isinstance(chart.figure, dict)
    assert chart.figure["yAxis"]["max"] == 3.0
    assert marks(chart) == [[1, 1.0]], "where it was last seen inside"
    assert drawn(chart, "lost (diverged)") == [1.0, 9.0], "the numbers have all of it"
    calm = variants([SLOW, QUICK], TRAINING).figure
    assert isinstance(calm, dict)
    assert "max" not in calm["yAxis"]


def test_variants_are_told_apart_without_colour_and_a_loss_has_no_unit() -> None:
    told = tuple(Event(k, 4, 0.1, train_loss=10.0**k) for k in range(1, 4))
    chart = variants([Run(name, told) for name in ("a", "b", "c")], LOSS)
    assert len({one["lineStyle"]["type"] for one in series(chart)}) == 3
    assert isinstance(chart.figure, dict)
    assert (chart.figure["yAxis"]["type"], chart.figure["yAxis"]["name"]) == ("log", "loss")


# ---------------------------------------------------------------- the map


def the_map(n: int, listed: list[int], you: tuple[float, float] | None = None) -> Chart:
    """n films on a circle of radius 2."""
    turns = np.linspace(0, 2 * np.pi, n, endpoint=False)
    places = 2.0 * np.column_stack([np.cos(turns), np.sin(turns)])
    titles = [f"Film {k}" for k in range(n)]
    own = None if you is None else np.array(you)
    return item_map(places, titles, listed, own, reach=2.5, explained=0.375)


def points(chart: Chart, name: str) -> dict[str, list[float]]:
    one = next(one for one in series(chart) if one["name"] == name)
    return {point["name"]: point["value"] for point in one["data"]}


def test_a_map_without_films_is_empty_and_says_so() -> None:
    chart = the_map(0, [])
    assert not any(one["data"] for one in series(chart))
    assert chart.alt.startswith("0 films")
    assert "nan" not in chart.alt
    assert len(chart.table) == 0


def test_the_words_of_a_map_are_computed_from_it() -> None:
    chart = the_map(8, [1, 5], (0.5, -1.0))
    assert chart.alt.startswith("8 films lie 2.00 from the middle")
    assert "38%" in chart.alt


def test_who_lies_beyond_the_map_stands_at_its_edge_and_is_told_so() -> None:
    within, beyond = the_map(8, [1], (0.5, -1.0)), the_map(8, [1], (0.5, -9.0))
    assert "beyond the edge" not in within.alt
    assert points(beyond, "you")["you"] == [0.5, -2.5]
    assert "You lie beyond the edge" in beyond.alt
    assert beyond.table["y"].iloc[-1] == -9.0


def test_films_beyond_the_map_are_counted_and_not_drawn_where_they_are_not() -> None:
    chart = item_map(np.array([[1.0, 0.0], [4.0, 0.0]]), ["Near", "Far"], [1], None, reach=2.5, explained=1.0)
    assert (points(chart, "films"), points(chart, "on your list")) == ({"Near": [1.0, 0.0]}, {})
    assert chart.alt.endswith("Beyond the edge, and not drawn: 1.")
    assert len(chart.table) == 2


def test_every_film_is_drawn_once_and_the_list_is_told_apart() -> None:
    chart = the_map(8, [1, 5], (0.5, -1.0))
    others, listed = points(chart, "films"), points(chart, "on your list")
    assert set(listed) == {"Film 1", "Film 5"}
    assert set(others) == {f"Film {k}" for k in range(8)} - set(listed)
    assert points(chart, "you") == {"you": [0.5, -1.0]}
    assert len({one["symbol"] for one in series(chart)}) == 3, "by shape too, not by colour alone"


def test_the_table_of_a_map_has_the_places_that_are_drawn() -> None:
    chart = the_map(8, [1, 5], (0.5, -1.0))
    for what in ("films", "on your list", "you"):
        rows = chart.table[chart.table["what"] == what]
        told = dict(zip(rows["film"], rows[["x", "y"]].astype(float).to_numpy().tolist(), strict=True))
        assert told == points(chart, what)
    assert len(chart.table) == 9


def test_nobody_is_on_the_map_who_has_rated_nothing() -> None:
    chart = the_map(1, [0])
    assert points(chart, "you") == {}
    assert "you" not in set(chart.table["what"])


def test_the_frame_of_a_map_is_the_one_asked_for_so_that_movement_is_movement() -> None:
    figure = the_map(8, [1]).figure
    assert isinstance(figure, dict)
    assert [figure[axis][end] for axis in ("xAxis", "yAxis") for end in ("min", "max")] == [-2.5, 2.5] * 2
