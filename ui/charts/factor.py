"""What a factor goes along with, and whether long rows are those of much-rated items."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from recsys_core.ratings import FloatArray, LongArray
from recsys_core.space import Correlation, Meaning
from ui.charts import Chart, style

N_GENRES = 8
"""Of many genres those the factor goes along with most are drawn; all are in the table."""
ROW = 24
_LONG = 0.7
_FEW = 5
_Z = 1.96
"""By chance, a rank correlation of n pairs is off 0 by 1 / √(n − 1) on average (Pitman 1937)."""


def correlations(name: str, meaning: Meaning, floor: float, caution: str, kind: str = "film") -> Chart:
    """What does a factor go along with, and would chance alone do as much?

    Args:
        name: what the factor is called on screen: "Factor 3".
        meaning: its correlations, the strongest first.
        floor: 0 to 1; so strong is the strongest of all these in 19 of 20 shuffles.
        caution: what the correlations do not say, in a sentence.
        kind: what an item is called.
    """
    found = list(meaning.correlations)
    drawn = [c for c in found if c.kind != "genre"] + [c for c in found if c.kind == "genre"][:N_GENRES]
    drawn.sort(key=lambda c: -abs(c.value))
    figure: dict[str, Any] = {
        "animationDurationUpdate": 300,
        "tooltip": {"trigger": "item", "formatter": "{b}: {c}"},
        "grid": {"left": 8, "right": 16, "top": 8, "bottom": 4, "containLabel": True},
        "xAxis": {"type": "value", "min": -1, "max": 1, "axisLabel": {"color": style.AXIS}},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "axisTick": {"show": False},
            "axisLine": {"show": False},
            "axisLabel": {"color": style.AXIS},
            "data": [_called(c) for c in drawn],
        },
        "series": [
            {
                "type": "bar",
                "barMaxWidth": 14,
                "data": [_bar(c, floor) for c in drawn],
                "label": {"show": True, "color": style.AXIS},
                "markArea": {
                    "silent": True,
                    "itemStyle": {"color": style.REFERENCE, "opacity": style.SHADE_OPACITY},
                    "data": [[{"xAxis": -floor}, {"xAxis": floor}]],
                },
            }
        ],
    }
    table = pd.DataFrame(
        {
            "what": [_called(c) for c in found],
            "rank correlation": [c.value for c in found],
            f"{kind}s": [c.n_items for c in found],
            "more than chance": ["yes" if abs(c.value) > floor else "no" for c in found],
        }
    )
    words = f"{sentence(name, meaning, floor)} {caution}"
    question = f"What does {name[:1].lower()}{name[1:]} go along with?"
    return Chart(question, figure, words, table, "factor-correlations", 60 + ROW * max(len(drawn), 3))


def sentence(name: str, meaning: Meaning, floor: float) -> str:
    """What the correlations say, and no more."""
    found = meaning.correlations
    if not found:
        return f"{name} cannot be compared with anything: nothing known here differs between the items."
    first = found[0]
    chance = (
        f"by chance alone the strongest of these {len(found)} stays within ±{floor:.2f} in 19 of 20 cases"
    )
    if abs(first.value) <= floor:
        return (
            f"{name} goes along with nothing known here: the strongest is {_called(first)} "
            f"(ρ = {_signed(first.value)}), and {chance}."
        )
    others = [c for c in found[1:] if (c.kind == "genre") != (first.kind == "genre")]
    than = "more than with any other thing known"
    if others:
        rival = others[0]
        what = "any genre" if rival.kind == "genre" else "year, popularity or average rating"
        than = f"more than with {what} (the strongest there: {_called(rival)}, {_signed(rival.value)})"
    how = "weakly" if abs(first.value) < 0.3 else "moderately" if abs(first.value) < 0.6 else "strongly"
    return f"{name} goes along {how} with {_called(first)} (ρ = {_signed(first.value)}), {than}; {chance}."


def _called(one: Correlation) -> str:
    return {"popularity": "number of ratings", "average": "average rating"}.get(one.kind, one.name)


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def _bar(one: Correlation, floor: float) -> dict[str, Any]:
    said: dict[str, Any] = {"formatter": _signed(one.value)}
    if abs(one.value) > _LONG:
        said |= {"position": "inside", "color": style.INK}  # beside it there is no room
    else:
        said |= {"position": "right" if one.value >= 0 else "left"}
    color = style.DATA if abs(one.value) > floor else style.REFERENCE
    return {"value": round(one.value, 2), "itemStyle": {"color": color}, "label": said}


# ---------------------------------------------------------------- length


def norms(titles: list[str], counts: LongArray, lengths: FloatArray, rho: float, kind: str = "film") -> Chart:
    """Are the rows of much-rated items longer?

    Args:
        titles: (n,) of the items.
        counts: (n,) how many ratings each has, at least 1.
        lengths: (n,) of their rows of factors.
        rho: rank correlation of the two.
        kind: what an item is called.
    """
    table = pd.DataFrame({kind: titles, "ratings": counts, "length": lengths})
    steps = _middles(counts, lengths)
    figure: dict[str, Any] = {
        "dataset": {"source": pd.DataFrame({"ratings": counts, "length": lengths.round(4), "title": titles})},
        "tooltip": {"trigger": "item", "formatter": "{@title}<br/>ratings: {@ratings}, length {@length}"},
        "legend": {"top": 0, "data": ["middle length"]},
        "grid": {"left": 8, "right": 24, "top": 36, "bottom": 24, "containLabel": True},
        "xAxis": {
            "type": "log",
            "name": "ratings",
            "nameLocation": "middle",
            "nameGap": 24,
            "nameTextStyle": {"color": style.AXIS},
            "axisLabel": {"color": style.AXIS},
        },
        "yAxis": {
            "type": "value",
            "name": "length of the row",
            "nameTextStyle": {"color": style.AXIS, "align": "left"},
            "axisLabel": {"color": style.AXIS},
            "min": 0,
        },
        "series": [
            {
                "name": f"{kind}s",
                "type": "scatter",
                "symbolSize": 5,
                "progressive": 0,
                "itemStyle": {"color": style.DATA, "opacity": 0.45},
                "encode": {"x": "ratings", "y": "length"},
            },
            {
                "name": "middle length",
                "type": "line",
                "silent": True,
                "z": 4,
                "symbol": "diamond",
                "symbolSize": 10,
                "color": style.AMBER,
                "lineStyle": {"color": style.AMBER, "width": 3},
                "data": [[float(x), float(y)] for x, y in steps],
            },
        ],
    }
    words = _lengths_in_words(counts, rho, steps, kind)
    question = f"Are much-rated {kind}s described by longer rows?"
    return Chart(question, figure, words, table, "factor-norms", 320)


def _middles(counts: LongArray, lengths: FloatArray) -> list[tuple[float, float]]:
    """Median ratings and length over items with 1, 2 or 3, 4 to 7, 8 to 15, … ratings; groups of few are
    left out."""
    doubled = np.log2(counts).astype(int)
    groups = [np.flatnonzero(doubled == step) for step in np.unique(doubled)]
    return [
        (float(np.median(counts[group])), float(np.median(lengths[group])))
        for group in groups
        if len(group) >= _FEW
    ]


def _lengths_in_words(counts: LongArray, rho: float, steps: list[tuple[float, float]], kind: str) -> str:
    chance = _Z / max(len(counts) - 1, 1) ** 0.5
    if abs(rho) <= chance:
        return (
            f"Nothing to be told: ρ = {_signed(rho)} over {len(counts):,} {kind}s, and chance alone gives "
            f"up to ±{min(chance, 1.0):.2f}."
        )
    how = "longer" if rho > 0 else "shorter"
    words = f"The more ratings, the {how} the row: ρ = {_signed(rho)} over {len(counts):,} {kind}s."
    if len(steps) > 1 and steps[0][1] > 0:
        (few, short), (many, long) = steps[0], steps[-1]
        words += (
            f" With about {many:,.0f} ratings the middle length is {long / short:.1f} times that with "
            f"{few:,.0f}."
        )
    if rho > 0:
        words += " The dot product counts length, so it favours much-rated ones; the cosine does not."
    return words
