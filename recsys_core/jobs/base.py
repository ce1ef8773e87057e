"""What crosses the border between whoever wants long work done and the process that does it."""

from __future__ import annotations

import dataclasses
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Condition
from typing import Any, ClassVar, Literal, Self, TypeAlias

import numpy as np

from recsys_core.errors import JobError

State: TypeAlias = Literal["queued", "running", "paused", "done", "failed", "cancelled"]


@dataclass(frozen=True)
class Event:
    """How far the work is. What is not known is None.

    Attributes:
        epoch: passes (or folds, or trials) done; 0 says that the first is under way.
        n_epochs: how many there will be, if nothing stops them early.
        seconds: worked so far, without pauses and without reading the data.
        train_loss, train_rmse, gradient_norm: as in `Step`.
        validation_rmse: on ratings kept from training, in stars (of probabilities for binary models).
        part: which of several trainings, folds or trials it speaks of; empty where there is but one.
    """

    epoch: int
    n_epochs: int
    seconds: float
    train_loss: float | None = None
    train_rmse: float | None = None
    validation_rmse: float | None = None
    gradient_norm: float | None = None
    part: str = ""


@dataclass(frozen=True)
class Job:
    """A job as it stood when it was asked for; ask again for news.

    Attributes:
        id: 128 random bits as text: who knows it may watch and cancel the job.
        spec: the work.
        owner: who asked for it (a session).
        folder: where its result is once it is done.
        state: `paused` is a job that holds between two epochs.
        place: 1 is next in line; 0 unless queued.
        events: oldest first.
        error: a sentence for a person on why it failed; empty otherwise.
        submitted, started, ended: seconds since 1970; None if it did not happen yet.
    """

    id: str
    spec: Spec
    owner: str
    folder: Path
    state: State = "queued"
    place: int = 0
    events: tuple[Event, ...] = ()
    error: str = ""
    submitted: float = 0.0
    started: float | None = None
    ended: float | None = None

    @property
    def kind(self) -> str:
        """The name of the kind of work."""
        return self.spec.kind

    @property
    def active(self) -> bool:
        """Whether news can still come."""
        return self.state in {"queued", "running", "paused"}

    @property
    def seconds_left(self) -> float | None:
        """About how long it will take if no pass takes longer than the mean one; None before the first."""
        if not self.events or not self.events[-1].epoch:
            return None
        last = self.events[-1]
        return last.seconds / last.epoch * (last.n_epochs - last.epoch)


@dataclass(frozen=True)
class Spec(ABC):
    """What is to be done, as plain values: it is sent to the worker, and kept, as JSON."""

    kind: ClassVar[str]
    """The name the registry knows this kind of work by."""

    @abstractmethod
    def run(self, work: Work) -> None:
        """Do it, in the worker: tell of progress through `work`, leave results in `work.folder`."""

    def to_json(self) -> dict[str, Any]:
        """The fields by name."""
        return {f.name: _plain(getattr(self, f.name)) for f in dataclasses.fields(self)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The reverse of `to_json`.

        Raises:
            JobError: a field is unknown or missing.
        """
        fields = {f.name: f for f in dataclasses.fields(cls)}
        for name in values:
            if name not in fields:
                raise JobError(f"A {cls.kind!r} job has no field {name!r}; it has: {', '.join(fields)}.")
        for name, field in fields.items():
            optional = (
                field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
            )
            if name not in values and not optional:
                raise JobError(f"A {cls.kind!r} job needs the field {name!r}.")
        return cls(**{name: tuple(v) if isinstance(v, list) else v for name, v in values.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(one) for one in value]
    return value.item() if isinstance(value, np.generic) else value


class Work:
    """The worker's side of a job: where to leave results, whom to tell, when to hold.

    Args:
        folder: for results; it exists and is empty.
        tell: sends one message to whoever owns the job.
    """

    def __init__(self, folder: Path, tell: Callable[[dict[str, Any]], None]) -> None:
        self.folder = folder
        self._tell = tell
        self._change = Condition()
        self._paused = False
        self._steps = 0
        self._begun = time.perf_counter()
        self._idle = 0.0

    @property
    def seconds(self) -> float:
        """Worked since `begin`, without pauses."""
        return time.perf_counter() - self._begun - self._idle

    def begin(self, n_epochs: int) -> None:
        """Start the clock and tell how many epochs there will be."""
        self._begun, self._idle = time.perf_counter(), 0.0
        self.progress(Event(0, n_epochs, 0.0))

    def progress(self, event: Event) -> None:
        """Tell how far it is."""
        self._tell({"type": "progress", **dataclasses.asdict(event)})

    def obey(self, word: str) -> None:
        """Take one word from outside: pause, resume, or step (one more epoch, then hold)."""
        with self._change:
            self._paused = word != "resume"
            self._steps = self._steps + 1 if word == "step" else 0
            self._change.notify_all()

    def may_go_on(self) -> None:
        """Call before each epoch: returns at once, or holds until resumed or stepped."""
        with self._change:
            if self._paused and not self._steps:
                since = time.perf_counter()
                self._tell({"type": "paused"})
                self._change.wait_for(lambda: not self._paused or self._steps)
                self._tell({"type": "running"})
                self._idle += time.perf_counter() - since
            self._steps = max(0, self._steps - 1)
