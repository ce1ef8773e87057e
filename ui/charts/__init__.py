"""Charts: data in, figure out. Plotly is imported here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # a page without a plotly chart must not pay for importing it
    import pandas as pd
    import plotly.graph_objects as go


@dataclass(frozen=True, eq=False)
class Chart:
    """A figure with what makes it readable by everyone.

    Attributes:
        question: what it answers; its title on screen.
        figure: a plotly figure, or an ECharts specification as a dictionary.
        alt: its take-away in a sentence, with numbers computed from the data.
        table: the numbers behind it.
        key: unique on its screen; also names the downloaded file.
        height: in pixels, where it follows from the data; None for the usual.
    """

    question: str
    figure: go.Figure | dict[str, Any]
    alt: str
    table: pd.DataFrame
    key: str
    height: int | None = None
