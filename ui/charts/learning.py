"""Learning curves: how the error falls while a model trains, and where it begins to over-fit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from recsys_core.jobs import Event
from ui.charts import Chart, style


@dataclass(frozen=True)
class Run:
    """One training to draw.

    Attributes:
        name: as in the legend.
        events: what it told, oldest first.
        current: the one being watched; the others are drawn in grey to compare with.
        ended: whether it will tell no more, however many epochs were planned.
    """

    name: str
    events: tuple[Event, ...]
    current: bool = True
    ended: bool = False

    @property
    def last(self) -> int:
        """The epoch the chart has to reach for it; at least the first."""
        return max(self.events[-1].epoch if self.ended else self.events[-1].n_epochs, 1) if self.events else 1


def learning(runs: list[Run], looked_at: int | None = None, of: str = "stars") -> Chart:
    """Is it still learning, or learning by heart?

    Args:
        runs: the current one and earlier ones; those that told no error yet are left out.
        looked_at: the epoch one is looking back at; a line marks it.
        of: what is predicted, and so what its error is counted in: "stars" or "probability".
    """
    frame = pd.concat([_rows(run) for run in runs], ignore_index=True) if runs else _rows(Run("", ()))
    lines = [(run, part) for run in runs for part in _PARTS if frame[_column(run, part)].notna().any()]
    alt = next((_take_away(run) for run in runs if run.current), "Nothing has been trained yet.")
    figure: dict[str, Any] = frame_of(frame, runs)
    figure["yAxis"] = {
        "type": "value",
        "name": f"RMSE, {of}",
        "nameTextStyle": {"align": "left"},
        "scale": True,
    }
    figure["series"] = [_line(run, part) for run, part in lines]
    first_current = sorted(lines, key=lambda each: not each[0].current)
    figure["legend"]["data"] = [_column(run, part) for run, part in first_current]
    if looked_at is not None and figure["series"]:
        figure["series"][-1]["markLine"] = {
            "symbol": "none",
            "lineStyle": {"color": style.YOU},
            "label": {"formatter": f"epoch {looked_at}"},
            "data": [{"xAxis": looked_at}],
        }
    return Chart("Is it still learning, or learning by heart?", figure, alt, frame, "learning", height=340)


def steepness(runs: list[Run]) -> Chart | None:
    """How steep is it still? None where no run told the length of its gradient.

    Args:
        runs: the current ones; each is a line, on a scale of powers of ten.
    """
    told = [run for run in runs if any(finite(event.gradient_norm) for event in run.events)]
    if not told:
        return None
    frame = pd.concat([_norms(run) for run in told], ignore_index=True)
    figure = frame_of(frame, told)
    figure["yAxis"] = {"type": "log", "name": "length of the gradient", "nameTextStyle": {"align": "left"}}
    figure["series"] = [line(run.name, k, len(run.events)) for k, run in enumerate(told)]
    return Chart("How steep is it still?", figure, _steep(told), frame, "steepness", height=220)


def _norms(run: Run) -> pd.DataFrame:
    # A logarithm has no place for 0.
    norms = [event.gradient_norm or None for event in run.events]
    return pd.DataFrame(
        {"epoch": [event.epoch for event in run.events], run.name: pd.Series(norms).map(finite)}
    )


def _steep(runs: list[Run]) -> str:
    words = []
    for run in runs:
        norms = [norm for event in run.events if (norm := finite(event.gradient_norm)) is not None]
        words.append(f"{run.name} {number(norms[0])} and {number(norms[-1])}")
    return f"How long the gradient was at first, and is now: {'; '.join(words)}. Near 0 there is no way down."


# ---------------------------------------------------------------- what the charts of epochs share

_DASHES = ("solid", "dashed", "dotted")


def finite(value: float | None) -> float | None:
    """The number, or None where there is none or it left the finite ones."""
    return value if value is not None and math.isfinite(value) else None


def frame_of(frame: pd.DataFrame, runs: list[Run]) -> dict[str, Any]:
    """The empty figure: epochs along the bottom, as far as the longest run will go."""
    return {
        "dataset": {"source": frame},
        "animation": False,
        "legend": {"top": 0, "type": "scroll"},
        "tooltip": {"trigger": "axis", "valueFormatter": "%.4f"},
        "grid": {"left": 8, "right": 36, "top": 56, "bottom": 24, "containLabel": True},
        "xAxis": {
            "type": "value",
            "name": "epoch",
            "nameLocation": "middle",
            "nameGap": 28,
            "minInterval": 1,
            "min": 1,
            "max": max((run.last for run in runs), default=1),
        },
    }


def line(name: str, k: int, n_points: int) -> dict[str, Any]:
    """The k-th of several lines: told apart by dashes too, not by colour alone."""
    color = style.CATEGORICAL[k % len(style.CATEGORICAL)]
    return {
        "name": name,
        "type": "line",
        "showSymbol": n_points < 4,
        "connectNulls": True,
        "itemStyle": {"color": color},
        "lineStyle": {"color": color, "type": _DASHES[k % len(_DASHES)]},
        "encode": {"x": "epoch", "y": name},
    }


# ---------------------------------------------------------------- training and validation

TURNED = 2
"""Epochs above the lowest error before it counts as a turn: one may be a matter of chance."""
_PARTS = {"training": style.TRAIN, "validation": style.VALIDATION}


def _column(run: Run, part: str) -> str:
    return f"{run.name}, {part}"


def _rows(run: Run) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "epoch": [event.epoch for event in run.events],
            _column(run, "training"): [finite(event.train_rmse) for event in run.events],
            _column(run, "validation"): [finite(event.validation_rmse) for event in run.events],
        }
    )


def _line(run: Run, part: str) -> dict[str, Any]:
    color = _PARTS[part] if run.current else style.REFERENCE
    drawn = line(_column(run, part), 0, len(run.events)) | {
        "showSymbol": len(run.events) < 3,
        "itemStyle": {"color": color},
        "lineStyle": {"color": color, "type": "dashed" if part == "validation" else "solid"},
    }
    if not run.current:  # all are grey, so each has its number at its end
        number = run.name.partition(":")[0]
        drawn["endLabel"] = {"show": True, "formatter": number, "color": style.AXIS}
    best = best_epoch(run.events)
    if run.current and part == "validation" and best is not None and best.epoch < run.events[-1].epoch:
        here = {"name": "best", "coord": [best.epoch, best.validation_rmse], "value": "best"}
        label = {"position": "top", "formatter": f"best: epoch {best.epoch}", "color": style.AXIS}
        if best.epoch < run.last / 5:
            label["align"] = "left"  # centred, it would be cut off at the axis
        drawn["markPoint"] = {"symbol": "diamond", "symbolSize": 12, "label": label, "data": [here]}
    return drawn


def best_epoch(events: tuple[Event, ...]) -> Event | None:
    """The event with the lowest validation error, or None where none was measured."""
    measured = [event for event in events if event.epoch and finite(event.validation_rmse) is not None]
    return min(measured, key=lambda event: event.validation_rmse or 0.0, default=None)


def _take_away(run: Run) -> str:
    told = [event for event in run.events if event.epoch]
    if not told:
        return f"{run.name}: the first epoch is under way."
    last, best = told[-1], best_epoch(run.events)
    words = f"{run.name}, epoch {last.epoch} of {last.n_epochs}"
    if last.train_rmse is not None:
        # Models that learn rating by rating sum their errors up on the way, each before its step.
        words += f": in that epoch its error on the ratings it learns from was {number(last.train_rmse)}"
    if best is None or last.validation_rmse is None:
        return words + "."
    words += f"; after it, on ratings kept from it, {number(last.validation_rmse)}"
    if best.epoch == last.epoch:
        return words + ", its lowest so far."
    words += f". That was lowest at epoch {best.epoch} with {best.validation_rmse:.4f}"
    first = told[0].train_rmse
    if last.train_rmse is not None and first is not None and last.train_rmse > first:
        return (
            words + ", and the error on what it learns from is above its start, too: its steps are too long."
        )
    if last.train_rmse is not None and best.train_rmse is not None and last.train_rmse >= best.train_rmse:
        return words + "."
    if last.epoch - best.epoch < TURNED:
        return words + "."
    return words + ": what it has learned since, it has learned by heart (over-fitting)."


def number(value: float) -> str:
    """A value in words: four places below 10, fewer above, powers of ten where it has run away."""
    if not math.isfinite(value):
        return "beyond all bounds"
    if value >= 1e7:
        return f"{value:.1e}"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}" if value >= 10 else f"{value:.4f}"
