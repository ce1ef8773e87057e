"""The map of the item space in depth: the same marks as the flat one, on three axes, to be turned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from recsys_core.ratings import FloatArray
from ui.charts import Chart, style
from ui.charts.map import OTHER, Focus, Shade

if TYPE_CHECKING:
    import plotly.graph_objects as go

_SHAPES = ("diamond", "square", "cross", "x", "circle-open", "circle")
"""A shape for each colour of `style.CATEGORICAL`, of those that plotly draws in depth."""
_SMALLEST, _LARGEST = 2.0, 9.0
HEIGHT = 560


def item_space_in_3d(
    items: pd.DataFrame,
    shade: Shade,
    explained: float | None,
    focus: Focus | None = None,
    you: FloatArray | None = None,
    kind: str = "film",
) -> Chart:
    """Which items does the model hold to be alike, seen on three axes?

    Args:
        items: one row an item, with columns x, y, z, title, genres, ratings (how many), average.
        shade: the colours, in the order of `items`.
        explained: share of the differences between items that the axes show; None of a map that bends.
        focus: the item asked about and its neighbours.
        you: (3,) the place of the person at the screen.
        kind: what an item is called.
    """
    figure = style.figure(HEIGHT, scene=_scene(), showlegend=True, legend=_legend())
    size = np.sqrt(items["ratings"].to_numpy(dtype=float))
    size = _SMALLEST + (_LARGEST - _SMALLEST) * size / max(float(size.max(initial=0.0)), 1.0)
    if shade.is_scale:
        _add(figure, items, f"{kind}s", _on_scale(shade) | {"size": size, "symbol": "circle"}, dimmed=focus)
    else:
        common = pd.Series(shade.values, dtype=object).value_counts().index
        ordered = [*(name for name in common if name != OTHER), *([OTHER] if OTHER in set(common) else [])]
        for name, colour, shape in zip(ordered, style.CATEGORICAL, _SHAPES, strict=False):
            own = shade.values == name
            looks = {"color": colour, "symbol": shape, "size": size[own]}
            _add(figure, items[own], str(name), looks, dimmed=focus)
    if focus is not None:
        _focused(figure, items, focus, kind)
    if you is not None:
        _mark(figure, you[None, :], "you", ["you"], {"color": style.YOU, "symbol": "diamond", "size": 10})
    table = items.assign(**{shade.name: shade.values})
    return Chart(
        f"Which {kind}s does the model hold to be alike, in depth?",
        figure,
        _words(items, explained, focus, you, kind),
        table,
        "item-space-3d",
        HEIGHT,
    )


def _scene() -> dict[str, Any]:
    # No figures on the axes: they are mixtures of factors, and only distances mean anything.
    axis = {
        "title": {"text": ""},
        "showticklabels": False,
        "showbackground": False,
        "gridcolor": style.REFERENCE,
        "gridwidth": 0.5,
        "zeroline": False,
        "showspikes": False,
    }
    return {
        "xaxis": axis,
        "yaxis": axis,
        "zaxis": axis,
        "aspectmode": "data",
        "dragmode": "turntable",
        "camera": {"eye": {"x": 1.1, "y": 1.1, "z": 0.75}},
        "uirevision": "kept",  # who has turned it finds it so after the next click
    }


def _legend() -> dict[str, Any]:
    return {
        "orientation": "h",
        "y": 1.0,
        "yanchor": "bottom",
        "font": {"color": style.AXIS},
        "itemsizing": "constant",
    }


def _on_scale(shade: Shade) -> dict[str, Any]:
    values = np.asarray(shade.values, dtype=float)
    known = values[np.isfinite(values)]
    low, high = (float(edge) for edge in np.quantile(known, [0.02, 0.98])) if len(known) else (0.0, 1.0)
    return {
        "color": values,
        "colorscale": [[0.0, style.BLUE], [0.5, style.GREY], [1.0, style.AMBER]],
        "cmin": low,
        "cmax": high if high > low else low + 1,
        "colorbar": {
            "title": {"text": shade.name, "font": {"color": style.AXIS}},
            "orientation": "h",
            "y": -0.02,
            "thickness": 12,
            "len": 0.5,
            "tickfont": {"color": style.AXIS},
        },
    }


def _add(
    figure: go.Figure, items: pd.DataFrame, name: str, looks: dict[str, Any], dimmed: Focus | None
) -> None:
    figure.add_scatter3d(
        x=items["x"].round(4),
        y=items["y"].round(4),
        z=items["z"].round(4),
        mode="markers",
        name=name,
        text=items["title"],
        customdata=np.column_stack([items["genres"], items["ratings"], items["average"].round(2)]),
        hovertemplate="%{text}<br>%{customdata[0]}<br>ratings: %{customdata[1]}, on average %{customdata[2]}"
        "<extra></extra>",
        marker={"line": {"width": 0}, **looks},
        opacity=0.6 if dimmed is not None else 0.8,
    )


def _focused(figure: go.Figure, items: pd.DataFrame, focus: Focus, kind: str) -> None:
    """Lines to the neighbours, numbered from the nearest, and a mark on the item itself."""
    at = items[["x", "y", "z"]].to_numpy(dtype=float)
    near = list(focus.neighbours)
    if near:
        # From the item to a neighbour, and a gap, again and again.
        gap = np.full(3, np.nan)
        ends = np.array([point for row in near for point in (at[focus.row], at[row], gap)])
        figure.add_scatter3d(
            x=ends[:, 0],
            y=ends[:, 1],
            z=ends[:, 2],
            mode="lines",
            line={"color": style.DATA, "width": 4},
            hoverinfo="skip",
            showlegend=False,
        )
        names = [f"{rank} {items['title'].iloc[row]}" for rank, row in enumerate(near, start=1)]
        _mark(figure, at[near], "neighbours", names, {"color": style.DATA, "symbol": "diamond", "size": 6})
    title = str(items["title"].iloc[focus.row])
    looks = {"color": style.DATA, "symbol": "circle-open", "size": 14}
    _mark(figure, at[[focus.row]], f"this {kind}", [title], looks)
    figure.data[-1].update(mode="markers+text", text=[_short(title)], textposition="top center")
    figure.data[-1].update(textfont={"color": style.DATA, "size": 15})


def _mark(figure: go.Figure, places: FloatArray, name: str, titles: list[str], looks: dict[str, Any]) -> None:
    figure.add_scatter3d(
        x=places[:, 0],
        y=places[:, 1],
        z=places[:, 2],
        mode="markers",
        name=name,
        hovertext=titles,
        hovertemplate="%{hovertext}<extra></extra>",
        marker=looks,
    )


def _short(title: str) -> str:
    return title if len(title) <= 24 else title[:23].rstrip() + "…"


def _words(
    items: pd.DataFrame, explained: float | None, focus: Focus | None, you: FloatArray | None, kind: str
) -> str:
    words = [f"{len(items):,} {kind}s on three axes"]
    if explained is None:
        words[0] += ", laid out so that neighbours stay together; distances between groups mean little."
    else:
        words[0] += f", which show {explained:.0%} of what tells them apart."
    if focus is not None and focus.neighbours:
        at = items[["x", "y", "z"]].to_numpy(dtype=float)
        apart = np.linalg.norm(at - at[focus.row], axis=1)
        closer = int((apart < apart[list(focus.neighbours)].max()).sum()) - 1
        n = len(focus.neighbours)
        words.append(
            f"Lines lead to {n} neighbours of “{items['title'].iloc[focus.row]}”; a ball that holds them all "
            f"holds {max(closer - n + 1, 0):,} other {kind}s."
        )
    if you is not None:
        words.append("You are marked, too.")
    return " ".join(words)
