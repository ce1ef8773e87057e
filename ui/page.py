"""The grammar of a screen: begin, choose, show; and the frame around all of them.

A screen is a file in pages/ whose docstring says what it is: the first line is its title, the
first paragraph after it the question it answers, a line `Icon: name` its Material icon, and a
line `Menu: name` what the menu calls it where the title is too long for that.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import streamlit as st

from recsys_core.dataset import Dataset
from recsys_core.datasets.base import SHIPPED, data_folders
from recsys_core.errors import RecsysError
from ui import compute, controls, long_work, profile, safe, state, tiles
from ui.charts import Chart
from ui.overview import Fact

if TYPE_CHECKING:
    import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
NAME = "Recommender lab"
_HOME = "home"
_MARKS = ("Icon:", "Menu:")
_FRAMED = "framed"


@dataclass(frozen=True)
class Screen:
    """What a page's docstring says of it.

    Attributes:
        title: the docstring's first line.
        question: the first paragraph after it; empty where there is none.
        icon: a Material icon, as Streamlit writes it.
        menu: what the menu calls it.
    """

    title: str
    question: str
    icon: str
    menu: str


def describe(doc: str | None) -> Screen:
    """Read a page's docstring."""
    blocks = [" ".join(block.split()) for block in (doc or NAME).strip().split("\n\n")]
    said = {mark: b.removeprefix(mark).strip() for b in blocks for mark in _MARKS if b.startswith(mark)}
    words = [block for block in blocks if not block.startswith(_MARKS)] or [NAME]
    return Screen(
        title=words[0].rstrip("."),
        question=words[1] if len(words) > 1 else "",
        icon=f":material/{said.get('Icon:', 'circle')}:",
        menu=said.get("Menu:", words[0].rstrip(".")),
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
            title=screen.menu,
            icon=screen.icon,
            url_path=None if url == _HOME else url,
            default=url == _HOME,
            help=screen.question or None,
        )
        for url, (file, screen) in screens().items()
    ]


def frame() -> st.Page:
    """Name the window, draw the menu and the choice of data; returns the page asked for."""
    st.session_state[_FRAMED] = True
    mark = str(ROOT / "static" / "favicon.png")  # a file: Material icons would come from the network
    st.set_page_config(NAME, mark, layout="wide")
    st.logo(mark, size="large")
    asked_for = st.navigation(menu(), expanded=True)
    with st.sidebar:
        controls.pick_dataset()
    return asked_for


def begin(doc: str | None) -> Dataset:
    """Start a screen: title, question, which data it speaks of. Every page calls it first.

    Where the chosen data set cannot be loaded, it says why and returns the sample.
    """
    if not st.session_state.pop(_FRAMED, False):
        # On a fresh server Streamlit runs the page of the first deep link without app.py, and its
        # widgets would have other identities than in all later runs: the first click would be lost.
        frame().run()
        st.stop()
    screen = describe(doc)
    st.title(screen.title, anchor=False)
    if screen.question:
        st.markdown(screen.question)
    dataset = _load()
    profile.keep(dataset)
    long_work.stay_interested()
    for notice in state.notices():
        st.warning(notice, icon=":material/info:")
    _say_which(dataset, here=screen)
    return dataset


def _load() -> Dataset:
    chosen = state.read(state.DATASET)
    try:
        return compute.dataset(chosen)
    except RecsysError as exc:
        if chosen == state.SAMPLE:
            error(exc)
            st.stop()
        st.warning(f"{safe.text(exc)}\n\nUntil then, this is the sample.", icon=":material/info:")
    try:
        return compute.dataset(state.SAMPLE)
    except RecsysError as exc:
        error(exc)
        st.stop()


def _say_which(dataset: Dataset, here: Screen) -> None:
    title = safe.badge(dataset.title)
    real = not dataset.simulated and not is_lecture(dataset)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="which-data"):
        if dataset.simulated:
            named = title if "simulated" in dataset.title.lower() else f"{title} · simulated audience"
            st.badge(named, icon=":material/theater_comedy:", color="orange")
            st.caption("A program made these people up: their tastes are not evidence.", width="content")
        elif is_lecture(dataset):
            st.badge(title, icon=":material/school:", color="blue")
            st.caption("A small teaching table, for following each step by hand.", width="content")
        else:
            st.badge(title, icon=":material/database:", color="gray")
            ratings = dataset.ratings
            st.caption(f"{len(ratings):,} ratings by {ratings.n_users:,} people", width="content")
        if not real and here.title != screens()["data"][1].title:
            _link("data", "Get real ratings", icon=":material/arrow_forward:", icon_position="right")


def _link(url: str, label: str, icon: str, icon_position: Literal["left", "right"] = "left") -> None:
    # Links drop the URL's parameters unless they are told to carry them.
    carried = {state.DATASET.key: state.read(state.DATASET)}
    file, _ = screens()[url]
    st.page_link(file, label=label, icon=icon, icon_position=icon_position, help="", query_params=carried)


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


def heading(text: str, in_drawer: bool = False) -> None:
    """What a part of the screen asks. A drawer draws headings a third smaller, so it takes the larger one."""
    (st.header if in_drawer else st.subheader)(text, anchor=False, width="stretch")


def show(chart: Chart, in_drawer: bool = False) -> None:
    """Draw a chart under its question; its numbers and a download are one click away."""
    with st.container(border=True, height="stretch"):
        with st.container(horizontal=True, wrap=False, vertical_alignment="center"):
            heading(chart.question, in_drawer)
            numbers(chart)
        if isinstance(chart.figure, dict):
            st.echarts_chart(chart.figure, key=chart.key, alt=chart.alt, height=chart.height or "content")
        else:
            st.plotly_chart(chart.figure, key=chart.key, alt=chart.alt, config={"displayModeBar": False})
        st.caption(safe.text(chart.alt))


@contextmanager
def on_demand(label: str, key: str, icon: str) -> Iterator[bool]:
    """A panel behind a button; yields whether it is open, so that what is unseen is not made."""
    panel = st.popover(label, icon=f":material/{icon}:", key=key, on_change="rerun")
    with panel:
        yield bool(panel.open)


def numbers(chart: Chart) -> None:
    """The numbers behind a chart, as a table and as a safe CSV."""
    with on_demand("Numbers", f"{chart.key}-numbers", "table_chart") as is_open:
        if is_open:
            _numbers(chart)


def _numbers(chart: Chart) -> None:
    st.dataframe(
        chart.table,
        hide_index=True,
        column_config=_columns(chart.table),
        alt=f"Numbers behind: {chart.question}",
    )
    st.download_button(
        "Download CSV",
        safe.csv_bytes(chart.table),
        file_name=f"{chart.key}.csv",
        mime="text/csv",
        key=f"{chart.key}-csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _columns(table: pd.DataFrame) -> dict[str, object]:
    shares = [name for name in table.select_dtypes("floating") if str(name).startswith("share")]
    whole = list(table.select_dtypes("integer"))
    percent = {name: st.column_config.NumberColumn(format="percent") for name in shares}
    return percent | {name: st.column_config.NumberColumn(format="localized") for name in whole}


def error(exc: RecsysError) -> None:
    """Show an error that was written for people, without telling where on the server things lie."""
    text = str(exc)
    for folder in (*data_folders(), SHIPPED):
        for path in (folder, folder.resolve()):
            text = text.replace(str(path), path.name)
    st.error(safe.text(text), icon=":material/error:")


def go(url: str, label: str, icon: str) -> None:
    """A button to another screen: what to do next. Nothing where there is no such screen."""
    if url in screens() and st.button(label, icon=f":material/{icon}:", type="primary", key=f"go-{url}"):
        st.switch_page(screens()[url][0], query_params={state.DATASET.key: state.read(state.DATASET)})


def cards() -> None:
    """One card a screen, from what the pages say of themselves."""
    grid = st.grid(3, min_column_width=240, border=True)
    for url, (_, screen) in screens().items():
        if url != _HOME:
            with grid.cell():
                _link(url, f"**{screen.menu}**", screen.icon)
                st.caption(screen.question)


def figures(facts: Iterable[Fact]) -> None:
    """A row of figures, each with its small picture."""
    grid = st.grid(5, min_column_width=150)
    for fact in facts:
        spark = {"chart_data": fact.spark, "chart_type": fact.kind} if len(fact.spark) > 1 else {}
        grid.metric(
            fact.label,
            fact.value,
            fact.note or None,
            delta_arrow="off",
            help=fact.help,
            border=True,
            height="stretch",
            delta_color="violet",
            **spark,
        )


def wall(dataset: Dataset, items: Iterable[int]) -> None:
    """Tiles of these items, side by side."""
    grid = st.grid(4, min_column_width=150)
    for item in items:
        with grid.cell():
            tiles.draw(dataset.catalogue, item)


def gallery(charts: Iterable[Chart]) -> None:
    """Charts side by side where there is room."""
    grid = st.grid(2, min_column_width=380)
    for chart in charts:
        with grid.cell():
            show(chart)


def remarks(dataset: Dataset) -> None:
    """What reading the data brought to light."""
    if not dataset.remarks:
        st.caption("Every row was read; nothing was set aside.")
    for remark in dataset.remarks:
        st.markdown(f"- {safe.text(remark.text)}")


def origin(dataset: Dataset) -> None:
    """Where the data comes from, what may be done with it and how to acknowledge it."""
    st.markdown(safe.text(dataset.about))
    st.markdown(f"**Licence.** {safe.text(dataset.licence)}")
    if dataset.citation:
        st.markdown(f"**How to cite.** {safe.text(dataset.citation)}")
    st.caption(f"Fingerprint {dataset.fingerprint[:16]}: equal data has an equal fingerprint.")
