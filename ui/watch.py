"""Watch a training: start it, follow it, hold it, and compare it with earlier ones.

The training is a job in a process of its own. The screen only asks how far it is, so a click,
another page or a refresh neither stops it nor starts it again: its id is in the address.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import streamlit as st

import recsys_core as rc
from recsys_core.algorithms.base import HyperValue
from recsys_core.dataset import Dataset
from recsys_core.errors import RecsysError
from recsys_core.jobs import Job, Train
from ui import compute, page, safe, state
from ui.charts.learning import Run, learning
from ui.settings import settings

POLL_SECONDS = 0.5
N_EARLIER = 3
MOST_EPOCHS = 500
SNAPSHOT_BYTES = 60_000_000
"""Room on disk for one training's epochs; where not all fit, an even choice of them is kept."""
_OWNER = "jobs:owner"


@dataclass(frozen=True)
class Plan:
    """What to train and what to keep from it."""

    algorithm: str
    hyper_parameters: dict[str, HyperValue]
    validation_share: float
    patience: int


def owner() -> str:
    """Who this session is to the queue: random, kept by the session alone."""
    mine = st.session_state.setdefault(_OWNER, secrets.token_urlsafe(16))
    assert isinstance(mine, str)  # noqa: S101
    return mine


# ---------------------------------------------------------------- choose


def choose(data: Dataset) -> Plan:
    """An algorithm that learns in epochs, its settings, and what is kept to validate on."""
    able = [n for n, cls in rc.algorithms().items() if cls.iterative and cls.can_serve(data.side)]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            "Model",
            able,
            index=able.index("svd"),
            key="watch-model",
            format_func=lambda n: rc.algorithms()[n].title,
            help="Models that learn in epochs, so that there is something to watch.",
            persist_state="session",
        )
        hyper_parameters = settings(rc.algorithms()[name])
        share = st.select_slider(
            "Kept from training to validate on",
            (0.0, 0.1, 0.2, 0.3),
            value=0.2,
            key="watch-share",
            format_func=lambda x: f"{x:.0%}",
            persist_state="session",
        )
        patience = st.select_slider(
            "Stop when validation has not improved for",
            (0, 2, 5, 10),
            value=0,
            key="watch-patience",
            format_func=lambda n: f"{n} epochs" if n else "never",
            disabled=not share,
            persist_state="session",
        )
    return Plan(name, hyper_parameters, share, patience if share else 0)


def buttons(data: Dataset, plan: Plan) -> None:
    """Start; and, while it runs, hold, go on, one epoch, cancel."""
    job = current()
    jobs, active = compute.jobs(), job is not None and job.active
    with st.container(horizontal=True):
        st.button(
            "Train",
            key="watch-train",
            type="primary",
            icon=":material/play_arrow:",
            disabled=active,
            on_click=_start,
            args=(data, plan),
        )
        if job is None or not active:
            return
        if job.state == "paused":
            _act("Go on", "resume", "play_arrow", jobs.resume, job)
            _act("One epoch", "step", "skip_next", jobs.step, job)
        else:
            _act("Hold", "pause", "pause", jobs.pause, job)
        _act("Cancel", "cancel", "stop", jobs.cancel, job)


def _act(label: str, key: str, icon: str, act: object, job: Job) -> None:
    st.button(label, key=f"watch-{key}", icon=f":material/{icon}:", on_click=act, args=(job.id,))


def _start(data: Dataset, plan: Plan) -> None:
    spec = Train(
        data.name,
        plan.algorithm,
        plan.hyper_parameters,
        fingerprint=data.fingerprint,
        validation_share=plan.validation_share,
        patience=plan.patience,
        snapshot_epochs=tuple(range(1, MOST_EPOCHS + 1)),
        snapshot_bytes=SNAPSHOT_BYTES,
    )
    try:
        state.keep_job(compute.jobs().submit(spec, owner()).id)
    except RecsysError as exc:
        state.notify(str(exc))


# ---------------------------------------------------------------- show


def current() -> Job | None:
    """The job being watched: the one in the address, or none."""
    id = state.job()
    return compute.jobs().get(id) if id else None


def looked_at_key(job: Job) -> str:
    """Where the epoch one looks back at is kept."""
    return f"scrub-{job.id}"


def follow() -> None:
    """State, progress and curve, asked for again and again while there can be news."""
    job = current()
    st.fragment(_follow, run_every=POLL_SECONDS if job is not None and job.active else None)()


def _follow() -> None:
    job = current()
    if job is None:
        st.info("Nothing has been trained yet: press Train.", icon=":material/model_training:")
        return
    _progress(job)
    page.show(learning(_runs(job), st.session_state.get(looked_at_key(job))))
    if st.session_state.get("watch-state") not in {None, job.state}:
        st.session_state["watch-state"] = job.state
        st.rerun()  # the buttons and the polling follow the state
    st.session_state["watch-state"] = job.state


def _progress(job: Job) -> None:
    last = job.events[-1] if job.events else None
    share = last.epoch / last.n_epochs if last else 0.0
    words = {
        "queued": f"In line: place {job.place}",
        "running": "Training",
        "paused": "Held",
        "done": "Done",
        "failed": "Failed",
        "cancelled": "Cancelled",
    }[job.state]
    if last and last.epoch:
        words += f" · epoch {last.epoch} of {last.n_epochs} · {last.seconds:.1f} s"
    if job.state == "running" and job.seconds_left:
        words += f" · about {job.seconds_left:.0f} s left"
    st.progress(share, words)
    if job.error:
        st.error(safe.text(job.error), icon=":material/error:")


def _runs(job: Job) -> list[Run]:
    earlier = [
        other
        for other in compute.jobs().of(job.owner)
        if other.id != job.id and other.events and _about(other)[0] == _about(job)[0]
    ][-N_EARLIER:]
    older = [Run(f"{_about(run)[1]}, earlier {k}", run.events, False) for k, run in enumerate(earlier, 1)]
    return [*older, Run(_about(job)[1], job.events)]


def _about(job: Job) -> tuple[str, str]:
    """Which data set, and which model in words."""
    assert isinstance(job.spec, Train)  # noqa: S101
    return job.spec.dataset, rc.algorithms()[job.spec.algorithm].title
