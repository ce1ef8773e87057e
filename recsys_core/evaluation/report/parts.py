"""What a report is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from recsys_core.algorithms._hyper import HyperValue
from recsys_core.errors import DataError
from recsys_core.ratings import FloatArray, IntArray, frozen

NAN = float("nan")


@dataclass(frozen=True)
class Contender:
    """One of the algorithms compared.

    Attributes:
        label: how it is called in this comparison; no two are called the same.
        algorithm: the name `recsys_core.algorithm` knows it by, or the name of a class of one's own.
        hyper_parameters: all in force, the defaults too.
    """

    label: str
    algorithm: str
    hyper_parameters: Mapping[str, HyperValue]


@dataclass(frozen=True)
class Cell:
    """One algorithm trained and tested on one fold.

    Attributes:
        algorithm: the contender's label.
        fold: from 0.
        values: by metric; `nan` where it could not be computed.
        fit_seconds: of training, on the clock on the wall.
        predict_seconds: of predicting all test ratings, and of placing people held out whole first.
        list_seconds: of making everybody's lists; `nan` where no metric needed any.
        peak_mb: by how many MB (2²⁰ bytes) the resident memory of this process rose, at its highest,
            above what it was when the fit began (`_peak`); `nan` where the system does not tell.
        n_ratings, n_users: tested.
        n_without: how many of these people have nothing relevant in the test part and are left out
            of metrics of relevance; None where no lists were made.
        warnings: a sentence each on what to know about these figures.
        error: why there are none; empty if there are.
    """

    algorithm: str
    fold: int
    values: Mapping[str, float] = field(default_factory=dict)
    fit_seconds: float = NAN
    predict_seconds: float = NAN
    list_seconds: float = NAN
    peak_mb: float = NAN
    n_ratings: int = 0
    n_users: int = 0
    n_without: int | None = None
    warnings: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, eq=False)
class People:
    """What each person adds to each metric, all folds together.

    The value of a metric for a person is made of their total over their weight, and so is that of
    everybody: of the sum of the totals over the sum of the weights.

    Attributes:
        users: (n,) whose figures these are: everybody tested, or of very many people a random part.
        totals, weights: (n_contenders, n_metrics, n), in the order of `Report.contenders` and
            `Report.metrics`. Of the RMSE: squared errors, and how many; of a metric of lists: the
            sum over the folds in which it is defined, and how many those are. Weight 0: undefined.
        n_tested: how many people were tested.
    """

    users: IntArray
    totals: FloatArray
    weights: FloatArray
    n_tested: int

    def __post_init__(self) -> None:
        shape = (*self.totals.shape[:2], len(self.users))
        if self.totals.ndim != 3 or not self.totals.shape == self.weights.shape == shape:
            raise DataError(
                f"Sums of shapes {self.totals.shape} and {self.weights.shape} do not fit "
                f"{len(self.users)} people."
            )
        for array in (self.users, self.totals, self.weights):
            frozen(array)
