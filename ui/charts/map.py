"""The map of the item space: every item a mark, one of them asked about, lines to its neighbours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from recsys_core.ratings import FloatArray
from ui.charts import Chart, style

_STAR = "path://M0,-10L2.9,-4L9.5,-3L4.8,1.5L5.9,8L0,5L-5.9,8L-4.8,1.5L-9.5,-3L-2.9,-4Z"
_PLUS = "path://M-3,-10H3V-3H10V3H3V10H-3V3H-10V-3H-3Z"
SYMBOLS = ("diamond", "rect", "triangle", _STAR, _PLUS, "circle")
"""A shape for each colour of `style.CATEGORICAL`, so that a group is known without its colour."""
OTHER = "other"
_SMALLEST, _LARGEST = 4, 18
_RAMP = (style.BLUE, style.GREY, style.AMBER)
"""Even in lightness, so that both ends are seen on the light and on the dark page."""
_NAMED = 5
"""So many neighbours are named on the map; more names would lie on each other."""
HEIGHT = 480


@dataclass(frozen=True, eq=False)
class Shade:
    """What the colours say.

    Attributes:
        name: "average rating"; also a column of the table.
        values: (n_items,) text for groups, numbers for a scale; nan is unknown.
        ends: what is written at the low and the high end of a scale; empty for groups.
    """

    name: str
    values: np.ndarray
    ends: tuple[str, str] = ("", "")

    @property
    def is_scale(self) -> bool:
        """Whether it is a number, not a group."""
        return bool(self.ends[0])


@dataclass(frozen=True)
class Focus:
    """The item asked about, and its neighbours.

    Attributes:
        row: of the item on the map.
        neighbours: rows of its neighbours, nearest first.
    """

    row: int
    neighbours: tuple[int, ...] = ()


@dataclass(frozen=True)
class Window:
    """The part of the map that is seen: a square around a point.

    Attributes:
        x, y: its middle.
        half: from the middle to an edge, > 0.
    """

    x: float
    y: float
    half: float

    def holds(self, x: float, y: float) -> bool:
        """Whether a point is seen."""
        return max(abs(x - self.x), abs(y - self.y)) <= self.half


def groups(main: Sequence[str]) -> np.ndarray:
    """The five most common names, and `OTHER` for the rest: as many as can be told apart."""
    counts = pd.Series(main, dtype=object).value_counts()
    kept = set(counts.index[: len(SYMBOLS) - 1])
    return np.array([name if name in kept else OTHER for name in main], dtype=object)


def item_space(
    items: pd.DataFrame,
    shade: Shade,
    explained: float,
    window: Window,
    focus: Focus | None = None,
    you: FloatArray | None = None,
    kind: str = "film",
) -> Chart:
    """Which items does the model hold to be alike?

    Args:
        items: one row an item, with columns x, y, title, genres, ratings (how many), average.
        shade: the colours, in the order of `items`.
        explained: share of the differences between items that the two axes show.
        window: what is seen of the map; the rest is only in the table.
        focus: the item asked about.
        you: (2,) the place of the person at the screen; drawn at the edge where it lies beyond.
        kind: what an item is called.
    """
    table = items.assign(**{shade.name: shade.values})
    figure: dict[str, Any] = {
        "animation": False,
        "dataset": {"source": _drawn(items, shade)},
        "tooltip": {"trigger": "item", "confine": True},
        "grid": {"left": 4, "right": 4, "top": 40, "bottom": 4},
        "xAxis": _axis(window.x, window.half),
        "yAxis": _axis(window.y, window.half),
        "visualMap": [_sizes(items), _scale(shade) if shade.is_scale else _groups(shade)],
        "media": [] if shade.is_scale else [_ON_A_PHONE],
        "series": [_all(focus is not None), *_focused(items, focus, window), *_you(you, window)],
    }
    words = _words(items, shade, explained, window, focus, you, kind)
    return Chart(
        f"Which {kind}s does the model hold to be alike?", figure, words, table, "item-space", HEIGHT
    )


_ON_A_PHONE = {
    "query": {"maxWidth": 460},
    "option": {"grid": {"top": 128}, "visualMap": [{}, {"orient": "vertical", "left": 4, "itemGap": 2}]},
}
"""A row of six groups is wider than a phone."""


def _drawn(items: pd.DataFrame, shade: Shade) -> pd.DataFrame:
    """What the browser needs of each item, and no more."""
    return pd.DataFrame(
        {
            "x": items["x"].round(4),
            "y": items["y"].round(4),
            "size": np.sqrt(items["ratings"]).round(2),
            "shade": shade.values,
            "title": items["title"],
            "genres": items["genres"],
            "ratings": items["ratings"],
            "average": items["average"].round(2),
        }
    )


def _axis(middle: float, half: float) -> dict[str, Any]:
    """No figures on it: the axes are mixtures of factors, and only distances mean anything."""
    return {
        "type": "value",
        "min": middle - half,
        "max": middle + half,
        "axisLabel": {"show": False},
        "axisTick": {"show": False},
        "axisLine": {"show": False},
        "splitNumber": 4,
    }


def _all(dimmed: bool) -> dict[str, Any]:
    return {
        "type": "scatter",
        "encode": {"x": "x", "y": "y"},
        "selectedMode": "single",
        "itemStyle": {"opacity": 0.35 if dimmed else 0.75},
        "select": {"itemStyle": {"borderWidth": 0}},  # what was chosen is marked by a mark of its own
        "tooltip": {"formatter": "{@title}<br/>{@genres}<br/>ratings: {@ratings}, on average {@average}"},
        "progressive": 0,
    }


def _sizes(items: pd.DataFrame) -> dict[str, Any]:
    return {
        "type": "continuous",
        "show": False,
        "seriesIndex": 0,
        "dimension": "size",
        "min": 0,
        "max": max(1.0, float(np.sqrt(items["ratings"].max()))) if len(items) else 1.0,
        "inRange": {"symbolSize": [_SMALLEST, _LARGEST]},
    }


def _scale(shade: Shade) -> dict[str, Any]:
    low, high = _range(shade.values)
    return {
        "type": "continuous",
        "seriesIndex": 0,
        "dimension": "shade",
        "min": low,
        "max": high,
        "text": [shade.ends[1], shade.ends[0]],
        "textStyle": {"color": style.AXIS},
        "inRange": {"color": list(_RAMP)},
        "outOfRange": {"color": [style.REFERENCE]},
        "orient": "horizontal",
        "left": "center",
        "top": 4,
        "itemWidth": 14,
        "itemHeight": 110,
    }


def _range(values: np.ndarray) -> tuple[float, float]:
    """From the 2nd to the 98th hundredth: one extreme item must not make all others the same colour."""
    known = values[np.isfinite(values)] if len(values) else values
    if not len(known):
        return 0.0, 1.0
    low, high = (float(edge) for edge in np.quantile(known, [0.02, 0.98]))
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _groups(shade: Shade) -> dict[str, Any]:
    names = pd.Series(shade.values, dtype=object).value_counts().index
    ordered = [*(name for name in names if name != OTHER), *([OTHER] if OTHER in set(names) else [])]
    looks = zip(ordered, style.CATEGORICAL, SYMBOLS, strict=False)
    return {
        "type": "piecewise",
        "seriesIndex": 0,
        "dimension": "shade",
        "pieces": [{"value": name, "label": name, "color": c, "symbol": s} for name, c, s in looks],
        "textStyle": {"color": style.AXIS},
        "outOfRange": {"opacity": 0},
        "orient": "horizontal",
        "left": "center",
        "top": 4,
        "itemGap": 6,
        "selectedMode": False,
    }


def _focused(items: pd.DataFrame, focus: Focus | None, window: Window) -> list[dict[str, Any]]:
    """Lines to the neighbours, and marks on both ends. Silent: a click goes to the item below."""
    if focus is None:
        return []
    at = items[["x", "y"]].to_numpy(dtype=float)
    here = at[focus.row].tolist()
    near = list(focus.neighbours)
    label: dict[str, Any] = {"show": True, "formatter": "{b}", "padding": [3, 6], "borderRadius": 4}
    label |= {"color": style.INK, "backgroundColor": style.VIOLET}
    return [
        {
            "type": "lines",
            "coordinateSystem": "cartesian2d",
            "silent": True,
            "z": 4,
            "lineStyle": {"color": style.DATA, "width": 1.5, "opacity": 0.8, "curveness": 0},
            "data": [{"coords": [here, at[row].tolist()]} for row in near],
        },
        {
            "type": "scatter",
            "silent": True,
            "z": 5,
            "symbol": "diamond",
            "symbolSize": 13,
            "itemStyle": {"color": style.DATA, "opacity": 1},
            "labelLayout": {"hideOverlap": True},
            "data": [
                {
                    "name": f"{rank} {_short(items['title'].iloc[row])}",
                    "value": at[row].tolist(),
                    "label": {**label, "show": rank <= _NAMED, "position": _side(at[row][0], window)},
                }
                for rank, row in enumerate(near, start=1)
            ],
        },
        {
            "type": "scatter",
            "silent": True,
            "z": 6,
            "symbol": "circle",
            "symbolSize": 22,
            "itemStyle": {"color": "transparent", "borderColor": style.DATA, "borderWidth": 4, "opacity": 1},
            "data": [
                {
                    "name": _short(items["title"].iloc[focus.row]),
                    "value": here,
                    "label": {**label, "position": "top", "fontWeight": "bold"},
                }
            ],
        },
    ]


def _you(you: FloatArray | None, window: Window) -> list[dict[str, Any]]:
    if you is None:
        return []
    edge = 0.97 * window.half
    x = float(np.clip(you[0], window.x - edge, window.x + edge))
    y = float(np.clip(you[1], window.y - edge, window.y + edge))
    label: dict[str, Any] = {
        "show": True,
        "formatter": "you",
        "position": _side(x, window),
        "padding": [3, 6],
        "borderRadius": 4,
    }
    label |= {"color": style.INK, "backgroundColor": style.YOU}
    return [
        {
            "type": "scatter",
            "silent": True,
            "z": 7,
            "symbol": "triangle",
            "symbolSize": 20,
            "itemStyle": {"color": style.YOU, "opacity": 1},
            "data": [{"name": "you", "value": [x, y], "label": label}],
        }
    ]


def _side(x: float, window: Window) -> str:
    """A name is written towards the middle, where there is room for it."""
    return "left" if x > window.x else "right"


def _short(title: str) -> str:
    return title if len(title) <= 28 else title[:27].rstrip() + "…"


def _words(
    items: pd.DataFrame,
    shade: Shade,
    explained: float,
    window: Window,
    focus: Focus | None,
    you: FloatArray | None,
    kind: str,
) -> str:
    missing = ", so near on the map is not always alike" if explained < 0.995 else ""
    words = [
        f"{len(items):,} {kind}s on the two axes on which they differ most. These show {explained:.0%} of "
        f"what tells them apart{missing}."
    ]
    if shade.is_scale and (told := told_by(items, shade)) is not None:
        how = "hardly has" if told < 0.1 else "has partly" if told < 0.5 else "largely has"
        words.append(f"The {shade.name} {how} to do with the place: the place explains {told:.0%} of it.")
    if focus is not None and focus.neighbours:
        seen = sum(window.holds(*items[["x", "y"]].iloc[row]) for row in focus.neighbours)
        words.append(f"Lines lead to {len(focus.neighbours)} neighbours; {seen} lie in the part seen here.")
    if you is not None and not window.holds(float(you[0]), float(you[1])):
        words.append("You lie beyond the edge, where the triangle is.")
    return " ".join(words)


def told_by(items: pd.DataFrame, shade: Shade) -> float | None:
    """R² of a straight-line fit of the shade on both coordinates, 0 to 1; None where there is no spread."""
    values = np.asarray(shade.values, dtype=float)
    known = np.isfinite(values)
    if known.sum() <= 3 or np.ptp(values[known]) == 0:
        return None
    X = np.column_stack([np.ones(int(known.sum())), items.loc[known, ["x", "y"]].to_numpy(dtype=float)])
    y = values[known]
    left = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
    share = 1 - float(left @ left) / float(((y - y.mean()) ** 2).sum())
    return min(max(share, 0.0), 1.0) if math.isfinite(share) else None
