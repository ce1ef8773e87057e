"""Searching for good hyper-parameters, cell by cell."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from recsys_core.errors import DataError
from recsys_core.evaluation.search import SearchReport, grid_search
from recsys_core.evaluation.splits import Splitting
from recsys_core.jobs.base import Event, Spec, Work
from recsys_core.jobs.kinds.train import the_dataset

FILE = "search.json"


@dataclass(frozen=True)
class Search(Spec):
    """Cross-validate one setting of the hyper-parameters after the other.

    `Event.part` is the cell that was finished last, in words, and `Event.epoch` counts the cells done.

    Attributes:
        dataset: a name that `load` knows.
        algorithm: as for `recsys_core.algorithm`.
        space: for each hyper-parameter that varies, a list of values or {"low", "high", "log"}.
        sampler: "grid", "random" or "tpe".
        n_trials: how many cells; of a grid there are as many as it has.
        metric: to go by.
        folds, seed: of k-fold; the seed is that of the draws, too.
        splitting: fields of another `Splitting`; empty for k-fold.
        test_share: of the ratings, sealed until the end; 0 for none.
        pruning: stop cells early that are clearly worse; a grid is never pruned.
        k, relevance: of metrics of lists.
        fingerprint: of the data set this is meant for; empty for whatever is there.
    """

    dataset: str
    algorithm: str
    space: Mapping[str, Any]
    sampler: str = "grid"
    n_trials: int = 20
    metric: str = "rmse"
    folds: int = 3
    seed: int = 0
    splitting: Mapping[str, Any] = field(default_factory=dict)
    test_share: float = 0.0
    pruning: bool = True
    k: int = 10
    relevance: float = 4.0
    fingerprint: str = ""

    kind: ClassVar[str] = "search"

    def run(self, work: Work) -> None:
        """Search, and leave the report in `work.folder` after every cell."""
        dataset = the_dataset(self.dataset, self.fingerprint)
        how = Splitting(**self.splitting) if self.splitting else None

        def tell(report: SearchReport) -> None:
            _write(report, work.folder)
            last = report.cells[-1] if report.cells else None
            rmse = self.metric == "rmse" and last is not None and last.state == "done"
            work.progress(
                Event(
                    len(report.cells),
                    report.n_cells,
                    work.seconds,
                    train_rmse=last.training_mean if last is not None and rmse else None,
                    validation_rmse=last.mean if last is not None and rmse else None,
                    part=last.words if last is not None else "",
                )
            )

        report = grid_search(
            self.algorithm,
            self.space,
            dataset,
            self.folds,
            self.seed,
            self.metric,
            splitting=how,
            test_share=self.test_share,
            k=self.k,
            relevance=self.relevance,
            progress=tell,
            before_cell=work.may_go_on,
        )
        _write(report, work.folder)


def search_report(folder: Path) -> SearchReport:
    """What a search has found so far, or in the end, from its `Job.folder`.

    Raises:
        DataError: there is none yet, or it cannot be read.
    """
    try:
        return SearchReport.from_json((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError("There is no result of this search yet.") from error


def _write(report: SearchReport, folder: Path) -> None:
    """Readers see the old report or the new one, never half of one."""
    half = folder / f"{FILE}.part"
    half.write_text(report.to_json(), encoding="utf-8")
    os.replace(half, folder / FILE)
