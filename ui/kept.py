"""Kept models: a training's model put where neither a restart nor the clearing of old jobs takes it.

They lie in a folder beside the jobs, and everybody who uses this server sees them. There is room
for so many; when it is full, keeping another is refused and nothing is thrown away unasked. Only
the session that kept a model can delete it; of one that is older than a week nobody says any more
that they wait for it, and everybody can.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import streamlit as st

import recsys_core as rc
from recsys_core.algorithms import Algorithm
from recsys_core.dataset import Dataset
from recsys_core.datasets.base import cache_folder
from recsys_core.errors import DataError
from recsys_core.jobs import Job, Train, model_at, split_of, trained
from recsys_core.jobs.kinds.train import MODEL
from recsys_core.store import SavedModel, StoreError, load_model, save_model, saved_models
from ui import state

MOST_MODELS = 20
MOST_BYTES = 500_000_000
"""Room on disk for all kept models together."""
OWN_SECONDS = 7 * 24 * 3600
"""How long a kept model is its keeper's alone to delete."""
_NOTE = "note.json"
_DELETED = ".deleted-"
_KEEPING = threading.Lock()  # two who keep at once must not both take the last place


@dataclass(frozen=True)
class Kept:
    """A model on the shelf.

    Attributes:
        saved: what its files say; `saved.error` where they cannot be read.
        epoch: the epoch whose numbers it has; None where it has no epochs, or that is not known.
        n_ratings: how many ratings it learned from; None where that is not known.
        keeper: the session that kept it (see `ui.long_work.owner`); None where that is not known.
    """

    saved: SavedModel
    epoch: int | None = None
    n_ratings: int | None = None
    keeper: str | None = None

    @property
    def id(self) -> str:
        """The name of its folder."""
        return self.saved.path.name

    @property
    def model(self) -> state.Model:
        """As the choice of a screen."""
        return state.Model(self.saved.algorithm, kept=self.id)

    @property
    def title(self) -> str:
        """The algorithm, and how long it learned: "SVD by gradient descent, epoch 7 of 20"."""
        title = rc.algorithms()[self.saved.algorithm].title
        n_epochs = self.saved.hyper_parameters.get("n_epochs")
        if n_epochs is None:
            return title
        if self.epoch in {None, n_epochs}:
            return f"{title}, {n_epochs} epochs"
        return f"{title}, epoch {self.epoch} of {n_epochs}"

    @property
    def when(self) -> str:
        """The moment it was kept."""
        return _moment(self.saved.saved_at)

    @property
    def everybodys(self) -> str:
        """The moment from which everybody can delete it."""
        return _moment(self.saved.saved_at + OWN_SECONDS)

    def may_delete(self, session: str) -> bool:
        """Whether a session can delete it: the one that kept it, and from a week on every one."""
        return self.keeper == session or time.time() >= self.saved.saved_at + OWN_SECONDS

    @property
    def label(self) -> str:
        """For a list to choose from: no two are the same."""
        return f"kept: {self.title} · {self.when} · {self.id[-4:]}"

    @property
    def settings(self) -> str:
        """The hyper-parameters that are not at their defaults."""
        declared = rc.algorithms()[self.saved.algorithm].hyper_parameters()
        changed = [
            f"{name} {value}"
            for name, value in self.saved.hyper_parameters.items()
            if value != declared[name].default
        ]
        return ", ".join(changed) or "all settings at their defaults"

    @property
    def learned_from(self) -> str:
        """Which ratings it has seen."""
        split = self.saved.split
        if split is None:
            return "learned from all ratings"
        fold = f", fold {split.fold + 1} of {split.folds}" if split.folds > 1 else ""
        some = f"{self.n_ratings:,} ratings, " if self.n_ratings else ""
        return f"learned from {some}the training part of a {split.kind}{fold} (seed {split.seed})"


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%d %b %Y, %H:%M} UTC"


# ---------------------------------------------------------------- the shelf


def folder() -> Path:
    """Where kept models lie."""
    return cache_folder() / "kept"


def everything() -> tuple[Kept, ...]:
    """All kept models, the newest first, those that cannot be read among them."""
    return tuple(Kept(saved, *_noted(saved.path)) for saved in saved_models(folder()))


def titled(id: str) -> str:
    """What a kept model is called in a sentence; of one that is gone, just that it was kept."""
    named = (f"Kept model: {each.title}, kept {each.when}" for each in everything() if each.id == id)
    return next(named, "A kept model")


def of(data: Dataset) -> tuple[Kept, ...]:
    """Those that can be used with this data set."""
    return tuple(
        each for each in everything() if not each.saved.error and each.saved.fingerprint == data.fingerprint
    )


def keep(job: Job, data: Dataset, session: str) -> Kept:
    """Put the model of a finished training on the shelf; one that is there already stays its keeper's.

    Args:
        job: the training.
        data: what it was trained on.
        session: who keeps it.

    Raises:
        StoreError: the shelf or the disk is full, or the model's files are damaged.
        DataError: the training's files are gone, or it was on other data.
    """
    assert isinstance(job.spec, Train)  # noqa: S101
    found = saved_models(job.folder / MODEL)
    if not found:
        raise DataError("The model of this training is gone: train again.")
    result, model = trained(job.folder), model_at(job.folder, data)
    with _KEEPING:
        there = {each.id: each for each in everything()}.get(found[0].path.name)
        _make_sure_of_room(found[0])
        path = save_model(model, folder(), data, split_of(job.folder, job.spec, data))
        keeper = session if there is None else there.keeper
        _note(path, result.epoch, int(model.user_counts_.sum()), keeper)
    return next(each for each in everything() if each.saved.path == path)


def _make_sure_of_room(new: SavedModel) -> None:
    there = everything()
    if new.path.name in {each.id for each in there}:
        return
    if len(there) >= MOST_MODELS:
        raise StoreError(
            f"There are {len(there)} kept models, and there is room for {MOST_MODELS}: under “Kept models” "
            "delete one of yours, or one that is older than a week, first."
        )
    total = sum(each.saved.n_bytes for each in there)
    if total + new.n_bytes > MOST_BYTES:
        raise StoreError(
            f"This model takes {amount(new.n_bytes)}; the kept ones take {amount(total)} of the "
            f"{amount(MOST_BYTES)} there are: under “Kept models” delete some of yours, or some that are "
            "older than a week, first."
        )


def delete(id: str, session: str) -> None:
    """Take a model off the shelf, in one step, whatever state its files are in.

    Raises:
        StoreError: another session kept it less than a week ago, or the disk refuses.
    """
    for each in everything():
        if each.id == id:
            if not each.may_delete(session):
                raise StoreError(
                    f"Another tab kept this model: everybody can delete it from {each.everybodys}."
                )
            gone = folder() / f"{_DELETED}{uuid4().hex}"
            try:
                os.rename(each.saved.path, gone)
            except FileNotFoundError:
                return  # somebody else was quicker
            except OSError as error:
                raise StoreError(f"{id} could not be deleted ({error.strerror}).") from error
    for gone in folder().glob(f"{_DELETED}*"):
        shutil.rmtree(gone, ignore_errors=True)


def load(id: str, data: Dataset) -> Algorithm:
    """A kept model, read once for all sessions.

    Raises:
        StoreError: it is not there any more, or damaged.
        DataError: it was trained on other data.
    """
    for each in everything():
        if each.id == id:
            if each.saved.error:
                raise StoreError(each.saved.error)
            return _loaded(id, each.saved.saved_at, data.fingerprint, each.saved.path, data)
    raise StoreError("This kept model has been deleted: choose another model.")


@st.cache_resource(max_entries=3, show_spinner="Reading the kept model …")
def _loaded(id: str, saved_at: float, fingerprint: str, _path: Path, _data: Dataset) -> Algorithm:
    return load_model(_path, _data)


def _note(path: Path, epoch: int, n_ratings: int, keeper: str | None) -> None:
    """Put beside the model what its own files do not say."""
    half = path / f".{uuid4().hex}"
    with suppress(OSError):  # then only its title is less exact
        half.write_text(
            json.dumps({"epoch": epoch, "n_ratings": n_ratings, "keeper": keeper}), encoding="utf-8"
        )
        os.replace(half, path / _NOTE)


def _noted(path: Path) -> tuple[int | None, int | None, str | None]:
    """The epoch, the number of ratings and the keeper; None for what is not there or is no such thing."""
    try:
        with (path / _NOTE).open(encoding="utf-8") as file:
            note = json.loads(file.read(1000))
        found, keeper = [note.get("epoch"), note.get("n_ratings")], note.get("keeper")
    except (OSError, ValueError, AttributeError, RecursionError):
        found, keeper = [None, None], None
    epoch, n_ratings = (value if type(value) is int and value > 0 else None for value in found)
    return epoch, n_ratings, keeper if isinstance(keeper, str) else None


def amount(n_bytes: int) -> str:
    """Bytes in words: "4.2 MB"."""
    return f"{n_bytes / 1e6:.1f} MB" if n_bytes < 1e7 else f"{n_bytes / 1e6:.0f} MB"
