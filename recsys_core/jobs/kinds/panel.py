"""Training the model of a panel: without the ratings hidden from it, in a process of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from recsys_core.algorithms import Algorithm, algorithm
from recsys_core.algorithms._hyper import HyperValue
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError
from recsys_core.evaluation.panel import panel_split
from recsys_core.jobs.base import Event, Spec, Work
from recsys_core.jobs.kinds.train import MODEL, the_dataset
from recsys_core.store import load_model, save_model, saved_models


@dataclass(frozen=True)
class PanelModel(Spec):
    """Train on the training part of `panel_split`.

    Attributes:
        dataset: a name that `load` knows.
        algorithm, hyper_parameters: as for `recsys_core.algorithm`.
        fingerprint: of the data set this is meant for; empty for whatever is there.
        seed: of the split.
    """

    dataset: str
    algorithm: str
    hyper_parameters: Mapping[str, HyperValue] = field(default_factory=dict)
    fingerprint: str = ""
    seed: int = 0

    kind: ClassVar[str] = "panel"

    def run(self, work: Work) -> None:
        """Train, and leave what `panel_model` reads.

        Raises:
            DataError: the data set is not here, not the one, or nobody in it has enough ratings.
            HyperParameterError, TrainingDivergedError: as `fit`.
            StoreError, OSError: the disk is full.
        """
        model = algorithm(self.algorithm, **self.hyper_parameters)
        dataset = the_dataset(self.dataset, self.fingerprint)
        split = panel_split(dataset.ratings, seed=self.seed)
        train = split.train_ratings(dataset.ratings)
        work.begin(int(model.parameters()["n_epochs"]) if model.iterative else 1)
        work.may_go_on()
        if model.iterative:
            for step in model.steps(train, dataset.side):
                work.progress(Event(step.epoch, step.n_epochs, work.seconds))
                if step.epoch < step.n_epochs:
                    work.may_go_on()
        else:
            model.fit(train, dataset.side)
        save_model(model, work.folder / MODEL, dataset, split)


def panel_model(folder: Path, dataset: Dataset) -> Algorithm:
    """The model a finished job of this kind left in its `Job.folder`.

    Raises:
        DataError: there is none, or it is of other data.
        StoreError: its files are damaged.
    """
    models = saved_models(folder / MODEL)
    if not models:
        raise DataError("The model of this panel is gone: ask for the price again.")
    return load_model(models[0].path, dataset)
