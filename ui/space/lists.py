"""Neighbours as lists: what the model says, and beside it what the ratings and the genres say."""

from __future__ import annotations

import streamlit as st

import recsys_core as rc
from recsys_core.dataset import Dataset
from recsys_core.errors import RecsysError
from recsys_core.space import Neighbours, alike_in_content, corated_items
from ui import page, safe
from ui.charts import Chart
from ui.space import acting
from ui.space.address import go_to
from ui.space.choose import View
from ui.space.found import Space, residuals

N_NEIGHBOURS = 10
_SCORE = {
    "euclidean": "distance",
    "cosine": "cosine",
    "dot": "product",
    "adjusted_cosine": "cosine",
    "pearson_baseline": "correlation",
    "jaccard": "in common",
}


def numbers(data: Dataset, near: Neighbours, question: str, name: str) -> None:
    """The same list as a table and as a file."""
    import pandas as pd

    items = near.items.tolist()
    table = pd.DataFrame(
        {
            "rank": range(1, len(items) + 1),
            "title": [data.catalogue.label(item) for item in items],
            _SCORE[near.metric]: near.scores.round(4),
        }
    )
    if near.support is not None:
        table["rated both"] = near.support
    page.numbers(Chart(question, {}, "", table, f"neighbours-{name}"))


def of_model(data: Dataset, found: Space, film: int, near: Neighbours) -> None:
    """The model's neighbours, under what can be done with the item itself."""
    heading = f"Nearest to {data.catalogue.label(film)}"
    with st.container(horizontal=True, wrap=False, vertical_alignment="center"):
        st.subheader(safe.text(heading), anchor=False, width="stretch")
        numbers(data, near, heading, "near")
    acting.bar(data, film, "asked")
    rows(data, found, near, "near", frozenset())


def beside(data: Dataset, view: View, film: int, metric: str, support: int) -> None:
    """What people who rated both say, and what genres and year say: how much of it the model knows, too."""
    st.subheader("Do the ratings and the genres agree?", anchor=False)
    by_ratings, by_content = st.columns(2)
    found = view.space
    try:
        near = rc.similar_items(view.model, film, N_NEIGHBOURS, metric, ratings=data.ratings, support=support)
        rated = corated_items(
            data.ratings,
            film,
            N_NEIGHBOURS,
            support=max(support, 1),
            residuals=residuals(data.fingerprint, data),
        )
        content = alike_in_content(data.catalogue, film, N_NEIGHBOURS)
    except RecsysError as exc:
        page.error(exc)
        return
    also = frozenset(near.items.tolist())
    with by_ratings, st.container(border=True, height="stretch"):
        _titled("Rated alike", data, rated, "rated")
        st.caption("People who rated both liked both, or neither, compared with what they usually give.")
        _overlap(rated, also)
        rows(data, found, rated, "rated", also)
    with by_content, st.container(border=True, height="stretch"):
        _titled("Of the same kind", data, content, "content")
        st.caption("Genres in common, less for every year between them; nobody's ratings are asked.")
        _overlap(content, also)
        rows(data, found, content, "content", also)


def _titled(title: str, data: Dataset, near: Neighbours, name: str) -> None:
    with st.container(horizontal=True, wrap=False, vertical_alignment="center"):
        st.markdown(f"**{title}**", width="stretch")
        numbers(data, near, title, name)


def _overlap(near: Neighbours, also: frozenset[int]) -> None:
    if len(near):
        shared = len(also & frozenset(near.items.tolist()))
        st.markdown(f"{shared} of {len(near)} are on the model's list, too.")


def rows(data: Dataset, found: Space, near: Neighbours, name: str, also: frozenset[int]) -> None:
    """A list to walk along: a press asks about that one. `also` are marked as on the model's list, too."""
    if near.fallback:
        st.info(safe.text(near.fallback[:1].upper() + near.fallback[1:] + "."))
    elif not len(near):
        st.caption("None that so many people rated both.")
    for rank, item in enumerate(near.items.tolist()):
        support = "" if near.support is None else f" · {int(near.support[rank]):,} rated both"
        with st.container(gap=None):
            st.button(
                safe.text(f"{rank + 1}  {data.catalogue.label(item)}"),
                key=f"space-{name}-{rank}",
                type="tertiary",
                icon=":material/check:" if item in also else None,
                help="On the model's list, too" if item in also else None,
                disabled=item not in found.labels,  # nobody rated it: it has no place on the map
                on_click=go_to,
                args=(data, item),
            )
            st.caption(f"{_SCORE[near.metric]} {near.scores[rank]:.3f}{support}")
