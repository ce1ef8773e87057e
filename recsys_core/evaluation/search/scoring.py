"""One cell on one fold: train on the one part, measure on the other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from recsys_core.algorithms import Algorithm, algorithms
from recsys_core.algorithms.binary_cf import BinaryCF
from recsys_core.dataset import Dataset
from recsys_core.errors import HyperParameterError, UnsupportedError
from recsys_core.evaluation.guard import check_unseen
from recsys_core.evaluation.lists import top_lists
from recsys_core.evaluation.metrics import Lists, Metric, Predicted, metric
from recsys_core.evaluation.splits import Split
from recsys_core.ratings import Ratings


@dataclass(frozen=True, eq=False)
class Fold:
    """A split with its parts made once, for all cells.

    Attributes:
        ratings: what was cut.
        split: the cut.
        train, held_out: its parts.
    """

    ratings: Ratings
    split: Split
    train: Ratings
    held_out: Ratings

    @classmethod
    def of(cls, ratings: Ratings, split: Split) -> Fold:
        """Make the parts.

        Raises:
            UnsupportedError: people are held out whole.
        """
        if len(split.given):
            raise UnsupportedError(
                "A search scores people the model was trained on; held-out users are for cross-validation."
            )
        return cls(ratings, split, split.train_ratings(ratings), split.test_ratings(ratings))


@dataclass(frozen=True)
class FoldResult:
    """What came of one fold.

    Attributes:
        score: on the part held out; `nan` where predictions are not finite numbers.
        training: on the part trained on; None for a metric of lists, or if nobody asked.
        seconds: spent in `fit`.
    """

    score: float
    training: float | None
    seconds: float


@dataclass(frozen=True)
class Scorer:
    """Scores models on folds by one metric.

    Attributes:
        dataset: features and genres are taken from it.
        metric: to be computed.
        k, relevance: of the metrics of lists.
        training: whether the part trained on is measured too.
    """

    dataset: Dataset
    metric: Metric[Any]
    k: int
    relevance: float
    training: bool

    def __call__(self, model: Algorithm, fold: Fold) -> FoldResult:
        """Train the model on the fold and measure it.

        Raises:
            DataError, HyperParameterError, TrainingDivergedError: as `fit`.
            LeakError: the model has seen what it is to be scored on.
        """
        begin = perf_counter()
        model.fit(fold.train, self.dataset.side)
        seconds = perf_counter() - begin
        check_unseen(model, fold.ratings, fold.split)
        if self.metric.of == "lists":
            return FoldResult(self._lists(model, fold), None, seconds)
        learned = self._predicted(model, fold.train) if self.training else None
        return FoldResult(self._predicted(model, fold.held_out), learned, seconds)

    def _predicted(self, model: Algorithm, part: Ratings) -> float:
        predictions = model.predict(part.users, part.items)
        truth = model.labels(part.values) if isinstance(model, BinaryCF) else part.values
        values = truth.astype(np.float64)
        return self.metric.value(Predicted(part.users, part.items, values, predictions))

    def _lists(self, model: Algorithm, fold: Fold) -> float:
        users = np.unique(fold.held_out.users)
        items = top_lists(model, fold.train, users, self.k)
        genres = self.dataset.catalogue.genres
        lists = Lists.of(fold.train, fold.held_out, users, items, relevance=self.relevance, genres=genres)
        return self.metric.value(lists)


def chosen_metric(name: str, algorithm_name: str) -> Metric[Any]:
    """The metric, if a search can go by it.

    Raises:
        HyperParameterError: no such metric, no way of it is better, or it does not measure what the
            algorithm predicts.
    """
    found = metric(name)
    if found.better == "neither":
        raise HyperParameterError(f"{found.title} only describes: no value of it is the best one.")
    binary = algorithms()[algorithm_name].binary
    if found.of != "lists" and binary != (found.of == "labels"):
        predicts = "the probability of a yes" if binary else "ratings"
        measures = "probabilities" if found.of == "labels" else "ratings"
        raise HyperParameterError(
            f"{algorithm_name} predicts {predicts}, and {found.title} measures {measures}: choose "
            + ("log_loss, auc or brier." if binary else "rmse, mae or a metric of lists.")
        )
    return found


def usable(score: float) -> bool:
    """Whether a score can be compared with others."""
    return math.isfinite(score)
