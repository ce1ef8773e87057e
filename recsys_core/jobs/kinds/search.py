"""Searching for good hyper-parameters, cell by cell."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, cast

from recsys_core.errors import DataError, JobError
from recsys_core.evaluation.search import SearchReport, from_plain, search
from recsys_core.evaluation.splits import Splitting
from recsys_core.jobs.base import Event, Spec, Work
from recsys_core.jobs.kinds.train import the_dataset

FILE = "search.json"


@dataclass(frozen=True)
class Search(Spec):
    """Cross-validate one setting of the hyper-parameters after the other.

    Submitting an equal search again goes on where the first one ended, on any machine that has the same
    data and the same database of searches. A pause holds between two cells.

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
        """Search, and leave the report in `work.folder` after every cell.

        Finished cells are kept in the database of searches too, whatever becomes of the job.

        Raises:
            DataError: the data set is not here, not the one, or cannot be cut like this.
            HyperParameterError, UnsupportedError, LeakError, SearchStorageError: as `search`.
            JobError: `splitting` has another field than `Splitting`.
            StoreError: the address of the database cannot be read.
        """
        from recsys_core.store.runs import storage_url

        dataset, teller = the_dataset(self.dataset, self.fingerprint), _Teller(work, self.metric)
        report = search(
            self.algorithm,
            from_plain(self.space),
            dataset,
            cast("Any", self.sampler),
            self.n_trials,
            folds=self.folds,
            seed=self.seed,
            metric=self.metric,
            splitting=self._splitting(),
            test_share=self.test_share,
            pruning=self.pruning,
            k=self.k,
            relevance=self.relevance,
            storage=storage_url(),
            progress=teller.tell,
            before_cell=work.may_go_on,
        )
        _write(report, work.folder)

    def _splitting(self) -> Splitting | None:
        try:
            return Splitting(**self.splitting) if self.splitting else None
        except TypeError as error:
            raise JobError(f"This is no way to cut: {dict(self.splitting)!r:.200}.") from error


class _Teller:
    """Passes on how far a search is.

    The time already spent counts from the first cell on, so that what is left can be told from it
    in a search that was taken up again, too.
    """

    def __init__(self, work: Work, metric: str) -> None:
        self._work, self._metric, self._before = work, metric, -1.0

    def tell(self, report: SearchReport) -> None:
        """Write the report and tell of its last cell."""
        if self._before < 0:
            self._before = sum(cell.seconds for cell in report.cells)
            self._work.begin(report.n_cells)
        _write(report, self._work.folder)
        if not report.cells:
            return
        last = report.cells[-1]
        rmse = self._metric == "rmse" and last.state == "done"
        train_rmse, validation_rmse = (last.training_mean, last.mean) if rmse else (None, None)
        self._work.progress(
            Event(
                len(report.cells),
                report.n_cells,
                self._before + self._work.seconds,
                train_rmse=train_rmse,
                validation_rmse=validation_rmse,
                part=last.words,
            )
        )


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
