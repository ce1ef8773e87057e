"""Tables of factors: one of the visitor's own in place of a model, and that of any model to take away.

A visitor's table lives in the session alone: nobody else sees it, and a refresh forgets it.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import cast

import streamlit as st

from recsys_core.algorithms import Algorithm
from recsys_core.dataset import Dataset, Remark
from recsys_core.errors import DataError, RecsysError
from recsys_core.space import FactorTable, factor_frame, read_factors
from ui import page, safe

OWN = "table"
TITLE = "A table of your own"
MAX_MB = 5
"""As the server's `maxUploadSize` in .streamlit/config.toml; a packed npz of that size holds much more."""


@dataclass(frozen=True, eq=False)
class Own:
    """A visitor's table.

    Attributes:
        table: its factors, in the order of the data set's catalogue.
        file: what the file was called.
        remarks: what was left out of it.
    """

    table: FactorTable
    file: str
    remarks: tuple[Remark, ...]

    @property
    def text(self) -> str:
        """Which table it is: equal factors, equal text."""
        return f"{OWN}~{self.table.fingerprint[:16]}"


def _key(data: Dataset) -> str:
    return f"space-table:{data.fingerprint}"


def current(data: Dataset) -> Own | None:
    """The table this visitor loaded for this data set, or None."""
    return cast("Own | None", st.session_state.get(_key(data)))


def load(data: Dataset, file: io.BytesIO) -> None:
    """Take a file for the visitor's table; where it is none, say why and keep the one before.

    Args:
        data: whose items the table speaks of.
        file: what was uploaded; its `name` is shown.
    """
    raw = file.read(MAX_MB * 2**20 + 1)
    try:
        if len(raw) > MAX_MB * 2**20:  # the browser holds to the limit, a stranger's program may not
            raise DataError(f"The file is larger than {MAX_MB} MB.")
        table, remarks = read_factors(raw, data.catalogue, data.ratings, title=TITLE.lower())
    except RecsysError as exc:
        st.session_state[f"{_key(data)}:refused"] = str(exc)
        return
    st.session_state.pop(f"{_key(data)}:refused", None)
    st.session_state[_key(data)] = Own(table, str(getattr(file, "name", "a file"))[:80], remarks)


def panel(data: Dataset) -> None:
    """Where a table is loaded, and what became of it."""
    kind, own = data.catalogue.kind, current(data)
    st.file_uploader(
        "Load a table of factors (CSV or npz)",
        type=["csv", "npz"],
        key=f"space-upload-{data.name}",
        max_upload_size=MAX_MB,
        on_change=_uploaded,
        args=(data, f"space-upload-{data.name}"),
        help="CSV: the columns item_id, or title and year, then one column a factor. npz: the arrays factors "
        "and item_ids, nothing pickled. “Factors” beside the model gives such a table of any model.",
    )
    if refused := st.session_state.get(f"{_key(data)}:refused"):
        st.error(safe.text(refused), icon=":material/error:")
    if own is None:
        return
    placed = int(own.table.placed_items_.sum())
    st.markdown(
        f"**{safe.text(own.file)}**: {own.table.n_factors} factors of {placed:,} of the "
        f"{len(data.catalogue):,} {kind}s of this data set."
    )
    for remark in own.remarks:
        st.warning(safe.text(remark.text), icon=":material/info:")
    st.caption(
        f"Only {kind}s of this data set are looked at, and neighbours are found by going through all of "
        "them: nothing is approximate. A table says nothing about people, so you are not on its map."
    )


def _uploaded(data: Dataset, key: str) -> None:
    if (file := st.session_state[key]) is not None:
        load(data, file)


def download(data: Dataset, model: Algorithm | FactorTable, name: str) -> None:
    """The factors of what is on screen, as a table that can be loaded again.

    Args:
        data, model: what is on screen.
        name: which model that is, as text.
    """
    with page.on_demand("Factors", "space-factors", "grid_on") as is_open:
        if is_open:
            st.caption(
                f"Each {data.catalogue.kind}’s factors, one row each. Loaded again under “{TITLE}”, they "
                "give the same neighbours to the last digit."
            )
            st.download_button(
                "Download CSV",
                _csv(data.fingerprint, name, data, model),
                file_name=f"factors-{data.name}.csv",
                mime="text/csv",
                key="space-factors-csv",
                icon=":material/download:",
                on_click="ignore",
            )


@st.cache_data(max_entries=4, show_spinner=False)
def _csv(fingerprint: str, name: str, _data: Dataset, _model: Algorithm | FactorTable) -> bytes:
    return safe.csv_bytes(factor_frame(_model, _data.catalogue))
