"""Because you rated …: one prediction as a staircase from anyone's to yours."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from recsys_core.algorithms import Explanation
from ui.charts import Chart, style

MOST_BARS = 12
"""More ratings than this are drawn as one bar, "your other ratings"; the table has them all."""
HELD = "held to the scale"
Label: TypeAlias = Callable[[int], str]


def because(explanation: Explanation, label: Label, item: int, less: Collection[int] = ()) -> Chart:
    """Which of my ratings brought this film here, and by how much?

    Args:
        explanation: with shares; base plus shares is the prediction, exactly.
        label: title and year of an item, with whatever mark it must not be shown without.
        item: the film explained.
        less: items among the shares that the person did not rate but wants less like.
    """
    figure = _staircase(explanation, label, less)
    most = max(explanation.shares, key=lambda share: abs(share.value))
    anyone, held = _anyone(explanation)
    mine = sum(share.value for share in explanation.shares)
    own = len(explanation.shares) - sum(share.item in less for share in explanation.shares)
    told = f"your ratings ({own})" + (
        f" and what you want less like ({len(explanation.shares) - own})" if less else ""
    )
    title = label(most.item)
    source = f"wanting less like {title}" if most.item in less else f"{title}, which you gave {most.rating:g}"
    alt = (
        f"{label(item)} is predicted {explanation.estimate:.2f}: anyone would be predicted "
        f"{anyone:.2f}, {told} make {_signed(mine)} of it"
        f"{f', the end of the scale {_signed(held)}' if held else ''}; "
        f"the largest part, {_signed(most.value)}, comes from {source}."
    )
    height = 60 + 32 * len(figure["dataset"]["source"])
    question = "Which of your ratings brought it here?"
    return Chart(question, figure, alt, shares_table(explanation, label, less), "because", height)


def shares_table(explanation: Explanation, label: Label, less: Collection[int] = ()) -> pd.DataFrame:
    """Every addend, largest share first, and their sum: the shown prediction."""
    shares = sorted(explanation.shares, key=lambda share: -abs(share.value))
    anyone, held = _anyone(explanation)
    rows = [
        ("Anyone's prediction", None, anyone),
        *(
            (f"Less like {label(share.item)}", None, share.value)
            if share.item in less
            else (label(share.item), share.rating, share.value)
            for share in shares
        ),
        *([(HELD, None, held)] if held else []),
        ("Your prediction", None, explanation.estimate),
    ]
    return pd.DataFrame(rows, columns=["what", "you gave", "stars"])


def _anyone(explanation: Explanation) -> tuple[float, float]:
    """What anyone would be predicted, which no rating of yours changes; and what the scale's end takes."""
    assert explanation.base is not None  # noqa: S101
    held = sum(term.value for term in explanation.terms if term.symbol == "clip")
    return explanation.base - held, held


def _signed(value: float) -> str:
    return f"{round(value, 2) + 0.0:+.2f}".replace("-", "−")


def _staircase(explanation: Explanation, label: Label, less: Collection[int]) -> dict[str, Any]:
    """From what anyone would be predicted, up or down with each rating, to the prediction."""
    anyone, _ = _anyone(explanation)
    names, values = zip(*_steps(explanation, label, less), strict=True)
    ends = np.cumsum([anyone, *values])
    lows, ups = np.minimum(ends[:-1], ends[1:]), np.array(values) >= 0
    nothing = [None] * len(values)
    frame = pd.DataFrame(
        {
            "step": ["anyone", *names, "you"],
            "from": [None, *lows.round(3), None],
            "whole": [round(anyone, 3), *nothing, round(explanation.estimate, 3)],
            "adds": [None, *np.where(ups, np.abs(values), None), None],
            "takes": [None, *np.where(ups, None, np.abs(values)), None],
            "stars": [
                f"{anyone:.2f}",
                *map(_signed, values),
                f"{explanation.estimate:.2f}",
            ],
        }
    )
    room = max(0.1, 0.15 * float(ends.max() - ends.min()))
    bars = (
        ("from", "transparent"),
        ("whole", style.REFERENCE),
        ("adds", style.UP),
        ("takes", style.DOWN),
    )
    return {
        "dataset": {"source": frame},
        "grid": {"left": 8, "right": 48, "top": 8, "bottom": 8, "containLabel": True},
        "yAxis": {"type": "category", "inverse": True, "axisTick": {"show": False}},
        "xAxis": {
            "type": "value",
            "min": round(float(ends.min()) - room, 1),
            "max": round(float(ends.max()) + room, 1),
            "splitNumber": 4,
            # The ends are where the bars end, not round numbers: a label there crowds its neighbour.
            "axisLabel": {"showMinLabel": False, "showMaxLabel": False},
        },
        "series": [
            {
                "name": name,
                "type": "bar",
                "stack": "prediction",
                "barWidth": 14,
                "itemStyle": {"color": color},
                "encode": {"x": name, "y": "step"},
                "silent": name == "from",
                "label": {"show": name != "from", "position": "right", "formatter": "{@stars}"},
            }
            for name, color in bars
        ],
    }


def _steps(explanation: Explanation, label: Label, less: Collection[int]) -> list[tuple[str, float]]:
    shares = sorted(explanation.shares, key=lambda share: -abs(share.value))
    drawn = [
        (
            _short(f"less like {label(s.item)}", 30)
            if s.item in less
            else f"{_short(label(s.item))}  {s.rating:g}★",
            s.value,
        )
        for s in shares[:MOST_BARS]
    ]
    rest = shares[MOST_BARS:]
    drawn += [(f"{len(rest)} other ratings", sum(share.value for share in rest))] if rest else []
    _, held = _anyone(explanation)
    return drawn + ([(HELD, held)] if held else [])


def _short(label: str, most: int = 26) -> str:
    return label if len(label) <= most else label[: most - 1] + "…"
