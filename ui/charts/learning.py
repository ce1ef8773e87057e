"""Learning curves: how the error falls while a model trains, and where it begins to over-fit."""

from __future__ import annotations

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
    """

    name: str
    events: tuple[Event, ...]
    current: bool = True


def learning(runs: list[Run], looked_at: int | None = None) -> Chart:
    """Is it still learning, or learning by heart?

    Args:
        runs: the current one and earlier ones; those that told no error yet are left out.
        looked_at: the epoch one is looking back at; a line marks it.
    """
    frame = pd.concat([_rows(run) for run in runs], ignore_index=True) if runs else _rows(Run("", ()))
    lines = [(run, part) for run in runs for part in _PARTS if frame[_column(run, part)].notna().any()]
    alt = next((_take_away(run) for run in runs if run.current), "Nothing has been trained yet.")
    figure: dict[str, Any] = {
        "dataset": {"source": frame},
        "animation": False,
        "legend": {"top": 0},
        "tooltip": {"trigger": "axis", "valueFormatter": "%.4f"},
        "grid": {"left": 8, "right": 24, "top": 40, "bottom": 24, "containLabel": True},
        "xAxis": {
            "type": "value",
            "name": "epoch",
            "nameLocation": "middle",
            "nameGap": 28,
            "minInterval": 1,
            "min": 1,
            "max": max((run.events[-1].n_epochs for run in runs if run.events), default=1),
        },
        "yAxis": {"type": "value", "name": "RMSE", "scale": True},
        "series": [_line(run, part) for run, part in lines],
    }
    if looked_at is not None and figure["series"]:
        figure["series"][-1]["markLine"] = {
            "symbol": "none",
            "lineStyle": {"color": style.YOU},
            "label": {"formatter": f"epoch {looked_at}"},
            "data": [{"xAxis": looked_at}],
        }
    return Chart("Is it still learning, or learning by heart?", figure, alt, frame, "learning", height=340)


_PARTS = {"training": style.TRAIN, "validation": style.VALIDATION}


def _column(run: Run, part: str) -> str:
    return f"{run.name}, {part}"


def _rows(run: Run) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "epoch": [event.epoch for event in run.events],
            _column(run, "training"): [event.train_rmse for event in run.events],
            _column(run, "validation"): [event.validation_rmse for event in run.events],
        }
    )


def _line(run: Run, part: str) -> dict[str, Any]:
    # Told apart by dashes too, not by colour alone.
    color = _PARTS[part] if run.current else style.REFERENCE
    line = {
        "name": _column(run, part),
        "type": "line",
        "showSymbol": len(run.events) < 3,
        "connectNulls": True,
        "itemStyle": {"color": color},
        "lineStyle": {"color": color, "type": "dashed" if part == "validation" else "solid"},
        "encode": {"x": "epoch", "y": _column(run, part)},
    }
    best = best_epoch(run.events)
    if run.current and part == "validation" and best is not None and best.epoch < run.events[-1].epoch:
        here = {"name": "best", "coord": [best.epoch, best.validation_rmse], "value": "best"}
        line["markPoint"] = {"symbolSize": 46, "data": [here]}
    return line


def best_epoch(events: tuple[Event, ...]) -> Event | None:
    """The event with the lowest validation error, or None where none was measured."""
    measured = [event for event in events if event.epoch and event.validation_rmse is not None]
    return min(measured, key=lambda event: event.validation_rmse or 0.0, default=None)


def _take_away(run: Run) -> str:
    told = [event for event in run.events if event.epoch]
    if not told:
        return f"{run.name}: the first epoch is under way."
    last, best = told[-1], best_epoch(run.events)
    words = f"{run.name}, epoch {last.epoch} of {last.n_epochs}"
    if last.train_rmse is not None:
        words += f": the error on the ratings it learns from is {last.train_rmse:.4f}"
    if best is None or last.validation_rmse is None:
        return words + "."
    words += f"; on ratings kept from it {last.validation_rmse:.4f}"
    if best.epoch == last.epoch:
        return words + ", its lowest so far."
    return words + (
        f". That was lowest at epoch {best.epoch} with {best.validation_rmse:.4f}: "
        "what it has learned since, it has learned by heart (over-fitting)."
    )
