"""What a search found: a row a cell, the best of them, and how it was measured."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from recsys_core.algorithms._hyper import HyperValue
from recsys_core.errors import DataError, LeakError
from recsys_core.evaluation.protocol import Protocol
from recsys_core.evaluation.sealed import Opening

if TYPE_CHECKING:
    import pandas as pd

State: TypeAlias = Literal["done", "stopped early", "failed"]
NAN = float("nan")


@dataclass(frozen=True)
class Cell:
    """One setting of the hyper-parameters, and how it did.

    Attributes:
        number: 0, 1, … in the order of the search.
        parameters: the hyper-parameters that vary.
        state: "stopped early" where the first folds were clearly worse than what others had there.
        scores: the metric on each fold's validation part, as far as they were done.
        training: the same metric on what the fold was trained on, which falls ever further while the
            validation score turns; empty for metrics of lists, which leave out what was trained on.
        seconds: spent in `fit`, all folds together.
        error: why it failed, in a sentence; empty otherwise.
    """

    number: int
    parameters: Mapping[str, HyperValue]
    state: State
    scores: tuple[float, ...] = ()
    training: tuple[float, ...] = ()
    seconds: float = 0.0
    error: str = ""

    @property
    def mean(self) -> float:
        """Mean over the folds; `nan` unless all of them were done."""
        return float(np.mean(self.scores)) if self.state == "done" else NAN

    @property
    def sd(self) -> float:
        """Standard deviation over the folds, divided by one less than their number, as `cross_validate`
        does; `GridSearchCV` divides by their number. `nan` of a single fold."""
        return _sd(self.scores) if self.state == "done" else NAN

    @property
    def training_mean(self) -> float:
        """Mean of the training scores; `nan` where there are none."""
        return float(np.mean(self.training)) if self.state == "done" and self.training else NAN

    @property
    def training_sd(self) -> float:
        """Standard deviation of the training scores, as `sd`."""
        return _sd(self.training) if self.state == "done" else NAN

    @property
    def words(self) -> str:
        """The setting for a person: "n_factors = 20, learning_rate = 0.01"."""
        return in_words(self.parameters)


def in_words(parameters: Mapping[str, HyperValue]) -> str:
    """A setting for a person: "n_factors = 20, learning_rate = 0.01"."""
    return ", ".join(
        f"{name} = {value:.4g}" if isinstance(value, float) else f"{name} = {value}"
        for name, value in parameters.items()
    )


@dataclass(frozen=True)
class Best:
    """The cell that was chosen.

    Attributes:
        number: of the cell.
        parameters: its hyper-parameters.
        score: its mean over the folds.
        sd: over the folds.
    """

    number: int
    parameters: Mapping[str, HyperValue]
    score: float
    sd: float


@dataclass(frozen=True)
class Test:
    """The sealed part, opened once for the best cell, which was then trained on all the rest.

    Attributes:
        score: the metric on the test part; `nan` where it could not be measured.
        n_ratings: how many ratings that part has.
        opening: when it was opened, and with what choice.
        error: why it could not be measured; empty otherwise.
    """

    score: float
    n_ratings: int
    opening: Opening
    error: str = ""


@dataclass(frozen=True, eq=False)
class SearchReport:
    """A search, finished or as far as it is.

    Attributes:
        algorithm: its name.
        sampler: "grid", "random" or "tpe".
        metric: its name; `better` says which way is better.
        n_cells: how many cells there will be.
        cells: those that are finished, in order.
        varied: the hyper-parameters that vary, in the order they were given in.
        space: where the search looked, as plain values.
        protocol: how every number was measured; its splits are the folds.
        seed: of the search.
        identity: SHA-256 (hex) of what was asked for: the same search has the same one.
        test_share: of the ratings, sealed before anything was tried; 0 for none.
        test: the result on them; None before the end and where nothing was sealed.
    """

    algorithm: str
    sampler: str
    metric: str
    better: Literal["lower", "higher"]
    n_cells: int
    cells: tuple[Cell, ...]
    varied: tuple[str, ...]
    space: Mapping[str, Any]
    protocol: Protocol
    seed: int
    identity: str
    test_share: float = 0.0
    test: Test | None = None

    @property
    def finished(self) -> bool:
        """Whether every cell is."""
        return len(self.cells) == self.n_cells

    @cached_property
    def best(self) -> Best | None:
        """The best cell so far, of equal ones the first; None while none has been done to its end."""
        sign = 1.0 if self.better == "lower" else -1.0
        done = [cell for cell in self.cells if cell.state == "done" and math.isfinite(cell.mean)]
        if not done:
            return None
        first = min(done, key=lambda cell: (sign * cell.mean, cell.number))
        return Best(first.number, first.parameters, first.mean, first.sd)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a cell: its hyper-parameters, `mean`, `sd`, `fold 1` …, `training`, `training sd`,
        `fit seconds`, `state` and `error`; `nan` for what is not known."""
        import pandas as pd

        folds = [f"fold {k + 1}" for k in range(len(self.protocol.split_identities))]
        rows = []
        for cell in self.cells:
            row = {name: cell.parameters.get(name) for name in self.varied}
            row |= {"mean": cell.mean, "sd": cell.sd}
            row |= dict(zip(folds, (*cell.scores, *(NAN for _ in folds)), strict=False))
            row |= {
                "training": cell.training_mean,
                "training sd": cell.training_sd,
                "fit seconds": cell.seconds,
            }
            rows.append(row | {"state": cell.state, "error": cell.error})
        columns = [*self.varied, "mean", "sd", *folds, "training", "training sd", "fit seconds"]
        numbers = pd.Index([cell.number for cell in self.cells], name="cell")
        return pd.DataFrame(rows, columns=[*columns, "state", "error"], index=numbers)

    def tested(self) -> Test:
        """The result on the sealed part.

        Raises:
            LeakError: it is under seal, because cells are still being tried.
            DataError: nothing was sealed, or nothing could be chosen, so that it stayed shut.
        """
        if self.test is not None:
            return self.test
        if not self.test_share:
            raise DataError("No ratings were kept for a test: search again with a test_share above 0.")
        if self.finished and self.best is None:
            raise DataError("No cell could be chosen, so the test part was never opened.")
        raise LeakError(
            f"Leak, tuning on the test part: {len(self.cells)} of {self.n_cells} cells are done, and the "
            "test part is opened once, after the last one."
        )

    def to_json(self) -> str:
        """As text, every digit kept; `from_json` reads it back."""
        values = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name not in {"protocol", "cells", "test"}
        }
        values["protocol"] = json.loads(self.protocol.to_json())
        values["cells"] = [_plain(dataclasses.asdict(cell)) for cell in self.cells]
        values["test"] = None if self.test is None else _plain(dataclasses.asdict(self.test))
        return json.dumps(values, indent=1, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> SearchReport:
        """Read what `to_json` wrote.

        Raises:
            DataError: it is something else.
        """
        try:
            values = json.loads(text)
            protocol = Protocol.from_json(json.dumps(values["protocol"]))
            cells = tuple(_cell(one) for one in values["cells"])
            test = values["test"]
            if test is not None:
                test = Test(
                    _number(test["score"]),
                    int(test["n_ratings"]),
                    Opening(**test["opening"]),
                    str(test["error"]),
                )
            known = {"protocol": protocol, "cells": cells, "test": test, "varied": tuple(values["varied"])}
            report = cls(**{**values, **known})
            if report.better not in {"lower", "higher"}:
                raise ValueError(f"better is {report.better!r:.60}")
            report.table  # noqa: B018  # what cannot be tabulated is no report
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise DataError(f"This is not the text of a search ({error}).") from error
        return report


def _sd(values: tuple[float, ...]) -> float:
    return float(np.std(values, ddof=1)) if len(values) > 1 else NAN


def _cell(values: dict[str, Any]) -> Cell:
    numbers = {name: tuple(_number(one) for one in values[name]) for name in ("scores", "training")}
    cell = Cell(**{**values, **numbers})
    if cell.state not in {"done", "stopped early", "failed"}:
        raise ValueError(f"state is {cell.state!r:.60}")
    return cell


def _number(value: Any) -> float:
    return NAN if value is None else float(value)


def _plain(values: Any) -> Any:
    """JSON has no word for what is not a number."""
    if isinstance(values, dict):
        return {name: _plain(one) for name, one in values.items()}
    if isinstance(values, (list, tuple)):
        return [_plain(one) for one in values]
    return None if isinstance(values, float) and not math.isfinite(values) else values
