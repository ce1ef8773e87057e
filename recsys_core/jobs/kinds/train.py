"""Training one model on one data set, epoch by epoch where the algorithm has epochs.

Nothing here touches the training itself: without a validation share the model is, to the last
bit, the one that `fit` leaves.
"""

from __future__ import annotations

import copy
import dataclasses
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import numpy as np

from recsys_core.algorithms import Algorithm, algorithm
from recsys_core.algorithms._hyper import HyperValue
from recsys_core.algorithms.binary_cf import BinaryCF
from recsys_core.dataset import Dataset
from recsys_core.datasets import load
from recsys_core.errors import DataError, JobError
from recsys_core.evaluation.splits import Split, hold_out
from recsys_core.jobs.base import Event, Spec, Work
from recsys_core.ratings import LongArray, Ratings
from recsys_core.store import load_model, save_model, saved_models

MODEL = "model"


@dataclass(frozen=True)
class Train(Spec):
    """Train a model, and watch it on ratings kept aside if a share of them is.

    Attributes:
        dataset: a name that `load` knows.
        algorithm, hyper_parameters: as for `recsys_core.algorithm`.
        fingerprint: of the data set this is meant for; empty for whatever is there.
        validation_share: of the ratings, drawn at random and kept from training; 0 keeps none.
        seed: of that draw.
        patience: stop after so many epochs without a lower validation RMSE, and return the best
            epoch; 0 goes through all epochs and returns the last.
        snapshot_epochs: the epochs to keep whole models of.
        snapshot_bytes: room for them on disk. Where not all fit, every second is kept, or every
            fourth, and so on, counted from the first: nobody knows when patience will end it.
    """

    dataset: str
    algorithm: str
    hyper_parameters: Mapping[str, HyperValue] = field(default_factory=dict)
    fingerprint: str = ""
    validation_share: float = 0.0
    seed: int = 0
    patience: int = 0
    snapshot_epochs: tuple[int, ...] = ()
    snapshot_bytes: int = 100_000_000

    kind: ClassVar[str] = "train"

    def run(self, work: Work) -> None:
        """Train, and leave `Trained`, the model, its snapshots and the split in `work.folder`.

        Raises:
            JobError: patience without a validation share.
            DataError: the data set is not here, or not the one.
            HyperParameterError, TrainingDivergedError: as `fit`.
            StoreError, OSError: the disk is full.
        """
        if self.patience and not self.validation_share:
            raise JobError("Stopping early needs ratings to watch: give a validation share above 0.")
        model = algorithm(self.algorithm, **self.hyper_parameters)
        dataset = the_dataset(self.dataset, self.fingerprint)
        split = hold_out(dataset.ratings, self.validation_share, self.seed) if self.validation_share else None
        run = _steps if model.iterative else _in_one_go
        trained = run(self, work, model, dataset, split)
        if split is not None:
            np.savez(work.folder / "split.npz", train=split.train, test=split.test)
        text = json.dumps(dataclasses.asdict(trained), indent=1)
        (work.folder / "trained.json").write_text(text, encoding="utf-8")


@dataclass(frozen=True)
class Trained:
    """What a training left.

    Attributes:
        epoch: the epoch whose parameters the model has; 0 where the algorithm has no epochs.
        epochs_run: how many epochs were run.
        stopped_early: whether patience ended it.
        snapshots: the epochs that can be looked at with `model_at`, rising; `epoch` is always among them.
    """

    epoch: int
    epochs_run: int
    stopped_early: bool
    snapshots: tuple[int, ...]


def trained(folder: Path) -> Trained:
    """Read what a finished training left in its `Job.folder`.

    Raises:
        DataError: there is no such result, or it cannot be read.
    """
    try:
        values = json.loads((folder / "trained.json").read_text(encoding="utf-8"))
        return Trained(**{**values, "snapshots": tuple(values["snapshots"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DataError("There is no finished training here: train again.") from error


def model_at(folder: Path, dataset: Dataset, epoch: int | None = None) -> Algorithm:
    """The trained model, or the model as it was after one of the snapshots' epochs.

    Raises:
        DataError: no snapshot was kept of that epoch, or it was trained on other data.
        StoreError: its files are damaged.
    """
    result = trained(folder)
    if epoch in {None, result.epoch}:
        return _saved(folder / MODEL, dataset)
    if epoch not in result.snapshots:
        kept = ", ".join(map(str, result.snapshots))
        raise DataError(f"Epoch {epoch} was not kept; these were: {kept}.")
    return _saved(folder / _snapshot(epoch), dataset)


def split_of(folder: Path, spec: Train, dataset: Dataset) -> Split | None:
    """The split a finished training learned from, or None where no ratings were kept from it.

    Raises:
        DataError: the file is not there or not the one.
    """
    if not spec.validation_share:
        return None
    try:
        with np.load(folder / "split.npz", allow_pickle=False) as file:
            train, test = file["train"], file["test"]
    except (OSError, ValueError, KeyError) as error:
        raise DataError("The split of this training cannot be read: train again.") from error
    return _split(dataset.ratings, spec.seed, train, test)


def _split(ratings: Ratings, seed: int, train: LongArray, test: LongArray) -> Split:
    return Split("hold-out", 0, 1, seed, ratings.fingerprint, train, test)


def the_dataset(name: str, fingerprint: str) -> Dataset:
    """The data set of this name, if it is the one that was meant.

    Raises:
        DataError: it is not here, or it has another fingerprint than was given; "" is given for any.
    """
    dataset = load(name)
    if fingerprint not in {"", dataset.fingerprint}:
        raise DataError(f"{dataset.title} has changed since this was asked for: choose it again.")
    return dataset


# ---------------------------------------------------------------- the loop


def _in_one_go(spec: Train, work: Work, model: Algorithm, dataset: Dataset, split: Split | None) -> Trained:
    ratings, validation = parts(dataset.ratings, split)
    work.begin(1)
    work.may_go_on()
    model.fit(ratings, dataset.side)
    work.progress(Event(1, 1, work.seconds, validation_rmse=error_on(model, validation)))
    save_model(model, work.folder / MODEL, dataset, split)
    return Trained(0, 1, False, (0,))


def _steps(spec: Train, work: Work, model: Algorithm, dataset: Dataset, split: Split | None) -> Trained:
    ratings, validation = parts(dataset.ratings, split)
    n_epochs = int(model.parameters()["n_epochs"])
    best, best_rmse, best_epoch, epoch = model, np.inf, 0, 0
    album: Album | None = None
    work.begin(n_epochs)
    work.may_go_on()
    for step in model.steps(ratings, dataset.side):
        # Half-steps, where an algorithm counts those, are more than its passes.
        epoch, n_epochs, rmse = step.epoch, step.n_epochs, error_on(model, validation)
        work.progress(
            Event(epoch, n_epochs, work.seconds, step.train_loss, step.train_rmse, rmse, step.gradient_norm)
        )
        if spec.patience and rmse is not None and rmse < best_rmse:
            best, best_rmse, best_epoch = still(model), rmse, epoch
        if album is None:
            album = Album(spec.snapshot_epochs, spec.snapshot_bytes // max(1, size(model)))
        wanted, dropped = album.wants(epoch)
        for each in dropped:
            shutil.rmtree(work.folder / _snapshot(each))
        if wanted:
            save_model(model, work.folder / _snapshot(epoch), dataset, split)
        if spec.patience and epoch - best_epoch >= spec.patience:
            break
        if epoch < n_epochs:
            work.may_go_on()
    if not spec.patience:
        best, best_epoch = model, epoch
    save_model(best, work.folder / MODEL, dataset, split)
    snapshots = tuple(sorted({*(album.kept if album else ()), best_epoch}))
    return Trained(best_epoch, epoch, epoch < n_epochs, snapshots)


def parts(ratings: Ratings, split: Split | None) -> tuple[Ratings, Ratings | None]:
    """What to learn from, and what to watch."""
    return (ratings, None) if split is None else (split.train_ratings(ratings), split.test_ratings(ratings))


def error_on(model: Algorithm, validation: Ratings | None) -> float | None:
    """Root mean squared error, in stars or, for yes and no, of probabilities; None of no ratings."""
    if validation is None:
        return None
    truth = model.labels(validation.values) if isinstance(model, BinaryCF) else validation.values
    error = model.predict(validation.users, validation.items) - truth
    return float(np.sqrt(np.mean(error * error)))


def still(model: Algorithm) -> Algorithm:
    """A copy of a model in training that training goes on without: its learned arrays are its own."""
    kept = copy.copy(model)
    for name, value in vars(model).items():
        if name.endswith("_") and isinstance(value, np.ndarray):
            own = value.copy()
            own.setflags(write=False)
            setattr(kept, name, own)
    return kept


def size(model: Algorithm) -> int:
    """Bytes of the learned arrays."""
    return sum(v.nbytes for k, v in vars(model).items() if k.endswith("_") and isinstance(v, np.ndarray))


class Album:
    """Which epochs to keep of a training that may end at any of them.

    Args:
        asked: the epochs that would be kept if there were room for all.
        room: how many can be kept. From half of them upwards are kept, evenly, once it is used up.
    """

    def __init__(self, asked: tuple[int, ...], room: int) -> None:
        self.kept: tuple[int, ...] = ()
        self._place = {epoch: k for k, epoch in enumerate(sorted(set(asked)))}
        self._room, self._stride = room, 1

    def wants(self, epoch: int) -> tuple[bool, tuple[int, ...]]:
        """Whether to keep an epoch, each later than the one before, and which to drop for it first."""
        place, before = self._place.get(epoch), self.kept
        if place is None or not self._room:
            return False, ()
        while len(self.kept) >= self._room and place % self._stride == 0:
            self._stride *= 2
            self.kept = tuple(each for each in self.kept if self._place[each] % self._stride == 0)
        wanted = place % self._stride == 0
        dropped = tuple(each for each in before if each not in self.kept)
        self.kept += (epoch,) * wanted
        return wanted, dropped


def _snapshot(epoch: int | None) -> Path:
    return Path("snapshots", f"{epoch:04d}")


def _saved(folder: Path, dataset: Dataset) -> Algorithm:
    """The one model saved in the folder."""
    models = saved_models(folder)
    if not models:
        raise DataError("The model of this training is gone: train again.")
    return load_model(models[0].path, dataset)
