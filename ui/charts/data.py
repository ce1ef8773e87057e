"""What a data set looks like: how stars are given, the long tail, activity, how much people rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from recsys_core.dataset import Dataset
from recsys_core.ratings import LongArray
from ui.charts import Chart, style

if TYPE_CHECKING:
    import plotly.graph_objects as go

_HEAD = 0.1  # the share of films a long tail is judged by
_AT_SHARES = (0.01, 0.02, 0.05, _HEAD, 0.2, 0.3, 0.5, 0.75, 1.0)
_GROUPS = (1, 5, 10, 20, 50, 100, 200, 500, 1000)  # ratings a person, lower edges


def overview(dataset: Dataset) -> tuple[Chart, ...]:
    """Every chart of a data set, in the order they are read."""
    charts = (rating_distribution, long_tail, ratings_per_user, activity)
    return tuple(chart(dataset) for chart in charts)


def rating_distribution(dataset: Dataset) -> Chart:
    """How often each rating is given."""
    ratings = dataset.ratings
    choices = np.array(ratings.scale.choices)
    nearest = np.abs(ratings.values[:, None] - choices[None, :]).argmin(axis=1) if len(ratings) else []
    counts = np.bincount(np.asarray(nearest, dtype=np.int64), minlength=len(choices))
    table = pd.DataFrame({"rating": choices, "ratings": counts, "share": _shares(counts)})
    if not len(ratings):
        return _nothing("What ratings do people give?", table, "rating-distribution")
    top = int(counts.argmax())
    above = float((ratings.values > ratings.mean).mean())
    alt = (
        f"The most common rating is {choices[top]:g} ({counts[top] / len(ratings):.0%} of all); "
        f"the average is {ratings.mean:.2f}, and {above:.0%} of ratings lie above it."
    )
    figure = _bars([f"{choice:g}" for choice in choices], counts, "%{x} stars: %{y:,} ratings")
    return Chart("What ratings do people give?", figure, alt, table, "rating-distribution")


def long_tail(dataset: Dataset) -> Chart:
    """How much of all attention the most rated items hold."""
    kind = dataset.catalogue.kind
    question = f"Do a few {kind}s hold most of the ratings?"
    counts = np.sort(dataset.ratings.by_item.counts)[::-1]
    held = np.concatenate([[0.0], np.cumsum(counts) / max(counts.sum(), 1)])
    of_items = np.linspace(0.0, 1.0, len(held))
    takes = [_head(len(counts), share) for share in _AT_SHARES]
    table = pd.DataFrame(
        {f"share of {kind}s": _AT_SHARES, f"{kind}s": takes, "share of ratings": held[takes]}
    )
    if not counts.sum():
        return _nothing(question, table, "long-tail")
    head = _head(len(counts), _HEAD)
    least = int((counts <= 5).sum())
    alt = (
        f"The most rated 10% of {kind}s ({head:,}) hold {held[head]:.0%} of all ratings; "
        f"{least:,} of {len(counts):,} have five ratings or fewer."
    )
    figure = style.figure()
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": style.REFERENCE, "dash": "dot"}, hoverinfo="skip"
    )
    thin = np.unique(np.linspace(0, len(held) - 1, 200).astype(int))  # more points than pixels help nobody
    figure.add_scatter(
        x=of_items[thin],
        y=held[thin],
        mode="lines",
        line={"color": style.DATA, "width": 3},
        hovertemplate=f"top %{{x:.0%}} of {kind}s: %{{y:.0%}} of ratings<extra></extra>",
    )
    figure.add_scatter(
        x=[of_items[head]],
        y=[held[head]],
        mode="markers",
        marker={"color": style.DATA, "size": 11},
        hoverinfo="skip",
    )
    # The corner below the line of equality is the one place no curve can reach.
    note = f"● 10% of {kind}s: {held[head]:.0%}"
    style.note(figure, note, x=0.99, y=0.04, xanchor="right", yanchor="bottom")
    figure.update_xaxes(
        title_text=f"{kind}s, most rated first", tickformat=".0%", dtick=0.25, range=[0, 1.02]
    )
    figure.update_yaxes(title_text="share of ratings", tickformat=".0%", dtick=0.25, range=[0, 1.03])
    return Chart(question, figure, alt, table, "long-tail")


def ratings_per_user(dataset: Dataset) -> Chart:
    """How many ratings people have given."""
    question = "How much does one person rate?"
    counts = dataset.ratings.by_user.counts
    group = np.searchsorted(_GROUPS, counts, side="right")
    people = np.bincount(group, minlength=len(_GROUPS) + 1)
    names = ["0", *(_span(k) for k in range(len(_GROUPS)))]
    seen = np.flatnonzero(people)
    used = slice(int(seen.min()), int(seen.max()) + 1) if len(seen) else slice(0, 0)
    table = pd.DataFrame(
        {"ratings given": names[used], "people": people[used], "share": _shares(people[used])}
    )
    if not counts.sum():
        return _nothing(question, table, "ratings-per-person")
    busiest = np.sort(counts)[::-1][: _head(len(counts), _HEAD)].sum() / counts.sum()
    alt = (
        f"Half of the {len(counts):,} people gave {np.median(counts):,.0f} ratings or fewer; "
        f"the busiest 10% gave {busiest:.0%} of all."
    )
    figure = _bars(names[used], people[used], "%{x} ratings: %{y:,} people")
    figure.update_xaxes(title_text="ratings given")
    return Chart(question, figure, alt, table, "ratings-per-person")


def activity(dataset: Dataset) -> Chart:
    """When the ratings were given."""
    question = "When were the ratings given?"
    times = dataset.ratings.timestamps
    if times is None or not len(times):
        empty = pd.DataFrame({"period": [], "ratings": []})
        return _nothing(
            question, empty, "activity", "This data set does not say when its ratings were given."
        )
    unit, periods, counts = periods_of(times)
    table = pd.DataFrame({unit: periods.astype(str), "ratings": counts})
    busiest = int(counts.argmax())
    alt = (
        f"Ratings run from {periods[0]} to {periods[-1]}; the busiest {unit} is {periods[busiest]} "
        f"with {counts[busiest]:,} of {len(times):,}."
    )
    figure = _bars(periods.astype("datetime64[D]"), counts, "%{x}: %{y:,} ratings")
    figure.update_xaxes(type="date", hoverformat="%Y" if unit == "year" else "%b %Y")
    figure.update_layout(bargap=0.1)
    return Chart(question, figure, alt, table, "activity")


def periods_of(times: LongArray) -> tuple[str, np.ndarray, LongArray]:
    """Ratings per month, or per year where months would be too many; quiet periods count 0."""
    months = times.astype("datetime64[s]").astype("datetime64[M]")
    unit, stamps = ("month", months)
    if np.ptp(months.astype(np.int64)) > 12 * 8:
        unit, stamps = "year", months.astype("datetime64[Y]")
    steps = stamps.astype(np.int64)
    counts = np.bincount(steps - steps.min())
    first = stamps.min()
    return unit, first + np.arange(len(counts)), counts.astype(np.int64)


def _head(n: int, share: float) -> int:
    return min(n, max(1, round(n * share)))


def _shares(counts: np.ndarray) -> np.ndarray:
    return counts / max(counts.sum(), 1)


def _span(k: int) -> str:
    low = _GROUPS[k]
    return f"{low:,}–{_GROUPS[k + 1] - 1:,}" if k + 1 < len(_GROUPS) else f"{low:,}+"


def _bars(x: object, y: np.ndarray, hover: str) -> go.Figure:
    figure = style.figure()
    figure.add_bar(x=x, y=y, marker_color=style.DATA, hovertemplate=hover + "<extra></extra>")
    figure.update_xaxes(type="category")
    figure.update_yaxes(nticks=5, tickformat=",")
    return figure


def _nothing(question: str, table: pd.DataFrame, key: str, why: str = "There are no ratings yet.") -> Chart:
    figure = style.figure(height=120)
    style.note(figure, why)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return Chart(question, figure, why, table, key)
