"""What every metric is given, and what every metric is.

Three kinds of metric, by what they look at:

    ratings   `Predicted`: test ratings and what was predicted for them      (RMSE)
    labels    `Predicted`: yes (1) or no (0) and the predicted probability   (log-loss)
    lists     `Lists`: one list of recommendations a person                  (NDCG)

Conventions that hold for all of them, so that the metrics' own pages need not repeat them:

* What cannot be computed is `nan`: anything of nothing at all, and anything of a prediction that is
  not a finite number. It is never a good number, and never 0 or 1 by default.
* A list ranks everything a person has not rated in training; an item missing from a short list
  (−1) is a miss.
* A person with no relevant item held out has no precision, recall or NDCG. Such people are left out
  of the mean, and `Lists.n_without` says how many they are.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Generic, Literal, TypeVar

import numpy as np

from recsys_core.evaluation.metrics._measured import NOTHING, UNRANKED, Lists, Predicted, Relevant
from recsys_core.ratings import BoolArray, FloatArray

__all__ = ["NOTHING", "UNRANKED", "ListMetric", "Lists", "Metric", "Predicted", "Relevant"]

NAN = float("nan")

Measured = TypeVar("Measured", Predicted, Lists)


class Metric(ABC, Generic[Measured]):
    """Base of all metrics. A class a metric; the few that can be varied take it in the constructor."""

    name: ClassVar[str]
    title: ClassVar[str]
    """As a column is headed; "@k" stands for the length of the lists."""
    summary: ClassVar[str]
    """One sentence for a person."""
    better: ClassVar[Literal["lower", "higher", "neither"]]
    """Which way is better; "neither" for what only describes."""
    of: ClassVar[Literal["ratings", "lists", "labels"]]
    """What it measures."""
    averaged: ClassVar[Literal["users", "pooled", "whole"]] = "users"
    """How `value` comes about: the mean over users, all users' parts in one formula, or something of
    the whole that no single user has a share in (then `per_user` is None)."""
    unit: ClassVar[str] = ""
    """"stars", "bits"; empty for a plain number."""
    bounds: ClassVar[tuple[float, float]]
    """The least and the greatest value there can be."""
    needs_genres: ClassVar[bool] = False
    """It is `nan` where `Lists.genres` is None."""

    def value(self, measured: Measured) -> float:
        """The one number; `nan` of nothing, or where any prediction is not a finite number."""
        if not len(measured) or not measured.is_finite:
            return NAN
        return float(self._value(measured))

    def per_user(self, measured: Measured) -> FloatArray | None:
        """(n,) a number for each of `measured.people`, `nan` where undefined; None if of the whole."""
        if self.averaged == "whole":
            return None
        with np.errstate(divide="ignore", invalid="ignore"):  # undefined is nan, which is said here
            values = np.array(self._per_user(measured), dtype=np.float64)
        values[~self._finite(measured)] = np.nan
        return values

    def _value(self, measured: Measured) -> float:
        """The mean over those for whom it is defined, unless the metric says otherwise."""
        values = self.per_user(measured)
        if values is None:
            raise NotImplementedError(f"{self.name} is of the whole and must say how it is computed.")
        counted = values[~np.isnan(values)]
        return float(counted.mean()) if len(counted) else NAN

    @abstractmethod
    def _per_user(self, measured: Measured) -> FloatArray: ...

    @staticmethod
    def _finite(measured: Predicted | Lists) -> BoolArray:
        """(n,) for whom every prediction is a finite number."""
        if isinstance(measured, Lists):
            return ~measured.unranked
        wrong = measured.sums(~np.isfinite(measured.predictions))
        fine: BoolArray = wrong == 0
        return fine


class RatingMetric(Metric[Predicted]):
    """Base of the metrics of predicted ratings."""

    of: ClassVar[Literal["ratings", "lists", "labels"]] = "ratings"
    averaged: ClassVar[Literal["users", "pooled", "whole"]] = "pooled"


class LabelMetric(Metric[Predicted]):
    """Base of the metrics of predicted probabilities of a yes.

    `value` and `per_user` raise DataError where a true value is neither 0 nor 1, or a probability is
    not from 0 to 1.
    """

    of: ClassVar[Literal["ratings", "lists", "labels"]] = "labels"
    averaged: ClassVar[Literal["users", "pooled", "whole"]] = "pooled"

    @staticmethod
    def _pairs(measured: Predicted) -> tuple[FloatArray, FloatArray]:
        """Labels and probabilities; one that is no number is made 0.5, and its user `nan` afterwards."""
        p = measured.predictions
        return measured.truth, np.where(np.isfinite(p), p, 0.5)


class ListMetric(Metric[Lists]):
    """Base of the metrics of lists."""

    of: ClassVar[Literal["ratings", "lists", "labels"]] = "lists"


class RelevanceMetric(ListMetric):
    """Base of the metrics of who finds their relevant items how high up; nobody without any counts."""

    better: ClassVar[Literal["lower", "higher", "neither"]] = "higher"
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def _per_user(self, measured: Lists) -> FloatArray:
        values = self._per_list(measured)
        return np.where(measured.n_relevant > 0, values, np.nan)

    @abstractmethod
    def _per_list(self, lists: Lists) -> FloatArray:
        """(n,) for every list; what it says of those with nothing relevant is not looked at."""


class WholeMetric(ListMetric):
    """Base of the metrics of all lists together."""

    averaged: ClassVar[Literal["users", "pooled", "whole"]] = "whole"

    def _per_user(self, measured: Lists) -> FloatArray:
        raise NotImplementedError(f"{self.name} is of all lists together.")

    @abstractmethod
    def _value(self, measured: Lists) -> float: ...
