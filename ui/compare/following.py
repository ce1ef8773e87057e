"""Start a comparison, follow it fold by fold, and hand its report on when it is done."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import streamlit as st

import recsys_core as rc
from recsys_core import cost
from recsys_core.cost import machine
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError, HyperParameterError
from recsys_core.evaluation import Report
from recsys_core.jobs import Compare, Job, comparison
from ui import compute, page, records, safe
from ui import cost as costs_here
from ui.charts.compare import standings
from ui.compare import table
from ui.compare.answers import axis, trivial
from ui.compare.closer import NOW, folds_of
from ui.compare.kept import run_of
from ui.compare.plan import Plan, costs, share_done, spec, total
from ui.compare.result import show
from ui.long_work import Progress, interfere, progress, start, watched
from ui.long_work import follow as follow_job

_LAST = "compare-last-seen"
_NOTHING = "Nothing has been compared yet: choose models and press Compare."
WHOLE = -1
"""In place of a number of cells: the finished report."""
MOSTLY = 0.5
"""A model that takes more than this share of the time is named."""


def current() -> Job | None:
    """The comparison of the address, or this session's latest."""
    return watched(Compare, latest=True)


# ---------------------------------------------------------------- before


def buttons(data: Dataset, plan: Plan) -> None:
    """What it will take, and start; while it runs, hold and cancel."""
    job = current()
    active = job is not None and job.active
    if plan.missing:
        st.info(plan.missing, icon=":material/checklist:")
    may_start = not active and not plan.missing and _preview(data, plan)
    with st.container(horizontal=True):
        st.button(
            "Compare",
            key="compare-start",
            type="primary",
            icon=":material/play_arrow:",
            disabled=not may_start,
            on_click=_start,
            args=(data, plan),
        )
        if job is not None and active:
            interfere(job, "compare")


def _start(data: Dataset, plan: Plan) -> None:
    def make() -> Compare:
        if plan.missing:
            raise DataError(plan.missing)
        size = compute.data_size(data.fingerprint, data)
        cost.admit(total(plan, size, machine.speed_so_far()), cost.hosted_limits())
        return spec(plan, data)

    start(make)


def _preview(data: Dataset, plan: Plan) -> bool:
    size, speed, limits = (
        compute.data_size(data.fingerprint, data),
        machine.speed_so_far(),
        cost.hosted_limits(),
    )
    try:
        about = total(plan, size, speed)
        parts = costs(plan, size, speed)
    except HyperParameterError:
        return True  # the job says what is wrong with it
    may_start = costs_here.preview(about, limits, key="compare")
    if cost.verdict(about, limits) == "fine":
        return may_start
    dearest = max(parts, key=lambda name: parts[name].seconds)
    if parts[dearest].seconds > MOSTLY * about.seconds:
        title = rc.algorithms()[dearest].title
        st.caption(f"Most of it is “{title}”: about {cost.in_words(parts[dearest])}.")
    without = total(replace(plan, lists=False), size, speed)
    if plan.lists and without.seconds < MOSTLY * about.seconds:
        st.button(
            f"Leave the lists out: about {cost.in_words(without)}",
            key="compare-no-lists",
            icon=":material/swap_horiz:",
            on_click=lambda: st.session_state.update({"compare-lists": False}),
        )
    return may_start


# ---------------------------------------------------------------- meanwhile


def follow(data: Dataset) -> None:
    """How far it is, and what there is so far."""
    follow_job(current, lambda job: _draw(job, data), "compare-state", _NOTHING)


def _draw(job: Job, data: Dataset) -> None:
    progress(job, how_far(job, data), "Comparing")
    if job.state == "done":
        return
    report = _so_far(job)
    if report is None or not report.cells:
        return
    so_far = "So far" if job.active else "As far as it came"
    st.caption(f"{so_far}: means over different folds are not to be compared.")
    table.show(report, "partial")
    page.show(standings(folds_of(report, "rmse"), axis("rmse", report.protocol.k), trivial(report), False))


def how_far(job: Job, data: Dataset) -> Progress:
    """How far a comparison is: models that take long count for more."""
    if not job.events or not isinstance(job.spec, Compare):
        return Progress(0.0, "", 0.0, None)
    last, asked = job.events[-1], job.spec
    if job.state == "done":
        return Progress.of(job, 1.0, "")
    share = last.epoch / max(1, last.n_epochs)
    if asked.fingerprint == data.fingerprint:
        plan = Plan(
            dict(asked.algorithms.values()), asked.how, asked.k, asked.relevance, "ndcg" in asked.metrics
        )
        size = compute.data_size(data.fingerprint, data)
        each = costs(plan, size, machine.speed_so_far())
        weights = {label: each[name].seconds for label, (name, _) in asked.algorithms.items()}
        share = share_done(weights, tuple(weights), last.epoch, asked.how.n_splits)
    return Progress.of(job, share, last.part)


def _so_far(job: Job) -> Report | None:
    """The report as far as it is; of a job that was stopped, as it was seen last in this session."""
    n = job.events[-1].epoch if job.events else 0
    if job.active and n:
        try:
            report = report_of(job.id, n, job.folder)
        except DataError:
            return None
        st.session_state[_LAST] = (job.id, report)
        return report
    id, report = st.session_state.get(_LAST, ("", None))
    return report if id == job.id else None


@st.cache_resource(max_entries=8, show_spinner=False)
def report_of(job_id: str, n_cells: int, _folder: Path) -> Report:
    """The report of a job when so many cells were done (or `WHOLE`), read once for all sessions.

    Raises:
        DataError: there is none, or it cannot be read.
    """
    return comparison(_folder)


# ---------------------------------------------------------------- afterwards


def result(data: Dataset) -> None:
    """What a finished comparison came to; it is put on record when it is first seen done."""
    job = current()
    if job is None or job.state != "done":
        return
    try:
        report = report_of(job.id, WHOLE, job.folder)
    except DataError as exc:
        page.error(exc)
        return
    records.record(job, lambda: run_of(job, report))
    if records.trouble(job):
        st.warning(f"This run is not on record: {safe.text(records.trouble(job))}", icon=":material/info:")
    if report.protocol.fingerprint != data.ratings.fingerprint:
        st.info(
            "This comparison was made on another data set than the one chosen now.",
            icon=":material/database:",
        )
    show(data, report, NOW)
