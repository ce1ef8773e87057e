"""The visitor's own ratings: in the session and in the page's address, nowhere else.

The server keeps nothing: a refresh, a lost connection or a restart bring the ratings back
from the address, and another visitor has another session and another address.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import cast

import numpy as np
import pandas as pd
import streamlit as st

from recsys_core.dataset import Dataset, Remark
from recsys_core.datasets.cells import open_cells, refuse_twins
from recsys_core.errors import DataError
from recsys_core.personas import Persona, resolve
from recsys_core.profile import OwnRatings
from ui import state

IN_ADDRESS = "ratings"
MAX_FILE = 200_000
"""Bytes of an uploaded profile that are read: some four thousand ratings."""
_MAX_COLUMNS = 100
"""Four are looked at; a table that people keep beside their ratings has some more."""
_MOST_UNDO = 50
_ARRIVED = "ratings_arrived_with"


def keep(data: Dataset) -> None:
    """Bring the ratings back from the address once a session, and write them there on every run."""
    own = current(data)
    if data.name != state.read(state.DATASET):
        return  # the sample stands in for a set that is not here: the address still speaks of that one
    if len(own) or own.not_seen:
        text = own.to_text(data.catalogue)
        if st.query_params.get(IN_ADDRESS) != text:
            st.query_params[IN_ADDRESS] = text
    elif IN_ADDRESS in st.query_params:
        del st.query_params[IN_ADDRESS]


def current(data: Dataset) -> OwnRatings:
    """What this visitor said about the films of this data set."""
    if _ARRIVED not in st.session_state:
        st.session_state[_ARRIVED] = (state.read(state.DATASET), st.query_params.get(IN_ADDRESS, ""))
    name, text = st.session_state[_ARRIVED]
    if text and name == data.name:
        st.session_state[_ARRIVED] = (name, "")
        own, remarks = OwnRatings.from_text(text, data.catalogue, data.ratings.scale)
        _tell(remarks)
        st.session_state[_key(data)] = own
    return cast("OwnRatings", st.session_state.get(_key(data), OwnRatings()))


def change(data: Dataset, act: Callable[[OwnRatings], OwnRatings]) -> None:
    """Replace the ratings by what `act` makes of them, so that it can be undone."""
    before = current(data)
    after = act(before)
    if after != before:
        past = st.session_state.setdefault(_key(data, "past"), [])
        st.session_state[_key(data, "past")] = [*past, before][-_MOST_UNDO:]
        st.session_state[_key(data)] = after


def can_undo(data: Dataset) -> bool:
    """Whether there is anything to undo."""
    return bool(st.session_state.get(_key(data, "past")))


def undo(data: Dataset) -> None:
    """Take back the last change."""
    past = st.session_state.get(_key(data, "past"))
    if past:
        st.session_state[_key(data)] = past[-1]
        st.session_state[_key(data, "past")] = past[:-1]


def erase(data: Dataset) -> None:
    """Forget everything this visitor said, for all data sets, and what could be undone."""
    for key in [key for key in st.session_state if str(key).startswith("own:")]:
        del st.session_state[key]
    st.session_state[_ARRIVED] = ("", "")
    st.query_params.pop(IN_ADDRESS, None)
    state.notify("Your ratings are erased, here and in the address of this page.")


def become(data: Dataset, persona: Persona) -> None:
    """Replace the ratings by a persona's; says which of its films are stood in for by others."""
    found = resolve(persona, data)
    pairs = tuple(zip(found.items.tolist(), found.values.tolist(), strict=True))
    change(data, lambda own: OwnRatings(pairs, own.not_seen - set(found.items.tolist())))
    if found.replaced:
        swaps = "; ".join(f"{used} for {wanted}" for wanted, used in found.replaced)
        state.notify(f"Not in this data set, so the nearest film stands in: {swaps}.")
    if found.missing:
        state.notify(f"Not in this data set, and nothing like it: {', '.join(found.missing)}.")


def load_file(data: Dataset, file: io.BytesIO | None) -> None:
    """Replace the ratings by those of an uploaded table; says what could not be read."""
    if file is None:
        return
    raw = file.read(MAX_FILE + 1)
    try:
        frame, unread = _table(raw)
        own, remarks = OwnRatings.from_frame(frame, data.catalogue, data.ratings.scale)
    except DataError as exc:
        state.notify(str(exc))
        return
    _tell(unread + remarks)
    change(data, lambda _: own)
    state.notify(f"{len(own)} ratings read from the file.")


def _table(raw: bytes) -> tuple[pd.DataFrame, tuple[Remark, ...]]:
    """The rows of the file as text, and remarks on lines that are none."""
    if len(raw) > MAX_FILE:
        raise DataError(f"The file is larger than {MAX_FILE // 1000} kB; a profile is never that long.")
    cells = open_cells(raw, max_columns=_MAX_COLUMNS, max_rows=MAX_FILE)
    refuse_twins(cells.header)
    frame = pd.DataFrame(list(cells.rows()), columns=list(cells.header), dtype=str)
    unread = cells.left_out.remarks
    if unread and frame.empty:
        raise DataError(f"The file is not a table. {' '.join(remark.text for remark in unread)}")
    return frame, unread


def _tell(remarks: tuple[Remark, ...]) -> None:
    for remark in remarks:
        state.notify(remark.text)


def _key(data: Dataset, what: str = "now") -> str:
    return f"own:{what}:{data.name}"


def said(own: OwnRatings) -> np.ndarray:
    """Every item the visitor has answered for, rated or not seen."""
    return np.concatenate([own.items, np.array(sorted(own.not_seen), dtype=np.int32)])
