"""Start a search, follow it, and go on with one that was broken off."""

from __future__ import annotations

import streamlit as st

from recsys_core import cost
from recsys_core.cost import machine
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError
from recsys_core.evaluation.search import SearchReport
from recsys_core.jobs import Job, Search, search_report
from ui import compute, long_work, page, safe
from ui import cost as preview
from ui.charts.tune import name_of, short, validation_curve, varied
from ui.charts.tune_many import best_so_far
from ui.long_work import Progress
from ui.tune import examples, words
from ui.tune.examples import EXAMPLES, Example
from ui.tune.plan import Plan, problem, spec, total, trainings_in_words

_STATE, _SEEN = "tune-state", "tune-seen"
NOTHING = "Nothing has been searched yet: press Search, or one of the questions beside it."


def watched() -> Job | None:
    """The search of the address, or this session's latest one."""
    return long_work.watched(Search, latest=True)


def report_of(job: Job) -> SearchReport | None:
    """What a search has found so far, or in the end; None before its first cell.

    A cancelled job leaves no files; what this session has seen of it, it still shows.
    """
    seen = st.session_state.get(_SEEN)
    try:
        report = search_report(job.folder)
    except DataError:
        return seen[1] if seen is not None and seen[0] == job.id else None
    st.session_state[_SEEN] = (job.id, report)
    return report


# ---------------------------------------------------------------- start, hold, go on


def buttons(data: Dataset, plan: Plan) -> None:
    """What it will cost; start, hold, cancel; and questions answered in one click."""
    job = watched()
    active = job is not None and job.active
    may_start = not active and _preview(data, plan)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Search",
            key="tune-search",
            type="primary",
            icon=":material/search:",
            disabled=not may_start,
            on_click=_start,
            args=(data, plan),
        )
        if job is not None and active:
            long_work.interfere(job, "tune")
            return
        if job is not None and job.state in {"cancelled", "failed"} and isinstance(job.spec, Search):
            st.button(
                "Go on where it ended",
                key="tune-again",
                icon=":material/resume:",
                help="The cells that were finished are kept, also over a restart, and are not done again.",
                on_click=_again,
                args=(data, job.spec),
            )
        for k, example in enumerate(EXAMPLES):
            st.button(
                example.label,
                key=f"tune-example-{k}",
                icon=":material/play_arrow:",
                help=example.look_for,
                on_click=_start_example,
                args=(data, example),
            )


def _preview(data: Dataset, plan: Plan) -> bool:
    wrong = problem(plan)
    if wrong:
        st.warning(safe.text(wrong), icon=":material/tune:")
        return False
    st.caption(f":material/grid_view: {trainings_in_words(plan)}.")
    return preview.preview(_total(data, plan), cost.hosted_limits(), key="tune-cost")


def _total(data: Dataset, plan: Plan) -> cost.Cost:
    return total(plan, compute.data_size(data.fingerprint, data), machine.speed_so_far())


def _start(data: Dataset, plan: Plan) -> None:
    def make() -> Search:
        asked = spec(plan, data)
        cost.admit(_total(data, plan), cost.hosted_limits())
        return asked

    long_work.start(make)


def _again(data: Dataset, asked: Search) -> None:
    """The same search, so that it goes on; it was admitted when it was begun."""
    long_work.start(lambda: asked)


def _start_example(data: Dataset, example: Example) -> None:
    examples.put(example)
    _start(data, examples.plan(example))


# ---------------------------------------------------------------- how far, and what is found meanwhile


def follow() -> None:
    """Progress, best so far and its picture, asked for again and again while there can be news."""
    long_work.follow(watched, _draw, _STATE, NOTHING)


def _draw(job: Job) -> None:
    if job.state == "done":
        return  # the result says all
    report = report_of(job)
    long_work.progress(job, _progress(job), "Searching")
    if not job.active:
        st.caption(
            "The cells that were finished are kept in the database of searches. “Go on where it ended” does "
            "the others, now or after a restart."
        )
    if report is None or not report.cells:
        return
    st.markdown(f"**{safe.text(words.answer(report))}**")
    last = report.cells[-1]
    st.caption(safe.text(_last(report, last.number)))
    names = varied(report)
    page.show(validation_curve(report, names[0]) if len(names) == 1 else best_so_far(report))


def _last(report: SearchReport, number: int) -> str:
    cell = next(cell for cell in report.cells if cell.number == number)
    values = ", ".join(f"{name} {short(cell.parameters[name])}" for name in varied(report))
    if cell.state == "failed":
        return f"Last tried: {values}; it failed: {cell.error}"
    if cell.state == "stopped early":
        return f"Last tried: {values}; stopped early, for it was clearly worse than others."
    return f"Last tried: {values}; {name_of(report)} {cell.mean:.4f} ± {cell.sd:.4f}."


def _progress(job: Job) -> Progress:
    if not job.events:
        return Progress(0.0, "", 0.0, None)
    last = job.events[-1]
    n = max(last.n_epochs, 1)
    testing = job.state == "running" and last.epoch == n
    doing = "testing the best one" if testing else f"{last.epoch} of {n} cells"
    return Progress.of(job, min(last.epoch / n, 1.0), doing)
