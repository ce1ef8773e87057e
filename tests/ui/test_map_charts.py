"""The map of the item space: what is marked, what the colours say, what its words claim."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from ui.charts import Chart, style
from ui.charts.map import (
    OTHER,
    SYMBOLS,
    Focus,
    Mixture,
    Shade,
    Window,
    You,
    groups,
    item_space,
    told_by,
)

N = 40
WHOLE = Window(0.0, 0.0, 2.0)


@pytest.fixture
def items() -> pd.DataFrame:
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "title": [f"Film {n}" for n in range(N)],
            "genres": "Drama",
            "ratings": np.arange(1, N + 1),
            "average": random.uniform(1, 5, N),
            "x": random.uniform(-1, 1, N),
            "y": random.uniform(-1, 1, N),
        }
    )


def scale(values: np.ndarray) -> Shade:
    return Shade("average rating", values, ("low", "high"))


def drawn(items: pd.DataFrame, **more: object) -> Chart:
    settings = {"shade": scale(items["average"].to_numpy()), "explained": 0.25, "window": WHOLE, **more}
    return item_space(items, **settings)  # type: ignore[arg-type]


def plain(chart: Chart) -> dict[str, object]:
    """What goes to the browser beside the table: it must be JSON, and no number in it may be nan."""
    assert isinstance(chart.figure, dict)
    figure = {**chart.figure, "dataset": None}
    json.dumps(figure, allow_nan=False)
    return figure


def test_every_item_is_drawn_in_the_order_of_the_table(items: pd.DataFrame) -> None:
    chart = drawn(items)
    assert isinstance(chart.figure, dict)
    source = chart.figure["dataset"]["source"]
    assert source["title"].tolist() == items["title"].tolist(), "a click answers with the number of a row"
    assert len(chart.table) == N
    assert "40 films" in chart.alt
    assert "25% of what tells them apart" in chart.alt


def test_a_map_that_bends_claims_no_share(items: pd.DataFrame) -> None:
    words = drawn(items, explained=None).alt
    assert "bent so that neighbours stay together" in words
    assert "what tells them apart" not in words


def test_lines_lead_from_the_item_to_each_neighbour_and_let_clicks_through(items: pd.DataFrame) -> None:
    chart = drawn(items, focus=Focus(3, (7, 5)))
    series = plain(chart)["series"]
    assert isinstance(series, list)
    lines = next(one for one in series if one["type"] == "lines")
    places = items[["x", "y"]].to_numpy()
    assert [line["coords"] for line in lines["data"]] == [[[*places[3]], [*places[row]]] for row in (7, 5)]
    marks = [point["name"] for one in series[1:] if one["type"] == "scatter" for point in one["data"]]
    assert marks == ["1 Film 7", "2 Film 5", "Film 3"]
    assert all(one["silent"] for one in series[1:])
    assert "Lines lead to 2 neighbours" in chart.alt


def test_neighbours_that_are_not_seen_are_counted(items: pd.DataFrame) -> None:
    x, y = items[["x", "y"]].iloc[3]
    chart = drawn(items, focus=Focus(3, (7,)), window=Window(float(x), float(y), 1e-6))
    assert "; 0 lie in the part seen here" in chart.alt


def test_you_are_drawn_at_the_edge_where_you_lie_beyond(items: pd.DataFrame) -> None:
    inside, beyond = drawn(items, you=You(np.array([0.5, 0.5]))), drawn(items, you=You(np.array([9.0, 0.5])))
    series = plain(beyond)["series"]
    assert isinstance(series, list)
    x, y = series[-1]["data"][0]["value"]
    assert WHOLE.holds(x, y)
    assert "beyond the edge" in beyond.alt
    assert "beyond the edge" not in inside.alt


def test_a_line_leads_from_where_you_were(items: pd.DataFrame) -> None:
    chart = drawn(items, you=You(np.array([0.5, 0.5]), np.array([0.1, 0.2])))
    series = plain(chart)["series"]
    assert isinstance(series, list)
    assert [line["coords"] for line in series[-2]["data"]] == [[[0.1, 0.2], [0.5, 0.5]]]
    assert "where you were" in chart.alt
    assert "where you were" not in drawn(items, you=You(np.array([0.5, 0.5]))).alt


def test_a_mixture_is_joined_to_what_it_is_made_of(items: pd.DataFrame) -> None:
    chart = drawn(items, mixed=Mixture(np.array([0.2, 0.3]), (4, 9), "blend"))
    series = plain(chart)["series"]
    assert isinstance(series, list)
    places = items[["x", "y"]].to_numpy()
    assert [line["coords"] for line in series[1]["data"]] == [[[0.2, 0.3], [*places[row]]] for row in (4, 9)]
    assert series[2]["data"][0]["value"] == [0.2, 0.3]
    assert "The square is the point “blend”; broken lines lead to what it is made of" in chart.alt


@pytest.mark.parametrize(("x", "where"), [(1.9, "left"), (0.0, "top"), (-1.9, "right")])
def test_the_name_of_the_item_asked_about_is_written_towards_the_middle(
    items: pd.DataFrame, x: float, where: str
) -> None:
    at_edge = items.assign(x=[x, *items["x"][1:]])
    series = plain(drawn(at_edge, focus=Focus(0)))["series"]
    assert isinstance(series, list)
    assert series[-1]["data"][0]["label"]["position"] == where


def test_several_can_be_chosen_with_a_box_or_a_lasso(items: pd.DataFrame) -> None:
    figure = plain(drawn(items))
    assert figure["toolbox"]["feature"]["brush"]["type"] == ["rect", "polygon"]  # type: ignore[index]
    assert figure["brush"]["seriesIndex"] == 0, "the marks of the items, and not those laid over them"  # type: ignore[index]
    chart = drawn(items, several=[3, 8])
    rings = plain(chart)["series"]
    assert isinstance(rings, list)
    places = items[["x", "y"]].to_numpy()[[3, 8]].round(4)
    assert [ring["value"] for ring in rings[-1]["data"]] == places.tolist()
    assert "Rings mark the 2 chosen" in chart.alt


def test_a_group_has_a_shape_beside_its_colour() -> None:
    names = [*"aaaaa", *"bbbb", *"ccc", *"ddd", *"eee", "f", "g"]
    found = groups(names)
    assert set(found) == {*"abcde", OTHER}
    assert len(set(SYMBOLS)) == len(style.CATEGORICAL) == 6
    n = len(names)
    items = pd.DataFrame(
        {"title": names, "genres": "", "ratings": 1, "average": 3.0, "x": range(n), "y": range(n)}
    )
    chart = drawn(items, shade=Shade("main genre", found))
    pieces = plain(chart)["visualMap"][1]["pieces"]  # type: ignore[index]
    assert len({(piece["color"], piece["symbol"]) for piece in pieces}) == 6
    assert pieces[-1]["value"] == OTHER
    assert chart.table["main genre"].tolist() == found.tolist()


@pytest.mark.parametrize("values", [np.full(N, np.nan), np.full(N, 3.0), np.r_[np.nan, np.arange(N - 1.0)]])
def test_a_scale_of_unknown_or_equal_values_is_still_drawn(items: pd.DataFrame, values: np.ndarray) -> None:
    scaled = plain(drawn(items, shade=scale(values)))["visualMap"][1]  # type: ignore[index]
    assert scaled["min"] < scaled["max"]


def test_it_says_how_much_the_place_tells_of_the_colour(items: pd.DataFrame) -> None:
    assert told_by(items, scale(2 * items["x"].to_numpy() + 1)) == pytest.approx(1.0)
    assert told_by(items, scale(np.full(N, 3.0))) is None
    known = items["x"].to_numpy().copy()
    known[0] = np.nan
    assert told_by(items, scale(known)) == pytest.approx(1.0), "unknown values are left out"
    assert "largely has to do with the place" in drawn(items, shade=scale(items["y"].to_numpy())).alt
