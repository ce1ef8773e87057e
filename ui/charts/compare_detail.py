"""Charts behind a comparison: what is traded for what, which gaps are real, and for whom it is good."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from recsys_core.evaluation.significance import Difference
from recsys_core.evaluation.trade_off import Better, pareto
from ui.charts import Chart, labels, style
from ui.charts.compare import ROW, Axis, broken, shown, window

Range = tuple[float, float]
_DASHES = ("solid", "dashed", "dotted")
_SYMBOLS = ("circle", "rect", "triangle", "diamond", "pin", "arrow")


def front(points: pd.DataFrame, x: Axis, y: Axis) -> list[str]:
    """The algorithms that none beats in both at once, in order of x.

    Args:
        points: "algorithm", "x", "y"; rows with nan are left out.
        x, y: what they are; what has no better direction is taken as better the higher.
    """
    on = pareto(points[["x", "y"]].to_numpy(dtype=float), (_way(x), _way(y)))
    return [str(name) for name in points[on].sort_values("x")["algorithm"]]


def _way(axis: Axis) -> Better:
    return "lower" if axis.better == "lower" else "higher"


def trade_off(points: pd.DataFrame, x: Axis, y: Axis, trivial: frozenset[str], question: str = "") -> Chart:
    """What has to be given up for what: each algorithm a mark, a line through those none beats in both.

    Args:
        points: "algorithm", "x", "y".
        x, y: what they are; both have a better direction.
        trivial: the algorithms that are there to be beaten.
        question: the title, if not the usual one.
    """
    members = front(points, x, y)
    drawn = points[points[["x", "y"]].map(math.isfinite).all(axis=1)]
    on_front = drawn["algorithm"].isin(members)
    ranges = [_range(drawn, on_front, name, axis) for name, axis in (("x", x), ("y", y))]
    inside = drawn["x"].between(*ranges[0]) & drawn["y"].between(*ranges[1])
    inside = inside.astype(bool)
    figure = style.figure(height=400)
    line = drawn.set_index("algorithm").loc[members]
    figure.add_scatter(
        x=line["x"],
        y=line["y"],
        mode="lines",
        line={"color": style.DATA, "dash": "dot"},
        hoverinfo="skip",
    )
    kinds = (
        ("on the front", [name in members for name in drawn["algorithm"]], "diamond", style.DATA),
        (
            "beaten in both",
            [name not in members for name in drawn["algorithm"]],
            "circle-open",
            style.REFERENCE,
        ),
    )
    for kind, chosen, symbol, color in kinds:
        rows = drawn.loc[np.array(chosen, dtype=bool)]
        figure.add_scatter(
            x=rows["x"],
            y=rows["y"],
            name=kind,
            mode="markers",
            marker={"color": color, "size": 13, "symbol": symbol, "line": {"width": 2}},
            customdata=[escape(name) for name in rows["algorithm"]],
            hovertemplate="%{customdata}<br>%{x:.4g} · %{y:.4g}<extra></extra>",
        )
    _name_marks(figure, drawn[inside], members, ranges)
    figure.update_xaxes(title_text=x.words, range=ranges[0], nticks=5)
    figure.update_yaxes(title_text=y.words, range=ranges[1], nticks=5)
    figure.update_layout(
        showlegend=True,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "font": {"color": style.AXIS}},
    )
    figure.data[0].showlegend = False
    table = points.rename(columns={"x": x.title, "y": y.title})
    known = set(drawn["algorithm"])
    table["none beats it in both"] = [
        "yes" if name in members else "no" if name in known else "no figure" for name in points["algorithm"]
    ]
    alt = _trade(members, drawn, x, y)
    outside = [str(name) for name in drawn["algorithm"][~inside]]
    if outside:
        alt += f" Too far off to be drawn: {', '.join(outside)}."
    beaten = [name for name in drawn["algorithm"] if name not in members and name not in trivial]
    if beaten:
        alt += f" Beaten in both by another: {', '.join(beaten)}."
    lost = [name for name in points["algorithm"] if name not in known]
    if lost:
        alt += f" Without one of the figures: {', '.join(lost)}."
    return Chart(question or f"What does {x.title} cost in {y.title}?", figure, alt, table, "trade-off")


def _range(drawn: pd.DataFrame, on_front: pd.Series, name: str, axis: Axis) -> tuple[float, float]:
    """What to show of an axis; nothing on the front is left out."""
    low, high = window(drawn[name], axis.better)
    front_low, front_high = drawn[name][on_front].min(), drawn[name][on_front].max()
    if low <= front_low and front_high <= high:
        return low, high
    return window([*drawn[name][on_front], low, high], "neither")


def _name_marks(figure: Any, drawn: pd.DataFrame, members: list[str], ranges: Sequence[Range]) -> None:
    """Write each name where it lies neither on another nor on the front; what finds no room is left to
    the pointer and the table."""
    (x0, x1), (y0, y1) = ranges
    columns = (drawn[one].tolist() for one in ("algorithm", "x", "y"))
    at = {str(name): (float(x), float(y)) for name, x, y in zip(*columns, strict=True)}
    spots = {name: ((x - x0) / (x1 - x0), (y - y0) / (y1 - y0)) for name, (x, y) in at.items()}
    for name, label in labels.placed(spots, [spots[one] for one in members if one in spots]).items():
        style.note(
            figure,
            name,
            x=at[name][0],
            y=at[name][1],
            **style.leader(label.x, label.y) if label.led else {"xshift": label.x, "yshift": label.y},
        )


def _trade(members: list[str], drawn: pd.DataFrame, x: Axis, y: Axis) -> str:
    if not members:
        return "No algorithm has both figures."
    at = drawn.set_index("algorithm")
    if len(members) == 1:
        return f"{members[0]} is best in both, so there is nothing to trade."
    words = "; ".join(
        f"{name} with {shown(float(at.at[name, 'x']))} and {shown(float(at.at[name, 'y']))}"
        for name in members
    )
    more = "less" if y.better == "lower" else "more"
    return f"Whoever wants {more} {y.title} pays in {x.title} along these, which none beats in both: {words}."


def gaps(found: Sequence[Difference], axis: Axis, against: str) -> Chart:
    """Which gaps are real: the difference of each to one of them, with its interval.

    Args:
        found: differences, each of another algorithm (a) to `against` (b).
        axis: what is compared.
        against: what all are compared with.
    """
    known = [one for one in found if math.isfinite(one.mean)]
    reach = window([abs(one.mean) for one in known], "lower")[1]
    near = [one for one in known if abs(one.mean) <= reach]
    names = [broken(one.a) for one in near]
    figure = style.figure(height=90 + ROW * max(len(near), 2))
    figure.add_vline(x=0, line={"color": style.REFERENCE, "dash": "dot"})
    figure.add_scatter(
        x=[one.mean for one in near],
        y=names,
        mode="markers",
        marker={
            "color": [style.DATA if one.real else style.REFERENCE for one in near],
            "symbol": ["diamond" if one.real else "diamond-open" for one in near],
            "size": 13,
        },
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [one.high - one.mean for one in near],
            "arrayminus": [one.mean - one.low for one in near],
            "color": style.REFERENCE,
        },
        hovertemplate="%{y}: %{x:+.4f}<extra></extra>",
    )
    ends = [0.0, *(one.low for one in near), *(one.high for one in near)]
    low, high = window(ends, "neither")
    figure.update_xaxes(title_text=f"difference in {axis.title}", range=[low, high], nticks=5)
    figure.update_yaxes(autorange="reversed", type="category")
    table = pd.DataFrame(
        {
            "algorithm": [one.a for one in found],
            "against": [one.b for one in found],
            "difference": [one.mean for one in found],
            "from": [one.low for one in found],
            "to": [one.high for one in found],
            "p": [one.p for one in found],
            "p corrected": [one.p_adjusted for one in found],
            "the gap is": [one.words for one in found],
        }
    )
    real, small = [one.a for one in known if one.real], [one.a for one in known if not one.real]
    words = []
    if real:
        words.append(f"In {axis.title}, the gap to {against} is real for {', '.join(real)}")
    if small:
        words.append(f"too small to tell for {', '.join(small)}")
    lost = [one.a for one in found if not math.isfinite(one.mean)]
    if lost:
        words.append(f"cannot be told for {', '.join(lost)}")
    beyond = [f"{one.a} ({one.mean:+.4f})" for one in known if one not in near]
    if beyond:
        words.append(f"too far off to be drawn: {', '.join(beyond)}")
    alt = "; ".join(words) + "." if words else "There is nothing to compare with."
    return Chart(f"Is the gap to {against} real?", figure, alt[0].upper() + alt[1:], table, "gaps")


def sliced(rows: pd.DataFrame, by: str, axis: Axis) -> Chart:
    """Who is it good for: a line an algorithm over the parts of the people or of the items.

    Args:
        rows: of `Report.slices` for one metric, one "by".
        by: "user activity" or "item popularity".
        axis: the metric.
    """
    levels = list(dict.fromkeys(rows["slice"]))
    wide = rows.pivot_table(index="slice", columns="algorithm", values="value", sort=False, dropna=False)
    wide = wide.reindex(levels)
    spans = rows.drop_duplicates("slice").set_index("slice")["ratings"]
    means = {str(name): float(wide[name].mean()) for name in wide}
    order = axis.best_first(means)
    low, high = window(wide.to_numpy().ravel().tolist(), axis.better)
    beyond = [name for name in order if not wide[name].between(low, high).any()]
    figure: dict[str, Any] = {
        "animation": False,
        "legend": {"top": 0, "type": "scroll"},
        "tooltip": {"trigger": "axis"},
        "grid": {"left": 8, "right": 24, "top": 60, "bottom": 12, "containLabel": True},
        "xAxis": {
            "type": "category",
            "data": [f"{level}\n{spans[level]}" for level in levels],
            "axisLabel": {"lineHeight": 15, "interval": 0},
        },
        "yAxis": {
            "type": "value",
            "name": axis.words,
            "nameTextStyle": {"align": "left"},
            "min": low,
            "max": high,
        },
        "series": [
            {
                "name": name,
                "type": "line",
                "clip": True,
                "symbol": _SYMBOLS[k % len(_SYMBOLS)],
                "symbolSize": 9,
                "itemStyle": {"color": style.CATEGORICAL[k % len(style.CATEGORICAL)]},
                "lineStyle": {
                    "color": style.CATEGORICAL[k % len(style.CATEGORICAL)],
                    "type": _DASHES[k % len(_DASHES)],
                },
                "data": [None if math.isnan(v) else round(float(v), 6) for v in wide[name]],
            }
            for k, name in enumerate(name for name in order if name not in beyond)
        ],
    }
    winners = []
    for level in levels:
        values = {str(name): float(wide.at[level, name]) for name in wide}
        first = axis.best_first(values)[0]
        if math.isfinite(values[first]):
            winners.append(f"{level}: {first} ({shown(values[first])})")
    alt = (
        f"Best in {axis.title} by {by}: {'; '.join(winners)}." if winners else "Too few to quote any figure."
    )
    if beyond:
        alt += f" Too far off to be drawn: {', '.join(beyond)}."
    who = "people who rate little or much" if by == "user activity" else "films few or many have rated"
    return Chart(f"Who is best for {who}?", figure, alt, rows, "slices", 380)


def overlap(names: Sequence[str], lists: Sequence[Sequence[int]]) -> Chart:
    """How much the lists of several models share, pair by pair.

    Args:
        names: (n,) of the models, at least two.
        lists: (n,) of items.
    """
    shared = [[len(set(a) & set(b)) for b in lists] for a in lists]
    labels = [broken(name, 16) for name in names]
    figure = style.figure(height=140 + 44 * len(names))
    figure.add_heatmap(
        z=shared,
        x=labels,
        y=labels,
        text=shared,
        texttemplate="%{text}",
        colorscale=[[0, style.mix(style.DATA, style.INK, 0.88)], [1, style.DATA]],
        showscale=False,
        xgap=2,
        ygap=2,
        hovertemplate="%{y} and %{x}: %{z} in common<extra></extra>",
    )
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_xaxes(type="category")
    table = pd.DataFrame(shared, columns=list(names))
    table.insert(0, "in common", list(names))
    pairs = [(shared[a][b], names[a], names[b]) for a in range(len(names)) for b in range(a)]
    most, least = max(pairs, key=lambda pair: pair[0]), min(pairs, key=lambda pair: pair[0])
    n = max(len(one) for one in lists)
    alt = f"Most alike are the lists of {most[2]} and {most[1]}: {most[0]} of {n} in common"
    if most[0] > least[0]:
        alt += f"; least those of {least[2]} and {least[1]}: {least[0]}"
    return Chart("Do the models recommend the same films?", figure, alt + ".", table, "overlap")
