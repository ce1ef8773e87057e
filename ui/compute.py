"""The one door from the screens to cached and long work.

Everything here is shared by all sessions and read-only. Nothing a visitor says about
themselves passes through this file.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import streamlit as st

import recsys_core as rc
from recsys_core import cost
from recsys_core.algorithms import Algorithm
from recsys_core.algorithms.base import HyperValue
from recsys_core.asking import question_values
from recsys_core.cost import machine
from recsys_core.dataset import Dataset
from recsys_core.datasets.base import cache_folder
from recsys_core.errors import DataError, JobError, UnsupportedError
from recsys_core.jobs import Job, Jobs, Serve, model_at, served
from recsys_core.jobs import Served as Trained
from recsys_core.projection import Projection, principal_axes
from recsys_core.ratings import FloatArray, IntArray

MODEL_ROOM = 300_000_000
"""Bytes all trained models may take together; the least used go first, the newest always stays."""
LONG = 2.0
"""Seconds of computing from which a training is a job: a process of its own takes one to start."""
_QUICK = 0.3
"""Seconds a training may take before its progress is drawn: a flash of a bar only disturbs."""


@st.cache_resource(max_entries=6, show_spinner="Reading the ratings …")
def dataset(name: str) -> Dataset:
    """A data set by name, read once for all sessions; its arrays are read-only.

    Raises:
        DataNotFoundError: it is not on this machine yet.
    """
    return rc.load(name)


@st.cache_resource(max_entries=6, show_spinner=False)
def data_size(fingerprint: str, _dataset: Dataset) -> cost.Size:
    """What the cost of training on a data set depends on."""
    return cost.Size.of(_dataset.ratings, _dataset.side)


@st.cache_resource(max_entries=6, show_spinner=False)
def questions(fingerprint: str, _dataset: Dataset) -> FloatArray:
    """How much asking about each film would tell; see `recsys_core.asking`."""
    return question_values(_dataset.ratings)


@st.cache_resource(show_spinner=False, on_release=lambda jobs: jobs.close())
def jobs() -> Jobs:
    """The queue of long work, one for all sessions.

    Raises:
        RecsysError: the limits set for this server are no numbers above 0.
    """
    limits = cost.hosted_limits()
    return Jobs(cache_folder() / "jobs", max_seconds=limits.seconds, max_bytes=int(limits.n_bytes))


@st.cache_resource(max_entries=6, show_spinner=False)  # a model is some 8 MB, and quickly read again
def model_of_epoch(job_id: str, epoch: int, _folder: Path, _dataset: Dataset) -> Algorithm:
    """The model a job left, as it was after one of the epochs it kept.

    Raises:
        DataError: the files are gone or not the ones.
    """
    return model_at(_folder, _dataset, epoch)


@st.cache_resource(max_entries=20, show_spinner=False)
def map_axes(
    job_id: str, epoch: int, _folder: Path, _dataset: Dataset, _items: IntArray
) -> tuple[Projection, float]:
    """Axes fixed by the final model for the maps of all epochs, and how far out these items lie on them."""
    factors = model_of_epoch(job_id, epoch, _folder, _dataset).item_factors_
    axes = principal_axes(factors[_items])
    return axes, 1.15 * float(np.abs(axes(factors[_items])).max())


# ---------------------------------------------------------------- models, trained once


@dataclass
class _Training:
    """A training under way: its progress is written by one thread and read by many."""

    future: Future[Trained] = field(default_factory=Future)
    share: float = 0.0
    doing: str = "Waiting for another training to end"


class _Shelf:
    """Trained models by data, algorithm, parameters and seed; the least used goes first.

    Training does not run in a visitor's script: a click does not stop it, and a second visitor
    who wants the same model waits for the same training. What is done in a moment runs in one
    thread of the server; what takes longer is a job, and a thread only waits for it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._trainings: OrderedDict[object, _Training] = OrderedDict()
        self._quick = ThreadPoolExecutor(max_workers=1, thread_name_prefix="training")
        self._waiting = ThreadPoolExecutor(max_workers=32, thread_name_prefix="waiting-for-a-job")

    def get(self, key: object, train: Callable[[_Training], Trained], *, as_job: bool = False) -> _Training:
        with self._lock:
            training = self._trainings.get(key)
            if training is None or (training.future.done() and training.future.exception()):
                training = self._trainings[key] = _Training()
                (self._waiting if as_job else self._quick).submit(self._run, training, train)
            self._trainings.move_to_end(key)
            return training

    def _run(self, training: _Training, train: Callable[[_Training], Trained]) -> None:
        try:
            training.future.set_result(train(training))
        except BaseException as exc:  # whoever waits must be told, whatever it was
            training.future.set_exception(exc)
        self._make_room()

    def _make_room(self) -> None:
        with self._lock:
            done = {key: _size(each) for key, each in self._trainings.items() if each.future.done()}
            total = sum(done.values())
            for key in list(done)[:-1]:
                if total <= MODEL_ROOM:
                    break
                total -= done[key]
                del self._trainings[key]

    def close(self) -> None:
        for pool in (self._quick, self._waiting):
            pool.shutdown(wait=False, cancel_futures=True)


def _size(training: _Training) -> int:
    """Bytes of the arrays a finished training holds; 0 for one that failed."""
    if training.future.exception():
        return 0
    learned = vars(training.future.result().model).values()
    return sum(array.nbytes for array in learned if isinstance(array, np.ndarray))


@st.cache_resource(show_spinner=False, on_release=lambda shelf: shelf.close())
def _shelf() -> _Shelf:
    return _Shelf()


def trained(data: Dataset, name: str, **hyper_parameters: HyperValue) -> Trained:
    """The model, trained now or before; progress is shown while one waits.

    Raises:
        RecsysError: the hyper-parameters are not allowed, training diverged, or it would take
            more than this server gives to one training.
    """
    model = rc.algorithm(name, **hyper_parameters)
    key = (data.fingerprint, name, tuple(model.parameters().items()))
    as_job = _is_long(model, data)
    how = _train_as_job if as_job else _train
    training = _shelf().get(key, lambda progress: how(model, data, progress), as_job=as_job)
    begun, bar = time.monotonic(), None
    while not training.future.done():
        if bar is None and time.monotonic() - begun > _QUICK:
            bar = st.empty()
        if bar is not None:
            bar.progress(training.share, f"{training.doing} …")
        time.sleep(0.02 if bar is None else 0.1)
    if bar is not None:
        bar.empty()
    return training.future.result()


def _is_long(model: Algorithm, data: Dataset) -> bool:
    """Whether others would notice: it takes its time, or keeps the interpreter to itself as Surprise does.

    Raises:
        JobRefusedError: it would take more than this server gives.
    """
    size = data_size(data.fingerprint, data)
    once = cost.estimate(model.name, model.parameters(), size, machine.speed_so_far())
    cost.admit(once, cost.hosted_limits())
    return model.name.startswith("surprise_") or 2 * once.seconds > LONG  # measured by training once more


def _train(model: Algorithm, data: Dataset, progress: _Training) -> Trained:
    begun = time.perf_counter()
    progress.doing = f"Training “{model.title}” on {len(data.ratings):,} ratings"
    if model.iterative:
        for step in model.steps(data.ratings, data.side):
            progress.share = 0.5 * step.epoch / step.n_epochs
    else:
        model.fit(data.ratings, data.side)
    seconds = time.perf_counter() - begun
    progress.share, progress.doing = 0.5, "Measuring how far off it is for people it never saw"
    try:
        error = rc.fold_in_error(model, data.ratings, side=data.side)
    except (DataError, UnsupportedError):  # too few people to hold any out, or no stars to be off by
        error = None
    return Trained(model, error, seconds)


def _train_as_job(model: Algorithm, data: Dataset, progress: _Training) -> Trained:
    spec = Serve(data.name, model.name, model.parameters(), data.fingerprint)
    queue = jobs()
    job: Job | None = queue.submit(spec, owner=f"shelf-{secrets.token_urlsafe(8)}")
    while job is not None and job.active:
        place = f"In line: place {job.place}"
        progress.doing = place if job.state == "queued" else f"Training “{model.title}”, then measuring it"
        if job.events:
            progress.share = job.events[-1].epoch / job.events[-1].n_epochs
        time.sleep(0.1)
        job = queue.get(job.id)
    if job is None or job.state != "done":
        raise JobError(f"{model.title} was not trained: {job.error if job and job.error else 'cancelled'}")
    return served(job.folder, data)
