"""The grammar of a screen: begin, choose, show; and the frame around all of them.

A screen is a file in pages/ whose docstring says what it is: the first line is its title,
the first paragraph after it the question it answers, and a line `Icon: name` its Material icon.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import streamlit as st

from recsys_core.dataset import Dataset
from recsys_core.errors import RecsysError
from ui import compute, safe, state
from ui.charts import Chart

ROOT = Path(__file__).resolve().parents[1]
NAME = "Recommender lab"
_HOME = "home"
_FRAMED, _ASKED = "framed", "asked_for_frame"


@dataclass(frozen=True)
class Screen:
    """What a page's docstring says of it.

    Attributes:
        title: the docstring's first line.
        question: the first paragraph after it; empty where there is none.
        icon: a Material icon, as Streamlit writes it.
    """

    title: str
    question: str
    icon: str


def describe(doc: str | None) -> Screen:
    """Read a page's docstring."""
    blocks = [" ".join(block.split()) for block in (doc or NAME).strip().split("\n\n")]
    icons = [block.removeprefix("Icon:").strip() for block in blocks if block.startswith("Icon:")]
    words = [block for block in blocks if not block.startswith("Icon:")]
    return Screen(
        title=words[0].rstrip("."),
        question=words[1] if len(words) > 1 else "",
        icon=f":material/{icons[0] if icons else 'circle'}:",
    )


@lru_cache(maxsize=128)
def _described(file: Path, changed_at: int) -> Screen:
    # Parsed, not imported: reading the menu must not run the pages.
    return describe(ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))))


def screens() -> dict[str, tuple[Path, Screen]]:
    """Every screen by its name in the URL (the file's stem without its number), in menu order."""
    files = sorted((ROOT / "pages").glob("[0-9]*.py"))
    return {f.stem.split("_", 1)[1]: (f, _described(f, f.stat().st_mtime_ns)) for f in files}


def menu() -> list[st.Page]:
    """The pages for `st.navigation`."""
    return [
        st.Page(
            file,
            title=screen.title,
            icon=screen.icon,
            url_path=None if url == _HOME else url,
            default=url == _HOME,
            help=screen.question or None,
        )
        for url, (file, screen) in screens().items()
    ]


def frame() -> st.Page:
    """Name the window and draw the menu; returns the page the visitor asked for."""
    st.session_state[_FRAMED] = True
    st.set_page_config(NAME, str(ROOT / "static" / "favicon.png"), layout="wide")
    return st.navigation(menu(), expanded=True)


def begin(doc: str | None) -> Dataset:
    """Start a screen: title, question, which data it speaks of. Every page calls it first.

    Where the chosen data set cannot be loaded, it says why and returns the sample.
    """
    _ask_for_the_frame()
    screen = describe(doc)
    st.title(screen.title, anchor=False)
    if screen.question:
        st.markdown(screen.question)
    dataset = _load()
    for notice in state.notices():
        st.warning(notice, icon=":material/info:")
    _say_which(dataset)
    return dataset


def _ask_for_the_frame() -> None:
    # On a fresh server Streamlit runs the page of the first deep link without app.py, until the
    # menu is declared once. Asked only once in a row: a page run all by itself never gets one.
    framed = st.session_state.pop(_FRAMED, False)
    asked = st.session_state.pop(_ASKED, False)
    if not framed and not asked:
        frame()
        st.session_state[_ASKED] = True
        st.rerun()


def _load() -> Dataset:
    chosen = state.read(state.DATASET)
    try:
        return compute.dataset(chosen)
    except RecsysError as exc:
        error(exc)
        if chosen == state.SAMPLE:
            st.stop()
    try:
        sample = compute.dataset(state.SAMPLE)
    except RecsysError as exc:
        error(exc)
        st.stop()
    st.info("Until then you are looking at the sample.", icon=":material/info:")
    return sample


def _say_which(dataset: Dataset) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(safe.text(dataset.title), icon=":material/database:", color="gray")
        if dataset.simulated:
            st.badge("Simulated audience", icon=":material/theater_comedy:", color="orange")
            st.caption(
                "These people are made up by a program; their tastes are not evidence.", width="content"
            )
        elif is_lecture(dataset):
            st.badge("Teaching table", icon=":material/school:", color="blue")
            st.caption("A small table from a lecture, for following each step by hand.", width="content")


def is_lecture(dataset: Dataset) -> bool:
    """Whether this is one of the lectures' tables."""
    return dataset.name.startswith("lecture")


@contextmanager
def choose(label: str, *, sidebar: bool = False) -> Iterator[None]:
    """A box for the controls of a screen, or a section of the sidebar."""
    if sidebar:
        with st.sidebar:
            st.subheader(label, anchor=False)
            yield
    else:
        with st.container(border=True):
            st.subheader(label, anchor=False)
            yield


def show(chart: Chart) -> None:
    """Draw a chart under its question; its numbers and a download are one click away."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.subheader(chart.question, anchor=False, width="stretch")
            numbers(chart)
        if isinstance(chart.figure, dict):
            st.echarts_chart(chart.figure, key=chart.key, alt=chart.alt)
        else:
            st.plotly_chart(chart.figure, key=chart.key, alt=chart.alt, config={"displayModeBar": False})
        st.caption(safe.text(chart.alt))


def numbers(chart: Chart) -> None:
    """The numbers behind a chart, as a table and as a safe CSV."""
    with st.popover("Numbers", icon=":material/table_chart:", type="tertiary"):
        st.dataframe(chart.table, hide_index=True, alt=f"Numbers behind: {chart.question}")
        st.download_button(
            "Download CSV",
            safe.csv_bytes(chart.table),
            file_name=f"{chart.key}.csv",
            mime="text/csv",
            key=f"{chart.key}-csv",
            icon=":material/download:",
            on_click="ignore",
        )


def error(exc: RecsysError) -> None:
    """Show an error that was written for people."""
    st.error(safe.text(exc), icon=":material/error:")


def cards() -> None:
    """One card a screen, from what the pages say of themselves."""
    grid = st.grid(3, min_column_width=240, border=True)
    for url, (file, screen) in screens().items():
        if url != _HOME:
            with grid.cell():
                st.page_link(file, label=f"**{screen.title}**", icon=screen.icon, help="")
                st.caption(screen.question)
