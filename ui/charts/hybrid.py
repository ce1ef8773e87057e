"""A hybrid list: what makes each score, how the order moved, and whose genres it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from recsys_core.ranking import Ranking, signals
from recsys_core.ratings import FloatArray
from ui.charts import Chart, style
from ui.charts.labels import CHARACTER

MOST = 10
"""Films that are drawn; the table has all of them."""
_SAMPLE, _STEP = 22, 40
"""Pixels of a sample of colour in the legend, and from one width of the picture to the next that is told
apart."""
_NARROW, _END = 26, 19
"""Signs of a title beside a bar, and at the end of a line: as many as a phone has room for."""


# ---------------------------------------------------------------- what makes a score


def score_bars(ranking: Ranking, labels: Sequence[str], normalisation: str, kind: str = "film") -> Chart:
    """What makes each film's score? One bar a film, one piece a signal.

    Args:
        ranking: a list that is not empty.
        labels: (n,) titles, in its order.
        normalisation: how the signals were put on one footing.
        kind: what an item is.
    """
    names = [name for name in ranking.names if name in ranking.weights.active]
    titles = {name: signals()[name].title for name in names}
    parts = ranking.contributions[:, [ranking.names.index(name) for name in names]]
    table = pd.DataFrame({kind: list(labels), "score": ranking.scores})
    for k, name in enumerate(names):
        table[titles[name]] = parts[:, k]
    shown = min(len(labels), MOST)
    series = [_piece(name, titles[name], parts[:shown, k]) for k, name in enumerate(names)]
    ends = np.maximum(parts[:shown], 0).sum(axis=1)
    figure: dict[str, Any] = {
        "animationDuration": 0,
        "animationDurationUpdate": 250,
        "legend": {"top": 0, "itemWidth": _SAMPLE, "itemHeight": 14, "data": list(titles.values())},
        "tooltip": {"trigger": "item", "valueFormatter": "%.3f"},
        "grid": {"left": 4, "right": 44, "top": 34, "bottom": 4, "containLabel": True},
        "media": _room_for(list(titles.values())),
        "xAxis": {"type": "value", "splitNumber": 4, "axisLabel": {"color": style.AXIS}},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "axisTick": {"show": False},
            "axisLabel": {"color": style.AXIS},
            "data": [f"{place}  {_short(label)}" for place, label in enumerate(labels[:shown], start=1)],
        },
        "series": [*series, _totals(ends, ranking.scores[:shown])],
    }
    alt = _most_of(ranking, labels, parts, names, titles)
    if normalisation == "z":
        alt += " A piece to the left of 0 counts against the film."
    height = 60 + 34 * shown
    return Chart(f"What makes each {kind}’s score?", figure, alt, table, "hybrid-scores", height=height)


def _room_for(names: Sequence[str]) -> list[dict[str, Any]]:
    """Every signal is named in sight, what is paid for too: the bars begin below the last line of names."""
    return [
        {
            "query": {"minWidth": least, "maxWidth": least + _STEP - 1},
            "option": {"grid": {"top": 10 + 24 * _lines(names, least)}},
        }
        for least in range(240, 960, _STEP)
    ]


def _lines(names: Sequence[str], width: int) -> int:
    """How many lines these names take, each with its sample of colour."""
    lines, taken = 1, 0.0
    for name in names:
        wide = _SAMPLE + 15 + CHARACTER * len(name)
        if taken and taken + wide > width:
            lines, taken = lines + 1, 0.0
        taken += wide
    return lines


def _piece(name: str, title: str, values: FloatArray) -> dict[str, Any]:
    return {
        "name": title,
        "type": "bar",
        "stack": "score",
        "barMaxWidth": 20,
        "itemStyle": {
            "color": style.SIGNALS.get(name, style.REFERENCE),
            "decal": {"color": "rgba(255,255,255,0.45)", **style.PATTERNS.get(name, {"symbol": "none"})},
        },
        "data": [round(float(value), 6) for value in values],
    }


def _totals(ends: FloatArray, scores: FloatArray) -> dict[str, Any]:
    """The whole score, written at the end of its bar."""
    return {
        "name": "score",
        "type": "scatter",
        "symbolSize": 1,
        "silent": True,
        "itemStyle": {"color": "rgba(0,0,0,0)"},  # an opacity of 0 would hide the number, too
        "tooltip": {"show": False},
        "label": {"show": True, "position": "right", "color": style.AXIS, "formatter": "{b}"},
        "data": [
            {"name": f"{score:.2f}", "value": [round(float(end), 6), row]}
            for row, (end, score) in enumerate(zip(ends, scores, strict=True))
        ],
    }


def _most_of(
    ranking: Ranking,
    labels: Sequence[str],
    parts: FloatArray,
    names: Sequence[str],
    titles: dict[str, str],
) -> str:
    first = int(np.argmax(np.abs(parts[0])))
    alt = f"First is {labels[0]} with a score of {ranking.scores[0]:.3f}"
    if len(names) == 1:
        return f"{alt}, all of it from “{titles[names[0]]}”."
    alt += f", of which {parts[0, first]:.3f} is “{titles[names[first]]}”"
    apart = np.ptp(parts, axis=0)
    if len(labels) > 1 and apart.max() > 0:
        alt += f". What differs most from one to the next is “{titles[names[int(np.argmax(apart))]]}”"
    return alt + "."


# ---------------------------------------------------------------- how the order moved


@dataclass(frozen=True)
class Move:
    """Where a film stood and stands.

    Attributes:
        label: its title.
        before: its place by predicted rating alone, from 1.
        now: its place in the list, from 1; None where it is not on it.
    """

    label: str
    before: int
    now: int | None


def rank_movement(moves: Sequence[Move], n_before: int, kind: str = "film") -> Chart:
    """What moved, against the predicted rating alone? One line a film, from its place then to its place now.

    Args:
        moves: the films of the list, then those that left it.
        n_before: how long the plain list is.
        kind: what an item is.
    """
    table = pd.DataFrame(
        {
            kind: [move.label for move in moves],
            "by predicted rating": [move.before for move in moves],
            "in this list": pd.array([move.now for move in moves], dtype="Int64"),
            "moved": [_said(move, n_before) for move in moves],
        }
    )
    listed = [move for move in moves if move.now is not None]
    most = min(MOST, max(len(listed), n_before))
    drawn = [
        m for m in moves if (m.now is not None and m.now <= most) or (m.now is None and m.before <= most)
    ]
    entered = sorted((m for m in drawn if m.before > most), key=lambda m: m.before)
    left = sorted((m for m in drawn if m.now is None or m.now > most), key=lambda m: m.before)
    rows = most + (1 + max(len(entered), len(left)) if entered or left else 0)
    series = []
    for move in drawn:
        start = move.before if move.before <= most else most + 2 + entered.index(move)
        end = move.now if move.now is not None and move.now <= most else most + 2 + left.index(move)
        series.append(_line(move, start, end, most))
    figure: dict[str, Any] = {
        "animationDuration": 0,
        "animationDurationUpdate": 250,
        "tooltip": {"trigger": "item", "formatter": "{a}"},
        "grid": {"left": 44, "right": "50%", "top": 30, "bottom": 8},
        "xAxis": {
            "type": "category",
            "position": "top",
            "boundaryGap": False,
            "data": ["by rating", "this list"],
            "axisTick": {"show": False},
            "axisLine": {"show": False},
            "axisLabel": {"color": style.AXIS},
        },
        "yAxis": {"type": "value", "inverse": True, "min": 0.5, "max": rows + 0.5, "show": False},
        "series": series,
    }
    question = "What moved, against the predicted rating alone?"
    return Chart(question, figure, _moved(moves, n_before), table, "hybrid-movement", height=50 + 24 * rows)


def _line(move: Move, start: int, end: int, most: int) -> dict[str, Any]:
    entered, gone = move.before > most, move.now is None or move.now > most
    if gone:
        color, up, said = style.DOWN, 0, f"out {_short(move.label, _END)}"
    else:
        up = move.before - (move.now or 0)
        color = style.UP if up > 0 else style.DOWN if up < 0 else style.REFERENCE
        sign = "in" if entered else f"↑{up}" if up > 0 else f"↓{-up}" if up else "="
        said = f"{move.now} {sign} {_short(move.label, _END)}"
    return {
        "name": move.label,
        "type": "line",
        "symbol": "emptyCircle" if gone else "triangle" if up else "circle",
        "symbolRotate": 180 if up < 0 else 0,
        "symbolSize": 8,
        "itemStyle": {"color": color},
        "lineStyle": {
            "color": color,
            "width": 2,
            "type": "dashed" if gone else "dotted" if entered else "solid",
        },
        "data": [
            {"value": [0, start], "label": _tag(f"{move.before:,}", "left")},
            {"value": [1, end], "label": _tag(said, "right")},
        ],
    }


def _tag(text: str, position: str) -> dict[str, Any]:
    return {"show": True, "position": position, "formatter": text, "color": style.AXIS, "fontSize": 11}


def _said(move: Move, n_before: int) -> str:
    if move.now is None:
        return "left"
    if move.before > n_before:
        return "entered"
    up = move.before - move.now
    return f"up {up}" if up > 0 else f"down {-up}" if up < 0 else "unmoved"


def _moved(moves: Sequence[Move], n_before: int) -> str:
    entered = [m for m in moves if m.now is not None and m.before > n_before]
    left = [m for m in moves if m.now is None]
    stayed = [m for m in moves if m.now is not None and m.now == m.before]
    if not entered and not left and len(stayed) == len(moves):
        return "Nothing moved: this is the order of the predicted rating."
    if not entered and not left:
        return f"The same {len(moves)}, in another order: {len(stayed)} stand where they stood."
    came = _listed([f"{m.label} (from {m.before:,})" for m in entered])
    gone = _listed([m.label for m in left])
    return f"Entered: {came}. Left: {gone}."


def _listed(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more or "none"


# ---------------------------------------------------------------- whose genres


def genre_shares(names: Sequence[str], mine: FloatArray, listed: FloatArray, apart: float) -> Chart:
    """Do the genres of the list follow yours?

    Args:
        names: (n_genres,) of the genres.
        mine: (n_genres,) their shares in what the person rated.
        listed: (n_genres,) their shares in the list.
        apart: the divergence of the two, in nats.
    """
    table = pd.DataFrame({"genre": list(names), "share of your ratings": mine, "share of the list": listed})
    table = table[(mine > 0) | (listed > 0)].sort_values(
        "share of your ratings", ascending=False, kind="stable"
    )
    shown = table.head(12)
    pairs = (("share of your ratings", style.YOU, "none"), ("share of the list", style.DATA, "rect"))
    figure: dict[str, Any] = {
        "animationDuration": 0,
        "legend": {"top": 0, "data": [column for column, _, _ in pairs]},
        "tooltip": {"trigger": "item", "formatter": "{b}: {c} %, {a}"},
        "grid": {"left": 4, "right": 44, "top": 34, "bottom": 4, "containLabel": True},
        "xAxis": {"type": "value", "show": False},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "axisTick": {"show": False},
            "axisLabel": {"color": style.AXIS},
            "data": shown["genre"].tolist(),
        },
        "series": [
            {
                "name": column,
                "type": "bar",
                "barMaxWidth": 11,
                "itemStyle": {
                    "color": color,
                    "decal": {
                        "color": "rgba(255,255,255,0.45)", "symbol": symbol,
                        "dashArrayX": [1, 0], "dashArrayY": [2, 5], "rotation": 0.785,
                    },
                },
                "label": _tag("{c} %", "right"),
                "data": [round(100 * float(value)) for value in shown[column]],
            }
            for column, color, symbol in pairs
        ],
    }  # fmt: skip
    rows = list(table.itertuples(index=False, name=None))
    over, under = max(rows, key=lambda row: row[2] - row[1]), min(rows, key=lambda row: row[2] - row[1])
    alt = (
        f"Miscalibration {apart:.2f} (0: the same shares). Most over-shown: {over[0]} with {over[2]:.0%} of "
        f"the list and {over[1]:.0%} of your ratings; most under-shown: {under[0]} with {under[2]:.0%} and "
        f"{under[1]:.0%}."
    )
    height = 60 + 30 * len(shown)
    return Chart(
        "Do the genres of the list follow yours?", figure, alt, table, "hybrid-genres", height=height
    )


def _short(label: str, most: int = _NARROW) -> str:
    # Braces would be read as a place-holder.
    plain = label.replace("{", "(").replace("}", ")")
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"
