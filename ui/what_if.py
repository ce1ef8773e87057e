"""What if I had rated it differently? The list moves; the ratings stay."""

from __future__ import annotations

import streamlit as st

from recsys_core.dataset import Dataset
from recsys_core.profile import OwnRatings
from ui import profile, safe

_ITEM, _VALUE, _DATA = "if-item", "if-value", "if-data"
NOT_AT_ALL = "not at all"


def imagined(data: Dataset, own: OwnRatings) -> OwnRatings | None:
    """The visitor's ratings with the imagined one in place, or None where nothing is imagined."""
    if st.session_state.get(_DATA) != data.name:  # item 7 of one data set is another film in the next
        st.session_state.update({_DATA: data.name, _ITEM: None, _VALUE: None})
    item, value = st.session_state.get(_ITEM), st.session_state.get(_VALUE)
    if item is None or value is None or own.of(item) is None or own.of(item) == value:
        return None
    return own.forget(item) if value == NOT_AT_ALL else own.rate(item, value)


def panel(data: Dataset) -> None:
    """Choose one of one's own ratings and another value for it; keep it, or go back."""
    own = profile.current(data)
    changed = imagined(data, own)
    rated = own.items.tolist()
    if st.session_state.get(_ITEM) not in rated:
        st.session_state[_ITEM] = None
    with st.container(border=True):
        item = st.selectbox(
            "What if I had rated it differently?",
            rated,
            key=_ITEM,
            format_func=lambda i: f"{data.catalogue.label(i)}: {own.of(i):g}",
            placeholder="Choose one of your ratings" if rated else "Rate a film first",
            disabled=not rated,
            on_change=lambda: st.session_state.update({_VALUE: None}),
        )
        if item is None:
            return
        st.segmented_control(
            "What if I had given",
            [NOT_AT_ALL, *data.ratings.scale.choices],
            key=_VALUE,
            format_func=lambda value: safe.choice(value if value == NOT_AT_ALL else f"{value:g}"),
        )
        with st.container(horizontal=True):
            st.button(
                "Take my rating back" if st.session_state.get(_VALUE) == NOT_AT_ALL else "Make it my rating",
                key="if-keep",
                disabled=changed is None,
                on_click=lambda: _keep(data, changed),
            )
            st.button("Back to my ratings", key="if-stop", type="tertiary", on_click=_stop)


def _keep(data: Dataset, changed: OwnRatings | None) -> None:
    if changed is not None:
        profile.change(data, lambda _: changed)
    _stop()


def _stop() -> None:
    st.session_state.update({_ITEM: None, _VALUE: None})
