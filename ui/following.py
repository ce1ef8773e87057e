"""Follow a job of the Watch screen: how far it is, its curves, and what to look for in them."""

from __future__ import annotations

import streamlit as st

import recsys_core as rc
from recsys_core.jobs import Event, Job, Train, Variants
from ui import compute, lessons, page, safe, state
from ui.charts.learning import Run, learning, steepness
from ui.charts.variants import LOSS, TRAINING, VALIDATION, has_diverged, variants
from ui.long_work import Progress, progress
from ui.long_work import follow as follow_job
from ui.long_work import watched as watched_job

N_EARLIER = 3
N_NAMED = 2
"""Settings that differ are named up to so many: the legend is one line."""
SILENT = "Surprise tells nothing until it is done, so there is progress to see, but no curve."
_STATE = "watch-state"
_NOTHING = "Nothing has been trained yet: press Train."
_GONE = "The training this address leads to is not kept any more: press Train to begin another."


def watched() -> Job | None:
    """The job of the address, if it is one of this screen's kinds."""
    return watched_job(Train, Variants)


def current() -> Job | None:
    """The training of one model being watched, or none."""
    job = watched()
    return job if job is not None and isinstance(job.spec, Train) else None


def looked_at_key(job: Job) -> str:
    """Where the epoch one looks back at is kept."""
    return f"scrub-{job.id}"


def follow() -> None:
    """State, progress and curves, asked for again and again while there can be news."""
    id = state.job()
    follow_job(watched, _draw, _STATE, _GONE if id and compute.jobs().get(id) is None else _NOTHING)


def _draw(job: Job) -> None:
    progress(job, progress_of(job))
    if not job.active and job.state != "done" and not any(event.epoch for event in job.events):
        return  # it ended before it told anything: there is no curve, and none will come
    if isinstance(job.spec, Variants):
        _variants(job, job.spec)
    elif isinstance(job.spec, Train):
        _training(job, job.spec)


# ---------------------------------------------------------------- how far


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
    elif job.state == "done":
        share = 1.0  # also if it stopped early
    if isinstance(job.spec, Train) and not rc.algorithms()[job.spec.algorithm].iterative:
        doing = ""
    return Progress.of(job, share, doing)


# ---------------------------------------------------------------- one model


def _training(job: Job, spec: Train) -> None:
    cls = rc.algorithms()[spec.algorithm]
    if not cls.iterative:
        _silent(job, spec)
        return
    trouble = lessons.lesson(spec)
    if trouble is not None:
        _look_for(trouble.label, trouble.look_for)
    now = Run(cls.title, job.events, ended=not job.active)
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
        Run(f"{k}: {unlike(of, spec)}", other.events, current=False, ended=True)
        for k, (other, of) in enumerate(found, 1)
    ]


def unlike(earlier: Train, now: Train) -> str:
    """What an earlier training had that this one has not, in a few words."""
    cls = rc.algorithms()[earlier.algorithm]
    if earlier.algorithm != now.algorithm:
        return cls.title
    mine, its = (rc.algorithm(cls.name, **of.hyper_parameters).parameters() for of in (now, earlier))
    other = [f"{name} {its[name]}" for name in its if its[name] != mine[name]]
    if earlier.validation_share != now.validation_share:
        other.append(f"{earlier.validation_share:.0%} kept to validate on")
    if not other:
        return "the same settings"
    return ", ".join(other[:N_NAMED]) + (" …" if len(other) > N_NAMED else "")


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
        "Compare by",
        list(offered),
        default=next(iter(offered)),
        required=True,
        key="watch-quantity",
        format_func=safe.choice,
    )
    runs = [
        Run(name, tuple(event for event in job.events if event.part == name), ended=not job.active)
        for name in spec.variants
    ]
    page.show(variants(runs, offered[label or next(iter(offered))], unit(spec)))
    steep = steepness(runs)
    if steep is not None:
        page.show(steep)
    if job.state == "done" and all(has_diverged(run) for run in runs):
        st.caption("All of them diverged: set a lower learning rate and compare again.")
