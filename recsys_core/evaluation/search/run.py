"""Try the cells of a search one after the other, and test the best of them once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Literal, cast

from recsys_core.algorithms import algorithm
from recsys_core.algorithms._hyper import HyperValue
from recsys_core.dataset import Dataset
from recsys_core.errors import RecsysError
from recsys_core.evaluation.protocol import Protocol
from recsys_core.evaluation.sealed import Sealed
from recsys_core.evaluation.search.report import Cell, SearchReport, Test
from recsys_core.evaluation.search.scoring import Fold, Scorer, chosen_metric, usable
from recsys_core.evaluation.search.space import Range, Space, cells_of, checked, plain
from recsys_core.evaluation.splits import Splitting, hold_out


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
    progress: Callable[[SearchReport], None] | None = None,
    before_cell: Callable[[], None] | None = None,
) -> SearchReport:
    """Cross-validate every combination of some hyper-parameters, on the same folds."""
    space = checked(name, cast("Mapping[str, Range | Sequence[HyperValue]]", grid))
    cells = cells_of(space)
    chosen = chosen_metric(metric, name)
    sealed = Sealed(dataset.ratings, hold_out(dataset.ratings, test_share, seed)) if test_share else None
    ratings = dataset.ratings if sealed is None else sealed.tuning
    how = splitting or Splitting(folds=folds, seed=seed)
    parts = [Fold.of(ratings, split) for split in how.splits(ratings)]
    protocol = _protocol(dataset, how, parts, k, relevance)
    identity = _identity(name, space, "grid", len(cells), seed, metric, test_share, protocol)
    score = Scorer(dataset, chosen, k, relevance)
    better = cast("Literal['lower', 'higher']", chosen.better)
    done: list[Cell] = []
    test: Test | None = None

    def report() -> SearchReport:
        return SearchReport(
            name, "grid", metric, better, len(cells), tuple(done), tuple(space), plain(space), protocol,
            seed, identity, test_share, test,
        )  # fmt: skip

    for number, parameters in enumerate(cells):
        if before_cell is not None:
            before_cell()
        done.append(_cell(number, parameters, name, score, parts))
        if progress is not None:
            progress(report())
    best = report().best
    if sealed is not None and best is not None:
        sealed.close(done[best.number].words)
        split = sealed.open()
        fold = Fold.of(dataset.ratings, split)
        result = score(algorithm(name, **best.parameters), fold, training=False)
        assert sealed.opening is not None  # noqa: S101
        test = Test(result.score, len(fold.held_out), sealed.opening)
    return report()


def _cell(
    number: int, parameters: dict[str, HyperValue], name: str, score: Scorer, folds: list[Fold]
) -> Cell:
    try:
        results = [score(algorithm(name, **parameters), fold) for fold in folds]
    except RecsysError as error:
        return Cell(number, parameters, "failed", error=str(error))
    scores = tuple(result.score for result in results)
    training = tuple(result.training for result in results if result.training is not None)
    seconds = sum(result.seconds for result in results)
    if not all(usable(one) for one in scores):
        return Cell(number, parameters, "failed", scores, training, seconds, NOT_NUMBERS)
    return Cell(number, parameters, "done", scores, training, seconds)


NOT_NUMBERS = "Its predictions are not all finite numbers, or there was nothing to measure."


def _protocol(dataset: Dataset, how: Splitting, folds: list[Fold], k: int, relevance: float) -> Protocol:
    ratings = folds[0].ratings
    identities = tuple(fold.split.identity for fold in folds)
    sizes = (len(ratings), ratings.n_users, ratings.n_items)
    return Protocol(dataset.name, ratings.fingerprint, *sizes, how, identities, k, relevance)


def _identity(name: str, space: Space, *rest: Any) -> str:
    *values, protocol = rest
    asked = [1, name, plain(space), *values, protocol.identity]
    return sha256(json.dumps(asked, sort_keys=False).encode()).hexdigest()
