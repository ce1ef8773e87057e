"""Charts of a data set, on any data set; and colours that can be read in both themes."""

from __future__ import annotations

import importlib
import inspect
import math
import pkgutil
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import recsys_core as rc
import ui.charts
from recsys_core.dataset import Catalogue, Dataset
from recsys_core.ratings import Ratings, Scale
from ui import overview
from ui.charts import Chart, data, style

ROOT = Path(__file__).resolve().parents[2]


def of(users: list[int], items: list[int], values: list[float], times: list[int] | None = None) -> Dataset:
    n_users, n_items = max(users, default=-1) + 1, max(items, default=-1) + 1
    ratings = Ratings.from_arrays(users, items, values, Scale(0.5, 5.0, 0.5), timestamps=times)
    catalogue = Catalogue(
        tuple(map(str, range(n_items))),
        tuple(f"Film {i}" for i in range(n_items)),
        np.zeros(n_items, dtype=np.int32),
        (),
        np.zeros((n_items, 0), dtype=bool),
    )
    return Dataset("tiny", "Tiny", ratings, catalogue, tuple(map(str, range(n_users))), "", "")


SETS = {
    "empty": lambda: of([], [], []),
    "one": lambda: of([0], [0], [3.5], [0]),
    "undated": lambda: of([0, 0, 1], [0, 1, 0], [5, 1, 4]),
    "never rated": lambda: of([0, 2], [0, 3], [5, 1], [0, 10**9]),
    "sample": lambda: rc.load("sample"),
    "lecture": lambda: rc.load("lectures-movies"),
}


def makers() -> list[Callable[[Dataset], Chart]]:
    """Every public function of ui/charts that draws a data set."""
    found = []
    for info in pkgutil.iter_modules(ui.charts.__path__, "ui.charts."):
        for name, function in inspect.getmembers(importlib.import_module(info.name), inspect.isfunction):
            told = list(inspect.signature(function).parameters.values())
            is_ours = function.__module__ == info.name and not name.startswith("_")
            if is_ours and function.__annotations__.get("return") == "Chart" and len(told) == 1:
                assert told[0].annotation == "Dataset"
                found.append(function)
    return found


@pytest.mark.parametrize("which", SETS)
@pytest.mark.parametrize("make", makers(), ids=lambda f: f.__name__)
def test_every_chart_of_a_data_set_is_complete(make: Callable[[Dataset], Chart], which: str) -> None:
    chart = make(SETS[which]())
    assert chart.question.endswith("?")
    assert chart.alt.endswith(".")
    assert "nan" not in chart.alt
    assert isinstance(chart.table, pd.DataFrame)
    assert re.fullmatch(r"[a-z-]+", chart.key)
    assert chart.figure.to_json()


def test_keys_are_unique_on_a_screen() -> None:
    keys = [chart.key for chart in data.overview(rc.load("sample"))]
    assert len(set(keys)) == len(keys)


def test_the_distribution_counts_every_rating() -> None:
    chart = data.rating_distribution(of([0, 0, 1], [0, 1, 0], [5, 1, 5]))
    assert chart.table.set_index("rating")["ratings"][lambda s: s > 0].to_dict() == {1.0: 1, 5.0: 2}
    assert chart.alt == (
        "The most common rating is 5 (67% of all); the average is 3.67, and 67% of ratings lie above it."
    )


def test_the_long_tail_states_what_the_head_holds() -> None:
    items = [0] * 11 + list(range(1, 10))
    chart = data.long_tail(of(list(range(20)), items, [3.0] * 20))
    assert "10% of films (1) hold 55% of all ratings" in chart.alt
    held = chart.table.set_index("films")["share of ratings"]
    assert held[1].max() == pytest.approx(0.55)
    assert held[10] == pytest.approx(1.0)


def test_quiet_months_count_as_zero() -> None:
    march, may = 5_184_000, 10_454_400  # 1970
    unit, periods, counts = data.periods_of(np.array([may, march, may]))
    assert unit == "month"
    assert [str(p) for p in periods] == ["1970-03", "1970-04", "1970-05"]
    assert counts.tolist() == [1, 0, 2]


def test_a_data_set_without_times_says_so() -> None:
    assert "does not say when" in data.activity(SETS["undated"]()).alt


@pytest.mark.parametrize("which", SETS)
def test_facts_hold_on_any_data_set(which: str) -> None:
    facts = overview.facts(SETS[which]())
    assert len(facts) == 5
    assert not [fact for fact in facts if "nan" in fact.value + fact.note]
    assert all(math.isfinite(height) for fact in facts for height in fact.spark)


def test_importing_the_screens_adds_nothing_of_plotly() -> None:
    # Streamlit itself brings part of plotly along; the rest waits until something is drawn.
    code = (
        "import sys, streamlit; plotly = lambda: {m for m in sys.modules if m.startswith('plotly')}; "
        "before = plotly(); import ui.page, ui.charts.data, ui.charts.style; sys.exit(plotly() != before)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


# ---------------------------------------------------------------- colours


def theme() -> dict[str, Any]:
    return tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("place", ["main", "sidebar"])
def test_text_links_and_accent_are_readable(mode: str, place: str) -> None:
    told = theme()[mode] | (theme()[mode]["sidebar"] if place == "sidebar" else {})
    page = told["backgroundColor"]
    for name in ("textColor", "linkColor", "codeTextColor", "violetTextColor"):
        for ground in (page, told["secondaryBackgroundColor"]):
            assert style.contrast(told[name], ground) >= 4.5, (name, ground)
    assert style.contrast(told["primaryColor"], page) >= 4.5, "a slider's value is written in it"
    assert style.contrast(told["primaryColor"], style.INK) >= 4.5, "a button's label is white on it"


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_marks_and_axes_are_readable(mode: str) -> None:
    page = theme()[mode]["backgroundColor"]
    assert style.contrast(style.AXIS, page) >= 4.5
    for colour in (*style.CATEGORICAL, *style.SIGNALS.values()):
        assert style.contrast(colour, page) >= 3.0, colour


def test_theme_and_charts_share_their_colours() -> None:
    assert tuple(theme()["chartCategoricalColors"]) == style.CATEGORICAL


def test_the_font_is_served_from_here_with_its_licence() -> None:
    for face in theme()["fontFaces"]:
        assert (ROOT / "static" / face["url"].removeprefix("app/static/")).is_file()
    assert "SIL OPEN FONT LICENSE" in (ROOT / "static" / "inter-LICENSE.txt").read_text()
