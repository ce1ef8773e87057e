"""Whose goal? What the weights optimise, what the payer gets, and what that costs the viewer."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from recsys_core.dataset import Dataset
from recsys_core.evaluation.slices import Borders
from recsys_core.ranking import HybridWeights, hybrid, signals
from recsys_core.ranking.rerank.calibration import ALPHA, divergences, genre_shares, history_shares
from recsys_core.ratings import BoolArray, FloatArray, IntArray
from ui import page, safe
from ui.charts import hybrid as charts
from ui.hybrid.choose import View

GOALS = ("Satisfaction", "Attention", "Revenue")
"""Which of them a signal serves is a judgement of ours (`Signal.goal`), and stated on screen."""
MEANS = {
    "Satisfaction": "What you would enjoy, known or new to you: predicted rating, like and unlike what you "
    "liked, little known.",
    "Attention": "What draws clicks: popular, new in the catalogue, lately released, watch again.",
    "Revenue": "What somebody pays for: sponsored.",
}


@dataclass(frozen=True)
class Exposure:
    """How much of a list's attention some of its films get.

    Attributes:
        places: how many of the list.
        share: their part of the attention, 0 to 1: a place k draws 1 / log₂(k + 1) of it, as in NDCG.
    """

    places: int
    share: float


def goals(weights: HybridWeights) -> dict[str, float]:
    """The share of the weights that serves each goal; they sum to 1.

    Raises:
        DataError: every weight is 0.
    """
    shares = weights.shares
    known = signals()
    return {
        goal: sum(share for name, share in shares.items() if known[name].goal == goal.lower())
        for goal in GOALS
    }


def exposure(items: IntArray, chosen: IntArray) -> Exposure:
    """What the chosen films get of a list."""
    looked = 1 / np.log2(np.arange(len(items)) + 2)
    here = np.isin(items, chosen)
    total = float(looked.sum())
    return Exposure(int(here.sum()), float(looked[here].sum()) / total if total else 0.0)


@st.cache_data(max_entries=12, show_spinner=False)
def tail(fingerprint: str, _data: Dataset) -> IntArray:
    """The long tail: the least rated films that together have a third of all ratings."""
    counts = _data.ratings.by_item.counts
    last = Borders.of(_data.ratings).items[0]
    found: IntArray = np.flatnonzero(counts <= last).astype(np.int32)
    return found


def had_nobody_paid(view: View) -> IntArray | None:
    """The list of the same dials without a payment; None where the payment is all there is to rank by."""
    weights = {**view.recipe.weights.weights, "sponsored": 0.0}
    if not any(weights.values()):
        return None
    recipe = replace(view.recipe, weights=HybridWeights(**weights))
    return hybrid(replace(view.person.asked, sponsors=()), recipe, view.person.signals).items


def show(view: View) -> None:
    """The panel."""
    _goals(view)
    _figures(view)
    _genres(view)


def _goals(view: View) -> None:
    with st.container(border=True):
        st.subheader("What do these weights optimise?", anchor=False)
        grid = st.grid(3, min_column_width=200)
        for goal, share in goals(view.ranking.weights).items():
            with grid.cell():
                st.metric(goal, f"{share:.0%}")
                st.caption(MEANS[goal])
        st.caption(
            "The shares are those of the weights. Which signal serves which goal is our judgement: a popular "
            "film may please you, too, and a paid one may be the best of all."
        )


def _figures(view: View) -> None:
    items, before, kind = view.ranking.items, view.without, view.data.catalogue.kind
    unpaid = had_nobody_paid(view) if view.person.asked.sponsors else None
    with st.container(border=True):
        st.subheader("Who gains, and who pays?", anchor=False)
        grid = st.grid(3, min_column_width=200)
        with grid.cell():
            _sponsor(view, items, before, unpaid)
        with grid.cell():
            _viewer(view, items, before, unpaid)
        with grid.cell():
            films = tail(view.data.fingerprint, view.data)
            now, then = exposure(items, films), exposure(before, films)
            st.metric("Attention on the long tail", f"{now.share:.0%}", _points(now, then), delta_color="off")
            st.caption(
                f"{len(films):,} of {len(view.data.catalogue):,} {kind}s together have the last third of all "
                f"ratings. They hold {now.places} of {len(items)} places here; by predicted rating alone "
                f"{then.places} of {len(before)}, with {then.share:.0%}."
            )
        st.caption(
            "A place k of a list is taken to draw 1 / log₂(k + 1) of the attention, as in NDCG. "
            "Changes are against the list by predicted rating alone."
        )


def _points(now: Exposure, then: Exposure) -> str | None:
    """The difference, in points of a hundred; None where there is none."""
    points = round(100 * (now.share - then.share))
    return f"{points:+d} points" if points else None


def _sponsor(view: View, items: IntArray, before: IntArray, unpaid: IntArray | None) -> None:
    sponsors = view.person.asked.sponsors
    if not sponsors:
        st.metric("Attention on what is paid for", "none")
        st.caption("Nobody pays for anything: see “A sponsor” beside the list.")
        return
    paid = np.array(sorted({item for sponsor in sponsors for item in sponsor.items}), dtype=np.int32)
    now, then = exposure(items, paid), exposure(before, paid)
    st.metric("Attention on what is paid for", f"{now.share:.0%}", _points(now, then), delta_color="off")
    said = (
        f"{safe.text(' and '.join(each.payer for each in sponsors))} gets {now.places} of {len(items)} places"
    )
    if unpaid is not None:
        free = exposure(unpaid, paid)
        said += f"; by the same dials without a payment {free.places}, with {free.share:.0%}"
    st.caption(f"{said}; by predicted rating alone {then.places}, with {then.share:.0%}.")


def _viewer(view: View, items: IntArray, before: IntArray, unpaid: IntArray | None) -> None:
    now, then = float(view.predicted(items).mean()), float(view.predicted(before).mean())
    binary = view.model.binary
    gap = (100 if binary else 1) * (now - then)
    unit = "points" if binary else "stars"
    st.metric(
        "Predicted for you, on average", _prediction(now, binary) if binary else f"{now:.2f} ★",
        f"{gap:+.2f} {unit}" if round(gap, 2) else None,
    )  # fmt: skip
    said = f"Over the {len(items)} of the list. By predicted rating alone it would be "
    said += _prediction(then, binary)
    if unpaid is not None and len(unpaid):
        free = float(view.predicted(unpaid).mean())
        said += f", by the same dials without a payment {_prediction(free, binary)}"
    st.caption(said + (". The difference is what this list costs you." if gap < -0.005 else "."))


def _prediction(value: float, binary: bool) -> str:
    return f"{value:.0%}" if binary else f"{value:.2f}"


def _genres(view: View) -> None:
    catalogue, asked = view.data.catalogue, view.person.aged
    if not catalogue.genre_names:
        return
    mine = history_shares(catalogue.genres, asked.items, asked.keep)
    if mine is None:
        st.caption("Rate something, and the genres of the list are compared with yours here.")
        return
    listed, apart = _of_list(catalogue.genres, view.ranking.items, mine)
    if not listed.sum():
        st.caption("Nothing in the list has a known genre, so there is nothing to compare with yours.")
        return
    page.show(charts.genre_shares(catalogue.genre_names, mine, listed, apart))
    _, plain = _of_list(catalogue.genres, view.without, mine)
    st.caption(f"By predicted rating alone the miscalibration would be {plain:.2f}.")


def _of_list(genres: BoolArray, items: IntArray, mine: FloatArray) -> tuple[FloatArray, float]:
    """(n_genres,) shares of a list, and how far they are from one's own (Miscalibration@k)."""
    total = genre_shares(genres[items]).sum(axis=0)
    apart = float(divergences(np.zeros((1, len(mine))), total, mine, ALPHA)[0])
    return total / total.sum() if total.sum() else total, apart
