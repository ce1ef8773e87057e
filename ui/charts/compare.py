"""Charts of a comparison: who is ahead, where that stands among published figures, what it costs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap
from typing import Any

import pandas as pd

from recsys_core.evaluation.published import Placed, Published
from ui.charts import Chart, style

FAR = 4.0
"""What lies so many times as far from the best as the middle one is left out of the picture."""
_PUBLISHED = "<i>published</i>"
ROW = 34
"""Pixels a row."""


@dataclass(frozen=True)
class Axis:
    """A figure that algorithms are compared in.

    Attributes:
        title: "RMSE", "NDCG@10".
        better: "lower", "higher" or "neither".
        unit: "stars"; empty for a plain number.
    """

    title: str
    better: str
    unit: str = ""

    @property
    def words(self) -> str:
        """For the end of an axis: "RMSE, stars (lower is better)"."""
        unit = f", {self.unit}" if self.unit else ""
        return f"{self.title}{unit}" + (f" ({self.better} is better)" if self.better != "neither" else "")

    def best_first(self, values: Mapping[str, float]) -> list[str]:
        """Names by value, the best first; those that are no numbers last."""
        sign = -1.0 if self.better == "higher" else 1.0
        return sorted(values, key=lambda name: (not math.isfinite(values[name]), sign * _or_0(values[name])))


def _or_0(value: float) -> float:
    return value if math.isfinite(value) else 0.0


def shown(value: float) -> str:
    """A figure in words, to four figures or four places; what is none is called so."""
    if not math.isfinite(value):
        return "not a number"
    return f"{value:.4f}" if abs(value) < 10 else f"{value:,.1f}"


def window(values: Iterable[float], better: str) -> tuple[float, float]:
    """The stretch of an axis that shows the most, its ends round numbers.

    What is worse than the best by `FAR` times as much as the middle one is left out, for it would press
    the others together; the better half is always inside. nan and infinity are left out.
    """
    known = sorted(value for value in values if math.isfinite(value))
    if not known:
        return 0.0, 1.0
    best, reach = (known[-1], -1) if better == "higher" else (known[0], 1)
    far = FAR * abs(known[len(known) // 2] - best)
    if better != "neither" and far:
        known = [value for value in known if reach * (value - best) <= far]
    margin = 0.06 * (known[-1] - known[0]) or 0.02 * abs(known[0]) or 0.5
    return rounded(known[0] - margin, known[-1] + margin)


def rounded(low: float, high: float) -> tuple[float, float]:
    """The same stretch or a little more, between round numbers; low < high."""
    step = 10.0 ** math.floor(math.log10(high - low)) / 2
    places = max(0, 1 - math.floor(math.log10(step)))
    return round(math.floor(low / step) * step, places), round(math.ceil(high / step) * step, places)


def broken(name: str, width: int = 20) -> str:
    """A long name over several lines, escaped, for the labels of a plotly chart."""
    return "<br>".join(escape(line) for line in wrap(name, width) or [""])


# ---------------------------------------------------------------- who is ahead


def standings(folds: pd.DataFrame, axis: Axis, trivial: frozenset[str], done: bool) -> Chart:
    """Who is ahead: a small dot a fold, a diamond at the mean; the trivial ones are grey triangles.

    Args:
        folds: one row an algorithm and fold: "algorithm", "fold", "value".
        axis: what "value" is.
        trivial: the algorithms that are there to be beaten.
        done: whether all folds are in.
    """
    finite = folds[folds["value"].map(math.isfinite)] if len(folds) else folds
    means = {str(name): float(rows.mean()) for name, rows in finite.groupby("algorithm", sort=False)["value"]}
    order = axis.best_first(means)
    low, high = window(means.values(), axis.better)
    beyond = [name for name in order if not low <= means[name] <= high]
    looks = (
        ("a fold", "circle", 7, None),
        ("mean", "diamond", 15, False),
        ("mean, trivial", "triangle", 14, True),
    )
    series = []
    for label, symbol, size, is_trivial in looks:
        points = (
            finite[["value", "algorithm"]].to_numpy().tolist()
            if is_trivial is None
            else [[means[name], name] for name in order if (name in trivial) == is_trivial]
        )
        color = style.REFERENCE if is_trivial else style.DATA
        series.append(
            {
                "name": label,
                "type": "scatter",
                "symbol": symbol,
                "symbolSize": size,
                "itemStyle": {"color": color, "opacity": 0.45 if is_trivial is None else 1.0},
                "data": [
                    {"name": str(name), "value": [round(float(value), 6), str(name)]}
                    for value, name in points
                ],
            }
        )
    figure: dict[str, Any] = {
        "animation": False,
        "legend": {"top": 0},
        "tooltip": {"trigger": "item"},
        "grid": {"left": 8, "right": 24, "top": 36, "bottom": 28, "containLabel": True},
        "xAxis": {
            "type": "value",
            "name": axis.words,
            "nameLocation": "middle",
            "nameGap": 28,
            "min": low,
            "max": high,
            "splitNumber": 4,
        },
        "yAxis": {
            "type": "category",
            "data": order,
            "inverse": True,
            "axisLabel": {"width": 130, "overflow": "break", "lineHeight": 14},
        },
        "series": series,
    }
    question = f"Who is ahead in {axis.title}{'' if done else ' so far'}?"
    height = 96 + ROW * max(len(order), 2)
    return Chart(question, figure, _leaders(order, means, beyond, axis, done), folds, "standings", height)


def _leaders(order: list[str], means: Mapping[str, float], beyond: list[str], axis: Axis, done: bool) -> str:
    if not order:
        return "No fold is done yet."
    words = f"{order[0]} {'has' if done else 'leads with'} a mean {axis.title} of {shown(means[order[0]])}"
    if len(order) > 1:
        words += f"; next comes {order[1]} with {shown(means[order[1]])}"
    if beyond:
        words += "; too far off to be drawn: " + ", ".join(f"{n} ({shown(means[n])})" for n in beyond)
    return words + "."


# ---------------------------------------------------------------- published figures


def ruler(placed: Mapping[str, Placed], known: Sequence[Published], axis: Axis, source: str) -> Chart:
    """Where our figures stand between the trivial and the best published one.

    Args:
        placed: by label, at least one.
        known: the published figures, best first.
        axis: what is measured.
        source: who published them.
    """
    values = {name: one.value for name, one in placed.items()}
    order = axis.best_first(values)
    best = known[0]
    floor = min((row for row in known if row.trivial), key=lambda row: row.value, default=known[-1])
    reach = max(floor.value - best.value, 0.01)
    low, high = rounded(best.value - 2 * reach, floor.value + 4 * reach)
    figure = style.figure(height=110 + ROW * (len(order) + 1))
    figure.add_vrect(
        x0=best.value,
        x1=floor.value,
        fillcolor=style.REFERENCE,
        opacity=style.SHADE_OPACITY,
        line_width=0,
    )
    for row, word, side in ((best, "best", "right"), (floor, "trivial", "left")):
        figure.add_vline(x=row.value, line={"color": style.REFERENCE, "dash": "dot"})
        words = f"{word} {row.value:.3f}"
        style.note(figure, words, x=row.value, y=1.0, yref="paper", xanchor=side, yanchor="bottom")
    inside = [name for name in order if low <= values[name] <= high]
    beyond = [name for name in order if name not in inside]
    figure.add_scatter(
        x=[values[name] for name in inside],
        y=[broken(name) for name in inside],
        mode="markers",
        marker={
            "color": [style.DOWN if placed[name].suspicious else style.DATA for name in inside],
            "symbol": ["x" if placed[name].suspicious else "diamond" for name in inside],
            "size": 12,
        },
        hovertemplate="here: %{x:.4f}<extra></extra>",
    )
    figure.add_scatter(  # at the edge, as an arrow: it goes on there
        x=[low if values[name] < low else high for name in beyond],
        y=[broken(name) for name in beyond],
        mode="markers+text",
        text=[shown(values[name]) for name in beyond],
        textposition=["middle right" if values[name] < low else "middle left" for name in beyond],
        textfont={"color": style.AXIS},
        marker={
            "color": style.REFERENCE,
            "symbol": ["triangle-left" if values[name] < low else "triangle-right" for name in beyond],
            "size": 12,
        },
        hoverinfo="skip",
        cliponaxis=False,
    )
    figure.add_scatter(
        x=[row.value for row in known],
        y=[_PUBLISHED] * len(known),
        mode="markers",
        text=[row.title for row in known],
        marker={"color": style.REFERENCE, "size": 15, "symbol": "line-ns-open", "line": {"width": 2}},
        hovertemplate="%{text}: %{x:.3f}<extra></extra>",
    )
    rows = [*(broken(name) for name in order), _PUBLISHED]
    figure.update_yaxes(autorange="reversed", type="category", categoryorder="array", categoryarray=rows)
    figure.update_xaxes(range=[low, high], title_text=axis.words, nticks=5)
    figure.update_layout(margin={"t": 26})
    table = pd.DataFrame(
        {
            "model": [*order, *(row.title for row in known)],
            "from": [*("here" for _ in order), *("published" for _ in known)],
            axis.title: [*(values[name] for name in order), *(row.value for row in known)],
            "remark": [*(placed[name].words for name in order), *("" for _ in known)],
        }
    )
    between = [name for name in order if best.value <= round(values[name], 3) <= floor.value]
    alt = (
        f"{len(between)} of {len(order)} lie between the trivial {floor.title} ({floor.value:.3f}) and the "
        f"best published, {best.title} ({best.value:.3f}). {order[0]}: {placed[order[0]].words}"
    )
    if beyond:
        alt += f" Beyond the picture: {', '.join(f'{name} ({shown(values[name])})' for name in beyond)}."
    return Chart(
        "Where does this stand among published figures?",
        figure,
        f"{alt} Published by {source}.",
        table,
        "published",
    )
