"""Alternating regressions on a table one can look at: where everyone stands, and how far off it is."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from recsys_core.ratings import FloatArray
from recsys_core.space import HalfStep
from ui.charts import Chart, style

_NEAR = 0.07
"""So near, as a share of the frame, two marks lie on each other."""


def standing(
    steps: tuple[HalfStep, ...], at: int, items: list[str], people: list[str], kind: str = "album"
) -> Chart:
    """Where do items and people stand after a half-step?

    Args:
        steps: all of them; the frame is the same for each.
        at: which is looked at, from 0. Its predecessor's places are drawn as the tails of thin lines.
        items, people: their names.
        kind: what an item is called.
    """
    step, before = steps[at], steps[at - 1] if at else None
    ever = np.vstack([_plane(table) for each in steps for table in (each.P, each.Q)])
    low, high = ever.min(axis=0), ever.max(axis=0)
    rim = 0.12 * np.maximum(high - low, 1e-9)
    frame = np.column_stack([low - rim, high + rim]).round(4)
    sides = (
        (f"{kind}s", items, step.Q, before and before.Q),
        ("people", people, step.P, before and before.P),
    )
    table = pd.DataFrame(
        [
            {"what": what, "name": name, "factor 1": row[0], "factor 2": row[1], "moved": moved}
            for what, names, places, was in sides
            for name, row, moved in zip(names, _plane(places), _moved(places, was), strict=True)
        ]
    )
    figure: dict[str, Any] = {
        "animationDurationUpdate": 500,
        "legend": {"top": 0, "data": [f"{kind}s", "people"]},
        "tooltip": {"trigger": "item", "formatter": "{b}: {c}"},
        "grid": {"left": 28, "right": 16, "top": 36, "bottom": 28},
        "xAxis": _axis("factor 1", frame[0]),
        "yAxis": _axis("factor 2", frame[1]) | {"nameRotate": 90},
        "series": [
            _side(f"{kind}s", items, _plane(step.Q), "circle", style.DATA, "top", frame),
            _side("people", people, _plane(step.P), "triangle", style.TEST, "bottom", frame),
            {
                "name": "moved",
                "type": "lines",
                "coordinateSystem": "cartesian2d",
                "silent": True,
                "animation": False,
                "lineStyle": {"color": style.REFERENCE, "type": "dashed", "curveness": 0, "opacity": 0.8},
                "data": [
                    {"coords": [old, new]}
                    for _, _, places, was in sides
                    if was is not None
                    for old, new in zip(_plane(was).tolist(), _plane(places).tolist(), strict=True)
                    if old != new
                ],
            },
        ],
    }
    words = _told(steps, at, items, kind)
    return Chart(f"Where do {kind}s and people stand?", figure, words, table, "half-steps-map", 520)


def _plane(places: FloatArray) -> FloatArray:
    """(n, 2): a model with one factor is drawn on a line."""
    plane: FloatArray = np.pad(places, ((0, 0), (0, max(0, 2 - places.shape[1]))))[:, :2].round(4)
    return plane


def _moved(places: FloatArray, was: FloatArray | None) -> list[float]:
    return [0.0] * len(places) if was is None else np.linalg.norm(places - was, axis=1).tolist()


def _axis(name: str, ends: FloatArray) -> dict[str, Any]:
    return {
        "type": "value",
        "min": float(ends[0]),
        "max": float(ends[1]),
        "name": name,
        "nameLocation": "middle",
        "nameGap": 10,
        "nameTextStyle": {"color": style.AXIS},
        "axisLabel": {"show": False},
        "axisTick": {"show": False},
    }


def _side(
    name: str, names: list[str], places: FloatArray, symbol: str, color: str, side: str, frame: FloatArray
) -> dict[str, Any]:
    labels = _labels(names, places, frame, side)
    return {
        "name": name,
        "type": "scatter",
        "symbol": symbol,
        "symbolSize": 14,
        "itemStyle": {"color": color, "opacity": 1},
        "labelLayout": {"moveOverlap": "shiftY"},
        "data": [
            {
                "name": each,
                "value": place,
                "label": {
                    "show": bool(said),
                    "formatter": said,
                    "position": side,
                    "lineHeight": 14,
                    "color": style.AXIS,
                    "opacity": 1,
                },
            }
            for each, place, said in zip(names, places.tolist(), labels, strict=True)
        ],
    }


def _labels(names: list[str], places: FloatArray, frame: FloatArray, side: str) -> list[str]:
    """A label each; marks that lie on each other have one, at the outermost of them, with a name a line."""
    on_screen = places / np.maximum(frame[:, 1] - frame[:, 0], 1e-9)
    leader: list[int] = []
    for row, place in enumerate(on_screen):
        apart = {first: float(np.abs(place - on_screen[first]).max()) for first in leader}
        near = (first for first, far in apart.items() if far < _NEAR)
        leader.append(next(near, row))
    labels = [""] * len(names)
    for first in dict.fromkeys(leader):
        group = [row for row, one in enumerate(leader) if one == first]
        outermost = (max if side == "top" else min)(group, key=lambda row: places[row][1])
        labels[outermost] = "\n".join(names[row] for row in group)
    return labels


def _told(steps: tuple[HalfStep, ...], at: int, items: list[str], kind: str) -> str:
    step = steps[at]
    if not at:
        words = f"Half-step 1: the {kind}s lie where chance put them, and people are regressed on that."
    elif step.moved == "items":
        words = f"Half-step {step.number}: the people stand still, and each {kind} is regressed on them."
    else:
        words = f"Half-step {step.number}: the {kind}s stand still, and each person is regressed on them."
    words += f" Predictions miss the known ratings by {step.rmse:.2f} stars"
    return words + (f" (before it {steps[at - 1].rmse:.2f})." if at else ".")


def cost(steps: tuple[HalfStep, ...], at: int) -> Chart:
    """Does every half-step lower the cost?

    Args:
        steps: all of them.
        at: which is looked at, from 0.
    """
    table = pd.DataFrame(
        {
            "half-step": [step.number for step in steps],
            "regressed": [step.moved for step in steps],
            "cost": [step.loss for step in steps],
            "RMSE": [step.rmse for step in steps],
        }
    )
    here = steps[at]
    figure: dict[str, Any] = {
        "animation": False,
        "tooltip": {"trigger": "axis", "valueFormatter": "%.2f"},
        "grid": {"left": 8, "right": 16, "top": 28, "bottom": 4, "containLabel": True},
        "xAxis": {"type": "value", "min": 1, "max": len(steps), "minInterval": 1},
        "yAxis": {"type": "value", "name": "cost", "min": 0, "splitNumber": 3},
        "series": [
            {
                "type": "line",
                "showSymbol": False,
                "color": style.TRAIN,
                "data": [[step.number, round(step.loss, 3)] for step in steps],
            },
            {
                "type": "scatter",
                "symbolSize": 12,
                "color": style.YOU,
                "data": [[here.number, round(here.loss, 3)]],
            },
        ],
    }
    rises = sum(after.loss > before.loss + 1e-9 for before, after in pairwise(steps))
    words = f"From {steps[0].loss:.1f} to {steps[-1].loss:.1f} in {len(steps)} half-steps"
    words += ", and no step raised it." if not rises else f"; {rises} of them raised it."
    return Chart("Does every half-step lower the cost?", figure, words, table, "half-steps-cost", 160)
