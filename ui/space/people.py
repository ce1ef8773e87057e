"""People like you: who is near you among those the model learned from, and what they liked."""

from __future__ import annotations

import numpy as np
import streamlit as st

from recsys_core.algorithms import Algorithm
from recsys_core.dataset import Dataset
from recsys_core.errors import RecsysError
from recsys_core.space import similar_people
from ui import page, profile, safe
from ui.charts import Chart
from ui.space.choose import View

_PEOPLE, _FAVOURITES = 5, 3


def offered(data: Dataset, view: View) -> bool:
    """Whether the model places people among the items, new ones, too."""
    model = view.model
    return isinstance(model, Algorithm) and model.folds_in and hasattr(model, "user_factors_")


def show(data: Dataset, view: View, film: int, metric: str, support: int) -> None:
    """The people nearest to the visitor, and what they rated highest that the visitor did not rate."""
    import pandas as pd

    kind, own = data.catalogue.kind, profile.current(data)
    question = f"Who is like you, and which {kind}s did they like?"
    with st.container(horizontal=True, wrap=False, vertical_alignment="center"):
        st.subheader(question, anchor=False, width="stretch")
        numbers = st.container(width="content")
    if not len(own):
        st.info(f"Rate a {kind} or more, beside its name above: then you have a place among these people.")
        return
    assert isinstance(view.model, Algorithm)  # noqa: S101 - or it is not offered
    try:
        near = similar_people(view.model, view.model.fold_in(own.items, own.values), _PEOPLE, metric)
    except RecsysError as exc:
        page.error(exc)
        return
    if near.fallback or not len(near):
        st.info(safe.text(f"Nobody is like you here: {near.fallback or 'the model knows no people'}."))
        return
    score = "distance" if metric == "euclidean" else "product" if metric == "dot" else "cosine"
    answered, rows = profile.said(own), []
    for person, value in zip(near.items.tolist(), near.scores.tolist(), strict=True):
        rated, values = data.ratings.by_user.row(person)
        new = ~np.isin(rated, answered)
        best = np.lexsort((rated[new], -values[new]))[:_FAVOURITES]
        liked = "; ".join(f"{data.catalogue.label(int(rated[new][i]))}: {values[new][i]:g}" for i in best)
        both = int(np.isin(rated, own.items).sum())
        rows.append((f"person {person + 1}", round(value, 3), both, liked or "nothing you have not rated"))
    liked_most = "rated highest, of what you have not rated"
    table = pd.DataFrame(rows, columns=["who", score, "rated by both of you", liked_most])
    with numbers:
        page.numbers(Chart(question, {}, "", table, "people-like-you"))
    for who, value, both, liked in rows:
        with st.container(gap=None):
            st.markdown(f"**{who}** · {safe.text(liked)}")
            st.caption(
                f"{score} {value:.3f} · {both:,} {kind}{'' if both == 1 else 's'} rated by both of you"
            )
    if not max(both for _, _, both, _ in rows):
        st.caption("None of them rated what you rated: the model infers their likeness from other people.")
