"""What a comparison of algorithms came to, with everything needed to doubt it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from recsys_core.errors import DataError
from recsys_core.evaluation._sums import finished
from recsys_core.evaluation.metrics import metrics
from recsys_core.evaluation.protocol import Protocol
from recsys_core.evaluation.report.parts import NAN, Cell, Contender, People
from recsys_core.evaluation.significance import Difference, difference_of_none, differences
from recsys_core.evaluation.slices import SliceSum, slice_rows

if TYPE_CHECKING:
    from pandas import DataFrame

    from recsys_core.evaluation.report.reproduce import Code


@dataclass(frozen=True, eq=False)
class Report:
    """A comparison, finished or under way.

    Attributes:
        protocol: what was measured on, and how.
        contenders: the algorithms, in the order asked for.
        metrics: their names, in the order asked for.
        cells: what was done, in the order it was done: fold by fold.
        people: what each person adds to each metric; None in a report that was saved without.
        parts: the sums of slices of users and items.
        versions: of what computed it, by name.
        created: when it began, ISO 8601.
    """

    protocol: Protocol
    contenders: tuple[Contender, ...]
    metrics: tuple[str, ...]
    cells: tuple[Cell, ...] = ()
    people: People | None = None
    parts: tuple[SliceSum, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    created: str = ""

    # -- state

    @property
    def labels(self) -> tuple[str, ...]:
        """Of the contenders."""
        return tuple(contender.label for contender in self.contenders)

    @property
    def n_folds(self) -> int:
        """How many there will be."""
        return len(self.protocol.split_identities)

    @cached_property
    def errors(self) -> dict[str, str]:
        """Why an algorithm has no figures, by label; only of those that failed."""
        return {cell.algorithm: f"Fold {cell.fold + 1}: {cell.error}" for cell in self.cells if cell.error}

    @property
    def complete(self) -> bool:
        """Whether all is done: every algorithm on every fold, or as far as it came."""
        return all(label in self.errors or len(self._of(label)) == self.n_folds for label in self.labels)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know about these figures, a sentence each, naming algorithm and fold."""
        return tuple(
            f"{cell.algorithm}, fold {cell.fold + 1}: {text}" for cell in self.cells for text in cell.warnings
        )

    def _of(self, label: str) -> list[Cell]:
        if label not in self.labels:
            raise DataError(f"There is no {label!r} in this report; there are: {', '.join(self.labels)}.")
        return [cell for cell in self.cells if cell.algorithm == label and not cell.error]

    # -- tables

    @cached_property
    def table(self) -> DataFrame:
        """One row an algorithm, by label.

        Columns: each metric, the mean over the folds, and "<metric> sd", the standard deviation over
        the folds (divided by folds − 1; Surprise divides by folds); "fit seconds", "predict
        seconds", "list seconds" (means) and "peak MB" (the largest), as in `Cell`; "folds" done;
        "error". An algorithm that failed on any fold has `nan` everywhere: a mean over other folds
        than the rest's is no fair figure.
        """
        from pandas import DataFrame, Index

        rows = []
        for label in self.labels:
            cells = [] if label in self.errors else self._of(label)
            row: dict[str, object] = {}
            for name in self.metrics:
                values = [cell.values[name] for cell in cells]
                row[name], row[f"{name} sd"] = _mean(values), _sd(values)
            row["fit seconds"] = _mean([cell.fit_seconds for cell in cells])
            row["predict seconds"] = _mean([cell.predict_seconds for cell in cells])
            row["list seconds"] = _mean([cell.list_seconds for cell in cells])
            row["peak MB"] = float(np.max([cell.peak_mb for cell in cells])) if cells else NAN
            row["folds"], row["error"] = len(cells), self.errors.get(label, "")
            rows.append(row)
        return DataFrame(rows, index=Index(self.labels, name="algorithm"))

    @cached_property
    def folds(self) -> DataFrame:
        """One row an algorithm and fold (counted from 1), in the order they were done."""
        from pandas import DataFrame

        return DataFrame(
            [
                {
                    "algorithm": cell.algorithm,
                    "fold": cell.fold + 1,
                    **{name: cell.values.get(name, NAN) for name in self.metrics},
                    "fit seconds": cell.fit_seconds,
                    "predict seconds": cell.predict_seconds,
                    "list seconds": cell.list_seconds,
                    "peak MB": cell.peak_mb,
                    "test ratings": cell.n_ratings,
                    "people": cell.n_users,
                    "people with nothing relevant": cell.n_without,
                    "error": cell.error,
                }
                for cell in self.cells
            ]
        )

    @cached_property
    def per_user(self) -> DataFrame:
        """One row an algorithm and person, pooled over the folds; a column a metric.

        Metrics of the whole catalogue have no share of a person, and are `nan`.

        Raises:
            DataError: this report was saved without them.
        """
        from pandas import DataFrame

        people = self._people()
        n = len(people.users)
        values = {
            name: finished(name, people.totals[:, m].ravel(), people.weights[:, m].ravel())
            for m, name in enumerate(self.metrics)
        }
        failed = np.repeat([label in self.errors for label in self.labels], n)
        for found in values.values():
            found[failed] = NAN
        users = np.tile(people.users, len(self.labels))
        return DataFrame({"algorithm": np.repeat(self.labels, n), "user": users, **values})

    def _people(self) -> People:
        if self.people is None:
            raise DataError("This report was saved without its figures by person: run it again.")
        return self.people

    def value(self, label: str, metric: str) -> float:
        """The mean over the folds, as in `table`.

        Raises:
            DataError: the report has no such algorithm or metric.
        """
        self._check_metric(metric)
        return NAN if label in self.errors else _mean([cell.values[metric] for cell in self._of(label)])

    def _check_metric(self, metric: str) -> None:
        if metric not in self.metrics:
            raise DataError(f"{metric!r} is not in this report; there are: {', '.join(self.metrics)}.")

    # -- questions

    def differences(self, metric: str) -> tuple[Difference, ...]:
        """Every two algorithms compared in one metric, corrected for how many pairs there are.

        Raises:
            DataError: the report has no such metric, or was saved without figures by person.

        Cost: 2,000 draws × people × algorithms; 0.2 s for 6,000 people and 5 algorithms.
        """
        self._check_metric(metric)
        people, m = self._people(), self.metrics.index(metric)
        done = {label for label in self.labels if math.isfinite(self.value(label, metric))}
        same = len({len(self._of(label)) for label in done}) <= 1
        if metrics()[metric].averaged == "whole" or not same:
            return difference_of_none(self.labels, metric)
        return differences(
            self.labels, people.totals[:, m], people.weights[:, m], metric, [la in done for la in self.labels]
        )

    def difference(self, a: str, b: str, metric: str) -> Difference:
        """Whether the gap between two algorithms is real: a minus b.

        `p_adjusted` is corrected for all pairs of this report.

        Raises:
            DataError: as `differences`, or there are no two such algorithms.
        """
        for found in self.differences(metric):
            if (found.a, found.b) == (a, b):
                return found
            if (found.a, found.b) == (b, a):
                return found.turned
        raise DataError(f"{a!r} and {b!r} are not two of this report's: {', '.join(self.labels)}.")

    def slices(self, metric: str | None = None) -> DataFrame:
        """Metrics by how much people rated and by how often films were rated; see `evaluation.slices`.

        Columns: "algorithm", "by", "slice", "ratings" (which they are), "metric", "value", "n", "of".
        """
        from pandas import DataFrame

        kept = (part for part in self.parts if part.algorithm not in self.errors)
        rows = [row for row in slice_rows(kept) if metric in {None, row.metric}]
        return DataFrame(
            {
                "algorithm": [row.algorithm for row in rows],
                "by": [row.by for row in rows],
                "slice": [row.level for row in rows],
                "ratings": [row.range for row in rows],
                "metric": [row.metric for row in rows],
                "value": [row.value for row in rows],
                "n": [row.n for row in rows],
                "of": [row.of for row in rows],
            }
        )

    def code(self) -> Code:
        """The Python that makes the table again: in this library, and in Surprise where it can."""
        from recsys_core.evaluation.report.reproduce import code

        return code(self)

    # -- files: see `recsys_core.evaluation.report.files`

    def to_json(self) -> str:
        """The whole report as text; figures by person only where they are few (`files.INLINE`)."""
        from recsys_core.evaluation.report.files import text_of

        return text_of(self)

    def to_csv(self, which: str = "table") -> str:
        """ "table", "folds", "per_user", "slices" or "differences" as CSV that is safe in a spreadsheet."""
        from recsys_core.evaluation.report.frames import csv

        return csv(self, which)

    def to_parquet(self, which: str = "table") -> bytes:
        """One of the same tables as a Parquet file that carries the protocol."""
        from recsys_core.evaluation.report.frames import parquet

        return parquet(self, which)

    def to_html(self) -> str:
        """All of it as one page that needs nothing else and runs nothing."""
        from recsys_core.evaluation.report.page import page

        return page(self)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote. Raises DataError where it is something else."""
        from recsys_core.evaluation.report.files import report_of

        return report_of(cls, text)

    def save(self, folder: Path | str) -> Path:
        """Write `report.json`, and figures by person beside it; whole or not at all. Returns the path."""
        from recsys_core.evaluation.report.files import save

        return save(self, Path(folder))

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read what `save` wrote. Raises DataError where there is none, or it is damaged."""
        from recsys_core.evaluation.report.files import load

        return load(cls, Path(folder))


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else NAN


def _sd(values: list[float]) -> float:
    return float(np.std(values, ddof=1)) if len(values) > 1 else NAN
