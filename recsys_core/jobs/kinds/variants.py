"""Training one algorithm several times on the same data, with other settings each time, to compare.

Every variant learns from the same ratings and is watched on the same ones kept aside, so what
differs between two curves is the settings alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from recsys_core.algorithms import algorithm
from recsys_core.algorithms._hyper import HyperValue
from recsys_core.dataset import Dataset
from recsys_core.errors import JobError, TrainingDivergedError
from recsys_core.evaluation.splits import hold_out
from recsys_core.jobs.base import Event, Spec, Work
from recsys_core.jobs.kinds.train import error_on, parts, the_dataset
from recsys_core.ratings import Ratings


@dataclass(frozen=True)
class Variants(Spec):
    """Train the variants one after another; what they told is the result, no model is kept.

    `Event.part` is the variant's name, and its epochs are counted from 1 again; the event with
    epoch 0 says that it begins. A variant whose training leaves the finite numbers tells so in a
    last event, whose `train_loss` is infinite (`diverged`), and the next one begins.

    Attributes:
        dataset: a name that `load` knows.
        algorithm: one that learns in epochs.
        variants: hyper-parameters by the name of the variant, in the order of training.
        fingerprint: of the data set this is meant for; empty for whatever is there.
        validation_share: of the ratings, drawn at random and kept from training; 0 keeps none.
        seed: of that draw.
    """

    dataset: str
    algorithm: str
    variants: Mapping[str, Mapping[str, HyperValue]]
    fingerprint: str = ""
    validation_share: float = 0.0
    seed: int = 0

    kind: ClassVar[str] = "variants"

    def run(self, work: Work) -> None:
        """Train them all; settings that are not allowed are refused before the first begins.

        Raises:
            JobError: there are no variants, or the algorithm has no epochs to compare.
            DataError: the data set is not here, or not the one.
            HyperParameterError: as `fit`.
        """
        models = {label: algorithm(self.algorithm, **given) for label, given in self.variants.items()}
        if not models:
            raise JobError("There is nothing to compare: give at least one variant.")
        for model in models.values():
            if not model.iterative:
                raise JobError(f"{model.title} learns in one go: there are no curves to compare.")
        dataset = the_dataset(self.dataset, self.fingerprint)
        split = hold_out(dataset.ratings, self.validation_share, self.seed) if self.validation_share else None
        ratings, validation = parts(dataset.ratings, split)
        work.begin(int(next(iter(models.values())).parameters()["n_epochs"]))
        for label in models:
            self._train(label, work, dataset, ratings, validation)

    def _train(
        self, label: str, work: Work, dataset: Dataset, ratings: Ratings, validation: Ratings | None
    ) -> None:
        # Made anew, so that only one trained model at a time takes memory.
        model, epoch = algorithm(self.algorithm, **self.variants[label]), 0
        n_epochs = int(model.parameters()["n_epochs"])
        work.progress(Event(0, n_epochs, work.seconds, part=label))
        work.may_go_on()
        try:
            for step in model.steps(ratings, dataset.side):
                epoch, rmse = step.epoch, error_on(model, validation)
                told = (step.train_loss, step.train_rmse, rmse, step.gradient_norm, label)
                work.progress(Event(epoch, step.n_epochs, work.seconds, *told))
                if epoch < step.n_epochs:
                    work.may_go_on()
        except TrainingDivergedError:
            work.progress(Event(epoch + 1, n_epochs, work.seconds, train_loss=math.inf, part=label))


def diverged(event: Event) -> bool:
    """Whether an event says that its variant's training left the finite numbers."""
    return event.train_loss == math.inf
