"""How far the map can be trusted, in words."""

from __future__ import annotations

import numpy as np
import streamlit as st

import recsys_core as rc
from recsys_core.dataset import Dataset
from recsys_core.ratings import FloatArray, IntArray
from ui.space.choose import View
from ui.space.found import Space

_K = 10
_ASKED = 300
"""So many items at most the average is measured on: a second of work, and the words say how many."""


def of_map(data: Dataset, view: View, film: int, metric: str) -> None:
    """Say how many of the true neighbours are near on the map, for this item and on average."""
    found = view.space
    k = _k(found)
    if k < 1:
        return
    here = round(k * float(kept(view, np.array([film]), metric)[0]))
    mean, asked = average(data.fingerprint, view.name, metric, view)
    kind = data.catalogue.kind
    of_all = f"all {asked}" if asked == len(found.items) else f"{asked} {kind}s spread over the catalogue"
    advice = (
        "Trust the list, not the map." if mean < 0.5 else "Here the map tells much of what the list tells."
    )
    st.caption(
        f"How far to trust the map: of this {kind}'s {k} true neighbours, however few people rated both, "
        f"{here} "
        f"{'is' if here == 1 else 'are'} also among its {k} nearest on the map. Over {of_all} it is "
        f"{mean:.0%} on average. {advice}"
    )


def _k(found: Space) -> int:
    """Of few items, half: that all of them are near would say nothing."""
    return min(_K, (len(found.items) - 1) // 2)


def kept(view: View, films: IntArray, metric: str) -> FloatArray:
    """(n,) share of each item's true neighbours that are among as many nearest on the map, 0 to 1."""
    found, shares = view.space, []
    k = _k(found)
    factors: FloatArray = view.model.item_factors_[found.items]  # type: ignore[attr-defined]
    places = found.table[["x", "y"]].to_numpy()
    for row in np.searchsorted(found.items, films):
        true = rc.similar_items(factors, int(row), k, metric).items
        on_map = rc.similar_items(places, int(row), k, "euclidean").items
        shares.append(len(np.intersect1d(true, on_map)) / k)
    return np.array(shares)


@st.cache_data(max_entries=60, show_spinner=False)
def average(fingerprint: str, model_text: str, metric: str, _view: View) -> tuple[float, int]:
    """The mean of `kept` over items at even distances in the catalogue, and how many were asked."""
    items = _view.space.items
    asked = items[np.unique(np.linspace(0, len(items) - 1, min(_ASKED, len(items))).astype(int))]
    return float(kept(_view, asked, metric).mean()), len(asked)
