"""Runs that are on record: look again, set like beside like, download, erase one's own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from recsys_core.dataset import Dataset
from recsys_core.errors import RecsysError
from recsys_core.evaluation import Report
from ui import page, records, safe, state
from ui.charts.compare import shown
from ui.compare.answers import axis
from ui.compare.kept import KIND, protocol_in, report_in, title
from ui.compare.result import show
from ui.long_work import owner

if TYPE_CHECKING:
    from recsys_core.store.runs import Run

MOST_LISTED, MOST_BESIDE = 50, 4
MINE, ALL = "Mine", "Everybody’s on this server"


def earlier(data: Dataset) -> None:
    """A panel at the end of the screen; nothing is read before it is opened."""
    st.divider()
    opened = st.toggle("Earlier runs on this data", key="earlier-open")
    if opened:
        st.fragment(_earlier)(data)


def _earlier(data: Dataset) -> None:
    whose = st.segmented_control(
        "Whose", (MINE, ALL), default=MINE, required=True, key="earlier-whose", format_func=safe.choice
    )
    try:
        found = records.runs().find(
            owner=None if whose == ALL else owner(),
            fingerprint=data.ratings.fingerprint,
            kind=KIND,
            limit=MOST_LISTED,
        )
    except RecsysError as exc:
        page.error(exc)
        return
    if not found:
        st.info(
            "Nothing is on record yet. A comparison is kept when it is done; yours are those of this visit.",
            icon=":material/history:",
        )
        return
    titles = {run.id: title(run) for run in found}
    chosen = st.multiselect(
        "Runs",
        list(titles),
        max_selections=MOST_BESIDE,
        key=f"earlier-chosen-{whose}",
        format_func=lambda id: titles.get(id, ""),
        placeholder="Choose one to look again, several to set them side by side",
    )
    if chosen:
        _look(data, [run for run in found if run.id in chosen])
    if whose != ALL:
        _erase()


def _look(data: Dataset, runs: list[Run]) -> None:
    try:
        reports = {title(run): _read(run.id) for run in runs}
    except RecsysError as exc:
        page.error(exc)
        return
    if len(reports) == 1:
        show(data, next(iter(reports.values())), f"run-{runs[0].id[:8]}")
        return
    first, *others = runs
    protocol = protocol_in(first)
    unlike = {title(run): protocol.differences(protocol_in(run)) for run in others}
    unlike = {name: why for name, why in unlike.items() if why}
    if unlike:
        st.warning(
            "These were measured differently, so they are not put into one table. "
            + safe.text("; ".join(f"{name}: {', '.join(why)}" for name, why in unlike.items())),
            icon=":material/rule:",
        )
        return
    table = beside(reports)
    st.dataframe(table, hide_index=True, alt="The models of several runs of one protocol, one row each.")
    st.caption(safe.text(protocol.words))
    st.download_button(
        "Download CSV",
        safe.csv_bytes(table),
        file_name="runs.csv",
        mime="text/csv",
        key="earlier-csv",
        icon=":material/download:",
        on_click="ignore",
    )


@st.cache_resource(max_entries=8, show_spinner="Reading the run …")
def _read(id: str) -> Report:
    """The report of a run, which never changes once it is on record."""
    return report_in(records.runs().get(id))


def beside(reports: dict[str, Report]) -> pd.DataFrame:
    """The rows of several reports of one protocol in one table, with the figures all of them have."""
    first = next(iter(reports.values()))
    names = [name for name in first.metrics if all(name in report.metrics for report in reports.values())]
    rows = []
    for run, report in reports.items():
        for label in report.labels:
            figures = {
                axis(name, report.protocol.k).title: shown(float(report.table.loc[label, name]))
                for name in names
            }
            rows.append({"model": label, **figures, "run": run})
    return pd.DataFrame(rows)


def _erase() -> None:
    with page.on_demand("Take along or erase mine", "earlier-mine", "delete") as is_open:
        if not is_open:
            return
        try:
            everything = json.dumps(records.runs().export(owner()), indent=1)
        except RecsysError as exc:
            page.error(exc)
            return
        st.download_button(
            "Download all of mine",
            everything,
            file_name="my-runs.json",
            mime="application/json",
            key="earlier-export",
            icon=":material/download:",
            on_click="ignore",
        )
        sure = st.checkbox("Erase everything of mine from the record", key="earlier-sure")
        st.button(
            "Erase", key="earlier-erase", icon=":material/delete:", disabled=not sure, on_click=_erase_mine
        )


def _erase_mine() -> None:
    try:
        n = records.runs().erase(owner())
    except RecsysError as exc:
        state.notify(str(exc))
        return
    state.notify(f"{n} run{'s are' if n != 1 else ' is'} erased from the record.")
