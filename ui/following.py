"""Follow a job of the Watch screen: how far it is, its curves, and what to look for in them."""

from __future__ import annotations

import time
from dataclasses import dataclass

import streamlit as st

import recsys_core as rc
from recsys_core.jobs import Event, Job, Train, Variants
from ui import compute, lessons, page, safe, state
from ui.charts.learning import Run, learning, steepness
from ui.charts.variants import LOSS, TRAINING, VALIDATION, has_diverged, variants

POLL_SECONDS = 0.5
N_EARLIER = 3
SILENT = "Surprise tells nothing until it is done, so there is progress to see, but no curve."
_STATE = "watch-state"


def watched() -> Job | None:
    """The job of the address, if it is one of this screen's kinds."""
    id = state.job()
    job = compute.jobs().get(id) if id else None
    return job if job is not None and isinstance(job.spec, (Train, Variants)) else None


def current() -> Job | None:
    """The training of one model being watched, or none."""
    job = watched()
    return job if job is not None and isinstance(job.spec, Train) else None


def looked_at_key(job: Job) -> str:
    """Where the epoch one looks back at is kept."""
    return f"scrub-{job.id}"


def follow() -> None:
    """State, progress and curves, asked for again and again while there can be news."""
    job = watched()
    st.fragment(_follow, run_every=POLL_SECONDS if job is not None and job.active else None)()


def _follow() -> None:
    job = watched()
    if job is None:
        st.info("Nothing has been trained yet: press Train.", icon=":material/model_training:")
        return
    _progress(job)
    if isinstance(job.spec, Variants):
        _variants(job, job.spec)
    elif isinstance(job.spec, Train):
        _training(job, job.spec)
    if st.session_state.get(_STATE) not in {None, job.state}:
        st.session_state[_STATE] = job.state
        st.rerun()  # the buttons and the polling follow the state
    st.session_state[_STATE] = job.state


# ---------------------------------------------------------------- how far


@dataclass(frozen=True)
class Progress:
    """How far a job is.

    Attributes:
        share: of all that is to be done, 0 to 1.
        doing: which epoch of which variant, in words; empty before the first is done.
        seconds: worked so far.
        seconds_left: about, if the rest goes as fast as what is done; None before there is anything done.
    """

    share: float
    doing: str
    seconds: float
    seconds_left: float | None


def progress_of(job: Job) -> Progress:
    """How far a job is, over all its variants where it has several."""
    if not job.events:
        return Progress(0.0, "", 0.0, None)
    last = job.events[-1]
    share = min(last.epoch / max(last.n_epochs, 1), 1.0)
    doing = f"epoch {last.epoch} of {last.n_epochs}" if last.epoch else ""
    if isinstance(job.spec, Variants):
        names = list(job.spec.variants)
        k = names.index(last.part) if last.part in names else 0
        share = 1.0 if job.state == "done" else (k + share) / len(names)
        doing = f"{k + 1} of {len(names)}: {names[k]}" + (f" · {doing}" if doing else "")
        doing = "" if job.state == "done" else doing
    elif isinstance(job.spec, Train) and not rc.algorithms()[job.spec.algorithm].iterative:
        doing = ""
    left = last.seconds / share * (1 - share) if share and last.seconds else None
    return Progress(share, doing, last.seconds, left)


def _progress(job: Job) -> None:
    now = progress_of(job)
    words = {
        "queued": f"In line: place {job.place}",
        "running": "Training",
        "paused": "Held",
        "done": "Done",
        "failed": "Failed",
        "cancelled": "Cancelled",
    }[job.state]
    seconds = now.seconds
    if job.state == "running" and not now.share and job.started:
        seconds = time.time() - job.started
    words += f" · {now.doing}" if now.doing else ""
    words += f" · {seconds:.1f} s" if seconds else ""
    if job.state == "running" and now.seconds_left:
        words += f" · about {now.seconds_left:.0f} s left"
    st.progress(now.share, words)
    if job.error:
        st.error(safe.text(job.error), icon=":material/error:")


# ---------------------------------------------------------------- one model


def _training(job: Job, spec: Train) -> None:
    cls = rc.algorithms()[spec.algorithm]
    if not cls.iterative:
        _silent(job, spec)
        return
    trouble = lessons.lesson(spec)
    if trouble is not None:
        _look_for(trouble.label, trouble.look_for)
    now = Run(cls.title, job.events)
    page.show(learning([*_earlier(job, spec), now], st.session_state.get(looked_at_key(job)), unit(spec)))
    steep = steepness([now])
    if steep is not None:
        page.show(steep)


def unit(spec: Train | Variants) -> str:
    """What the model's error is counted in."""
    return "probability" if rc.algorithms()[spec.algorithm].binary else "stars"


def _look_for(label: str, sentence: str) -> None:
    st.info(f"**{label}.** {sentence}", icon=":material/visibility:")


def _earlier(job: Job, spec: Train) -> list[Run]:
    """The session's latest trainings on the same data whose errors are counted in the same unit."""
    found = [
        (other, other.spec)
        for other in compute.jobs().of(job.owner)
        if other.id != job.id
        and isinstance(other.spec, Train)
        and (other.spec.dataset, unit(other.spec)) == (spec.dataset, unit(spec))
        and rc.algorithms()[other.spec.algorithm].iterative
        and other.events
    ][-N_EARLIER:]
    return [
        Run(f"{rc.algorithms()[of.algorithm].title}, earlier {k}", other.events, False)
        for k, (other, of) in enumerate(found, 1)
    ]


def _silent(job: Job, spec: Train) -> None:
    """A model that learns in one go: its one number, at the end."""
    title = rc.algorithms()[spec.algorithm].title
    measured: list[Event] = [event for event in job.events if event.validation_rmse is not None]
    if measured:
        with st.container(border=True):
            st.metric(f"{title}: error on the ratings kept from it", f"{measured[-1].validation_rmse:.4f}")
            st.caption(
                f"Root mean squared error, in {unit(spec)}, on {spec.validation_share:.0%} of the ratings, "
                f"drawn at random with seed {spec.seed}."
            )
    elif job.state == "done":
        st.caption(f"{title} is trained. No ratings were kept from it to validate on. {SILENT}")
    elif job.active:
        st.caption(SILENT)


# ---------------------------------------------------------------- several settings


def _variants(job: Job, spec: Variants) -> None:
    about = lessons.comparison_of(spec)
    if about is not None:
        _look_for(about.label, about.look_for)
    offered = {each.label: each for each in (VALIDATION, TRAINING, LOSS)}
    if not spec.validation_share:
        del offered[VALIDATION.label]
    label = st.segmented_control(
        "Compare by", list(offered), default=next(iter(offered)), required=True, key="watch-quantity"
    )
    runs = [Run(name, tuple(event for event in job.events if event.part == name)) for name in spec.variants]
    page.show(variants(runs, offered[label or next(iter(offered))], unit(spec)))
    steep = steepness(runs)
    if steep is not None:
        page.show(steep)
    if job.state == "done" and all(has_diverged(run) for run in runs):
        st.caption("All of them diverged: set a lower learning rate and compare again.")
