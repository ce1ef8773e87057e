"""Why is this film here? Its score as a staircase of signals, likeness film by film, and what would move."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from recsys_core.ranking.counterfactual import Move, Movement
from recsys_core.ranking.explain import OwnShare, Why
from ui.charts import Chart, style

MOST_BARS = 8
"""More liked films than this are drawn as one bar; the table has them all."""
_NARROW = 24
"""Signs of a title beside a bar: as many as a phone has room for."""
OUT = "out"


def score_steps(why: Why, label: str, units: dict[str, str]) -> Chart:
    """What is its score made of? One step a signal, each from where the last one ended.

    Args:
        why: the film taken apart.
        label: its title.
        units: by signal, what its raw number counts.
    """
    table = pd.DataFrame(
        {
            "signal": [part.title for part in why.parts],
            "what it says": [part.raw for part in why.parts],
            "in": [units.get(part.signal, "") for part in why.parts],
            "normalised": [part.value for part in why.parts],
            "share of the weights": [part.weight for part in why.parts],
            "adds to the score": [part.contribution for part in why.parts],
        }
    )
    values = np.array([part.contribution for part in why.parts])
    ends = np.concatenate([[0.0], np.cumsum(values)])
    bars = [
        _bar(low, size, style.SIGNALS.get(part.signal, style.REFERENCE), part.signal, _signed(value))
        for low, size, value, part in zip(
            np.minimum(ends[:-1], ends[1:]), np.abs(values), values, why.parts, strict=True
        )
    ]
    bars.append(_bar(min(0.0, why.score), abs(why.score), style.REFERENCE, "", f"{why.score:.3f}"))
    names = [f"{part.title}  {part.weight:.0%}" for part in why.parts] + ["its score"]
    most = max(why.parts, key=lambda part: abs(part.contribution))
    alt = f"{label} has a score of {why.score:.3f}"
    if len(why.parts) == 1:
        alt += f", all of it from “{most.title}”."
    else:
        alt += f"; the largest part, {_signed(most.contribution)}, is “{most.title}”."
    if unknown := [part.title for part in why.parts if math.isnan(part.raw)]:
        alt += f" Nothing is known of it for “{'”, “'.join(unknown)}”, so it counts as average there."
    return Chart(
        "What is its score made of?", _stairs(names, bars), alt, table, "why-score", 60 + 32 * len(names)
    )


def likeness(shares: Sequence[OwnShare], label: str, title_of: Callable[[int], str]) -> Chart:
    """Which of the liked films is it like? Their parts sum to the likeness, exactly.

    Args:
        shares: at least one, largest first.
        label: the film's title.
        title_of: of an item.
    """
    table = pd.DataFrame(
        {
            "you liked": [title_of(share.item) for share in shares],
            "you gave": [share.rating for share in shares],
            "share that still counts": [share.keep for share in shares],
            "adds to the likeness": [share.value for share in shares],
        }
    )
    total = sum(share.value for share in shares)
    drawn = [(_short(title_of(share.item)), share.value) for share in shares[:MOST_BARS]]
    if rest := shares[MOST_BARS:]:
        drawn.append((f"{len(rest)} others", sum(share.value for share in rest)))
    bars = [
        _bar(min(0.0, value), abs(value), style.UP if value >= 0 else style.DOWN, "", _signed(value))
        for _, value in drawn
    ]
    alt = (
        f"{label} has a mean cosine of {total:.2f} with what you liked ({len(shares)}); "
        f"most of it, {_signed(shares[0].value)}, by {title_of(shares[0].item)}."
    )
    return Chart(
        "Which of the films you liked is it like?",
        _stairs([name for name, _ in drawn], bars),
        alt,
        table,
        "why-likeness",
        40 + 32 * len(drawn),
    )


def shift(movement: Movement, label: Callable[[int], str], imagined: str) -> Chart:
    """What would move? One line a film, from its place now to its place then.

    Args:
        movement: of the two lists, of which one is not empty.
        label: of an item.
        imagined: what the second list is called: "without it".
    """
    moves = movement.moves
    rows = max([move.before or 0 for move in moves] + [move.after or 0 for move in moves])
    entered, left = movement.entered, movement.left
    table = pd.DataFrame(
        {
            "title": [label(move.item) for move in moves],
            "place now": pd.array([move.before for move in moves], dtype="Int64"),
            f"place {imagined}": pd.array([move.after for move in moves], dtype="Int64"),
            "moves": [_said(move) for move in moves],
        }
    )
    series = []
    for move in moves:
        start = move.before or rows + 2 + entered.index(move)
        end = move.after or rows + 2 + left.index(move)
        series.append(_line(move, start, end, label(move.item)))
    deep = rows + (1 + max(len(entered), len(left)) if entered or left else 0)
    figure: dict[str, Any] = {
        "animationDuration": 0,
        "tooltip": {"trigger": "item", "formatter": "{a}"},
        "grid": {"left": 34, "right": 228, "top": 30, "bottom": 8},
        "xAxis": {
            "type": "category",
            "position": "top",
            "boundaryGap": False,
            "data": ["now", imagined],
            "axisTick": {"show": False},
            "axisLine": {"show": False},
            "axisLabel": {"color": style.AXIS},
        },
        "yAxis": {"type": "value", "inverse": True, "min": 0.5, "max": deep + 0.5, "show": False},
        "series": series,
    }
    return Chart(
        "What would move?", figure, _moved(movement, label), table, "why-shift", height=50 + 24 * deep
    )


# ---------------------------------------------------------------- pieces


def _bar(low: float, size: float, color: str, pattern: str, said: str) -> tuple[float, dict[str, Any]]:
    decal = {"color": "rgba(255,255,255,0.45)", **style.PATTERNS.get(pattern, {"symbol": "none"})}
    piece = {
        "value": round(float(size), 6),
        "itemStyle": {"color": color, "decal": decal},
        "label": {"formatter": said},
    }
    return round(float(low), 6), piece


def _stairs(names: Sequence[str], bars: Sequence[tuple[float, dict[str, Any]]]) -> dict[str, Any]:
    """Bars that float: below 0 as well as above, which stacking alone would put side by side."""
    lows = [low for low, _ in bars]
    ends = [low + piece["value"] for low, piece in bars]
    base = min(0.0, *lows)
    room = max(1e-3, 0.02 * (max(ends) - base))
    common = {"type": "bar", "stack": "steps", "barWidth": 14}
    lifted = [round(low - base, 6) for low in lows]
    shift_ = {"show": True, "position": "right", "color": style.AXIS}
    return {
        "animationDuration": 0,
        "grid": {"left": 8, "right": 56, "top": 8, "bottom": 8, "containLabel": True},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "axisTick": {"show": False},
            "axisLabel": {"color": style.AXIS},
            "data": list(names),
        },
        # Measured from the lowest end, so that every bar is stacked upwards; the labels say the numbers.
        "xAxis": {"type": "value", "show": False, "min": 0, "max": round(max(ends) - base + room, 6)},
        "series": [
            {
                **common,
                "name": "from",
                "silent": True,
                "itemStyle": {"color": "transparent"},
                "data": lifted,
            },
            {**common, "name": "adds", "label": shift_, "data": [piece for _, piece in bars]},
        ],
    }


def _line(move: Move, start: int, end: int, label: str) -> dict[str, Any]:
    up = move.up
    if move.after is None:
        color, shape, kind, said = style.DOWN, "emptyCircle", "dashed", f"{OUT}: {_short(label)}"
    elif move.before is None:
        color, shape, kind, said = style.UP, "diamond", "dotted", f"{move.after} {_short(label)} (new)"
    else:
        sign = f"↑{up}" if up and up > 0 else f"↓{-up}" if up else "="
        color = style.UP if up and up > 0 else style.DOWN if up else style.REFERENCE
        shape = "triangle" if up and up > 0 else "arrow" if up else "circle"
        kind, said = "solid", f"{move.after} {_short(label)} ({sign})"
    return {
        "name": label,
        "type": "line",
        "symbol": shape,
        "symbolSize": 8,
        "itemStyle": {"color": color},
        "lineStyle": {"color": color, "width": 2, "type": kind},
        "data": [
            {"value": [0, start], "label": _tag(f"{move.before or 'new'}", "left")},
            {"value": [1, end], "label": _tag(said, "right")},
        ],
    }


def _tag(text: str, position: str) -> dict[str, Any]:
    # Braces would be read as a place-holder.
    plain = text.replace("{", "(").replace("}", ")")
    return {"show": True, "position": position, "formatter": plain, "color": style.AXIS, "fontSize": 11}


def _said(move: Move) -> str:
    if move.before is None:
        return "enters"
    if move.after is None:
        return "leaves"
    up = move.before - move.after
    return f"up {up}" if up > 0 else f"down {-up}" if up < 0 else "stays"


def _moved(movement: Movement, label: Callable[[int], str]) -> str:
    if len(movement.stayed) == len(movement.moves):
        return "Nothing would move."
    entered = ", ".join(label(move.item) for move in movement.entered) or "none"
    left = ", ".join(label(move.item) for move in movement.left) or "none"
    return (
        f"{len(movement.rose)} would rise, {len(movement.fell)} fall, {len(movement.stayed)} stay in place. "
        f"Would enter: {entered}. Would leave: {left}."
    )


def _signed(value: float) -> str:
    return f"{round(value, 3) + 0.0:+.3f}".replace("-", "−")


def _short(label: str) -> str:
    return label if len(label) <= _NARROW else f"{label[: _NARROW - 1]}…"
