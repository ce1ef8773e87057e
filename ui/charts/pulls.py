"""Where each of the visitor's ratings pulls: how far, and on the map."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from recsys_core.space import Pulls
from ui.charts import Chart, style

N_DRAWN = 15
"""Of many ratings those that pull most are drawn; all are in the table."""
ROW = 24
TOWARDS, AWAY = "towards it", "away from it"


def strengths(pulls: Pulls, titles: list[str], kind: str = "film") -> Chart:
    """Which of your ratings pull most?

    Args:
        pulls: of the visitor.
        titles: (n,) of the items rated, in the same order.
        kind: what an item is called.
    """
    order = np.argsort(-pulls.lengths, kind="stable")
    table = _table(pulls, titles, kind).iloc[order]
    drawn = table.head(N_DRAWN)
    largest = max(float(pulls.lengths.max(initial=0.0)), 1e-9)
    figure: dict[str, Any] = {
        "animationDurationUpdate": 300,
        "legend": {"top": 0, "data": [TOWARDS, AWAY]},
        "tooltip": {"trigger": "item", "formatter": "{b}: {c}, {a}"},
        "grid": {"left": 8, "right": 16, "top": 32, "bottom": 4, "containLabel": True},
        "xAxis": {"type": "value", "min": 0, "max": _up(1.3 * largest), "show": False},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "axisTick": {"show": False},
            "axisLabel": {"color": style.AXIS, "width": 170, "overflow": "truncate"},
            "data": [
                f"{n} {_short(title)}, {rating:g}"
                for n, (title, rating) in enumerate(drawn[[kind, "rating"]].to_numpy(), start=1)
            ],
        },
        "series": [
            {
                "name": way,
                "type": "bar",
                "stack": "pull",  # so that a row has one bar, in the middle of it
                "barMaxWidth": 14,
                "itemStyle": look,
                "label": {"show": True, "position": "right", "color": style.AXIS},
                "data": [
                    _bar(length) if towards == way else None
                    for length, towards in drawn[["pull", "which way"]].to_numpy()
                ],
            }
            for way, look in (
                (TOWARDS, {"color": style.UP}),
                (AWAY, {"color": "transparent", "borderColor": style.DOWN, "borderWidth": 2}),
            )
        ],
    }
    words = _in_words(table, float(np.linalg.norm(pulls.place)), kind)
    question = "Which of your ratings pull most?"
    return Chart(question, figure, words, table, "pull-strengths", 70 + ROW * max(len(drawn), 2))


def arrows(pulls: Pulls, titles: list[str], kind: str = "film") -> Chart:
    """From where does each rating pull you?

    Args:
        pulls: of the visitor.
        titles: (n,) of the items rated, in the same order.
        kind: what an item is called.

    You are in the middle. Of all flat views this is the one that shows most of the arrows (the two
    leading right singular vectors); the axes of the map of items would hide most of them.
    """
    lengths = pulls.lengths
    flat = np.linalg.svd(np.vstack([pulls.arrows, np.zeros((2, len(pulls.place)))]), full_matrices=False)[2]
    start = -pulls.arrows @ np.pad(flat, ((0, max(0, 2 - len(flat))), (0, 0)))[:2].T
    here = np.zeros(2)
    order = np.argsort(-lengths, kind="stable")
    table = _table(pulls, titles, kind).assign(**{"from x": start[:, 0], "from y": start[:, 1]})
    reach = 1.25 * max(float(np.abs(start).max(initial=0.0)), 1e-9)
    figure: dict[str, Any] = {
        "animationDurationUpdate": 300,
        "legend": {"top": 0, "data": [TOWARDS, AWAY]},
        "tooltip": {"trigger": "item", "formatter": "{b}"},
        "grid": {"left": 8, "right": 8, "top": 36, "bottom": 8},
        "xAxis": _axis(reach),
        "yAxis": _axis(reach),
        "series": [
            *(
                {
                    "name": way,
                    "type": "lines",
                    "coordinateSystem": "cartesian2d",
                    "symbol": ["none", "arrow"],
                    "symbolSize": 7,
                    "lineStyle": {"color": color, "width": 2, "type": dash, "curveness": 0, "opacity": 0.9},
                    "itemStyle": {"color": color},
                    "data": [
                        {"name": table[kind].iloc[row], "coords": [start[row].tolist(), here.tolist()]}
                        for row in order[:N_DRAWN]
                        if table["which way"].iloc[row] == way
                    ],
                }
                for way, color, dash in ((TOWARDS, style.UP, "solid"), (AWAY, style.DOWN, "dashed"))
            ),
            {
                "type": "scatter",
                "silent": True,
                "symbolSize": 5,
                "itemStyle": {"color": style.REFERENCE},
                "labelLayout": {"hideOverlap": True},
                "data": [
                    {
                        "name": titles[row],
                        "value": start[row].tolist(),
                        "label": {
                            # those that hardly move you on this view would lie on each other
                            "show": bool(np.abs(start[row]).max() > 0.08 * reach),
                            "formatter": str(rank),
                            "position": "right" if start[row][0] > 0 else "left",
                            "color": style.AXIS,
                        },
                    }
                    for rank, row in enumerate(order[:N_DRAWN], start=1)
                ],
            },
            {
                "type": "scatter",
                "symbol": "triangle",
                "symbolSize": 14,
                "z": 5,
                "itemStyle": {"color": style.YOU},
                "data": [{"name": "you", "value": here.tolist()}],
                "label": {"show": True, "formatter": "you", "position": "bottom", "color": style.AXIS},
            },
        ],
    }
    total = float((lengths**2).sum())
    seen = float((start**2).sum()) / total if total > 0 else 1.0
    words = (
        f"Each arrow starts where you would be without that rating and ends where you are; the numbers are "
        f"those of the list. The two axes are those that show most of the arrows: {seen:.0%}."
    )
    if len(lengths) > N_DRAWN:
        words += f" Drawn are the {N_DRAWN} longest of {len(lengths)}."
    return Chart("From where does each rating pull you?", figure, words, table, "pull-arrows", 380)


def _bar(length: float) -> dict[str, Any]:
    return {"value": round(length, 3), "label": {"formatter": f"{length:.2f}"}}


def _short(title: str) -> str:
    return title if len(title) <= 22 else title[:21].rstrip() + "…"


def _table(pulls: Pulls, titles: list[str], kind: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            kind: titles,
            "rating": pulls.values,
            "pull": pulls.lengths,
            "which way": [TOWARDS if affinity >= 0 else AWAY for affinity in pulls.affinity],
        }
    )


def _up(value: float) -> float:
    return float(f"{value:.3g}")


def _axis(half: float) -> dict[str, Any]:
    return {
        "type": "value",
        "min": -half,
        "max": half,
        "axisLabel": {"show": False},
        "axisTick": {"show": False},
        "axisLine": {"show": False},
        "splitNumber": 4,
    }


def _in_words(table: pd.DataFrame, size: float, kind: str) -> str:
    """The largest pull, the smallest, and against what they are to be seen."""
    first = table.iloc[0]
    if first["pull"] <= 0:
        return "None of your ratings moves you: without any one of them you would be where you are."
    words = (
        f"Your {first['rating']:g} for {first[kind]} pulls most, {first['which way']}: without it you would "
        f"be {first['pull']:.2f} from where you are"
    )
    words += f", and you are {size:.2f} from where one without ratings is." if size > 0 else "."
    if len(table) > 2:
        last = table.iloc[-1]
        words += f" Your {last['rating']:g} for {last[kind]} pulls least ({last['pull']:.2f})."
    return words
