"""Try the cells of a search one after the other, and test the best of them once.

    sealed test part ──────────────────────────────────┐ opened once, for the best cell
    the rest ── cut into folds ── every cell ── best ──┘ trained on all the rest

Every cell meets the same folds, cut once. Cells are handed out by a `Ledger`, in memory or in a database
that several processes share and that outlives them.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, cast

from recsys_core.algorithms import algorithm
from recsys_core.algorithms._hyper import HyperValue
from recsys_core.dataset import Dataset
from recsys_core.errors import HyperParameterError, LeakError, RecsysError
from recsys_core.evaluation._warm import warm_up
from recsys_core.evaluation.sealed import Sealed
from recsys_core.evaluation.search.plan import Plan, planned
from recsys_core.evaluation.search.report import Cell, SearchReport, in_words
from recsys_core.evaluation.search.scoring import Fold, usable
from recsys_core.evaluation.search.space import Range, checked
from recsys_core.evaluation.splits import Splitting, hold_out

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler

    from recsys_core.evaluation.search.ledger import Claim, Ledger
    from recsys_core.evaluation.search.samplers import SamplerName

WAIT_SECONDS = 0.5
"""How often a process with nothing left to do looks whether the others are done."""
NOT_NUMBERS = "Its predictions are not all finite numbers, or there was nothing to measure."
TOO_LARGE = "It needed more memory than there is."


def grid_search(
    name: str,
    grid: Mapping[str, Sequence[HyperValue]],
    dataset: Dataset,
    folds: int = 3,
    seed: int = 0,
    metric: str = "rmse",
    *,
    splitting: Splitting | None = None,
    test_share: float = 0.0,
    training: bool = True,
    k: int = 10,
    relevance: float = 4.0,
    storage: str | None = None,
    threads: int = 1,
    progress: Callable[[SearchReport], None] | None = None,
    before_cell: Callable[[], None] | None = None,
) -> SearchReport:
    """Cross-validate every combination of some hyper-parameters, on the same folds.

    The cells, folds, scores and the best one are those of Surprise's `GridSearchCV` with
    `cv=KFold(n_splits=folds, random_state=seed)` for an algorithm that learns the same numbers.

    Args:
        name: of the algorithm.
        grid: the values to try of each hyper-parameter that varies; the others keep their defaults.
        dataset, folds, seed, metric, splitting, test_share, training, k, relevance, storage,
            threads, progress, before_cell: as `search`.

    Raises:
        As `search`.

    Cost: cells × folds times a `fit` and the predictions for both parts of the fold.
    """
    space = cast("Mapping[str, Range | Sequence[HyperValue]]", grid)
    return search(
        name,
        space,
        dataset,
        "grid",
        folds=folds,
        seed=seed,
        metric=metric,
        splitting=splitting,
        test_share=test_share,
        training=training,
        k=k,
        relevance=relevance,
        storage=storage,
        threads=threads,
        progress=progress,
        before_cell=before_cell,
    )


def search(
    name: str,
    space: Mapping[str, Range | Sequence[HyperValue]],
    dataset: Dataset,
    sampler: SamplerName = "tpe",
    n_trials: int = 20,
    *,
    folds: int = 3,
    seed: int = 0,
    metric: str = "rmse",
    splitting: Splitting | None = None,
    test_share: float = 0.0,
    pruning: bool = True,
    training: bool = True,
    k: int = 10,
    relevance: float = 4.0,
    storage: str | None = None,
    threads: int = 1,
    progress: Callable[[SearchReport], None] | None = None,
    before_cell: Callable[[], None] | None = None,
) -> SearchReport:
    """Look for good hyper-parameters; what the test part says is read once, at the end.

    A cell that fails is a row that says why, and the search goes on. In one process the same search
    gives the same table every time, also when it was broken off in between and taken up again. With
    several processes or threads this holds of "grid" and, without pruning, of "random".

    Args:
        name: of the algorithm.
        space: of each hyper-parameter that varies a `Range` or the values to choose from.
        dataset: to search on.
        sampler: "grid" tries every combination, "random" draws them, "tpe" draws near what did well.
        n_trials: how many cells to draw; a grid has as many as it has.
        folds: of k-fold.
        seed: 0 to 2³² − 1, of the folds, of the draws and of the sealed part.
        metric: to go by.
        splitting: another way to cut, in place of `folds`.
        test_share: of the ratings, sealed before anything is tried; 0 for none. The best cell is
            trained on all the rest and tested on it.
        pruning: stop a cell after any fold up to which its mean is worse than the median of the cells
            that were done; never on a grid.
        training: measure the part a fold was trained on too, which takes predicting it.
        k, relevance: of metrics of lists.
        storage: address of a database, as SQLAlchemy takes it. A search that was broken off goes on
            when it is started again with the same arguments, and processes that are given the same
            share the cells. None keeps nothing.
        threads: how many cells are done at once, each by a thread of its own and in as much memory:
            a gain for algorithms whose loops are compiled, as those of the lab are. The numbers are the
            same, as with several processes.
        progress: is told at the start and after every cell what has been found so far.
        before_cell: is called before each cell, and may hold.

    Raises:
        HyperParameterError: no such algorithm, hyper-parameter, sampler or metric, or a value out of its
            bounds.
        DataError: the data cannot be cut like this.
        UnsupportedError: people are held out whole.
        LeakError: a model has seen what it is to be scored on.
        SearchStorageError: the database cannot be used.
    """
    plan = planned(
        name,
        checked(name, space),
        sampler,
        n_trials,
        metric,
        dataset,
        splitting or Splitting(folds=folds, seed=seed),
        seed,
        test_share,
        pruning and sampler != "grid",
        training,
        k,
        relevance,
    )
    if threads < 1:
        raise HyperParameterError(f"threads = {threads} is not allowed: give 1 or more.")
    from recsys_core.evaluation.search.ledger import Ledger  # with it comes Optuna, which takes its time

    empty = plan.empty
    ledger = Ledger(empty.identity, empty.n_cells, empty.better, storage, pruning=plan.pruning)
    try:
        return _Search(plan, ledger, progress or _nothing, before_cell or _nothing).run(threads)
    finally:
        ledger.close()


def _nothing(*_: object) -> None:
    pass


class _Search:
    """One process at work on a plan."""

    def __init__(
        self,
        plan: Plan,
        ledger: Ledger,
        progress: Callable[[SearchReport], None],
        before_cell: Callable[[], None],
    ) -> None:
        self._plan, self._ledger, self._progress, self._before_cell = plan, ledger, progress, before_cell
        self._news, self._told, self._broken_off = threading.Condition(), -1, False

    def run(self, threads: int) -> SearchReport:
        """Do what is free until everything is done, also by others; then test the best."""
        warm_up(algorithm(self._plan.empty.algorithm), self._plan.folds[0].ratings.scale)
        self._tell()
        if threads == 1:
            self._work()
        else:
            with ThreadPoolExecutor(threads, thread_name_prefix="search") as pool:
                for worker in [pool.submit(self._work) for _ in range(threads)]:
                    worker.result()
        report = self._report()
        return self._tested(report) if self._plan.empty.test_share else report

    def _work(self) -> None:
        try:
            while not self._broken_off:
                self._before_cell()
                claim = self._ledger.claim()
                if claim is not None:
                    with self._ledger.working(claim):
                        self._ledger.write(claim, self._cell(claim))
                elif self._ledger.is_settled():
                    return
                else:
                    with self._news:
                        self._news.wait(WAIT_SECONDS)
                self._tell()
        except BaseException:
            self._broken_off = True  # the other threads end after their cells
            raise

    def _report(self) -> SearchReport:
        empty = self._plan.empty
        return replace(empty, cells=self._ledger.cells(empty.varied), test=self._ledger.test())

    def _tell(self) -> None:
        """Tell of cells that are new, whoever did them."""
        with self._news:
            report = self._report()
            if len(report.cells) > self._told:
                self._told = len(report.cells)
                self._progress(report)
            self._news.notify_all()

    # -- one cell

    def _cell(self, claim: Claim) -> Cell:
        from recsys_core.evaluation.search.samplers import Listed, draw, sampler

        plan = self._plan
        if plan.listed is not None:
            draws: BaseSampler = Listed(plan.listed[claim.number])
        else:
            name = cast("SamplerName", plan.empty.sampler)
            draws = sampler(name, claim.number, plan.empty.seed, plan.empty.n_cells)
        trial = self._ledger.trial(claim, draws)
        parameters = draw(trial, plan.space)
        scores, training, seconds = list[float](), list[float](), 0.0

        def cell(state: Literal["done", "stopped early", "failed"], error: str = "") -> Cell:
            return Cell(claim.number, parameters, state, tuple(scores), tuple(training), seconds, error)

        for number, fold in enumerate(plan.folds, start=1):
            try:
                result = plan.score(algorithm(plan.empty.algorithm, **parameters), fold)
            except LeakError:
                raise
            except Exception as error:  # the other cells can still be tried
                return cell("failed", _sentence(error))
            scores.append(result.score)
            training += [] if result.training is None else [result.training]
            seconds += result.seconds
            if not usable(result.score):
                return cell("failed", NOT_NUMBERS)
            if number < len(plan.folds) and self._ledger.is_hopeless(trial, scores):
                return cell("stopped early")
        return cell("done")

    # -- the test

    def _tested(self, report: SearchReport) -> SearchReport:
        """Whoever comes first opens the test part; the others wait for what is found.

        If that process dies before it has told anybody, the next one opens it for the same choice.
        """
        if report.best is None:
            return report  # nothing was chosen, so it stays shut
        while not self._ledger.is_settled("test"):
            claim = self._ledger.claim("test")
            if claim is None:
                time.sleep(WAIT_SECONDS)
                continue
            with self._ledger.working(claim):
                self._test(claim, report.best.parameters)
        return self._report()

    def _test(self, claim: Claim, parameters: Mapping[str, HyperValue]) -> None:
        plan, ratings = self._plan, self._plan.score.dataset.ratings
        sealed = Sealed(
            ratings,
            hold_out(ratings, plan.empty.test_share, plan.empty.seed),
            record=lambda opening: self._ledger.write_opening(claim, opening),
        )
        sealed.close(in_words(parameters))
        fold, score, error = Fold.of(ratings, sealed.open()), math.nan, ""
        try:
            score = plan.score(algorithm(plan.empty.algorithm, **parameters), fold).score
        except LeakError:
            raise
        except Exception as failure:  # what was found on the folds is worth having all the same
            error = _sentence(failure)
        self._ledger.write_test(claim, score, len(fold.held_out), error)


def _sentence(error: Exception) -> str:
    """The library's own words, but no other error's, which may name anything."""
    if isinstance(error, RecsysError):
        return str(error)
    if isinstance(error, MemoryError):
        return TOO_LARGE
    return f"Something unexpected stopped it ({type(error).__name__})."
