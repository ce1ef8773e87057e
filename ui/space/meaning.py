"""What a factor means, as far as that can be said: its two ends, and what it goes along with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from recsys_core.dataset import Dataset
from recsys_core.errors import RecsysError
from recsys_core.projection import Projection, principal_axes
from recsys_core.ratings import FloatArray, IntArray
from recsys_core.space import Meaning, meaning_of_factor, norm_against_popularity, strongest_by_chance
from ui import page, safe
from ui.charts.factor import correlations, norms
from ui.space.address import go_to
from ui.space.choose import View

N_ENDS = 5
TURNS = "A correlation, not a meaning: most models find their factors only up to a turn."
SPREAD = "A correlation, not a meaning: the axis is where the {kind}s differ most, whatever lies behind it."


@dataclass(frozen=True)
class Told:
    """A factor in numbers, and what chance alone would give.

    Attributes:
        meaning: its ends and correlations.
        floor: so strong is the strongest correlation in 19 of 20 shuffles, 0 to 1.
    """

    meaning: Meaning
    floor: float


def show(data: Dataset, view: View, film: int, metric: str, support: int) -> None:
    """Draw one factor's correlations between its two ends; below, length against popularity."""
    kind = data.catalogue.kind
    n_factors = factors_of(view).shape[1]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Which factor",
            [*range(n_factors), -1, -2],
            key=f"space-meant-{n_factors}",
            format_func=_name,
            persist_state="session",
            width=240,
        )
        floor = st.number_input(
            "Ratings, at least",
            1,
            1000,
            _enough(data),
            key=f"space-meant-support-{data.name}",
            help=f"Leave out {kind}s with fewer ratings: what a model holds of those is mostly noise.",
            persist_state="session",
            width=150,
        )
    try:
        found = told(data.fingerprint, view.name, int(chosen), int(floor), data, view)
    except RecsysError as exc:
        page.error(exc)
        return
    middle, ends = st.columns([3, 2])
    caution = TURNS if chosen >= 0 else SPREAD.format(kind=kind)
    with middle:
        page.show(correlations(_name(int(chosen)), found.meaning, found.floor, caution, kind))
    with ends, st.container(border=True, height="stretch"):
        _end(data, "Highest", "high", found.meaning.high)
        _end(data, "Lowest", "low", found.meaning.low)
    _length(data, view)


def _name(chosen: int) -> str:
    return f"Factor {chosen + 1}" if chosen >= 0 else f"Axis {-chosen} of most difference"


def _enough(data: Dataset) -> int:
    return 20 if data.ratings.n_users >= 200 else 1


@st.cache_resource(max_entries=100, show_spinner=False)
def told(
    fingerprint: str, model_text: str, chosen: int, min_ratings: int, _data: Dataset, _view: View
) -> Told:
    """A factor (0, 1, …), or one of the two axes on which items differ most (−1, −2).

    Raises:
        DataError: too few items have so many ratings.
    """
    factors = factors_of(_view)
    if chosen < 0:
        factors, chosen = axes(fingerprint, model_text, _view)(factors), -1 - chosen
    asked = factors, chosen, _data.catalogue, _data.ratings
    enough = int((_data.ratings.by_item.counts[_view.space.items] >= min_ratings).sum())
    ends = max(1, min(N_ENDS, enough // 2))  # of few items none is at both
    meaning = meaning_of_factor(*asked, n=ends, min_ratings=min_ratings)
    shuffled = strongest_by_chance(*asked, min_ratings=min_ratings)
    return Told(meaning, float(np.quantile(shuffled, 0.95)))


@st.cache_resource(max_entries=20, show_spinner=False)
def axes(fingerprint: str, model_text: str, _view: View) -> Projection:
    """The two axes on which the items of a space differ most, whatever its map is drawn by."""
    return principal_axes(factors_of(_view)[_view.space.items])


def factors_of(view: View) -> FloatArray:
    """(n_items, n_factors) of the model or table looked at."""
    factors: FloatArray = np.asarray(view.model.item_factors_, dtype=np.float64)  # type: ignore[attr-defined]
    return factors


def _end(data: Dataset, title: str, key: str, items: IntArray) -> None:
    st.markdown(f"**{title} on it**")
    with st.container(gap=None):
        for rank, item in enumerate(items.tolist()):
            st.button(
                safe.text(data.catalogue.label(item)),
                key=f"space-end-{key}-{rank}",
                type="tertiary",
                on_click=go_to,
                args=(data, item),
            )


def _length(data: Dataset, view: View) -> None:
    items = view.space.items
    try:
        rho = norm_against_popularity(view.model, data.ratings).value
    except RecsysError as exc:
        page.error(exc)
        return
    titles = [data.catalogue.label(item) for item in items.tolist()]
    counts, lengths = data.ratings.by_item.counts[items], np.linalg.norm(factors_of(view)[items], axis=1)
    page.show(norms(titles, counts, lengths, rho, data.catalogue.kind))
