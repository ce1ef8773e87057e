"""Several settings of one model on the same data, epoch beside epoch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from recsys_core.jobs import Event, diverged
from ui.charts import Chart, style
from ui.charts.learning import Run, finite, frame_of, line, number


@dataclass(frozen=True)
class Quantity:
    """What can be compared.

    Attributes:
        label: in words, to choose from.
        of: takes it from an event; None where it was not told.
        counted: whether it is an error in what is predicted; a loss has no unit and many sizes.
    """

    label: str
    of: Callable[[Event], float | None]
    counted: bool = True


VALIDATION = Quantity("Validation error", lambda event: event.validation_rmse)
TRAINING = Quantity("Training error", lambda event: event.train_rmse)
LOSS = Quantity("Training loss", lambda event: event.train_loss, counted=False)
ROOM = 3.0
"""How far above the worst start the chart of a training error goes: one that runs away leaves it."""


def variants(runs: list[Run], quantity: Quantity, of: str = "stars") -> Chart:
    """Which settings learn best?

    Args:
        runs: one a variant, in the order of training.
        quantity: what is drawn.
        of: what is predicted, and so what its error is counted in: "stars" or "probability".
    """
    frame = pd.concat(
        [_rows(run, quantity) for run in runs] or [pd.DataFrame({"epoch": []})], ignore_index=True
    )
    figure = frame_of(frame, runs)
    name = f"RMSE, {of}" if quantity.counted else "loss"
    axis: dict[str, Any] = {"type": "value", "name": name, "nameTextStyle": {"align": "left"}, "scale": True}
    if not quantity.counted:
        axis["type"] = "log"
    starts = [value for run in runs for value in _values(run, quantity)[:1]]
    values = [value for run in runs for value in _values(run, quantity)]
    if starts and max(values) > ROOM * max(starts):
        axis["max"] = float(f"{ROOM * max(starts):.2g}")
    figure["yAxis"] = axis
    figure["series"] = [
        _marked(line(run.name, k, len(run.events)), run, quantity, axis.get("max"))
        for k, run in enumerate(runs)
        if run.events
    ]
    return Chart("Which settings learn best?", figure, _alt(runs, quantity), frame, "variants", height=340)


def has_diverged(run: Run) -> bool:
    """Whether its training left the finite numbers."""
    return bool(run.events) and diverged(run.events[-1])


def _told(run: Run, quantity: Quantity) -> list[tuple[int, float]]:
    """Epoch and value, where there is one."""
    found = ((event.epoch, finite(quantity.of(event))) for event in run.events if event.epoch)
    return [(epoch, value) for epoch, value in found if value is not None]


def _values(run: Run, quantity: Quantity) -> list[float]:
    return [value for _, value in _told(run, quantity)]


def _rows(run: Run, quantity: Quantity) -> pd.DataFrame:
    told = _told(run, quantity)
    return pd.DataFrame({"epoch": [epoch for epoch, _ in told], run.name: [value for _, value in told]})


def _marked(drawn: dict[str, Any], run: Run, quantity: Quantity, top: float | None) -> dict[str, Any]:
    """With its end in its name, and a mark where it was last seen, if it diverged."""
    if not has_diverged(run):
        return drawn
    drawn |= {"name": f"{run.name} (diverged)"}
    inside = [(epoch, value) for epoch, value in _told(run, quantity) if top is None or value <= top]
    if not inside:
        return drawn
    epoch, value = inside[-1]
    here = {"name": "diverged", "coord": [epoch, value], "value": "diverged"}
    mark = {"symbol": "circle", "symbolSize": 9, "data": [here]}
    mark["label"] = {"position": "right", "color": style.AXIS, "formatter": "diverged"}
    return drawn | {"markPoint": mark}


def _alt(runs: list[Run], quantity: Quantity) -> str:
    known = {run.name: _values(run, quantity) for run in runs}
    lowest = min(
        (values[-1] for run in runs if (values := known[run.name]) and not has_diverged(run)), default=None
    )
    words = []
    for run in runs:
        values = known[run.name]
        if has_diverged(run):
            words.append(f"{run.name} diverged in epoch {run.events[-1].epoch}")
        elif values:
            last = max(event.epoch for event in run.events)
            best = " (the lowest)" if values[-1] == lowest and len(runs) > 1 else ""
            words.append(f"{run.name}: {number(values[-1])} after epoch {last}{best}")
        else:
            words.append(f"{run.name}: not begun")
    if not words:
        return "The first epoch is under way."
    return f"{quantity.label}. " + "; ".join(words) + "."
