"""Controls that more than one screen uses."""

from __future__ import annotations

import streamlit as st

import recsys_core as rc
from recsys_core.dataset import Dataset
from recsys_core.datasets import Source
from recsys_core.errors import RecsysError
from ui import safe, state

_PICKER = "dataset_picker"
_MEGABYTE = 1_000_000


def datasets() -> list[Source]:
    """Every data set: the sample first, then what real people rated, then the teaching tables."""
    return sorted(rc.sources().values(), key=lambda s: (not s.simulated, s.published is None, s.title))


def dataset_options() -> list[str]:
    """Names of the data sets on this machine, and of the chosen one even where it is not."""
    chosen = state.read(state.DATASET)
    return [source.name for source in datasets() if source.is_here() or source.name == chosen]


def dataset_label(name: str) -> str:
    """A data set's title, and whether it still has to be downloaded."""
    source = rc.sources()[name]
    return source.title if source.is_here() else f"{source.title} · not here yet"


def pick_dataset() -> None:
    """Let the visitor choose the data set all screens work on."""
    st.session_state[_PICKER] = state.read(state.DATASET)
    st.selectbox(
        "Data set",
        dataset_options(),
        key=_PICKER,
        format_func=dataset_label,
        on_change=lambda: state.write(state.DATASET, st.session_state[_PICKER]),
        help="Every screen works on this data.",
    )


# ---------------------------------------------------------------- what there is, and how to get it


def dataset_cards(current: Dataset) -> None:
    """One card a data set: what it is, and a way to use it or to get it."""
    grid = st.grid(2, min_column_width=320, border=True)
    for source in datasets():
        with grid.cell():
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(f"**{safe.text(source.title)}**", width="content")
                _badge(source, current)
            st.caption(safe.text(source.about))
            if not source.is_here():
                _offer_download(source)
            elif source.name != current.name:
                st.button(
                    "Use this data",
                    key=f"use-{source.name}",
                    on_click=state.write,
                    args=(state.DATASET, source.name),
                )


def _badge(source: Source, current: Dataset) -> None:
    if source.name == current.name:
        st.badge("in use", icon=":material/check:", color="green")
    elif not source.is_here():
        st.badge("not downloaded yet", icon=":material/cloud_download:", color="gray")


def _offer_download(source: Source) -> None:
    published = source.published
    if published is None:
        st.caption("Its files are missing from this copy of the program.")
        return
    with st.expander("Licence, and download", icon=":material/gavel:"):
        st.markdown(safe.text(source.licence))
        st.caption(f"Cite it as: {safe.text(source.citation)}")
        accepted = st.checkbox("I have read this licence and accept it", key=f"accept-{source.name}")
        label = f"Download about {max(published.size / _MEGABYTE, 0.1):.1f} MB"
        if st.button(
            label,
            key=f"get-{source.name}",
            icon=":material/download:",
            type="primary",
            disabled=not accepted,
        ):
            _download(source)


def _download(source: Source) -> None:
    from recsys_core.datasets.download import download  # only who downloads waits for it

    bar = st.progress(0.0, text="Asking the publisher …")

    def show(done: int, total: int | None) -> None:
        share = min(done / total, 1.0) if total else 0.0
        bar.progress(share, text=f"{done / _MEGABYTE:.1f} MB so far")

    try:
        download(source, consent=True, on_progress=show)
    except RecsysError as exc:
        bar.empty()
        st.error(safe.text(exc), icon=":material/error:")
        return
    state.write(state.DATASET, source.name)
    st.rerun()
