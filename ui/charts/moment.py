"""One epoch among others: where it lies on the curve, and what the model holds of a person then."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from recsys_core.jobs import Event
from recsys_core.ratings import FloatArray
from ui.charts import Chart, style

N_PARTS = 10
"""Of a longer vector its largest parts are drawn."""
_PARTS = (("training", style.TRAIN, "solid"), ("validation", style.VALIDATION, "dashed"))


def place_on_curve(events: tuple[Event, ...], epoch: int) -> Chart:
    """How far off is the model at this epoch?

    Args:
        events: what the training told, oldest first.
        epoch: the one looked at; marked on every line.
    """
    told = [event for event in events if event.epoch]
    frame = pd.DataFrame(
        {
            "epoch": [event.epoch for event in told],
            "training": [event.train_rmse for event in told],
            "validation": [event.validation_rmse for event in told],
        }
    )
    lines = [part for part in _PARTS if frame[part[0]].notna().any()]
    here = next((event for event in told if event.epoch == epoch), None)
    marked = [error for error in (here.train_rmse, here.validation_rmse) if error is not None] if here else []
    figure: dict[str, Any] = {
        "dataset": {"source": frame},
        "animation": False,
        "legend": {"top": 0, "data": [name for name, _, _ in lines]},
        "tooltip": {"trigger": "axis", "valueFormatter": "%.4f"},
        "grid": {"left": 8, "right": 24, "top": 36, "bottom": 4, "containLabel": True},
        "xAxis": {
            "type": "value",
            "minInterval": 1,
            "min": 1,
            "max": max((event.epoch for event in told), default=1),
        },
        "yAxis": {"type": "value", "name": "RMSE", "scale": True, "splitNumber": 3},
        "series": [
            {
                "name": name,
                "type": "line",
                "showSymbol": len(told) < 3,
                "itemStyle": {"color": color},
                "lineStyle": {"color": color, "type": dash},
                "encode": {"x": "epoch", "y": name},
            }
            for name, color, dash in lines
        ]
        + [
            {
                "name": f"epoch {epoch}",
                "type": "scatter",
                "symbolSize": 11,
                "itemStyle": {"color": style.YOU},
                "data": [[epoch, error] for error in marked],
                "markLine": {
                    "symbol": "none",
                    "silent": True,
                    "lineStyle": {"color": style.YOU},
                    "label": {"show": False},
                    "data": [{"xAxis": epoch}],
                },
            }
        ],
    }
    alt = _how_far(here, told) if here else f"Nothing was measured at epoch {epoch}."
    return Chart("How far off is it at this epoch?", figure, alt, frame, "epoch-on-curve", height=170)


def _how_far(here: Event, told: list[Event]) -> str:
    words = f"Epoch {here.epoch} of {told[-1].epoch}"
    if here.train_rmse is not None:
        words += f": in it, off by {here.train_rmse:.4f} on the ratings it learns from"
    if here.validation_rmse is None:
        return words + "."
    lowest = min(event.validation_rmse for event in told if event.validation_rmse is not None)
    words += f"{', and' if here.train_rmse is not None else ':'} after it "
    words += f"by {here.validation_rmse:.4f} on ratings kept from it"
    return words + (", its lowest." if here.validation_rmse == lowest else f"; the lowest was {lowest:.4f}.")


def your_vector(vector: FloatArray, kept: FloatArray) -> Chart:
    """What numbers does the model hold of you?

    Args:
        vector: (n_factors,) the person at the epoch looked at.
        kept: (n_factors,) the person in the model that was kept. Of more than ten numbers the ten
            largest of these are drawn, so that they are the same ones at every epoch.
    """
    n = len(vector)
    chosen = np.sort(np.argsort(-np.abs(kept), kind="stable")[:N_PARTS])
    frame = pd.DataFrame({"factor": chosen + 1, "value": vector[chosen], "in the model kept": kept[chosen]})
    reach = 1.35 * max(float(np.abs(kept).max(initial=0.0)), float(np.abs(vector).max(initial=0.0)), 1e-9)
    figure: dict[str, Any] = {
        "animationDurationUpdate": 300,
        "tooltip": {"trigger": "item", "formatter": "factor {b}: {c}"},
        "grid": {"left": 8, "right": 16, "top": 8, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "value", "min": -reach, "max": reach, "show": False},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "axisTick": {"show": False},
            "data": [str(factor) for factor in frame["factor"]],
        },
        "series": [
            {
                "name": "you",
                "type": "bar",
                "barMaxWidth": 14,
                "itemStyle": {"color": style.YOU},
                "label": {"show": True, "formatter": "{c}", "color": style.AXIS},
                "data": [
                    {
                        "value": round(float(value), 3),
                        # Beside the end of its bar, and never across the middle.
                        "label": {"position": "right" if value >= 0 else "left"},
                    }
                    for value in frame["value"]
                ],
            }
        ],
    }
    which = (
        "all its numbers" if n <= N_PARTS else f"the {N_PARTS} of its {n} numbers that are largest at the end"
    )
    if n:
        largest = int(chosen[np.argmax(np.abs(vector[chosen]))])
        said = f"Shown: {which}. Factor {largest + 1} says most now, with {vector[largest]:.3f}; "
        said += f"the whole vector is {float(np.linalg.norm(vector)):.3f} long."
    else:
        said = "The model holds no numbers of you."
    height = 40 + 24 * len(chosen)
    return Chart("What numbers does it hold of you?", figure, said, frame, "your-vector", height=height)
