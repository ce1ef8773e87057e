"""A search of many hyper-parameters: is it still finding better, which values are good, which matter?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from recsys_core.errors import DataError
from recsys_core.evaluation.search import Cell, SearchReport
from recsys_core.evaluation.search import importance as weigh
from ui.charts import Chart, style
from ui.charts.tune import by_factors, done, ends, extreme, is_better, is_number, name_of, order, short

BEST_SHARE = 0.1
"""The cells that count as good ones."""


def best_so_far(report: SearchReport, key: str = "best-so-far") -> Chart:
    """Is it still finding better? Every cell as a dot, and the best until then as a line.

    Args:
        report: a search, finished or not.
        key: of the chart.
    """
    title, cells = name_of(report), done(report)
    best, until = [], math.nan
    for cell in cells:
        until = cell.mean if math.isnan(until) or is_better(report, cell.mean, until) else until
        best.append(until)
    numbers = [cell.number + 1 for cell in cells]
    frame = pd.DataFrame(
        {"cell": numbers, title: [cell.mean for cell in cells], "best so far": best},
    )
    edge = _edge(report, frame[title].tolist())
    limit = {} if edge is None else {"max" if report.better == "lower" else "min": edge}
    dots = {
        "name": "a cell",
        "type": "scatter",
        "symbolSize": 7,
        "itemStyle": {"color": style.REFERENCE},
        "data": [[n, v] for n, v in zip(numbers, frame[title], strict=True)],
    }
    line = {
        "name": "best so far",
        "type": "line",
        "step": "end",
        "symbol": "none",
        "itemStyle": {"color": style.VALIDATION},
        "lineStyle": {"color": style.VALIDATION, "width": 2.5},
        "data": [[n, v] for n, v in zip(numbers, best, strict=True)],
    }
    figure = {
        "animation": False,
        "legend": {"top": 0},
        "tooltip": {"trigger": "item", "valueFormatter": "%.4f"},
        "grid": {"left": 8, "right": 36, "top": 56, "bottom": 24, "containLabel": True},
        "xAxis": {
            "type": "value",
            "name": "cell",
            "nameLocation": "middle",
            "nameGap": 28,
            "minInterval": 1,
            "min": 1,
            "max": max(report.n_cells, 2),
        },
        "yAxis": {"type": "value", "name": title, "nameTextStyle": {"align": "left"}, "scale": True} | limit,
        "series": [dots, line],
    }
    return Chart("Is it still finding better?", figure, _finding(report, cells), frame, key, height=280)


def _edge(report: SearchReport, values: list[float]) -> float | None:
    """Where the chart ends on the side of the worse, so that what is far worse than most leaves it."""
    if len(values) < 2:
        return None
    lower = report.better == "lower"
    best, worst = (min(values), max(values)) if lower else (max(values), min(values))
    far = best + 4 * (float(np.median(values)) - best)
    return float(f"{far:.2g}") if far != best and is_better(report, far, worst) else None


def _finding(report: SearchReport, cells: list[Cell]) -> str:
    if report.best is None:
        return "No cell has been measured on every fold yet."
    said = (
        f"{name_of(report)} of the first cell was {cells[0].mean:.4f}; the {extreme(report)} of "
        f"{len(cells)} is {report.best.score:.4f}, found by cell {report.best.number + 1}"
    )
    since = sum(cell.number > report.best.number for cell in cells)
    said += f", and {since} later ones were no better" if since else ""
    stopped = sum(cell.state == "stopped early" for cell in report.cells)
    failed = sum(cell.state == "failed" for cell in report.cells)
    said += f"; {stopped} stopped early, being clearly worse" if stopped else ""
    said += f"; {failed} failed" if failed else ""
    edge = _edge(report, [cell.mean for cell in cells])
    outside = 0 if edge is None else sum(is_better(report, edge, cell.mean) for cell in cells)
    side = "above" if report.better == "lower" else "below"
    return said + (f"; {outside} {'lies' if outside == 1 else 'lie'} {side} the chart." if outside else ".")


# ---------------------------------------------------------------- paths


def paths(report: SearchReport, names: list[str]) -> Chart:
    """Which values go together where it is good? Every cell is a path through its values to its score.

    The axes lie one below the other, so that they find room on a phone.

    Args:
        report: a search, finished or not.
        names: the hyper-parameters that vary.
    """
    title = name_of(report)
    cells = sorted(done(report), key=lambda c: c.mean, reverse=report.better == "lower")  # the best last
    table = pd.DataFrame(
        [{name: cell.parameters[name] for name in names} | {title: cell.mean} for cell in cells],
        columns=[*names, title],
    )
    n_good = max(min(3, len(cells)), round(BEST_SHARE * len(cells)))
    figure: dict[str, Any] = {"animation": False, "series": []}
    if cells:
        rows = [
            [v if is_number(v) else short(v) for v in row] for row in table.itertuples(index=False, name=None)
        ]
        score = {"type": "value", "min": _down(table[title].min()), "max": -_down(-table[title].max())}
        axes = [*(_axis(report, name, table[name].tolist()) for name in names), score]
        figure |= {
            "parallel": {"layout": "vertical", "left": 112, "right": 32, "top": 20, "bottom": 64},
            "parallelAxis": [
                {"dim": k, "name": name, "nameLocation": "start", "nameTextStyle": {"fontSize": 13}} | axis
                for k, (name, axis) in enumerate(zip(table, axes, strict=True))
            ],
            "series": [
                _lines("the others", rows[:-n_good], style.REFERENCE, 1.0, 0.4),
                _lines(f"the {n_good} best", rows[-n_good:-1], style.DATA, 2.0, 0.9),
                _lines("the best", rows[-1:], style.VALIDATION, 3.5, 1.0),
            ],
            "legend": {"bottom": 0},
        }
    question = f"Which values make {title} good?"
    alt = _good_ones(report, names, cells[-n_good:], len(cells))
    return Chart(question, figure, alt, table, "paths", height=110 + 64 * len(names))


def _lines(name: str, rows: list[list[Any]], color: str, width: float, opacity: float) -> dict[str, Any]:
    """Told apart by width too, not by colour alone."""
    stroke = {"color": color, "width": width, "opacity": opacity}
    return {
        "name": name,
        "type": "parallel",
        "itemStyle": {"color": color},
        "lineStyle": stroke,
        "data": rows,
        "silent": True,
    }


def _axis(report: SearchReport, name: str, values: list[Any]) -> dict[str, Any]:
    if not all(map(is_number, values)):
        return {"type": "category", "data": [short(one) for one in sorted(set(values), key=order)]}
    low, high = ends(report, name)  # round numbers; those of the cells are not
    return {"type": "log" if by_factors(report, name) else "value", "min": low, "max": high}


def _down(value: float) -> float:
    """The next lower number of two places after the point; of small ones, of three digits."""
    places = 2 if abs(value) >= 0.1 or not value else 2 - math.floor(math.log10(abs(value)))
    return float(math.floor(value * 10**places) / 10**places)


def _good_ones(report: SearchReport, names: list[str], good: list[Cell], n: int) -> str:
    if report.best is None:
        return "No cell has been measured on every fold yet."
    spans = []
    for name in names:
        values = sorted({cell.parameters[name] for cell in good}, key=order)
        if all(map(is_number, values)):
            span = short(values[0]) + (f" to {short(values[-1])}" if len(values) > 1 else "")
        else:
            span = " or ".join(map(short, values))
        spans.append(f"{name} {span}")
    return f"The {len(good)} best of {n} cells have " + ", ".join(spans) + "."


# ---------------------------------------------------------------- importance


def importance(report: SearchReport, key: str = "importance") -> Chart | None:
    """Which of them matters? None where too few cells, or too few hyper-parameters, were tried to say.

    Args:
        report: a search, finished or not; see `recsys_core.evaluation.search.importance`.
        key: of the chart.
    """
    try:
        found = {each.parameter: each.share for each in weigh(report)}
    except DataError:
        return None
    table = pd.DataFrame({"hyper-parameter": list(found), "share of importance": list(found.values())})
    label = {"show": True, "position": "right", "color": style.AXIS}
    bars = [
        {"value": round(share, 4), "label": label | {"formatter": f"{share:.0%}"}}
        for share in reversed(found.values())  # the first one at the top
    ]
    figure = {
        "animation": False,
        "grid": {"left": 8, "right": 56, "top": 8, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "value", "min": 0, "max": 1, "show": False},
        "yAxis": {"type": "category", "data": list(reversed(found))},
        "series": [
            {
                "type": "bar",
                "barMaxWidth": 26,
                "itemStyle": {"color": style.DATA, "borderRadius": 4},
                "data": bars,
            }
        ],
    }
    first = next(iter(found))
    alt = (
        f"{first} tells good cells from the rest best: it has {found[first]:.0%} of the importance, by "
        f"{len(done(report))} cells (PED-ANOVA). This holds of the ranges searched; elsewhere another "
        "may matter more."
    )
    question = "Which setting matters most?"
    return Chart(question, figure, alt, table, key, height=60 + 44 * len(found))
