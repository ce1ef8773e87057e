"""The charts of a comparison: what they draw, what they leave out, and that their words follow the data."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recsys_core.evaluation.published import FIGURES, Placed
from recsys_core.evaluation.significance import Difference
from ui.charts import Chart, labels
from ui.charts.compare import Axis, ruler, shown, standings, window
from ui.charts.compare_detail import front, gaps, overlap, sliced, trade_off
from ui.charts.labels import Label

RMSE, NDCG = Axis("RMSE", "lower", "stars"), Axis("NDCG@10", "higher")
NAN = math.nan


def series(chart: Chart) -> dict[str, dict[str, Any]]:
    assert isinstance(chart.figure, dict)
    return {one["name"]: one for one in chart.figure["series"]}


def traces(chart: Chart) -> list[Any]:
    assert not isinstance(chart.figure, dict)
    return list(chart.figure.data)


def folds(**values: list[float]) -> pd.DataFrame:
    rows = [(name, k, value) for name, each in values.items() for k, value in enumerate(each, 1)]
    return pd.DataFrame(rows, columns=["algorithm", "fold", "value"])


# ---------------------------------------------------------------- the stretch of an axis


def test_what_is_far_worse_is_left_out_and_what_is_far_better_never() -> None:
    low, high = window([0.92, 0.93, 0.94, 1.5, 2.5], "lower")
    assert low < 0.92 < 0.94 < high < 1.5
    low, high = window([0.31, 0.08, 0.081, 0.079, 0.01], "higher")
    assert low < 0.01 < 0.31 < high
    low, high = window([0.01, 0.30, 0.31, 0.32], "higher")
    assert 0.01 < low < 0.30


@pytest.mark.parametrize("values", [[], [NAN], [0.5], [0.5, 0.5], [0.0], [-2.0, NAN, math.inf]])
def test_an_axis_has_two_ends_whatever_it_is_given(values: list[float]) -> None:
    low, high = window(values, "lower")
    assert math.isfinite(low)
    assert low < high


# ---------------------------------------------------------------- who is ahead


def test_the_leader_is_the_best_mean_whichever_way_is_better() -> None:
    found = folds(SVD=[0.90, 0.92], Bias=[0.95, 0.97])
    assert standings(found, RMSE, frozenset(), True).alt.startswith("SVD has a mean RMSE of 0.9100")
    assert standings(found, NDCG, frozenset(), False).alt.startswith("Bias leads with a mean NDCG@10 of 0.96")


def test_every_fold_is_a_dot_and_the_trivial_ones_differ_by_shape_too() -> None:
    drawn = series(standings(folds(SVD=[0.90, 0.92], Bias=[0.95]), RMSE, frozenset({"Bias"}), False))
    assert [point["value"] for point in drawn["a fold"]["data"]] == [
        [0.9, "SVD"],
        [0.92, "SVD"],
        [0.95, "Bias"],
    ]
    assert [point["value"] for point in drawn["mean"]["data"]] == [[0.91, "SVD"]]
    assert [point["name"] for point in drawn["mean, trivial"]["data"]] == ["Bias"]
    assert drawn["mean"]["symbol"] != drawn["mean, trivial"]["symbol"]


def test_who_is_too_far_off_to_be_drawn_is_named() -> None:
    found = folds(SVD=[0.92], ALS=[0.91], KNN=[0.93], Random=[1.5])
    assert "Random (1.5000)" in standings(found, RMSE, frozenset(), True).alt


def test_before_the_first_fold_there_is_nothing_to_say() -> None:
    chart = standings(folds(), RMSE, frozenset(), False)
    assert chart.alt == "No fold is done yet."
    assert not series(chart)["mean"]["data"]


def test_a_fold_that_is_no_number_is_not_drawn_and_not_the_leader() -> None:
    chart = standings(folds(Broken=[NAN, NAN], SVD=[0.9]), RMSE, frozenset(), True)
    assert chart.alt.startswith("SVD has")
    assert len(series(chart)["a fold"]["data"]) == 1
    assert shown(NAN) == "not a number"


# ---------------------------------------------------------------- published figures

KNOWN = FIGURES["ml-100k", "rmse"]


def place(value: float, suspicious: bool = False) -> Placed:
    return Placed(value, None, None, suspicious, f"words on {value}")


def test_the_ruler_counts_what_lies_between_the_trivial_and_the_best() -> None:
    chart = ruler({"SVD": place(0.934), "Good": place(0.910), "Bad": place(0.95)}, KNOWN, RMSE, "somebody")
    assert chart.alt.startswith(
        "1 of 3 lie between the trivial Baseline (0.944) and the best published, SVD++"
    )
    assert "Good: words on 0.91" in chart.alt, "the best of ours is placed in words"
    assert set(chart.table["from"]) == {"here", "published"}
    assert len(chart.table) == 3 + len(KNOWN)


def test_what_is_too_good_is_marked_by_shape_too() -> None:
    chart = ruler({"Leak": place(0.90, True), "SVD": place(0.934)}, KNOWN, RMSE, "somebody")
    assert list(traces(chart)[0].marker.symbol) == ["x", "diamond"]


def test_what_lies_beyond_the_ruler_points_out_of_it_and_is_named() -> None:
    chart = ruler({"SVD": place(0.934), "Random": place(1.516)}, KNOWN, RMSE, "somebody")
    assert "Random (1.5160)" in chart.alt
    assert list(traces(chart)[1].marker.symbol) == ["triangle-right"]
    assert list(traces(chart)[1].text) == ["1.5160"]


# ---------------------------------------------------------------- trade-offs


def points(**values: tuple[float, float]) -> pd.DataFrame:
    return pd.DataFrame([(name, *pair) for name, pair in values.items()], columns=["algorithm", "x", "y"])


def test_the_front_is_who_none_beats_in_both() -> None:
    found = points(a=(0.9, 0.1), b=(1.0, 0.3), c=(1.1, 0.2), d=(0.95, NAN))
    assert front(found, RMSE, NDCG) == ["a", "b"]
    assert front(found, NDCG, NDCG) == ["b", "c"]


def test_the_words_of_a_trade_off_follow_from_the_front() -> None:
    chart = trade_off(points(a=(0.9, 0.1), b=(1.0, 0.3), c=(1.1, 0.2)), RMSE, NDCG, frozenset())
    assert "a with 0.9000 and 0.1000; b with 1.0000 and 0.3000" in chart.alt
    assert "Beaten in both by another: c" in chart.alt
    assert chart.table["none beats it in both"].tolist() == ["yes", "yes", "no"]
    alone = trade_off(points(a=(0.9, 0.4), b=(1.0, 0.3)), RMSE, NDCG, frozenset({"b"}))
    assert "a is best in both" in alone.alt
    assert "Beaten" not in alone.alt, "that a trivial one is beaten is no news"


def test_of_what_is_better_the_lower_one_wants_less() -> None:
    found = points(a=(0.9, 5.0), b=(1.0, 0.3))
    seconds = Axis("training time", "lower", "seconds")
    assert trade_off(found, RMSE, seconds, frozenset()).alt.startswith(
        "Whoever wants less training time pays in RMSE"
    )
    more = trade_off(points(a=(0.9, 0.1), b=(1.0, 0.3)), RMSE, NDCG, frozenset())
    assert more.alt.startswith("Whoever wants more NDCG@10 pays in RMSE")


def test_who_has_no_figure_is_not_called_beaten() -> None:
    chart = trade_off(points(a=(0.9, 0.4), b=(1.0, 0.3), failed=(NAN, NAN)), RMSE, NDCG, frozenset())
    assert "Beaten in both by another: b." in chart.alt
    assert "Without one of the figures: failed." in chart.alt
    assert chart.table["none beats it in both"].tolist() == ["yes", "no", "no figure"]


def test_nobody_on_the_front_is_left_out_of_the_picture() -> None:
    found = points(a=(0.91, 0.08), b=(0.92, 0.07), c=(0.93, 0.06), far=(2.5, 0.31), random=(2.4, 0.01))
    chart = trade_off(found, RMSE, NDCG, frozenset())
    low, high = chart.figure.layout.xaxis.range  # type: ignore[union-attr]
    assert low < 0.91 < 2.5 < high
    symbols = {trace.name: trace.marker.symbol for trace in traces(chart)[1:]}
    assert len(set(symbols.values())) == 2, "told apart by shape too"


def test_a_trade_off_of_nothing_says_so() -> None:
    chart = trade_off(points(a=(NAN, 0.1), b=(0.9, NAN)), RMSE, NDCG, frozenset())
    assert chart.alt.startswith("No algorithm has both figures.")


def test_names_in_a_trade_off_are_not_read_as_markup() -> None:
    chart = trade_off(points(**{"<b>x</b>": (0.9, 0.4), "b": (1.0, 0.3)}), RMSE, NDCG, frozenset())
    assert "<b>x</b>" not in str(chart.figure)


def test_every_mark_of_a_trade_off_has_its_name_also_beside_another() -> None:
    found = points(
        **{
            "Alternating least squares": (0.8003, 0.0673),
            "SVD by gradient descent": (0.8354, 0.0605),
            "Biases only": (0.9119, 0.0250),
            "Most rated": (1.0047, 0.1633),
            "Random (Surprise)": (1.4382, 0.0164),
            "Pure SVD of a zero-filled table": (2.8374, 0.1922),
        }
    )
    chart = trade_off(found, RMSE, NDCG, frozenset())
    notes = chart.figure.layout.annotations  # type: ignore[union-attr]
    assert {note.text for note in notes} == set(found["algorithm"])


def _box(mark: tuple[float, float], label: Label, name: str, width: int) -> tuple[float, ...]:
    x, y = mark[0] * width + label.x, mark[1] * labels.HEIGHT + label.y
    wide = labels.CHARACTER * len(name) / 2
    return x - wide, y - labels.LINE / 2, x + wide, y + labels.LINE / 2


@pytest.mark.parametrize("width", labels.WIDTHS)
def test_no_name_lies_on_another_or_on_a_mark(width: int) -> None:
    rng = np.random.default_rng(0)
    for n in range(2, 12):
        spots = {f"model {'x' * k}": (float(a), float(b)) for k, (a, b) in enumerate(rng.random((n, 2)))}
        found = labels.placed(spots)
        boxes = {name: _box(spots[name], label, name, width) for name, label in found.items()}
        for one, a in boxes.items():
            others = [b for name, b in boxes.items() if name != one]
            others += [(x * width, y * labels.HEIGHT) * 2 for x, y in spots.values()]
            assert not any(a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3] for b in others)


def test_a_name_stands_clear_of_the_line_where_there_is_room() -> None:
    line = [(0.2, 0.5), (0.9, 0.5)]
    found = labels.placed({"on the line": line[0]}, line)["on the line"]
    assert abs(found.y) > labels.LINE / 2, "not beside the mark, where the line goes on"
    assert labels.placed({"on the line": line[0]})["on the line"].y == 0
    assert not found.led


def test_a_name_far_from_its_mark_has_a_leader() -> None:
    crowd = {f"name {k}": (0.5 + k / 1000, 0.5) for k in range(9)}
    found = labels.placed(crowd)
    assert any(label.led for label in found.values())
    for label in found.values():
        assert label.led or abs(label.y) <= 10 + labels.LINE


# ---------------------------------------------------------------- gaps


def gap(name: str, mean: float, half: float, p: float) -> Difference:
    return Difference(name, "SVD", "rmse", mean, mean - half, mean + half, p, p, 100)


def test_a_real_gap_and_one_too_small_differ_by_shape_and_in_words() -> None:
    chart = gaps([gap("Bias", 0.02, 0.01, 0.001), gap("KNN", 0.001, 0.01, 0.9)], RMSE, "SVD")
    assert list(traces(chart)[0].marker.symbol) == ["diamond", "diamond-open"]
    assert chart.alt == "In RMSE, the gap to SVD is real for Bias; too small to tell for KNN."
    assert chart.table["the gap is"].tolist() == ["real", "too small to tell"]


def test_a_gap_that_cannot_be_told_is_not_drawn_but_named() -> None:
    chart = gaps([gap("Broken", NAN, NAN, NAN), gap("KNN", 0.001, 0.01, 0.9)], RMSE, "SVD")
    assert list(traces(chart)[0].y) == ["KNN"]
    assert "annot be told for Broken" in chart.alt
    assert gaps([], RMSE, "SVD").alt == "There is nothing to compare with."


# ---------------------------------------------------------------- slices


def slices(**values: list[float]) -> pd.DataFrame:
    rows = [
        (name, level, f"up to {k}", value)
        for name, each in values.items()
        for k, (level, value) in enumerate(zip(("few", "many"), each, strict=True))
    ]
    return pd.DataFrame(rows, columns=["algorithm", "slice", "ratings", "value"])


def test_the_best_of_every_slice_is_named() -> None:
    chart = sliced(slices(A=[1.0, 0.8], B=[0.9, 0.9]), "user activity", RMSE)
    assert chart.alt == "Best in RMSE by user activity: few: B (0.9000); many: A (0.8000)."
    assert series(chart)["A"]["data"] == [1.0, 0.8]
    looks = {(one["symbol"], one["lineStyle"]["type"]) for one in series(chart).values()}
    assert len(looks) == 2, "told apart without colour"


def test_a_slice_with_too_few_in_it_has_no_figure() -> None:
    chart = sliced(slices(A=[NAN, 0.8], B=[NAN, 0.9]), "item popularity", RMSE)
    assert "few:" not in chart.alt
    assert series(chart)["A"]["data"] == [None, 0.8]


# ---------------------------------------------------------------- overlap


def test_the_overlap_counts_what_two_lists_share() -> None:
    chart = overlap(["a", "b", "c"], [[1, 2, 3], [3, 2, 9], [7, 8, 9]])
    assert [list(row) for row in traces(chart)[0].z] == [[3, 2, 0], [2, 3, 1], [0, 1, 3]]
    assert chart.alt == "Most alike are the lists of a and b: 2 of 3 in common; least those of a and c: 0."
    assert chart.table.columns.tolist() == ["in common", "a", "b", "c"]
