"""Training a model to recommend with: on all ratings, and measured on people held out.

The model is, to the last bit, the one that `fit` leaves; the error is that of `fold_in_error`.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import numpy as np

from recsys_core.algorithms import Algorithm, algorithm
from recsys_core.algorithms._hyper import HyperValue
from recsys_core.dataset import Dataset
from recsys_core.datasets import load
from recsys_core.errors import DataError, UnsupportedError
from recsys_core.evaluation import FoldInError, fold_in_error
from recsys_core.jobs.base import Event, Spec, Work
from recsys_core.ratings import frozen
from recsys_core.store import load_model, save_model, saved_models

_MODEL, _SERVED = "model", "served.json"


@dataclass(frozen=True)
class Serve(Spec):
    """Train a model on everything there is, and say how far off it is for people it never saw.

    Attributes:
        dataset: a name that `load` knows.
        algorithm, hyper_parameters: as for `recsys_core.algorithm`.
        fingerprint: of the data set this is meant for; empty for whatever is there.
    """

    dataset: str
    algorithm: str
    hyper_parameters: Mapping[str, HyperValue] = field(default_factory=dict)
    fingerprint: str = ""

    kind: ClassVar[str] = "serve"

    def run(self, work: Work) -> None:
        """Train and measure, and leave what `served` reads.

        Raises:
            DataError: the data set is not here, or not the one.
            HyperParameterError, TrainingDivergedError: as `fit`.
            StoreError, OSError: the disk is full.
        """
        model = algorithm(self.algorithm, **self.hyper_parameters)
        dataset = load(self.dataset)
        if self.fingerprint not in {"", dataset.fingerprint}:
            raise DataError(f"{dataset.title} has changed since this was asked for: choose it again.")
        n_passes = int(model.parameters()["n_epochs"]) if model.iterative else 1
        work.begin(2 * n_passes)  # measuring trains once more
        work.may_go_on()
        if model.iterative:
            for step in model.steps(dataset.ratings, dataset.side):
                work.progress(Event(step.epoch, 2 * n_passes, work.seconds))
                if step.epoch < n_passes:
                    work.may_go_on()
        else:
            model.fit(dataset.ratings, dataset.side)
        seconds = work.seconds
        work.progress(Event(n_passes, 2 * n_passes, seconds))
        error: FoldInError | None = None
        with suppress(DataError, UnsupportedError):  # too few people to hold any out, or no stars
            error = fold_in_error(model, dataset.ratings, side=dataset.side)
        save_model(model, work.folder / _MODEL, dataset)
        values = {"seconds": seconds, "error": None if error is None else _plain(error)}
        (work.folder / _SERVED).write_text(json.dumps(values, indent=1), encoding="utf-8")


@dataclass(frozen=True, eq=False)
class Served:
    """What such a job left.

    Attributes:
        model: fitted on the whole data set.
        error: measured with other people held out; None where there are too few people.
        seconds: how long training took.
    """

    model: Algorithm
    error: FoldInError | None
    seconds: float


def served(folder: Path, dataset: Dataset) -> Served:
    """Read what a finished job of this kind left in its `Job.folder`.

    Raises:
        DataError: there is no such result, it cannot be read, or it is of other data.
        StoreError: the model's files are damaged.
    """
    models = saved_models(folder / _MODEL)
    try:
        values = json.loads((folder / _SERVED).read_text(encoding="utf-8"))
        error = None if values["error"] is None else _measured(values["error"])
        seconds = float(values["seconds"])
    except (OSError, ValueError, TypeError, KeyError) as exc:
        raise DataError("There is no finished training here: train again.") from exc
    if not models:
        raise DataError("The model of this training is gone: train again.")
    return Served(load_model(models[0].path, dataset), error, seconds)


def _plain(error: FoldInError) -> dict[str, object]:
    values = {f.name: getattr(error, f.name) for f in dataclasses.fields(error)}
    return {name: v.tolist() if isinstance(v, np.ndarray) else v for name, v in values.items()}


def _measured(values: dict[str, object]) -> FoldInError:
    kept = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
    for name in ("counts", "absolute", "squared"):
        array = np.array(values[name], dtype=np.int64 if name == "counts" else np.float64)
        frozen(array)
        kept[name] = array
    return FoldInError(**kept)  # type: ignore[arg-type]
