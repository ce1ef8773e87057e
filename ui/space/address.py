"""What a link to the map carries: the model, its colours and axes, the item asked about, and how one looks.

The session knows best, for its controls change it; the address is listened to only when it says
something that was not written there from here, as in a link that was followed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import streamlit as st

from recsys_core.dataset import Dataset
from ui import state
from ui.space.found import Space

ZOOMS = ("1", "2", "4", "8", "16", "32")
METRIC, ZOOM = "space-metric", "space-zoom"
_FILM, _WRITTEN = "film", "space-written"
Option = TypeVar("Option", str, int)


def film_key(data: Dataset) -> str:
    """Where the session keeps the item asked about."""
    return f"space-film-{data.name}"


def film(data: Dataset) -> int:
    """The item asked about, once `settle` was called."""
    return int(st.session_state[film_key(data)])


def go_to(data: Dataset, film: int) -> None:
    """Ask about this item from now on."""
    st.session_state[film_key(data)] = film


def search_key(data: Dataset) -> str:
    """Where the session keeps what is being searched."""
    return f"space-search-{data.name}"


def search(data: Dataset) -> bool:
    """Ask about what was searched and empty the search; False where nothing was."""
    sought = st.session_state.get(search_key(data))
    st.session_state[search_key(data)] = None
    if sought is None:
        return False
    go_to(data, int(sought))
    return True


def settle(data: Dataset, found: Space) -> None:
    """Take what a link asks for into the session, say what there is not, and keep the address true."""
    if (raw := arrived(_FILM)) is not None:
        item = data.catalogue.index_of.get(raw)
        if item in found.labels:
            st.session_state[film_key(data)] = item
        else:
            state.notify(f"The address asks for the {data.catalogue.kind} “{raw[:40]}”, which is not here.")
    if st.session_state.get(film_key(data)) not in found.labels:
        st.session_state[film_key(data)] = next(iter(found.labels))
    write(_FILM, data.catalogue.item_ids[st.session_state[film_key(data)]])
    settle_choice("zoom", "zoom", ZOOM, ZOOMS, ZOOMS[0])
    warn()


def warn() -> None:
    """Say what the address asks for and there is not."""
    for notice in state.notices():
        st.warning(notice, icon=":material/info:")


def settle_choice(key: str, what: str, place: str, options: Sequence[Option], default: Option) -> None:
    """Take one of several options from a link into the session, else keep what is there, else the default;
    and keep the address true. To be called before the control that shows it.

    Args:
        key: its name in the address.
        what: what it is called in a message.
        place: its name in the session, that of its control.
        options: what there is here.
    """
    if (asked := arrived(key)) is not None:
        given = {str(option): option for option in options}.get(asked)
        if given is None:
            state.notify(f"The address asks for the {what} “{asked[:40]}”, which there is not.")
        else:
            st.session_state[place] = given
    if st.session_state.get(place) not in options:
        st.session_state[place] = default
    write(key, str(st.session_state[place]))


def arrived(key: str) -> str | None:
    """What the address says of it, if that was not written there from here."""
    asked = st.query_params.get(key)
    return None if asked == st.session_state.get(_WRITTEN, {}).get(key) else asked


def write(key: str, text: str) -> None:
    """Put it into the address, as what is on screen."""
    st.session_state[_WRITTEN] = {**st.session_state.get(_WRITTEN, {}), key: text}
    if st.query_params.get_all(key) != [text]:
        st.query_params[key] = text
