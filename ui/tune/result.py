"""What a finished search came to: the answer, its pictures, every cell, how to repeat and how to use it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

import recsys_core as rc
from recsys_core.algorithms.base import HyperValue
from recsys_core.dataset import Dataset
from recsys_core.errors import HyperParameterError
from recsys_core.evaluation.search import SearchReport
from recsys_core.jobs import Job, Search
from ui import compute, page, records, safe, state
from ui.charts.tune import name_of, validation_curve, varied
from ui.charts.tune_many import best_so_far, importance, paths
from ui.charts.tune_map import landscape
from ui.tune import words
from ui.tune.following import report_of, watched

if TYPE_CHECKING:
    from recsys_core.store.runs import Run

_COMPARED = "compare-chosen"
"""Where the Compare screen keeps which models it has."""


def result(data: Dataset) -> None:
    """The search being watched, once it is done."""
    job = watched()
    if job is None or job.state != "done" or not isinstance(job.spec, Search):
        return
    report = report_of(job)
    if report is None:
        st.info("The files of this search are gone: press Search, and what is on record is read again.")
        return
    records.record(job, lambda: _run(job, report))
    _answer(data, job, report)
    _pictures(report)
    _behind(report, job.spec.pruning)


def _run(job: Job, report: SearchReport) -> Run:
    from recsys_core.store.runs import Run

    spec = job.spec
    assert isinstance(spec, Search)  # noqa: S101
    return Run(
        "search",
        job.owner,
        report.protocol.dataset,
        compute.dataset(spec.dataset).ratings.fingerprint,  # the protocol's leaves out what was sealed
        protocol=json.loads(report.protocol.to_json()),
        spec=spec.to_json(),
        report=json.loads(report.to_json()),
        seconds=job.events[-1].seconds if job.events else 0.0,
        name=f"{rc.algorithms()[report.algorithm].title}: {', '.join(varied(report))}"[:120],
    )


# ---------------------------------------------------------------- the answer


def _answer(data: Dataset, job: Job, report: SearchReport) -> None:
    with st.container(border=True):
        st.subheader(rc.algorithms()[report.algorithm].title, anchor=False)
        st.markdown(f"**{safe.text(words.answer(report, job.started))}**")
        for remark in filter(None, (words.taken_up(report, job.events), *words.remarks(report))):
            st.caption(safe.text(remark))
        trouble = records.trouble(job)
        if trouble:
            st.caption(safe.text(f"This search is not on record: {trouble}"))
        if report.best is not None:
            _use(data, report)


def _use(data: Dataset, report: SearchReport) -> None:
    """Carry the best setting to the screens that can use it."""
    assert report.best is not None  # noqa: S101
    cls, given = rc.algorithms()[report.algorithm], dict(report.best.parameters)
    if report.protocol.dataset != data.name:
        st.caption(
            safe.text(
                f"Found on “{report.protocol.dataset}”. On “{data.name}”, which is in use now, another "
                "setting may be better."
            )
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("Use these parameters:", width="content")
        if cls.folds_in:
            _to("for_you", "For you", "recommend", report.algorithm, given)
        if cls.iterative or report.algorithm.startswith("surprise_"):
            _to("watch", "Watch it learn", "model_training", report.algorithm, given)
        if not cls.binary:
            _to("compare", "Compare", "compare_arrows", report.algorithm, given)


def _to(url: str, label: str, icon: str, algorithm: str, given: Mapping[str, HyperValue]) -> None:
    if url not in page.screens():
        return
    button = st.button(
        label, key=f"tune-to-{url}", icon=f":material/{icon}:", on_click=_hand, args=(url, algorithm, given)
    )
    if button:
        st.switch_page(page.screens()[url][0], query_params={state.DATASET.key: state.read(state.DATASET)})


def _hand(url: str, algorithm: str, given: Mapping[str, HyperValue]) -> None:
    """Set the other screen's controls."""
    declared = rc.algorithms()[algorithm].hyper_parameters()
    whole = {name: given.get(name, one.default) for name, one in declared.items()}
    if url == "for_you":
        try:
            state.use_model(algorithm, given)
        except HyperParameterError as exc:
            state.notify(str(exc))
        return
    st.session_state[f"settings:{algorithm}"] = whole
    if url == "watch":
        st.session_state["watch-mode"], st.session_state["watch-model"] = "One model", algorithm
    elif url == "compare" and algorithm not in st.session_state.get(_COMPARED, ()):
        others = st.session_state.get(_COMPARED, ("als", "bias"))
        st.session_state[_COMPARED] = (*others[:7], algorithm)


# ---------------------------------------------------------------- pictures


def _pictures(report: SearchReport) -> None:
    names = varied(report)
    if len(names) == 1:
        page.show(validation_curve(report, names[0]))
    elif len(names) == 2:
        page.show(landscape(report, *names))
    elif names:
        page.show(paths(report, names))
    drawn = [best_so_far(report)] if report.sampler != "grid" else []
    page.gallery(chart for chart in (importance(report), *drawn) if chart is not None)


# ---------------------------------------------------------------- what is behind it


def _behind(report: SearchReport, pruning: bool) -> None:
    cells, code, measured = st.tabs(["All cells", "Python", "How it was measured"], key="tune-behind")
    with cells:
        _table(report)
    with code:
        st.caption("This makes the same table, digit for digit, wherever the same data is.")
        st.code(words.code(report, pruning), language="python", wrap_lines=True)
    with measured:
        for sentence in words.how(report):
            st.markdown(safe.text(sentence))


def _table(report: SearchReport) -> None:
    table = report.table.reset_index()
    table["cell"] += 1
    fixed = [name for name in report.varied if name not in varied(report)]
    table = table.drop(columns=fixed)
    empty = ["error"] if not any(table["error"]) else []
    empty += [name for name in ("training", "training sd") if table[name].isna().all()]
    folds = [name for name in table if str(name).startswith("fold ")]
    number = st.column_config.NumberColumn
    columns = {name: number(format="%.4f") for name in ("mean", "sd", "training", "training sd", *folds)}
    st.dataframe(
        table.drop(columns=empty).sort_values("mean", ascending=report.better == "lower", na_position="last"),
        hide_index=True,
        column_config={**columns, "fit seconds": number(format="%.2f")},
        alt=f"Every cell of the search, the best by {name_of(report)} first",
    )
    with st.container(horizontal=True):
        st.download_button(
            "Download CSV",
            safe.csv_bytes(report.table.reset_index()),
            file_name="search.csv",
            mime="text/csv",
            key="tune-csv",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            "Download JSON",
            report.to_json().encode(),
            file_name="search.json",
            mime="application/json",
            key="tune-json",
            icon=":material/download:",
            on_click="ignore",
            help="Everything: cells, protocol and the opening of the test; SearchReport.from_json reads it.",
        )
