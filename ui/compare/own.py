"""The visitor's own top 10 by each model compared, side by side."""

from __future__ import annotations

import pandas as pd
import streamlit as st

import recsys_core as rc
from recsys_core import cost
from recsys_core.algorithms import Algorithm
from recsys_core.dataset import Dataset
from recsys_core.errors import RecsysError
from recsys_core.evaluation import Report
from recsys_core.profile import OwnRatings
from ui import compute, page, profile, safe
from ui import cost as costs_here
from ui.charts.compare_detail import overlap
from ui.compare.closer import NOW, draw

N_SHOWN = 10


def top_lists(data: Dataset, report: Report, key: str) -> None:
    """Ten films by each model that can place a new person, and how much the lists share."""
    mine = profile.current(data)
    if report.protocol.fingerprint != data.ratings.fingerprint:
        st.info("This comparison is of another data set: choose that one to get your lists.")
        return
    if not len(mine):
        st.info("Rate a few films, and each model recommends ten to you here.", icon=":material/star:")
        if key == NOW:
            page.go("for_you", "Rate films", "star")
        return
    able = [
        one
        for one in report.contenders
        if one.label not in report.errors
        and one.algorithm in rc.algorithms()
        and rc.algorithms()[one.algorithm].folds_in
    ]
    if not able:
        st.info("None of these models can place a person it was not trained on.")
        return
    asked = f"{key}-own-asked"
    if not st.session_state.get(asked):
        about = costs_here.of_trainings(data, [(one.algorithm, one.hyper_parameters) for one in able])
        may = costs_here.preview(about, cost.hosted_limits(), key=f"{key}-own")
        st.button(
            f"Make my lists with {len(able)} models",
            key=f"{key}-own",
            icon=":material/format_list_numbered:",
            disabled=not may,
            on_click=lambda: st.session_state.update({asked: True}),
        )
        st.caption("Each is trained on all ratings, and your own ratings stay in this session.")
        return
    lists: dict[str, list[int]] = {}
    for one in able:
        try:
            model = compute.trained(data, one.algorithm, **one.hyper_parameters).model
        except RecsysError as exc:
            page.error(exc)
            continue
        lists[one.label] = ten(model, data, mine)
    if lists:
        _side_by_side(data, lists, len(mine))
    if len(lists) > 1:
        draw(overlap(list(lists), list(lists.values())), key)


def ten(model: Algorithm, data: Dataset, mine: OwnRatings) -> list[int]:
    """The best films of a model for these ratings; those rated or not seen are left out."""
    person = model.fold_in(mine.items, mine.values)
    allowed = rc.candidates(data, exclude=profile.said(mine))
    return [int(item) for item in rc.recommend(model, data, person, N_SHOWN, candidates=allowed)["item"]]


def _side_by_side(data: Dataset, lists: dict[str, list[int]], n_rated: int) -> None:
    frame = pd.DataFrame(
        {label: pd.Series([data.catalogue.label(item) for item in items]) for label, items in lists.items()}
    )
    frame.insert(0, "place", range(1, len(frame) + 1))
    st.dataframe(
        frame,
        hide_index=True,
        column_config={
            "place": st.column_config.NumberColumn("", pinned=True, width=40),
            **{label: st.column_config.TextColumn(width=190) for label in lists},
        },
        alt="Your ten films by each model, the best first; one column a model.",
    )
    st.caption(
        f"Folded in from your {n_rated} rating{'s' if n_rated > 1 else ''}; each model was trained on all "
        f"ratings of {safe.text(data.title)}."
    )
