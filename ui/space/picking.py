"""Several items at once: those inside a box or a lasso on the map, or all that is seen of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from recsys_core.dataset import Dataset
from recsys_core.ratings import BoolArray, FloatArray
from ui.charts.map import Window
from ui.space.address import go_to
from ui.space.found import Space


def inside(places: FloatArray, area: dict[str, Any]) -> BoolArray:
    """(n,) whether each of the (n, 2) places lies in a box or a lasso, edges of a box included.

    A place lies in a polygon if a ray from it crosses the border an odd number of times.
    """
    x, y = places[:, 0], places[:, 1]
    corners = area["coord_range"]
    if area["brush_type"] == "rect":
        (left, right), (low, high) = (sorted(side) for side in corners)
        held: BoolArray = (left <= x) & (x <= right) & (low <= y) & (y <= high)
        return held
    within = np.zeros(len(places), dtype=np.bool_)
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if y0 != y1:  # a level side is never crossed by a level ray
            crossed = (y0 > y) != (y1 > y)
            within ^= crossed & (x < x0 + (x1 - x0) * (y - y0) / (y1 - y0))
    return within


def chart_key(base: str, data: Dataset, found: Space) -> str:
    """The name of the map on screen: another one after a box was drawn, so that it takes its leave, or
    clicks on marks inside it would not be told; and after the places changed."""
    stamp = float(found.table["x"].abs().sum())
    if st.session_state.get(_key("places", data)) not in (None, stamp):
        _afresh(data)
    st.session_state[_key("places", data)] = stamp
    times = st.session_state.get(_key("drawn", data), 0)
    return f"{base}-{data.name}" + (f"-{times}" if times else "")


def chosen(data: Dataset, found: Space) -> list[int]:
    """The items chosen on the map, the most rated first."""
    held: frozenset[int] = st.session_state.get(_key("chosen", data), frozenset())
    return [item for item in found.labels if item in held] if held else []


def clear(data: Dataset) -> None:
    """Choose none of them."""
    st.session_state.pop(_key("chosen", data), None)


def choose_seen(data: Dataset, found: Space, window: Window) -> None:
    """Choose everything in the part of the map that is seen: a box that needs no mouse."""
    half = window.half
    sides = [[window.x - half, window.x + half], [window.y - half, window.y + half]]
    _choose(data, found, [{"brush_type": "rect", "coord_range": sides}])


def clicked(event: Any, data: Dataset, found: Space) -> None:
    """Show the item clicked, or choose those in the box drawn.

    A second click on a mark takes its selection away, and means it all the same.
    """
    selection = event["selection"] if event else {"selected": []}
    if areas := selection.get("areas"):
        _choose(data, found, areas)
        _afresh(data)
        return
    now = {int(row) for series in selection["selected"] for row in series["data_indices"]}
    before: set[int] = st.session_state.get(_key("marked", data), set())
    st.session_state[_key("marked", data)] = now
    for row in (now - before) or (before - now):
        if 0 <= row < len(found.items):
            go_to(data, int(found.items[row]))


def _afresh(data: Dataset) -> None:
    """Draw another map in place of this one, with nothing marked on it by the browser."""
    st.session_state[_key("drawn", data)] = st.session_state.get(_key("drawn", data), 0) + 1
    st.session_state.pop(_key("marked", data), None)


def _choose(data: Dataset, found: Space, areas: Sequence[dict[str, Any]]) -> None:
    held = np.zeros(len(found.items), dtype=np.bool_)
    places = found.table[["x", "y"]].to_numpy(dtype=float)
    for area in areas:
        if area.get("brush_type") in {"rect", "polygon"}:
            held |= inside(places, area)
    st.session_state[_key("chosen", data)] = frozenset(found.items[held].tolist())


def _key(what: str, data: Dataset) -> str:
    return f"space-{what}-{data.name}"
