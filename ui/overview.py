"""A data set at a glance: a few figures, the best-known films, the charts; computed once for all sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import streamlit as st

from recsys_core.dataset import Dataset
from ui.charts import Chart, data


@dataclass(frozen=True)
class Fact:
    """One figure with a small picture behind it.

    Attributes:
        label, value: as shown.
        note: what it comes to, in a few words.
        help: what it says, and what the picture shows.
        spark: the heights of the picture; fewer than two where there is none.
        kind: how the picture is drawn.
    """

    label: str
    value: str
    note: str
    help: str
    spark: tuple[float, ...] = ()
    kind: Literal["line", "bar", "area"] = "area"


def facts(dataset: Dataset) -> tuple[Fact, ...]:
    """Ratings, people, items, mean and density."""
    return _facts(dataset.fingerprint, dataset)


def charts(dataset: Dataset) -> tuple[Chart, ...]:
    """The charts of a data set."""
    return _charts(dataset.fingerprint, dataset)


@st.cache_data(max_entries=12, show_spinner=False)
def _facts(fingerprint: str, _dataset: Dataset) -> tuple[Fact, ...]:
    makers = (_ratings, _people, _items, _mean, _density)
    return tuple(maker(_dataset) for maker in makers)


def _ratings(dataset: Dataset) -> Fact:
    times, value = dataset.ratings.timestamps, f"{len(dataset.ratings):,}"
    if times is None or not len(times):
        return Fact("Ratings", value, "undated", "This data set does not say when they were given.")
    _, periods, counts = data.periods_of(times)
    first, last = str(periods[0])[:4], str(periods[-1])[:4]
    years = first if first == last else f"{first} to {last}"
    return Fact("Ratings", value, years, "The picture: ratings over time.", _heights(counts), "bar")


def _people(dataset: Dataset) -> Fact:
    counts = dataset.ratings.by_user.counts
    note = f"median {np.median(counts):,.0f} each" if len(counts) else ""
    return Fact(
        "People", f"{len(counts):,}", note, "The picture: ratings given, busiest first.", _curve(counts)
    )


def _items(dataset: Dataset) -> Fact:
    kind, counts = dataset.catalogue.kind, dataset.ratings.by_item.counts
    help = (
        f"Half of the {kind}s have this many ratings or fewer. The picture: ratings, best-known {kind} first."
    )
    note = f"median {np.median(counts):,.0f} each" if len(counts) else ""
    return Fact(f"{kind.capitalize()}s", f"{len(counts):,}", note, help, _curve(counts))


def _mean(dataset: Dataset) -> Fact:
    ratings = dataset.ratings
    stars = data.rating_distribution(dataset).table["ratings"].to_numpy()
    help = f"Ratings go from {ratings.scale}. The picture: how often each is given, lowest first."
    note = f"scale {ratings.scale.low:g} to {ratings.scale.high:g}"
    return Fact("Average", _number(ratings.mean, ".2f"), note, help, _heights(stars), "bar")


def _density(dataset: Dataset) -> Fact:
    share, kind = dataset.ratings.density, dataset.catalogue.kind
    form = ".0%" if share >= 0.1 else ".1%"
    help = f"The share of all pairs of a person and a {kind} with a rating. The rest has to be guessed."
    return Fact("Known", _number(share, form), f"{_number(1 - share, form)} to guess", help)


def _number(value: float, form: str) -> str:
    return "–" if np.isnan(value) else format(value, form)


def _heights(counts: np.ndarray) -> tuple[float, ...]:
    return tuple(map(float, counts))


@st.cache_resource(max_entries=6, show_spinner="Drawing the data …")
def _charts(fingerprint: str, _dataset: Dataset) -> tuple[Chart, ...]:
    return data.overview(_dataset)


def best_known(dataset: Dataset, n: int) -> tuple[int, ...]:
    """The `n` items with the most ratings."""
    return tuple(int(i) for i in np.argsort(-dataset.ratings.by_item.counts, kind="stable")[:n])


def _curve(counts: np.ndarray, points: int = 40) -> tuple[float, ...]:
    if not len(counts):
        return ()
    at = np.linspace(0, len(counts) - 1, min(points, len(counts))).astype(int)
    return _heights(np.sort(counts)[::-1][at])
