"""Comparing algorithms on the same folds, cell by cell: what is done can be looked at meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from recsys_core.algorithms._hyper import HyperValue
from recsys_core.errors import JobError
from recsys_core.evaluation.cross_validation import validation
from recsys_core.evaluation.report import Report
from recsys_core.evaluation.splits import Splitting
from recsys_core.jobs.base import Event, Spec, Work
from recsys_core.jobs.kinds.train import the_dataset

REPORT = "comparison"


@dataclass(frozen=True)
class Compare(Spec):
    """Train and test algorithms on the same folds.

    A cell is one algorithm on one fold. `Event.epoch` counts the cells done of `n_epochs`, and
    `Event.part` says what is under way: "svd, fold 2 of 5". The report is written after every cell,
    and between two cells the work can be held.

    Attributes:
        dataset: a name that `load` knows.
        algorithms: by label the name of the algorithm and its hyper-parameters: (name, {…}).
        fingerprint: of the data set this is meant for; empty for whatever is there.
        splitting, folds, repeats, share, given, seed: as in `Splitting`; `splitting` is its kind.
        metrics, k, relevance, baselines: as in `cross_validate`.
    """

    dataset: str
    algorithms: Mapping[str, tuple[str, Mapping[str, HyperValue]]]
    fingerprint: str = ""
    splitting: str = "k-fold"
    folds: int = 5
    repeats: int = 1
    share: float = 0.2
    given: int = 10
    seed: int = 0
    metrics: tuple[str, ...] = ("rmse", "mae")
    k: int = 10
    relevance: float = 4.0
    baselines: bool = False

    kind: ClassVar[str] = "compare"

    def __post_init__(self) -> None:
        try:  # JSON knows no pairs; what is read back shall equal what was sent
            pairs = {str(label): (str(name), dict(given)) for label, (name, given) in self.algorithms.items()}
        except (AttributeError, TypeError, ValueError) as error:
            raise JobError("Give the algorithms as {label: (name, {hyper-parameter: value})}.") from error
        object.__setattr__(self, "algorithms", pairs)

    @property
    def how(self) -> Splitting:
        """The cut. Raises DataError where the fields make none."""
        return Splitting(self.splitting, self.folds, self.repeats, self.share, self.given, self.seed)

    def run(self, work: Work) -> None:
        """Compare, and leave the report in `work.folder`.

        Raises:
            DataError: the data set is not here or not the one, or as `cross_validate`.
            HyperParameterError: as `cross_validate`.
            OSError: the disk is full.
        """
        dataset = the_dataset(self.dataset, self.fingerprint)
        cells = validation(
            self.algorithms,
            dataset,
            self.how,
            self.metrics,
            k=self.k,
            relevance=self.relevance,
            baselines=self.baselines,
        )
        begun = False
        for now in cells:
            if not begun:
                work.begin(now.total)
                begun = True
            now.report.save(work.folder / REPORT)
            part = f"{now.algorithm}, fold {now.fold + 1} of {now.folds}"
            work.progress(Event(now.done, now.total, work.seconds, part=part))
            if now.done < now.total:
                work.may_go_on()


def comparison(folder: Path) -> Report:
    """The report of such a job in its `Job.folder`, as far as it is.

    Raises:
        DataError: there is none yet, or it cannot be read.
    """
    return Report.load(folder / REPORT)
