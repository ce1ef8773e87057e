"""Long work on a screen: start a job, say how far it is, hold it, go on, cancel.

A job runs in a process of its own and its id is in the address, so a click, another page or a
refresh neither stops it nor starts it again. A screen says which kinds of job are its own
(`watched`), draws one (`follow`), and puts the buttons where it wants them (`interfere`).
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from recsys_core.errors import RecsysError
from recsys_core.jobs import Job, Spec
from ui import compute, safe, state

POLL_SECONDS = 0.5
_OWNER = "jobs:owner"


def owner() -> str:
    """Who this session is to the queue: random, kept by the session alone."""
    mine = st.session_state.setdefault(_OWNER, secrets.token_urlsafe(16))
    assert isinstance(mine, str)  # noqa: S101
    return mine


def watched(*kinds: type[Spec], latest: bool = False) -> Job | None:
    """The job of the address, if it is one of this screen's kinds.

    Args:
        kinds: of job.
        latest: where the address leads to a job of another screen, take the session's latest of
            these kinds: whoever comes back to a screen finds it as it was.
    """
    id = state.job()
    job = compute.jobs().get(id) if id else None
    if job is not None and isinstance(job.spec, kinds):
        return job
    mine = [each for each in compute.jobs().of(owner()) if isinstance(each.spec, kinds)] if latest else []
    return compute.jobs().get(mine[-1].id) if mine else None


def start(make: Callable[[], Spec]) -> None:
    """Put a job in line and watch it, or say on the next run why it is refused.

    Whoever has a job under way already is led back to it: its address may have been lost.

    Args:
        make: admits what is asked for (see `recsys_core.cost.admit`) and describes it.
    """
    try:
        state.keep_job(compute.jobs().submit(make(), owner()).id)
    except RecsysError as exc:
        state.notify(str(exc))
        under_way = [job for job in compute.jobs().of(owner()) if job.active]
        if under_way:
            state.keep_job(under_way[-1].id)


def stay_interested() -> None:
    """Tell the queue that somebody still waits for the job of the address, whatever screen they look at."""
    id = state.job()
    if id:
        compute.jobs().get(id)


def interfere(job: Job, key: str, step: str = "") -> None:
    """The buttons for a job that is under way: hold or go on, one step more, cancel.

    Args:
        job: an active one.
        key: their keys begin with it, a hyphen follows.
        step: label of the button for one step more while it is held; empty for no such button.
    """
    jobs = compute.jobs()
    if job.state == "paused":
        _act("Go on", f"{key}-resume", "play_arrow", jobs.resume, job)
        if step:
            _act(step, f"{key}-step", "skip_next", jobs.step, job)
    else:
        _act("Hold", f"{key}-pause", "pause", jobs.pause, job)
    _act("Cancel", f"{key}-cancel", "stop", jobs.cancel, job)


def _act(label: str, key: str, icon: str, act: Callable[[str], bool], job: Job) -> None:
    st.button(label, key=key, icon=f":material/{icon}:", on_click=act, args=(job.id,))


# ---------------------------------------------------------------- how far


def follow(find: Callable[[], Job | None], draw: Callable[[Job], None], key: str, otherwise: str) -> None:
    """Draw the job, again and again while there can be news.

    Args:
        find: gives the job as it stands; see `watched`.
        draw: what to show of it, beginning with `progress`.
        key: where the session keeps the state that was drawn last.
        otherwise: what to say where there is no job.
    """
    job = find()
    active = job is not None and job.active
    st.fragment(_follow, run_every=POLL_SECONDS if active else None)(find, draw, key, otherwise)


def _follow(find: Callable[[], Job | None], draw: Callable[[Job], None], key: str, otherwise: str) -> None:
    job = find()
    if job is None:
        st.info(otherwise, icon=":material/model_training:")
        return
    draw(job)
    before, st.session_state[key] = st.session_state.get(key), job.state
    if before not in {None, job.state}:
        st.rerun()  # the buttons and the polling follow the state


@dataclass(frozen=True)
class Progress:
    """How far a job is.

    Attributes:
        share: of all that is to be done, 0 to 1.
        doing: what is under way, in words; empty before there is anything to say.
        seconds: worked so far.
        seconds_left: about, if the rest goes as fast as what is done; None before there is anything done.
    """

    share: float
    doing: str
    seconds: float
    seconds_left: float | None

    @classmethod
    def of(cls, job: Job, share: float, doing: str) -> Progress:
        """At this share of the work of a job that has told something."""
        seconds = job.events[-1].seconds if job.events else 0.0
        left = seconds / share * (1 - share) if share and seconds else None
        return cls(share, doing, seconds, left)


def progress(job: Job, now: Progress, working: str = "Training") -> None:
    """One line on how far a job is, with its bar; and why it failed, if it did.

    Args:
        working: what a running job of this kind does, in a word.
    """
    words = {
        "queued": f"In line: place {job.place}",
        "running": working,
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
    if job.state == "paused":
        minutes = compute.jobs().hold_seconds / 60
        st.caption(f"Held for more than {minutes:.0f} minutes, it goes on by itself if others wait in line.")
    if job.error:
        st.error(safe.text(job.error), icon=":material/error:")
