"""Maps of the item space: where the model has put the films, and where it has put you."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from recsys_core.ratings import FloatArray
from ui.charts import Chart, style


def item_map(
    places: FloatArray,
    titles: list[str],
    listed: list[int],
    you: FloatArray | None,
    reach: float,
    explained: float,
    kind: str = "film",
) -> Chart:
    """Where has the model put the films, and where has it put you?

    Args:
        places: (n, 2) of each film on fixed axes.
        titles: (n,) of each film.
        listed: rows that are on the list, drawn larger.
        you: (2,) your own place, or None.
        reach: largest coordinate to show, the same for all epochs. You are drawn at the edge if you
            lie beyond it; films beyond it are not drawn. The words say so, and the table has the places.
        explained: share of the differences between films that the two axes show.
        kind: what an item is called.
    """
    others = f"{kind}s"
    seen = np.abs(places).max(axis=1, initial=0.0) <= reach
    kinds = np.full(len(places), others, dtype=object)
    kinds[listed] = "on your list"
    frame = pd.DataFrame({kind: titles, "x": places[:, 0], "y": places[:, 1], "what": kinds})
    if you is not None:
        frame.loc[len(frame)] = ["you", you[0], you[1], "you"]
    drawn = frame.assign(x=frame["x"].clip(-reach, reach), y=frame["y"].clip(-reach, reach))
    drawn = drawn.loc[np.pad(seen, (0, len(drawn) - len(seen)), constant_values=True)]
    looks = (
        (others, "circle", 5, style.REFERENCE, 0.45),
        ("on your list", "diamond", 12, style.DATA, 1.0),
        ("you", "triangle", 18, style.YOU, 1.0),
    )
    figure: dict[str, Any] = {
        "animationDurationUpdate": 400,
        "legend": {"top": 0},
        "tooltip": {"trigger": "item", "formatter": "{b}"},
        "grid": {"left": 8, "right": 16, "top": 40, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "value", "min": -reach, "max": reach, "axisLabel": {"show": False}},
        "yAxis": {"type": "value", "min": -reach, "max": reach, "axisLabel": {"show": False}},
        "series": [
            {
                "name": what,
                "type": "scatter",
                "symbol": symbol,
                "symbolSize": size,
                "itemStyle": {"color": color, "opacity": opacity},
                "data": [
                    {"name": str(film), "value": [float(x), float(y)]}
                    for film, x, y in drawn.loc[drawn["what"] == what, [kind, "x", "y"]].to_numpy()
                ],
            }
            for what, symbol, size, color, opacity in looks
        ],
    }
    spread = float(np.sqrt((places**2).sum(axis=1).mean())) if len(places) else 0.0
    alt = (
        f"{len(places)} {others} lie {spread:.2f} from the middle on average; the two axes show "
        f"{explained:.0%} of what tells them apart, so near on the map is not always alike."
    )
    if not seen.all():
        alt += f" Beyond the edge, and not drawn: {len(seen) - int(seen.sum())}."
    if you is not None and np.abs(you).max() > reach:
        alt += " You lie beyond the edge, where the mark is."
    return Chart(f"Where are the {others}, and where are you?", figure, alt, frame, "item-map", height=420)
