"""A learned space laid over the true one, and which model comes nearest to the truth."""

from __future__ import annotations

from typing import Any

import pandas as pd

from recsys_core.ratings import FloatArray
from ui.charts import Chart, style

ROW = 38


def over_truth(
    titles: list[str],
    true: FloatArray,
    learned: FloatArray,
    axes: tuple[str, str],
    words: str,
    named: int | None = None,
    kind: str = "film",
) -> Chart:
    """Where is each item in truth, and where does the model put it?

    Args:
        titles: (n,) of the items drawn.
        true: (n, 2) on the two axes shown.
        learned: (n, 2) on the same axes, after the best turn, scale and shift.
        axes: names of the two.
        words: the take-away.
        named: the row of the item asked about, which is named; None for none.
        kind: what an item is called.
    """
    table = pd.DataFrame(
        {
            kind: titles,
            f"true {axes[0]}": true[:, 0],
            f"true {axes[1]}": true[:, 1],
            f"learned {axes[0]}": learned[:, 0],
            f"learned {axes[1]}": learned[:, 1],
        }
    )
    figure: dict[str, Any] = {
        "animationDurationUpdate": 300,
        "legend": {"top": 0, "data": ["true", "learned"]},
        "tooltip": {"trigger": "item", "confine": True, "formatter": "{b}<br/>{a}"},
        "grid": {"left": 24, "right": 16, "top": 36, "bottom": 28, "containLabel": True},
        "xAxis": _axis(axes[0]),
        "yAxis": _axis(axes[1]) | {"nameGap": 32},
        "series": [
            {
                "type": "lines",
                "coordinateSystem": "cartesian2d",
                "silent": True,
                "lineStyle": {"color": style.REFERENCE, "width": 1, "opacity": 0.7, "curveness": 0},
                "data": [{"coords": [a, b]} for a, b in zip(true.tolist(), learned.tolist(), strict=True)],
            },
            _marks("true", "circle", 8, style.REFERENCE, titles, true, None),
            _marks("learned", "diamond", 10, style.DATA, titles, learned, named),
        ],
    }
    return Chart(
        f"Where is each {kind} in truth, and where is it learned?", figure, words, table, "truth-map", 420
    )


def _axis(name: str) -> dict[str, Any]:
    return {
        "type": "value",
        "scale": True,
        "name": name,
        "nameLocation": "middle",
        "nameGap": 24,
        "splitNumber": 4,
        "nameTextStyle": {"color": style.AXIS},
        "axisLabel": {"color": style.AXIS},
    }


def _marks(
    name: str, symbol: str, size: int, color: str, titles: list[str], places: FloatArray, named: int | None
) -> dict[str, Any]:
    return {
        "name": name,
        "type": "scatter",
        "symbol": symbol,
        "symbolSize": size,
        "itemStyle": {"color": color, "opacity": 1},
        "z": 2 if named is None else 3,
        "data": [
            {
                "name": title,
                "value": place,
                "label": {
                    "show": row == named,
                    "formatter": "{b}",
                    "position": "top",
                    "distance": 8,
                    "padding": [0, 6],
                    "lineHeight": 20,
                    "width": 170,
                    "overflow": "truncate",
                    "borderRadius": 4,
                    "color": style.INK,
                    "backgroundColor": style.DATA,
                },
            }
            for row, (title, place) in enumerate(zip(titles, places.tolist(), strict=True))
        ],
    }


def nearest_to_truth(
    errors: dict[str, float], by_chance: dict[str, float], n_factors: int, kind: str
) -> Chart:
    """Which model comes nearest to the truth?

    Args:
        errors: share of the true variance left unexplained by the name of a model, 0 to 1.
        by_chance: by the same names, the error that shuffled items stay above in 19 of 20 cases.
        n_factors: how many factors each learned.
        kind: what an item is called.
    """
    order = sorted(errors, key=errors.__getitem__)
    table = pd.DataFrame(
        {
            "model": order,
            "share unexplained": [errors[name] for name in order],
            "share unexplained by chance": [by_chance[name] for name in order],
            "factors": n_factors,
        }
    )
    floor = min(by_chance.values(), default=1.0)
    figure: dict[str, Any] = {
        "animationDurationUpdate": 300,
        "tooltip": {"trigger": "item", "formatter": "{b}: {c}% left unexplained"},
        "grid": {"left": 8, "right": 56, "top": 24, "bottom": 4, "containLabel": True},
        "xAxis": {
            "type": "value",
            "min": 0,
            "max": 100,
            "axisLabel": {"color": style.AXIS, "formatter": "{value}%"},
        },
        "yAxis": {
            "type": "category",
            "inverse": True,
            "axisTick": {"show": False},
            "axisLabel": {"color": style.AXIS, "width": 150, "overflow": "break", "lineHeight": 14},
            "data": order,
        },
        "series": [
            {
                "type": "bar",
                "barMaxWidth": 16,
                "itemStyle": {"color": style.DATA},
                "label": {"show": True, "position": "right", "formatter": "{c}%", "color": style.AXIS},
                "data": [round(100 * errors[name], 1) for name in order],
                "markLine": {
                    "symbol": "none",
                    "silent": True,
                    "lineStyle": {"color": style.REFERENCE, "type": "dashed"},
                    "label": {"formatter": "chance", "color": style.AXIS, "position": "start"},
                    "data": [{"xAxis": round(100 * floor, 1)}],
                },
            }
        ],
    }
    words = _ranking(order, errors, floor, n_factors, kind)
    return Chart(
        "Which model comes nearest to the truth?",
        figure,
        words,
        table,
        "truth-by-model",
        70 + ROW * max(len(order), 2),
    )


def _ranking(order: list[str], errors: dict[str, float], floor: float, n_factors: int, kind: str) -> str:
    if not order:
        return "No model was compared."
    first, last = order[0], order[-1]
    words = f"With {n_factors} factors each, “{first}” leaves least of the true space unexplained: "
    words += f"{errors[first]:.0%}"
    words += f"; “{last}” leaves most: {errors[last]:.0%}." if len(order) > 1 else "."
    return (
        f"{words} Were the {kind}s shuffled, it would be {floor:.0%} or more. One training each, with "
        "the usual settings: nearer to the truth here is not better for everyone everywhere."
    )
