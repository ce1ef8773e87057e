"""What is marked on the map of the item space: the item asked about, its neighbours, a mixture, you."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from recsys_core.ratings import FloatArray
from ui.charts import style

_NAMED = 5
"""So many neighbours are named on the map; more names would lie on each other."""
_FEW = 100
"""Up to so many chosen are ringed boldly."""
_NAME: dict[str, Any] = {
    "show": True,
    "formatter": "{b}",
    "padding": [1, 6],
    "lineHeight": 18,
    "borderRadius": 4,
    "color": style.INK,
    "backgroundColor": style.VIOLET,
}


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


@dataclass(frozen=True, eq=False)
class Mixture:
    """A point made of several items: a blend, or an analogy.

    Attributes:
        place: (2,) where it lies.
        parts: rows of the items it is made of.
        name: what is written beside it.
    """

    place: FloatArray
    parts: tuple[int, ...]
    name: str


@dataclass(frozen=True, eq=False)
class You:
    """The person at the screen.

    Attributes:
        place: (2,) where their ratings put them now.
        before: (2,) where they were before the last change, or None.
    """

    place: FloatArray
    before: FloatArray | None = None


def focused(items: pd.DataFrame, focus: Focus | None, window: Window) -> list[dict[str, Any]]:
    """Lines to the neighbours, and marks on both ends. Silent: a click goes to the item below."""
    if focus is None:
        return []
    at = items[["x", "y"]].to_numpy(dtype=float)
    here = at[focus.row].tolist()
    near = list(focus.neighbours)
    named = [
        {
            "name": f"{rank} {_short(items['title'].iloc[row])}",
            "value": at[row].tolist(),
            "label": {**_NAME, "show": rank <= _NAMED, "position": _side(at[row][0], window)},
        }
        for rank, row in enumerate(near, start=1)
    ]
    ring = {"color": "transparent", "borderColor": style.DATA, "borderWidth": 4, "opacity": 1}
    asked = {
        "name": _short(items["title"].iloc[focus.row]),
        "value": here,
        "label": {**_NAME, "position": _above(here[0], window), "fontWeight": "bold"},
    }
    return [
        _lines(here, at[near].tolist()),
        {**_marks("diamond", 13, {"color": style.DATA, "opacity": 1}, named), "z": 5},
        {**_marks("circle", 22, ring, [asked]), "z": 6},
    ]


def chosen(items: pd.DataFrame, rows: Sequence[int]) -> list[dict[str, Any]]:
    """Rings around those that the visitor chose: finer ones around many, or they would hide all else."""
    if not rows:
        return []
    at = items[["x", "y"]].to_numpy(dtype=float)[list(rows)].round(4)
    few = len(rows) <= _FEW
    ring = {"color": "transparent", "borderColor": style.YOU, "borderWidth": 1.5 if few else 0.75}
    ring["opacity"] = 0.9 if few else 0.6
    return [{**_marks("circle", 12 if few else 7, ring, [{"value": place} for place in at.tolist()]), "z": 3}]


def mixture(items: pd.DataFrame, mixed: Mixture | None, window: Window) -> list[dict[str, Any]]:
    """The point mixed, and broken lines from it to what it is made of."""
    if mixed is None:
        return []
    at = items[["x", "y"]].to_numpy(dtype=float)
    x, y = (float(v) for v in mixed.place)
    label = {**_NAME, "position": _side(x, window), "fontWeight": "bold"}
    point = {"name": mixed.name, "value": [x, y], "label": label}
    look = {"color": style.AMBER, "borderColor": style.INK, "borderWidth": 2, "opacity": 1}
    return [
        _lines([x, y], at[list(mixed.parts)].tolist(), style.AMBER, "dashed"),
        {**_marks("rect", 18, look, [point]), "z": 7},
    ]


def person(you: You | None, window: Window) -> list[dict[str, Any]]:
    """You, and a line from where you were; at the edge, if you lie beyond."""
    if you is None:
        return []
    edge = 0.97 * window.half
    x = float(np.clip(you.place[0], window.x - edge, window.x + edge))
    y = float(np.clip(you.place[1], window.y - edge, window.y + edge))
    label = {**_NAME, "position": _side(x, window), "backgroundColor": style.YOU}
    mark = {"name": "you", "value": [x, y], "label": label}
    came = []
    if you.before is not None:
        came = [_lines(you.before.tolist(), [[x, y]], style.YOU, "dotted", 3)]
    return [*came, {**_marks("triangle", 20, {"color": style.YOU, "opacity": 1}, [mark]), "z": 8}]


def _lines(
    start: list[float],
    ends: list[list[float]],
    color: str = style.DATA,
    kind: str = "solid",
    width: float = 1.5,
) -> dict[str, Any]:
    return {
        "type": "lines",
        "coordinateSystem": "cartesian2d",
        "silent": True,
        "clip": True,
        "z": 4,
        "lineStyle": {"color": color, "width": width, "opacity": 0.8, "curveness": 0, "type": kind},
        "data": [{"coords": [start, end]} for end in ends],
    }


def _marks(symbol: str, size: int, look: dict[str, Any], data: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "silent": True,
        "symbol": symbol,
        "symbolSize": size,
        "itemStyle": look,
        "labelLayout": {"hideOverlap": True},  # of two names on each other, that of the larger mark stays
        "data": data,
    }


def _side(x: float, window: Window) -> str:
    """A name is written towards the middle, where there is room for it."""
    return "left" if x > window.x else "right"


def _above(x: float, window: Window) -> str:
    """The name of the item asked about stands above it, but for the sides, where it would be cut off."""
    return "top" if abs(x - window.x) < window.half / 2 else _side(x, window)


def _short(title: str) -> str:
    return title if len(title) <= 28 else title[:27].rstrip() + "…"
