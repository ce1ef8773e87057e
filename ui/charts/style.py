"""Every colour on screen: one colour, one meaning. The theme's own are in .streamlit/config.toml.

Colours of marks have at least 3 : 1 against the light and the dark page; a tile's colours have
at least 4.5 : 1 under white text even where its lightest shape lies on its lightest point.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import plotly.graph_objects as go

# The same six, in the same order, as chartCategoricalColors in the theme.
VIOLET, AMBER, GREEN, PINK, BLUE, GREY = "#7b5af8", "#d07206", "#059669", "#e0446e", "#0284c7", "#757588"
CATEGORICAL = (VIOLET, AMBER, GREEN, PINK, BLUE, GREY)

DATA = VIOLET
"""What was observed: the ratings themselves."""
REFERENCE = GREY
"""What something is compared with: a baseline, an average, a line of equality."""
AXIS = GREY
"""Numbers and titles of axes, notes in a chart: 4.5 : 1 on the light and on the dark page."""
YOU = PINK
"""The person at the screen."""
TRAIN, VALIDATION, TEST = VIOLET, AMBER, BLUE
UP, DOWN = GREEN, PINK
"""Adds to a score or rises in a list; takes away or falls."""
SIGNALS = {
    "rating": VIOLET,
    "similarity": AMBER,
    "popularity": GREEN,
    "recency": BLUE,
    "dissimilarity": "#6b8e00",
    "release": "#0e8f9c",
    "engaged": "#8a6d3b",
    "novelty": "#b84fd0",
    "sponsored": PINK,
}
"""The signals of a hybrid ranking; `PATTERNS` tells them apart without colour."""
PATTERNS: dict[str, dict[str, Any]] = {
    "rating": {"symbol": "none"},
    "similarity": {"dashArrayX": [1, 0], "dashArrayY": [2, 6], "rotation": 0.785},
    "popularity": {
        "symbol": "circle",
        "symbolSize": 0.6,
        "dashArrayX": [[7, 7], [0, 7, 7, 0]],
        "dashArrayY": 7,
    },
    "recency": {"dashArrayX": [1, 0], "dashArrayY": [2, 6], "rotation": -0.785},
    "dissimilarity": {"dashArrayX": [1, 0], "dashArrayY": [2, 5], "rotation": 1.571},
    "release": {"symbol": "triangle", "symbolSize": 0.6, "dashArrayX": [8, 6], "dashArrayY": 8},
    "engaged": {"dashArrayX": [1, 0], "dashArrayY": [2, 5]},
    "novelty": {"symbol": "diamond", "symbolSize": 0.7, "dashArrayX": [8, 6], "dashArrayY": 8},
    "sponsored": {"symbol": "rect", "symbolSize": 0.8, "dashArrayX": [[6, 6], [0, 6, 6, 0]], "dashArrayY": 6},
}
"""ECharts decals of the signals, drawn over their colours; a signal that is not here has none."""

HIGHLIGHT_OPACITY = 0.12
SHADE_OPACITY = 0.16
"""How strongly a tile's white and black shapes show."""

# Most telling genre first: a film that is Animation and Comedy looks like an Animation.
TILES: dict[str, tuple[str, str]] = {
    "Film-Noir": ("#60616e", "#333440"),
    "Western": ("#935405", "#5d1d03"),
    "Documentary": ("#346a76", "#0f3a50"),
    "Musical": ("#b724a2", "#4b0179"),
    "Horror": ("#ca242c", "#650d1a"),
    "Animation": ("#c13205", "#670223"),
    "Sci-Fi": ("#0e6b8d", "#051899"),
    "War": ("#556833", "#2b3b19"),
    "Fantasy": ("#833cd5", "#360390"),
    "Children": ("#2266a4", "#033761"),
    "Crime": ("#5455c5", "#32266f"),
    "Mystery": ("#47619c", "#32266f"),
    "Romance": ("#c72361", "#620045"),
    "Thriller": ("#556275", "#2e3545"),
    "Adventure": ("#04734b", "#07402d"),
    "Action": ("#b04206", "#69040d"),
    "Comedy": ("#4a7006", "#1d4310"),
    "Drama": ("#00706c", "#023e40"),
}
NO_GENRE = ("#5e5d83", "#353052")
INK = "#ffffff"
"""Text on a tile."""
DARK_INK = "#191627"
"""Text on a pale cell of a map."""


def figure(height: int = 280, **more: Any) -> go.Figure:
    """An empty plotly figure in the house style; `more` goes into its layout.

    Transparent, tight and calm; text and grid follow the page's theme, light or dark.
    """
    import plotly.graph_objects as go  # here, so that only who draws with plotly waits for it

    return go.Figure(layout=_layout(height) | more)


def note(figure: go.Figure, text: str, **place: Any) -> None:
    """Write a note into a plotly figure; `place` as for an annotation."""
    looks = {"showarrow": False, "font": {"color": AXIS}}
    figure.add_annotation(text=escape(text), **(looks | place))


def leader(x: float, y: float) -> dict[str, Any]:
    """For `note`: the text lies so many pixels right of and above its point, and a thin line leads to it."""
    line = {"arrowhead": 0, "arrowwidth": 1, "arrowcolor": REFERENCE, "standoff": 7}
    return {"showarrow": True, "ax": x, "ay": -y, **line}


def _layout(height: int) -> dict[str, Any]:
    # Stated on each axis, because the page's own theme would make them too pale on the light page.
    axis = {"tickfont": {"color": AXIS}, "title": {"font": {"color": AXIS}}}
    return {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "colorway": list(CATEGORICAL),
        "showlegend": False,
        "xaxis": axis,
        "yaxis": axis,
        "dragmode": False,  # a finger that scrolls the page must not zoom the chart
        "hoverlabel": {"align": "left"},
        "bargap": 0.25,
    }


def luminance(colour: str) -> float:
    """Relative luminance of a `#rrggbb` colour, as WCAG 2 defines it."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21, as WCAG 2 defines it."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mix(colour: str, over: str, opacity: float) -> str:
    """The colour seen where `over` lies on `colour` with this opacity."""
    pairs = [(int(colour[i : i + 2], 16), int(over[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * opacity):02x}" for a, b in pairs)
