"""Where each of the visitor's ratings pulls them: who they would be without it."""

from __future__ import annotations

import streamlit as st

from recsys_core.algorithms import Algorithm
from recsys_core.dataset import Dataset
from recsys_core.errors import RecsysError
from recsys_core.space import pulls_of
from ui import page, profile, safe
from ui.charts.pulls import arrows, strengths
from ui.space.choose import View


def show(data: Dataset, view: View, film: int, metric: str, support: int) -> None:
    """Draw the pulls of all ratings; or say in words why there are none."""
    own, model, kind = profile.current(data), view.model, data.catalogue.kind
    if not isinstance(model, Algorithm) or not model.folds_in:
        st.info(
            f"“{safe.text(model.title)}” cannot place a new person among its {kind}s, so it cannot say where "
            "your ratings pull. “Alternating least squares”, for one, can."
        )
        return
    if not len(own):
        st.info(
            f"You have not rated anything yet. Rate a few {kind}s, and see here where each of them pulls you."
        )
        page.go("for_you", "Rate some", "star")
        return
    try:
        found = pulls_of(model, own.items, own.values)
    except RecsysError as exc:
        page.error(exc)
        return
    titles = [data.catalogue.label(item) for item in own.items.tolist()]
    left, right = st.columns(2)
    with left:
        page.show(strengths(found, titles, kind))
    with right:
        page.show(arrows(found, titles, kind))
    st.caption(
        f"“Towards it”: with this rating your taste matches that very {kind} more than without it; “away "
        "from it”: less. Pulls need not add up: of two ratings that say the same, either changes little."
    )
