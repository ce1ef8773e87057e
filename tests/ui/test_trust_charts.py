"""The charts of trust and of depth say what their numbers say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys_core.space import map_honesty
from ui.charts.map import Focus, Shade, groups
from ui.charts.map_in_3d import item_space_in_3d
from ui.charts.trust import Judged, by_method, over_items

CLOUD = np.random.default_rng(5).normal(size=(60, 4))
EXACT, CHANCE = (
    map_honesty(CLOUD, places, 5) for places in (CLOUD, np.random.default_rng(1).normal(size=(60, 2)))
)
ITEMS = pd.DataFrame(CLOUD[:, :3], columns=["x", "y", "z"]).assign(
    title=[f"Film {k} <b>" for k in range(60)],
    genres="Drama",
    ratings=np.arange(1, 61),
    average=3.5,
)


def test_the_most_faithful_map_is_named_and_the_one_on_screen_is_marked_not_by_colour_alone() -> None:
    chart = by_method([Judged("PCA in 2-D", CHANCE), Judged("t-SNE in 2-D", EXACT)], "PCA in 2-D")
    assert "t-SNE in 2-D keeps 100% near, the most of 2 maps" in chart.alt
    assert "drawn at random would keep 8%" in chart.alt
    assert chart.table["map"].tolist() == ["t-SNE in 2-D", "PCA in 2-D"]
    assert chart.table["trustworthiness"].tolist() == [1.0, CHANCE.trustworthiness]
    assert list(chart.figure.data[0].y) == ["t-SNE in 2-D", "▸ PCA in 2-D"]  # type: ignore[union-attr]


def test_every_item_judged_is_counted_once() -> None:
    chart = over_items(CHANCE, "PCA in 2-D")
    assert chart.table["films"].sum() == 60
    assert (chart.table["of 5 kept"] * chart.table["films"]).sum() / 300 == pytest.approx(CHANCE.share)
    assert f"{chart.table['films'].iloc[0] / 60:.0%} of 60 films judged have none" in chart.alt
    assert "0% of 60 films judged have none" in over_items(EXACT, "factors").alt


@pytest.mark.parametrize(
    "shade",
    [
        Shade("main genre", groups(["Drama", "Comedy", "War"] * 20)),
        Shade("year", np.r_[np.nan, np.arange(59.0)], ("older", "newer")),
    ],
    ids=["groups", "scale"],
)
def test_in_depth_every_item_is_drawn_once_with_lines_to_its_neighbours(shade: Shade) -> None:
    chart = item_space_in_3d(ITEMS, shade, 0.4, Focus(0, (3, 9)), np.zeros(3))
    traces = {trace.name: trace for trace in chart.figure.data if trace.name}  # type: ignore[union-attr]
    marks = {"neighbours", "this film", "you"}
    assert sum(len(trace.x) for name, trace in traces.items() if name not in marks) == 60
    assert list(traces["neighbours"].hovertext) == ["1 Film 3 <b>", "2 Film 9 <b>"]
    lines = next(trace for trace in chart.figure.data if trace.mode == "lines")  # type: ignore[union-attr]
    assert np.flatnonzero(np.isnan(np.array(lines.x, dtype=float))).tolist() == [2, 5], "gaps between lines"
    apart = np.linalg.norm(CLOUD[:, :3] - CLOUD[0, :3], axis=1)
    within = int((apart < max(apart[3], apart[9])).sum()) - 2
    assert f"holds {within} other films" in chart.alt
    assert "40% of what tells them apart" in chart.alt
    assert "You are marked" in chart.alt
    assert "neighbours stay together" in item_space_in_3d(ITEMS, shade, None).alt
    assert len(chart.table) == 60
