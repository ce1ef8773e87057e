"""What a search of two hyper-parameters found: a map of a grid, dots where values were drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from recsys_core.evaluation.search import SearchReport
from ui.charts import Chart, style
from ui.charts.tune import by_factors, done, ends, extreme, is_number, name_of, order, short

if TYPE_CHECKING:
    import plotly.graph_objects as go


def landscape(report: SearchReport, first: str, second: str) -> Chart:
    """Where is it good? The metric over two hyper-parameters: a map of a grid, dots where values were drawn.

    Args:
        report: a search, finished or not.
        first, second: up the side and along the bottom.
    """
    title = name_of(report)
    rows = [
        {
            first: cell.parameters[first],
            second: cell.parameters[second],
            title: cell.mean,
            "sd": cell.sd,
            "state": cell.state,
        }
        for cell in report.cells
    ]
    table = pd.DataFrame(rows, columns=[first, second, title, "sd", "state"])
    draw = _map if report.sampler == "grid" else _dots
    figure = draw(report, table, first, second) if done(report) else style.figure()
    question = f"Which {first} goes with which {second}?"
    return Chart(question, figure, _landscape_in_words(report, (first, second)), table, "landscape")


@dataclass(frozen=True)
class _Scale:
    """Colours from good to bad: the worst quarter shares the last, so that it does not drown the rest."""

    low: float
    high: float
    ramp: tuple[tuple[float, str], ...]

    @classmethod
    def of(cls, report: SearchReport) -> _Scale:
        values = np.array([cell.mean for cell in done(report)])
        pale = style.mix(style.DATA, style.INK, 0.85)
        if report.better == "lower":
            low, high, ramp = values.min(), np.quantile(values, 0.75), ((0.0, style.DATA), (1.0, pale))
        else:
            low, high, ramp = np.quantile(values, 0.25), values.max(), ((0.0, pale), (1.0, style.DATA))
        return cls(float(low), float(high) if high > low else float(low) + 1e-9, ramp)

    def text_on(self, value: float) -> str:
        """The colour of text that can be read on the cell of a value."""
        at = min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)
        ground = style.mix(self.ramp[0][1], self.ramp[1][1], at)
        return max((style.INK, style.DARK_INK), key=lambda ink: style.contrast(ink, ground))


def _map(report: SearchReport, table: pd.DataFrame, first: str, second: str) -> go.Figure:
    title, scale = name_of(report), _Scale.of(report)
    ys, xs = (sorted(set(table[name]), key=order) for name in (first, second))
    means = {(row[first], row[second]): row[title] for _, row in table.iterrows()}
    figure = style.figure(height=max(300, 44 * len(ys) + 80))
    figure.add_heatmap(
        x=[short(x) for x in xs],
        y=[short(y) for y in ys],
        z=[[means.get((y, x), math.nan) for x in xs] for y in ys],
        colorscale=scale.ramp,
        zmin=scale.low,
        zmax=scale.high,
        xgap=2,
        ygap=2,
        showscale=False,
        hovertemplate=f"{second} %{{x}}, {first} %{{y}}: {title} %{{z:.4f}}<extra></extra>",
    )
    for _, row in table.iterrows():
        value, measured = row[title], math.isfinite(row[title])
        figure.add_annotation(
            x=xs.index(row[second]),
            y=ys.index(row[first]),
            text=f"{value:.3f}" if measured else row["state"],
            showarrow=False,
            font={"color": scale.text_on(value) if measured else style.AXIS, "size": 12},
        )
    if report.best is not None:
        x, y = xs.index(report.best.parameters[second]), ys.index(report.best.parameters[first])
        frame = {"x0": x - 0.5, "x1": x + 0.5, "y0": y - 0.5, "y1": y + 0.5}
        figure.add_shape(type="rect", **frame, line={"color": style.VALIDATION, "width": 4})
        best = f"framed: the best, {report.best.score:.4f}"
        style.note(figure, best, x=1, y=1, xref="paper", yref="paper", xanchor="right", yanchor="bottom")
    figure.update_layout(margin={"t": 28})
    figure.update_xaxes(type="category", title_text=second, showgrid=False)
    figure.update_yaxes(type="category", title_text=first, showgrid=False)
    return figure


def _dots(report: SearchReport, table: pd.DataFrame, first: str, second: str) -> go.Figure:
    title, scale = name_of(report), _Scale.of(report)
    shown = table[table["state"] == "done"]
    figure = style.figure(height=380)
    figure.add_scatter(
        x=shown[second],
        y=shown[first],
        mode="markers",
        marker={
            "size": 14,
            "color": shown[title],
            "colorscale": scale.ramp,
            "cmin": scale.low,
            "cmax": scale.high,
            "line": {"color": style.AXIS, "width": 1},
            "colorbar": {"title": {"text": title}, "tickfont": {"color": style.AXIS}, "thickness": 12},
        },
        hovertemplate=f"{second} %{{x}}, {first} %{{y}}: {title} %{{marker.color:.4f}}<extra></extra>",
    )
    if report.best is not None:
        at = {"x": [report.best.parameters[second]], "y": [report.best.parameters[first]]}
        ring = {"size": 24, "symbol": "circle-open", "color": style.VALIDATION, "line": {"width": 3}}
        figure.add_scatter(
            **at,
            mode="markers+text",
            marker=ring,
            text=["best"],
            textposition="top center",
            textfont={"color": style.AXIS},
            hoverinfo="skip",
        )
    for name, update in ((second, figure.update_xaxes), (first, figure.update_yaxes)):
        if not all(map(is_number, shown[name])):
            update(title_text=name, type="category")
        elif by_factors(report, name):
            marks = _marks(*ends(report, name))
            update(title_text=name, type="log", tickvals=marks, ticktext=[f"{mark:g}" for mark in marks])
        else:
            update(title_text=name)
    return figure


def _marks(low: float, high: float) -> list[float]:
    """1, 2 and 5 times the powers of ten from end to end: for more a logarithmic axis has no room."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    marks = [float(f"{times * 10.0**power:.1g}") for power in powers for times in (1, 2, 5)]
    return [mark for mark in marks if low <= mark <= high]


def _landscape_in_words(report: SearchReport, names: tuple[str, ...]) -> str:
    if report.best is None:
        return "No cell has been measured on every fold yet."
    cells, title = done(report), name_of(report)
    worst = max(cells, key=lambda cell: cell.mean if report.better == "lower" else -cell.mean)
    at = " and ".join(f"{name} = {short(report.best.parameters[name])}" for name in names)
    words = f"{title} is {extreme(report)}, {report.best.score:.4f}, at {at}"
    if worst.number != report.best.number:
        there = " and ".join(f"{name} = {short(worst.parameters[name])}" for name in names)
        words += f"; it is worst, {worst.mean:.4f}, at {there}"
    for state in ("stopped early", "failed"):
        lost = sum(cell.state == state for cell in report.cells)
        words += (
            f"; {lost} of {len(report.cells)} cells {'were ' if state != 'failed' else ''}{state}"
            if lost
            else ""
        )
    return words + "."
