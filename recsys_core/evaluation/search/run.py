"""Try the cells of a search one after the other, and test the best of them once.

    sealed test part ──────────────────────────────────┐ opened once, for the best cell
    the rest ── cut into folds ── every cell ── best ──┘ trained on all the rest

Every cell meets the same folds, cut once. Cells are handed out by a `Ledger`, in memory or in a database
that several processes share and that outlives them.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Literal, cast

from recsys_core.algorithms import algorithm
from recsys_core.algorithms._hyper import HyperValue
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError, HyperParameterError, LeakError, RecsysError
from recsys_core.evaluation.protocol import Protocol
from recsys_core.evaluation.sealed import Sealed
from recsys_core.evaluation.search.report import Cell, SearchReport, in_words
from recsys_core.evaluation.search.scoring import Fold, Scorer, chosen_metric, usable
from recsys_core.evaluation.search.space import Range, Space, cells_of, checked, plain
from recsys_core.evaluation.splits import Splitting, hold_out

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler

    from recsys_core.evaluation.search.ledger import Claim, Ledger
    from recsys_core.evaluation.search.samplers import SamplerName

RULES = 1
"""Goes into the identity of a search: raise it when equal searches would no longer give equal numbers."""
MOST_TRIALS = 2_000
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
    k: int = 10,
    relevance: float = 4.0,
    storage: str | None = None,
    progress: Callable[[SearchReport], None] | None = None,
    before_cell: Callable[[], None] | None = None,
) -> SearchReport:
    """Cross-validate every combination of some hyper-parameters, on the same folds.

    The cells, folds, scores and the best one are those of Surprise's `GridSearchCV` with
    `cv=KFold(n_splits=folds, random_state=seed)` for an algorithm that learns the same numbers.

    Args:
        name: of the algorithm.
        grid: the values to try of each hyper-parameter that varies; the others keep their defaults.
        dataset, folds, seed, metric, splitting, test_share, k, relevance, storage, progress,
            before_cell: as `search`.

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
        k=k,
        relevance=relevance,
        storage=storage,
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
    k: int = 10,
    relevance: float = 4.0,
    storage: str | None = None,
    progress: Callable[[SearchReport], None] | None = None,
    before_cell: Callable[[], None] | None = None,
) -> SearchReport:
    """Look for good hyper-parameters; what the test part says is read once, at the end.

    A cell that fails is a row that says why, and the search goes on. In one process the same search
    gives the same table every time, also when it was broken off in between and taken up again. With
    several processes this holds of "grid" and, without pruning, of "random".

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
        k, relevance: of metrics of lists.
        storage: address of a database, as SQLAlchemy takes it. A search that was broken off goes on
            when it is started again with the same arguments, and processes that are given the same
            share the cells. None keeps nothing.
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
    plan = _planned(
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
        k,
        relevance,
    )
    from recsys_core.evaluation.search.ledger import Ledger  # with it comes Optuna, which takes its time

    empty = plan.empty
    ledger = Ledger(empty.identity, empty.n_cells, empty.better, storage, pruning=plan.pruning)
    try:
        return _Search(plan, ledger, progress or _nothing, before_cell or _nothing).run()
    finally:
        ledger.close()


def _nothing(*_: object) -> None:
    pass


@dataclass(frozen=True, eq=False)
class _Plan:
    """Everything that is settled before the first cell."""

    empty: SearchReport
    space: Space
    listed: list[dict[str, HyperValue]] | None
    pruning: bool
    score: Scorer
    folds: list[Fold]


def _planned(
    name: str,
    space: Space,
    sampler: SamplerName,
    n_trials: int,
    metric: str,
    dataset: Dataset,
    how: Splitting,
    seed: int,
    test_share: float,
    pruning: bool,
    k: int,
    relevance: float,
) -> _Plan:
    if sampler not in {"grid", "random", "tpe"}:
        raise HyperParameterError(f"There is no sampler {sampler!r}; there are: grid, random, tpe.")
    if not 1 <= n_trials <= MOST_TRIALS:
        raise HyperParameterError(f"n_trials = {n_trials} is not allowed: give 1 to {MOST_TRIALS:,}.")
    chosen = chosen_metric(metric, name)
    listed = cells_of(space) if sampler == "grid" else None
    if test_share and not 0 < test_share < 1:
        raise DataError(f"The share sealed for the test must be from 0 to below 1; got {test_share:g}.")
    sealed = Sealed(dataset.ratings, hold_out(dataset.ratings, test_share, seed)) if test_share else None
    ratings = dataset.ratings if sealed is None else sealed.tuning
    folds = [Fold.of(ratings, split) for split in how.splits(ratings)]
    for fold in folds:
        if sealed is not None:
            sealed.check(ratings, fold.split)
    sizes = (len(ratings), ratings.n_users, ratings.n_items)
    identities = tuple(fold.split.identity for fold in folds)
    filtered = f"{test_share:.4g} of the ratings sealed for the test" if test_share else ""
    protocol = Protocol(
        dataset.name, ratings.fingerprint, *sizes, how, identities, k, relevance, filter=filtered
    )
    n_cells = n_trials if listed is None else len(listed)
    seal = "" if sealed is None else sealed.identity
    asked = [RULES, name, list(plain(space).items()), sampler, n_cells, seed, metric, pruning, seal]
    identity = sha256(json.dumps([*asked, protocol.identity]).encode()).hexdigest()
    better = cast("Literal['lower', 'higher']", chosen.better)
    empty = SearchReport(
        name,
        sampler,
        metric,
        better,
        n_cells,
        (),
        tuple(space),
        plain(space),
        protocol,
        seed,
        identity,
        test_share,
    )
    return _Plan(empty, space, listed, pruning, Scorer(dataset, chosen, k, relevance), folds)


class _Search:
    """One process at work on a plan."""

    def __init__(
        self,
        plan: _Plan,
        ledger: Ledger,
        progress: Callable[[SearchReport], None],
        before_cell: Callable[[], None],
    ) -> None:
        self._plan, self._ledger, self._progress, self._before_cell = plan, ledger, progress, before_cell

    def run(self) -> SearchReport:
        """Do what is free until everything is done, also by others; then test the best."""
        told = self._tell(-1)
        while True:
            self._before_cell()
            claim = self._ledger.claim()
            if claim is not None:
                with self._ledger.working(claim):
                    self._ledger.write(claim, self._cell(claim))
            elif self._ledger.is_settled():
                break
            else:
                time.sleep(WAIT_SECONDS)
            told = self._tell(told)
        report = self._report()
        return self._tested(report) if self._plan.empty.test_share else report

    def _report(self) -> SearchReport:
        empty = self._plan.empty
        return replace(empty, cells=self._ledger.cells(empty.varied), test=self._ledger.test())

    def _tell(self, told: int) -> int:
        """Tell of cells that are new; returns how many there are."""
        report = self._report()
        if len(report.cells) > told:
            self._progress(report)
        return len(report.cells)

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
            score = plan.score(algorithm(plan.empty.algorithm, **parameters), fold, training=False).score
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
