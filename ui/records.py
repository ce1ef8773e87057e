"""Runs on record: what ended is written down once, for whoever looks back at it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import streamlit as st

from recsys_core.errors import RecsysError
from recsys_core.jobs import Job

if TYPE_CHECKING:  # the database takes its time to load: only who asks for it waits
    from recsys_core.store.runs import Run, Runs

_MARK = "on-record"


@st.cache_resource(show_spinner=False)
def runs() -> Runs:
    """The database of runs, one for all sessions.

    Raises:
        StoreError: it cannot be reached or read.
    """
    from recsys_core.store.runs import Runs

    return Runs()


def record(job: Job, make: Callable[[], Run]) -> None:
    """Put a finished job on record when it is first seen done; says so where that fails.

    A mark beside the result keeps a run that was erased from coming back when its job is looked at
    again.

    Args:
        job: a done one.
        make: describes it; called only if it is not on record.
    """
    mark = job.folder / _MARK
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return
    except OSError:
        return  # no place for the mark is no place for the result either: there is nothing to keep
    try:
        runs().add(make())
    except RecsysError as exc:
        with suppress(OSError):
            mark.rename(job.folder / f"{_MARK}-failed")
        st.session_state[f"{_MARK}:{job.id}"] = str(exc)


def trouble(job: Job) -> str:
    """Why a job is not on record; empty where it is."""
    return str(st.session_state.get(f"{_MARK}:{job.id}", ""))
