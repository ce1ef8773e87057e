"""Panels of people to try weights out on: made once for all sessions, behind everybody's back.

A model takes seconds or minutes to train again without the hidden ratings. Nobody's list waits for that:
whoever asks first starts it, and all look in again until it is there.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import streamlit as st

import recsys_core as rc
from recsys_core import cost
from recsys_core.algorithms import Algorithm
from recsys_core.cost import machine
from recsys_core.dataset import Dataset
from recsys_core.errors import JobError, JobRefusedError, UnsupportedError
from recsys_core.evaluation.panel import Panel
from recsys_core.evaluation.panel.split import ROOM
from recsys_core.jobs import Job
from recsys_core.jobs.kinds.panel import PanelModel, panel_model
from ui import compute
from ui.hybrid.choose import View

ROOM_FOR_ALL = 4 * ROOM
"""Bytes the panels of a server may take together: four of the largest; the least used goes first."""
MOST_FAILED = 64
"""Failures remembered, so that they are not tried at every move of a dial."""
IDLE = 60.0
"""Seconds nobody must have asked a panel before it makes room: else a class of many models would have them
all trained again at every move of a dial."""
PATIENCE = 60.0
"""Seconds before what failed is tried again; until then everybody is told why."""
ANSWERS = 256
"""Answers kept of each: two visitors with the same weights ask the same."""

Answer = TypeVar("Answer")


@dataclass
class Making:
    """A panel on its way, or there."""

    future: Future[Panel] = field(default_factory=Future)
    doing: str = "Waiting for another panel"
    asked: float = 0.0
    ended: float = 0.0
    answers: OrderedDict[Any, Any] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_there(self) -> bool:
        """Whether it can be asked, or said why not."""
        return self.future.done()

    @property
    def failed(self) -> bool:
        """Whether there will be no panel."""
        return self.is_there and self.future.exception() is not None

    @property
    def nbytes(self) -> int:
        """What it takes, or may take once it is there."""
        if not self.is_there:
            return ROOM
        return 0 if self.failed else self.panel.nbytes

    @property
    def is_stale(self) -> bool:
        """Whether it failed so long ago that it is worth another try."""
        return self.failed and time.monotonic() - self.ended > PATIENCE

    @property
    def panel(self) -> Panel:
        """The panel.

        Raises:
            RecsysError: it could not be made.
        """
        return self.future.result()

    def answer(self, question: Any, work: Callable[[Panel], Answer]) -> Answer:
        """What the panel says to a question; asked again, it is remembered."""
        with self.lock:
            if question in self.answers:
                self.answers.move_to_end(question)
                kept: Answer = self.answers[question]
                return kept
        found = work(self.panel)
        with self.lock:
            self.answers[question] = found
            if len(self.answers) > ANSWERS:
                self.answers.popitem(last=False)
        return found


class _Panels:
    """All panels, by data, model and normalisation."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._makings: OrderedDict[object, Making] = OrderedDict()
        self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="panel")

    def get(self, key: object, make: Callable[[Making], Panel]) -> Making:
        with self._lock:
            making = self._makings.get(key)
            if making is None or making.is_stale:
                self._makings.pop(key, None)
                if not self._has_room():
                    return _full()
                making = self._makings[key] = Making()
                self._pool.submit(self._run, making, make)
            making.asked = time.monotonic()
            self._makings.move_to_end(key)
            return making

    def _has_room(self) -> bool:
        """Whether there is room for one more, made if need be."""
        failed = [key for key, making in self._makings.items() if making.failed]
        for key in failed[: len(failed) - MOST_FAILED]:
            del self._makings[key]
        taken = sum(making.nbytes for making in self._makings.values())
        for key, making in list(self._makings.items()):
            if taken + ROOM <= ROOM_FOR_ALL:
                break
            if making.is_there and not making.failed and time.monotonic() - making.asked >= IDLE:
                taken -= making.nbytes
                del self._makings[key]
        return taken + ROOM <= ROOM_FOR_ALL

    def of_model(self, model: object) -> Panel | None:
        """A panel of the same data and model, however normalised."""
        with self._lock:
            for key, making in self._makings.items():
                if key[:-1] == model and making.is_there and not making.failed:  # type: ignore[index]
                    return making.panel
        return None

    def _run(self, making: Making, make: Callable[[Making], Panel]) -> None:
        try:
            making.future.set_result(make(making))
        except BaseException as exc:  # whoever waits must be told, whatever it was
            making.ended = time.monotonic()
            making.future.set_exception(exc)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def _full() -> Making:
    """For who has to wait for their turn."""
    refused = Making()
    refused.future.set_exception(
        JobRefusedError(
            "As many other models are being priced on this server as it has room for. Yours has its turn "
            f"once one of them has not been asked for {IDLE:.0f} seconds: move a dial then. The list itself "
            "does not need it."
        )
    )
    return refused


@st.cache_resource(show_spinner=False, on_release=lambda panels: panels.close())
def _panels() -> _Panels:
    return _Panels()


def of(view: View) -> Making:
    """The panel for the model on screen; the first to ask starts making it."""
    data, model, how = view.data, view.model, view.recipe.normalisation
    key = (data.fingerprint, model.name, tuple(model.parameters().items()))
    every = _panels()
    return every.get((*key, how), partial(_make, data, model, how, partial(every.of_model, key)))


def _make(
    data: Dataset, model: Algorithm, how: str, earlier: Callable[[], Panel | None], making: Making
) -> Panel:
    making.doing = "Computing the signals of the people on the panel"
    before = earlier()
    if before is not None:
        return before.normalised(how)
    if model.name not in rc.algorithms():
        raise UnsupportedError(
            f"{model.title} was not trained here, so it cannot be trained again without the ratings that are "
            "hidden to try weights out: choose another model to see the price."
        )
    making.doing = f"Training “{model.title}” again without the ratings that are hidden from it"
    again = _as_job(data, model, making) if _is_long(data, model) else None
    return Panel.make(model.name, dict(model.parameters()), data, normalisation=how, model=again)


def _is_long(data: Dataset, model: Algorithm) -> bool:
    """Whether others would notice it.

    Raises:
        JobRefusedError: it would take more than this server gives.
    """
    size = compute.data_size(data.fingerprint, data)
    once = cost.estimate(model.name, model.parameters(), size, machine.speed_so_far())
    cost.admit(once, cost.hosted_limits())
    return model.name.startswith("surprise_") or once.seconds > compute.LONG


def _as_job(data: Dataset, model: Algorithm, making: Making) -> Algorithm:
    """Train in a process of its own."""
    jobs = compute.jobs()
    spec = PanelModel(data.name, model.name, model.parameters(), data.fingerprint)
    job: Job | None = jobs.submit(spec, owner=f"panel-{secrets.token_urlsafe(8)}")
    doing = making.doing
    while job is not None and job.active:
        making.doing = f"In line: place {job.place}" if job.state == "queued" else doing
        if job.events and job.events[-1].epoch:
            making.doing = f"{doing}: {job.events[-1].epoch} of {job.events[-1].n_epochs}"
        time.sleep(0.1)
        job = jobs.get(job.id)
    if job is None or job.state != "done":
        raise JobError(
            f"{model.title} was not trained again: {job.error if job and job.error else 'cancelled'}"
        )
    return panel_model(job.folder, data)
