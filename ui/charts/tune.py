"""What a search for hyper-parameters found: one of them as a curve.

Two are in `tune_map`, more of them in `tune_many`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

import recsys_core as rc
from recsys_core.algorithms.base import HyperValue
from recsys_core.evaluation.metrics import metric
from recsys_core.evaluation.search import Cell, SearchReport
from ui.charts import Chart, style

FACTOR = 10.0
"""A range whose ends are so far apart is drawn by factors."""


# ---------------------------------------------------------------- what all of them ask of a report


def varied(report: SearchReport) -> list[str]:
    """The hyper-parameters that had more than one value to take, in the order they were given in."""
    return [name for name in report.varied if _is_wide(report.space[name])]


def _is_wide(one: Any) -> bool:
    return one["low"] < one["high"] if isinstance(one, Mapping) else len(one) > 1


def done(report: SearchReport) -> list[Cell]:
    """The cells that were done to their end."""
    return [cell for cell in report.cells if cell.state == "done" and math.isfinite(cell.mean)]


def name_of(report: SearchReport) -> str:
    """The metric as it is written on screen."""
    return metric(report.metric).title.replace("@k", f"@{report.protocol.k}")


def short(value: HyperValue) -> str:
    """One value of a hyper-parameter, in few signs."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def is_number(value: HyperValue) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def ends(report: SearchReport, name: str) -> tuple[float, float]:
    """From where to where a number was searched."""
    one = report.space[name]
    return (one["low"], one["high"]) if isinstance(one, Mapping) else (min(one), max(one))


def by_factors(report: SearchReport, name: str) -> bool:
    """Whether equal steps of its axis are equal factors."""
    declared = rc.algorithms()[report.algorithm].hyper_parameters()[name]
    low, high = ends(report, name)
    return bool(low > 0 and (declared.log or high >= FACTOR * low))


def is_better(report: SearchReport, one: float, other: float) -> bool:
    return one < other if report.better == "lower" else one > other


def extreme(report: SearchReport) -> str:
    return "lowest" if report.better == "lower" else "highest"


# ---------------------------------------------------------------- one


def validation_curve(report: SearchReport, name: str) -> Chart:
    """How much is enough? The metric on training and on validation ratings, by one hyper-parameter.

    Args:
        report: a search, finished or not.
        name: the hyper-parameter along the bottom; the others should be held.
    """
    cells = sorted(done(report), key=lambda cell: order(cell.parameters[name]))
    values = [cell.parameters[name] for cell in cells]
    frame = pd.DataFrame(
        {
            name: values,
            "validation": [cell.mean for cell in cells],
            "validation sd": [cell.sd for cell in cells],
            "training": [cell.training_mean for cell in cells],
            "training sd": [cell.training_sd for cell in cells],
        }
    )
    listed = not all(map(is_number, values)) or isinstance(report.space[name], (list, tuple))
    x: list[Any] = [short(value) for value in values] if listed else list(values)
    axis: dict[str, Any] = {"name": name, "nameLocation": "middle", "nameGap": 30}
    if listed:
        axis |= {"type": "category", "data": x, "boundaryGap": not all(map(is_number, values))}
    else:
        low, high = ends(report, name)
        axis |= {"type": "log" if by_factors(report, name) else "value", "min": low, "max": high}
    lines = [("validation", style.VALIDATION, "dashed")]
    if frame["training"].notna().any():
        lines.insert(0, ("training", style.TRAIN, "solid"))
    series = [part for line in lines for part in _with_band(frame, x, *line)]
    figure = {
        "animation": False,
        "legend": {"top": 0, "data": [part for part, _, _ in lines]},
        "tooltip": {"trigger": "item", "valueFormatter": "%.4f"},
        "grid": {"left": 8, "right": 36, "top": 56, "bottom": 28, "containLabel": True},
        "xAxis": axis,
        "yAxis": {
            "type": "value",
            "name": name_of(report),
            "nameTextStyle": {"align": "left"},
            "scale": True,
        },
        "series": series,
    }
    if report.best is not None and series:
        _mark(series[-1], report, cells, x)
    question = f"How does {name_of(report)} change with {name}?"
    return Chart(
        question, figure, _curve_in_words(report, name, cells), frame, "validation-curve", height=420
    )


def order(value: HyperValue) -> tuple[float, str]:
    return (float(value), "") if is_number(value) else (0.0, str(value))


def _with_band(frame: pd.DataFrame, x: list[Any], part: str, color: str, dash: str) -> list[dict[str, Any]]:
    """The line, and below it one standard deviation to either side: two lines, the room between shaded."""
    middle, sd = frame[part].tolist(), frame[f"{part} sd"].fillna(0).tolist()
    edge = {
        "type": "line",
        "stack": f"{part} band",
        "stackStrategy": "all",
        "symbol": "none",
        "silent": True,
        "lineStyle": {"opacity": 0},
        "itemStyle": {"color": color},
        "tooltip": {"show": False},
    }
    return [
        edge
        | {"name": f"{part} less sd", "data": _pairs(x, [m - s for m, s in zip(middle, sd, strict=True)])},
        edge
        | {
            "name": f"{part} ± sd",
            "data": _pairs(x, [2 * s for s in sd]),
            "areaStyle": {"color": color, "opacity": style.SHADE_OPACITY},
        },
        {
            "name": part,
            "type": "line",
            "symbolSize": 7,
            "itemStyle": {"color": color},
            "lineStyle": {"color": color, "type": dash, "width": 2.5},
            "data": _pairs(x, middle),
        },
    ]


def _pairs(x: list[Any], y: list[float]) -> list[list[Any]]:
    return [[a, b if math.isfinite(b) else None] for a, b in zip(x, y, strict=True)]


def _mark(line: dict[str, Any], report: SearchReport, cells: list[Cell], x: list[Any]) -> None:
    """Mark the best value, and where the model learns by heart."""
    assert report.best is not None  # noqa: S101
    at = next(k for k, cell in enumerate(cells) if cell.number == report.best.number)
    below = report.better == "lower"
    label = {
        # At an end it would lie on the axis' own numbers.
        "position": "right" if at == 0 else "left" if at == len(cells) - 1 else "bottom" if below else "top",
        "formatter": f"best: {short(next(iter([cells[at].parameters[n] for n in varied(report)])))}",
        "color": style.AXIS,
    }
    here = {"name": "best", "coord": [x[at], report.best.score], "value": "best"}
    line["markPoint"] = {"symbol": "diamond", "symbolSize": 14, "label": label, "data": [here]}
    areas = []
    for end in (0, len(cells) - 1):
        word = _side(report, cells, at, end)
        if word:
            span = sorted((at, end))
            shade = {"opacity": style.HIGHLIGHT_OPACITY if word == "over-fitting" else 0}
            areas.append([{"name": word, "xAxis": x[span[0]], "itemStyle": shade}, {"xAxis": x[span[1]]}])
    line["markArea"] = {
        "silent": True,
        "itemStyle": {"color": style.REFERENCE},
        "label": {"position": "insideTop", "color": style.AXIS},
        "data": areas,
    }


def _side(report: SearchReport, cells: list[Cell], best: int, end: int) -> str:
    """What happens from the best value to one end, where both curves tell it; else empty."""
    if best == end or _too_close(cells[best], cells[end]):
        return ""
    if not all(math.isfinite(cells[k].training_mean) for k in (best, end)):
        return ""
    if is_better(report, cells[end].training_mean, cells[best].training_mean):
        return "over-fitting"
    return "under-fitting"


def _too_close(best: Cell, other: Cell) -> bool:
    """Whether they are no further apart than one standard deviation of the best over its folds."""
    return abs(other.mean - best.mean) <= (best.sd if math.isfinite(best.sd) else 0.0)


_MEANING = {
    "over-fitting": "while on the ratings it learns from it gets {way}, {train:.4f}: it learns by heart "
    "(over-fitting)",
    "under-fitting": "and on the ratings it learns from it gets worse too, {train:.4f}: it learns too little "
    "(under-fitting)",
}


def _curve_in_words(report: SearchReport, name: str, cells: list[Cell]) -> str:
    if report.best is None:
        return "No value has been measured on every fold yet."
    at = next(k for k, cell in enumerate(cells) if cell.number == report.best.number)
    best, title = cells[at], name_of(report)
    words = [
        f"On validation ratings {title} is {extreme(report)} at {name} = {short(best.parameters[name])}: "
        f"{best.mean:.4f} ± {best.sd:.4f} over {len(best.scores)} folds"
    ]
    for end in (0, len(cells) - 1):
        if end == at:
            continue
        cell = cells[end]
        said = f"At {name} = {short(cell.parameters[name])} it is {cell.mean:.4f}"
        meaning = _MEANING.get(_side(report, cells, at, end))
        if meaning:
            way = "ever lower" if report.better == "lower" else "ever higher"
            said += ", " + meaning.format(train=cell.training_mean, way=way)
        elif _too_close(best, cell):
            said += ", within one standard deviation of the best: too close to tell"
        words.append(said)
    if report.finished and len(cells) > 1 and _goes_on(report, name, cells, at):
        words.append("The best value is the last one tried on its side: look further there")
    return ". ".join(words) + "."


def _goes_on(report: SearchReport, name: str, cells: list[Cell], at: int) -> bool:
    """Whether the best value is an end of what was tried, and the declaration allows for more."""
    value = cells[at].parameters[name]
    if at not in {0, len(cells) - 1} or not is_number(value):
        return False
    declared = rc.algorithms()[report.algorithm].hyper_parameters()[name]
    return value != (declared.low if at == 0 else declared.high)
