"""What a metric does while one dial is turned from one end to the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from recsys_core.ratings import FloatArray
from ui.charts import Chart, style

BAND, CHANGE = "95 % interval", "change"


def along(table: pd.DataFrame, title: str, dial: str, now: float) -> Chart:
    """How does a metric change along one dial?

    Args:
        table: one row a value of the dial, rising: weight, value, plain, change, low, high, verdict.
        title: the metric's.
        dial: the signal's title.
        now: where the dial stands.
    """
    banded = table["low"].notna().all()
    span = table.assign(span=table["high"] - table["low"])
    series: list[dict[str, Any]] = []
    if banded:
        shade = {"type": "line", "stack": "band", "stackStrategy": "all", "symbol": "none", "silent": True}
        series += [
            shade | {"name": "low", "lineStyle": {"opacity": 0}, "data": _points(span, "low")},
            shade
            | {
                "name": BAND,
                "lineStyle": {"opacity": 0},
                "itemStyle": {"color": style.DATA, "opacity": 0.4},
                "areaStyle": {"color": style.DATA, "opacity": 0.18},
                "data": _points(span, "span"),
            },
        ]
    series.append(
        {
            "name": CHANGE,
            "type": "line",
            "symbolSize": 7,
            "itemStyle": {"color": style.DATA},
            "lineStyle": {"color": style.DATA, "width": 2},
            "data": _points(table, "change"),
            "markLine": _marks(now),
        }
    )
    figure = {
        "animation": False,
        "legend": {"top": 0, "data": [CHANGE, *([BAND] if banded else [])]},
        "tooltip": {"trigger": "axis", "valueFormatter": "%.4f"},
        "grid": {"left": 8, "right": 24, "top": 68, "bottom": 26, "containLabel": True},
        "xAxis": {
            "type": "value",
            "name": f"weight of “{dial}”",
            "nameLocation": "middle",
            "nameGap": 28,
            "min": float(table["weight"].min()),
            "max": float(table["weight"].max()),
        },
        "yAxis": {
            "type": "value",
            "name": f"change of {title}",
            "nameTextStyle": {"align": "left"},
            "nameGap": 22,
            "scale": True,
        },
        "series": series,
    }
    shown = table[["weight", "value", "plain", "change", "low", "high", "verdict"]].reset_index(drop=True)
    return Chart(
        f"What does “{dial}” do to {title}?",
        figure,
        _take_away(table, title, dial),
        shown,
        "along",
        height=320,
    )


def _points(table: pd.DataFrame, column: str) -> list[list[float]]:
    return [[float(w), float(v)] for w, v in zip(table["weight"], table[column], strict=True) if v == v]


def _marks(now: float) -> dict[str, Any]:
    """Where plain order lies, and where the dial stands."""
    label = {"color": style.AXIS, "position": "insideEndTop"}
    return {
        "symbol": "none",
        "silent": True,
        "data": [
            {
                "yAxis": 0,
                "lineStyle": {"color": style.REFERENCE, "type": "dashed"},
                "label": label | {"formatter": "plain rating order"},
            },
            {
                "xAxis": now,
                "lineStyle": {"color": style.YOU, "type": "solid"},
                "label": label | {"formatter": "your dial", "position": "end"},
            },
        ],
    }


def _take_away(table: pd.DataFrame, title: str, dial: str) -> str:
    known = table[np.isfinite(table["value"])]
    if known.empty:
        return f"{title} cannot be computed here."
    first, last = known.iloc[0], known.iloc[-1]
    highest, lowest = known.loc[known["value"].idxmax()], known.loc[known["value"].idxmin()]
    words = (
        f"From weight {first.weight:g} to {last.weight:g} of “{dial}”, {title} goes from {first.value:.4f} "
        f"to {last.value:.4f}; it is highest at {highest.weight:g} ({highest.value:.4f}) and lowest at "
        f"{lowest.weight:g} ({lowest.value:.4f})."
    )
    if not known["high"].notna().all():
        return f"{words} These are too few people to tell that from luck."
    noise = int(known["verdict"].isin(["too small to tell", "the same"]).sum())
    if noise == len(known):
        return f"{words} Nowhere can it be told from the plain rating order."
    if noise:
        return f"{words} At {noise} of {len(known)} weights it cannot be told from the plain rating order."
    return f"{words} Everywhere that is more than luck against the plain rating order."


# ---------------------------------------------------------------- learned from choices


def learned(titles: list[str], shares: FloatArray, spread: FloatArray, present: FloatArray) -> Chart:
    """Which dials do your choices speak for?

    Args:
        titles: (n,) of the signals.
        shares: (n,) learned; spread: (n,) one standard deviation of each.
        present: (n,) the dials as they stand.
    """
    table = pd.DataFrame(
        {"dial": titles, "share learned": shares, "give or take": spread, "share now": present}
    )
    figure = {
        "animation": False,
        "legend": {"top": 0},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "grid": {"left": 8, "right": 80, "top": 36, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "value", "min": 0, "max": 1, "axisLabel": {"formatter": "{value}"}},
        "yAxis": {"type": "category", "data": titles, "inverse": True},
        "series": [
            _bars("now", style.REFERENCE, [(f"{value:.0%}", value) for value in present.tolist()]),
            _bars(
                "learned",
                style.YOU,
                [
                    (f"{value:.0%}" + (f" ± {give:.0%}" if give < 1 else ""), value)
                    for value, give in zip(shares.tolist(), spread.tolist(), strict=True)
                ],
            ),
        ],
    }
    first = int(np.argmax(shares))
    moved = int(np.argmax(np.abs(shares - present)))
    alt = (
        f"Your choices speak most for “{titles[first]}” ({shares[first]:.0%}). What changes most is "
        f"“{titles[moved]}”: {shares[moved]:.0%} instead of {present[moved]:.0%}."
    )
    height = 60 + 44 * len(titles)
    return Chart("Which dials do your choices speak for?", figure, alt, table, "pairs-learned", height)


def _bars(name: str, colour: str, values: list[tuple[str, float]]) -> dict[str, Any]:
    """Each bar says its name and number, so that colour is not all that tells them apart."""
    return {
        "name": name,
        "type": "bar",
        "itemStyle": {"color": colour},
        "label": {"show": True, "position": "right", "color": style.AXIS, "formatter": "{b}"},
        "data": [{"name": f"{name} {text}", "value": round(value, 4)} for text, value in values],
    }
