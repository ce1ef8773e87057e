"""What a link to the map carries: the item asked about, what alike means, and how near one looks.

The session knows best, for its controls change it; the address is listened to only when it says
something that was not written there from here, as in a link that was followed.
"""

from __future__ import annotations

import streamlit as st

from recsys_core.dataset import Dataset
from recsys_core.space import METRICS
from ui import state
from ui.space.found import Space

ZOOMS = ("1", "2", "4", "8", "16", "32")
METRIC = state.Value(
    "alike", "meaning of alike", lambda: "cosine", METRICS.__contains__, place="space-metric"
)
ZOOM = state.Value("zoom", "zoom", lambda: ZOOMS[0], ZOOMS.__contains__, place="space-zoom")
_FILM, _WRITTEN = "film", "space-written"


def film_key(data: Dataset) -> str:
    """Where the session keeps the item asked about."""
    return f"space-film-{data.name}"


def go_to(data: Dataset, film: int) -> None:
    """Ask about this item from now on."""
    st.session_state[film_key(data)] = film


def settle(data: Dataset, found: Space) -> None:
    """Take what a link asks for into the session, say what there is not, and keep the address true."""
    if (raw := _arrived(_FILM)) is not None:
        item = data.catalogue.index_of.get(raw)
        if item in found.labels:
            go_to(data, item)
        else:
            state.notify(f"The address asks for the {data.catalogue.kind} “{raw[:40]}”, which is not here.")
    if st.session_state.get(film_key(data)) not in found.labels:
        go_to(data, next(iter(found.labels)))
    _write(_FILM, data.catalogue.item_ids[st.session_state[film_key(data)]])
    for value in (METRIC, ZOOM):
        _settle(value)
    for notice in state.notices():
        st.warning(notice, icon=":material/info:")


def _settle(value: state.Value) -> None:
    if (asked := _arrived(value.key)) is not None:
        if value.allowed(asked):
            st.session_state[value.in_session] = asked
        else:
            state.notify(f"The address asks for the {value.what} “{asked[:40]}”, which there is not.")
    kept = st.session_state.get(value.in_session)
    chosen = kept if isinstance(kept, str) and value.allowed(kept) else value.default()
    st.session_state[value.in_session] = chosen
    _write(value.key, chosen)


def _arrived(key: str) -> str | None:
    """What the address says of it, if that was not written there from here."""
    asked = st.query_params.get(key)
    return None if asked == st.session_state.get(_WRITTEN, {}).get(key) else asked


def _write(key: str, text: str) -> None:
    st.session_state[_WRITTEN] = {**st.session_state.get(_WRITTEN, {}), key: text}
    if st.query_params.get_all(key) != [text]:
        st.query_params[key] = text
