"""The map of the item space: every item a mark, one of them asked about, lines to its neighbours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ui.charts import Chart, style
from ui.charts.map_marks import Focus, Mixture, Window, You, chosen, focused, mixture, person

__all__ = ["Focus", "Mixture", "Shade", "Window", "You", "groups", "item_space", "told_by"]

_STAR = "path://M0,-10L2.9,-4L9.5,-3L4.8,1.5L5.9,8L0,5L-5.9,8L-4.8,1.5L-9.5,-3L-2.9,-4Z"
_PLUS = "path://M-3,-10H3V-3H10V3H3V10H-3V3H-10V-3H-3Z"
SYMBOLS = ("diamond", "rect", "triangle", _STAR, _PLUS, "circle")
"""A shape for each colour of `style.CATEGORICAL`, so that a group is known without its colour."""
OTHER = "other"
_SMALLEST, _LARGEST = 4, 18
_RAMP = (style.BLUE, style.GREY, style.AMBER)
"""Even in lightness, so that both ends are seen on the light and on the dark page."""
HEIGHT = 520


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


def groups(main: Sequence[str]) -> np.ndarray:
    """The five most common names, and `OTHER` for the rest: as many as can be told apart."""
    counts = pd.Series(main, dtype=object).value_counts()
    kept = set(counts.index[: len(SYMBOLS) - 1])
    return np.array([name if name in kept else OTHER for name in main], dtype=object)


def item_space(
    items: pd.DataFrame,
    shade: Shade,
    explained: float | None,
    window: Window,
    focus: Focus | None = None,
    you: You | None = None,
    kind: str = "film",
    mixed: Mixture | None = None,
    several: Sequence[int] = (),
) -> Chart:
    """Which items does the model hold to be alike?

    Args:
        items: one row an item, with columns x, y, title, genres, ratings (how many), average.
        shade: the colours, in the order of `items`.
        explained: share of the differences between items that the two axes show; None for a map that
            bends, of which no such share can be told.
        window: what is seen of the map; the rest is only in the table.
        focus: the item asked about.
        you: the person at the screen; drawn at the edge where they lie beyond.
        kind: what an item is called.
        mixed: a point made of several items.
        several: rows of those chosen together.
    """
    table = items.assign(**{shade.name: shade.values})
    figure: dict[str, Any] = {
        "animation": False,
        "dataset": {"source": _drawn(items, shade)},
        "tooltip": {"trigger": "item", "confine": True},
        "grid": {"left": 4, "right": 4, "top": 40, "bottom": 44},
        "xAxis": _axis(window.x, window.half),
        "yAxis": _axis(window.y, window.half),
        "visualMap": [_sizes(items), _scale(shade) if shade.is_scale else _groups(shade)],
        "media": [] if shade.is_scale else [_ON_A_PHONE],
        "brush": _BRUSH,
        "toolbox": _TOOLBOX,
        "series": [
            _all(focus is not None),
            *focused(items, focus, window),
            *chosen(items, several),
            *mixture(items, mixed, window),
            *person(you, window),
        ],
    }
    words = " ".join([_words(items, shade, explained, kind), *_marked(items, window, focus, you, mixed)])
    if several:
        words += f" Rings mark the {len(several):,} chosen."
    return Chart(
        f"Which {kind}s does the model hold to be alike?", figure, words, table, "item-space", HEIGHT
    )


_ON_A_PHONE = {
    "query": {"maxWidth": 460},
    "option": {"grid": {"top": 128}, "visualMap": [{}, {"orient": "vertical", "left": 4, "itemGap": 2}]},
}
"""A row of six groups is wider than a phone."""


_BRUSH = {
    "xAxisIndex": 0,
    "yAxisIndex": 0,
    "seriesIndex": 0,
    "throttleType": "debounce",
    "throttleDelay": 200,
    "inBrush": {"opacity": 0.9},
    "outOfBrush": {"opacity": 0.12},
}
_TOOLBOX = {
    "right": 4,
    "bottom": 0,
    "itemSize": 20,
    "itemGap": 14,
    "iconStyle": {"borderColor": style.AXIS, "borderWidth": 1.5},
    "feature": {
        "brush": {
            "type": ["rect", "polygon"],
            "title": {"rect": "Box", "polygon": "Lasso"},
        }
    },
}
"""Choose several: with a box or a lasso, drawn while its button is on."""


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


def _words(items: pd.DataFrame, shade: Shade, explained: float | None, kind: str) -> str:
    if explained is None:
        how = (
            "bent so that neighbours stay together: near often means alike, how far apart two groups lie "
            "means little"
        )
    else:
        missing = ", so near on the map is not always alike" if explained < 0.995 else ""
        how = (
            f"on the two axes on which they differ most. These show {explained:.0%} of what tells them "
            f"apart{missing}"
        )
    words = [f"{len(items):,} {kind}s {how}."]
    if shade.is_scale and (told := told_by(items, shade)) is not None:
        how = "hardly has" if told < 0.1 else "has partly" if told < 0.5 else "largely has"
        words.append(f"The {shade.name} {how} to do with the place: the place explains {told:.0%} of it.")
    return " ".join(words)


def _marked(
    items: pd.DataFrame, window: Window, focus: Focus | None, you: You | None, mixed: Mixture | None
) -> list[str]:
    words = []
    if focus is not None and focus.neighbours:
        places = items[["x", "y"]].to_numpy(dtype=float)[list(focus.neighbours)]
        seen = sum(window.holds(x, y) for x, y in places.tolist())
        words.append(f"Lines lead to {len(focus.neighbours)} neighbours; {seen} lie in the part seen here.")
    if mixed is not None:
        seen_or_not = "" if window.holds(*mixed.place) else ", beyond the part seen here"
        words.append(
            f"The square is the point “{mixed.name}”{seen_or_not}; broken lines lead to what it is made of."
        )
    if you is not None and not window.holds(float(you.place[0]), float(you.place[1])):
        words.append("You lie beyond the edge, where the triangle is.")
    if you is not None and you.before is not None:
        words.append("The dotted line comes from where you were before your last change.")
    return words


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
