"""Looking back: which epochs are played, where one lies on the curve, and a person's numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from recsys_core.jobs import Event
from ui.charts import Chart, style
from ui.charts.moment import N_PARTS, place_on_curve, your_vector
from ui.charts.space import item_map
from ui.scrub import MOST_FRAMES, frames
from ui.steps import _apart, _number


def told(train: list[float], validation: list[float] | None = None) -> tuple[Event, ...]:
    kept: list[float] | list[None] = validation or [None] * len(train)
    each = [
        Event(k, len(train), k / 10, train_rmse=own, validation_rmse=other)
        for k, (own, other) in enumerate(zip(train, kept, strict=True), start=1)
    ]
    return (Event(0, len(train), 0.0), *each)


BY_HEART = told([1.0, 0.8, 0.5], [1.1, 0.975, 1.2])
ALONE = told([1.0, 0.8, 0.5])


def series(chart: Chart) -> dict[str, dict[str, Any]]:
    assert isinstance(chart.figure, dict)
    return {one["name"]: one for one in chart.figure["series"]}


# ---------------------------------------------------------------- frames


@pytest.mark.parametrize("n", [2, MOST_FRAMES, MOST_FRAMES + 1, 500])
def test_what_is_played_begins_with_the_first_epoch_kept_and_ends_with_the_last(n: int) -> None:
    kept = tuple(range(1, n + 1))
    played = frames(kept)
    assert (played[0], played[-1]) == (1, n)
    assert len(played) == min(n, MOST_FRAMES)
    assert sorted(set(played)) == list(played)
    assert set(played) <= set(kept)


# ---------------------------------------------------------------- the place on the curve


@pytest.mark.parametrize("epoch", [1, 2, 3])
def test_an_epoch_is_marked_on_every_line_at_its_error(epoch: int) -> None:
    chart = place_on_curve(BY_HEART, epoch)
    here, mark = BY_HEART[epoch], series(chart)[f"epoch {epoch}"]
    assert mark["data"] == [[epoch, here.train_rmse], [epoch, here.validation_rmse]]
    assert mark["markLine"]["data"] == [{"xAxis": epoch}]
    assert f"{here.train_rmse:.4f}" in chart.alt
    assert f"{here.validation_rmse:.4f}" in chart.alt


def test_the_words_say_whether_the_error_is_the_lowest() -> None:
    assert place_on_curve(BY_HEART, 2).alt.endswith("its lowest.")
    assert place_on_curve(BY_HEART, 3).alt.endswith("the lowest was 0.9750.")


def test_without_validation_one_line_is_drawn_and_nothing_said_of_it() -> None:
    chart = place_on_curve(ALONE, 2)
    assert set(series(chart)) == {"training", "epoch 2"}
    assert series(chart)["epoch 2"]["data"] == [[2, 0.8]]
    assert "kept from it" not in chart.alt


def test_an_epoch_that_told_nothing_is_marked_by_the_line_alone() -> None:
    chart = place_on_curve(ALONE, 9)
    assert series(chart)["epoch 9"]["data"] == []
    assert chart.alt == "Nothing was measured at epoch 9."


def test_training_and_validation_differ_by_dashes() -> None:
    lines = series(place_on_curve(BY_HEART, 1))
    assert lines["training"]["lineStyle"]["type"] != lines["validation"]["lineStyle"]["type"]


# ---------------------------------------------------------------- a person's numbers


def bars(chart: Chart) -> list[float]:
    return [bar["value"] for bar in series(chart)["you"]["data"]]


def test_a_short_vector_is_drawn_whole_and_in_order() -> None:
    chart = your_vector(np.array([0.5, -1.25, 0.0]), np.array([9.0, 1.0, 2.0]))
    assert bars(chart) == [0.5, -1.25, 0.0]
    assert chart.table["factor"].tolist() == [1, 2, 3]
    assert "all its numbers" in chart.alt
    assert "Factor 2 says most now, with -1.250" in chart.alt
    assert "1.346 long" in chart.alt


def test_of_a_long_vector_the_parts_largest_at_the_end_are_drawn_at_every_epoch() -> None:
    kept = np.linspace(-1, 0.9, 40)
    largest = sorted(np.argsort(-np.abs(kept))[:N_PARTS] + 1)
    for vector in (kept, np.zeros(40), np.flip(kept)):
        chart = your_vector(vector, kept)
        assert chart.table["factor"].tolist() == largest
        assert bars(chart) == pytest.approx(np.round(vector[np.array(largest) - 1], 3))
    assert "10 of its 40 numbers" in chart.alt


def test_bars_never_leave_the_frame() -> None:
    vector, kept = np.array([3.0, 0.1]), np.array([0.2, 0.1])
    for one, other in ((vector, kept), (kept, vector)):
        figure = your_vector(one, other).figure
        assert isinstance(figure, dict)
        assert figure["xAxis"]["max"] == -figure["xAxis"]["min"] >= 3.0


def test_a_person_without_numbers_is_said_to_have_none() -> None:
    chart = your_vector(np.zeros(0), np.zeros(0))
    assert bars(chart) == []
    assert "no numbers of you" in chart.alt


@pytest.mark.parametrize("chart", [place_on_curve(BY_HEART, 2), your_vector(np.ones(2), np.ones(2))])
def test_what_moves_with_the_slider_is_a_whole_chart(chart: Chart) -> None:
    assert chart.question.endswith("?")
    assert chart.alt.endswith(".")
    assert len(chart.table)
    assert style.YOU in str(chart.figure)


def test_a_map_of_albums_calls_them_albums() -> None:
    chart = item_map(np.eye(2), ["A", "B"], [0], None, 1.0, 1.0, kind="album")
    assert "albums" in chart.question
    assert chart.alt.startswith("2 albums lie")
    assert chart.table.columns[0] == "album"
    assert "film" not in str(chart.figure)


# ---------------------------------------------------------------- how numbers are written


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.19, "1.19"), (1.2814, "1.2814"), (-0.914, "-0.914"), (2.0, "2"), (-0.00001, "0"), (10.0, "10")],
)
def test_a_number_has_no_decimals_that_say_nothing(value: float, text: str) -> None:
    assert _number(value) == text


def test_a_negative_number_among_others_stands_in_brackets() -> None:
    assert [_number(x, brackets=True) for x in (-0.5, 0.5, -0.00001)] == ["(-0.5)", "0.5", "0"]


def test_two_numbers_get_as_many_decimals_as_tell_them_apart() -> None:
    assert _apart(1.19, 1.2814) == ("1.19", "1.28")
    assert _apart(-1.0001, -1.0002) == ("−1.0001", "−1.0002")
    assert _apart(1.0, 1.0) == ("1.000000", "1.000000")
