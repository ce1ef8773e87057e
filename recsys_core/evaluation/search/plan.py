"""What a search will do, settled before it begins."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Literal, cast

from recsys_core.algorithms._hyper import HyperValue
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError, HyperParameterError
from recsys_core.evaluation.protocol import Protocol
from recsys_core.evaluation.sealed import Sealed
from recsys_core.evaluation.search.report import SearchReport
from recsys_core.evaluation.search.scoring import Fold, Scorer, chosen_metric
from recsys_core.evaluation.search.space import Space, cells_of, plain
from recsys_core.evaluation.splits import Splitting, hold_out
from recsys_core.evaluation.splits.splitting import MOST_SEEDS

if TYPE_CHECKING:
    from recsys_core.evaluation.search.samplers import SamplerName

RULES = 1
"""Goes into the identity of a search: raise it when equal searches would no longer give equal numbers."""
MOST_TRIALS = 2_000


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything that is settled before the first cell.

    Attributes:
        empty: the report before anything is done; it has what was asked for.
        space: where to look.
        listed: the cells of a grid; None where they are drawn.
        pruning: whether cells may be stopped early.
        score: how a cell is measured on a fold.
        folds: what every cell is measured on.
    """

    empty: SearchReport
    space: Space
    listed: list[dict[str, HyperValue]] | None
    pruning: bool
    score: Scorer
    folds: list[Fold]


def planned(
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
    training: bool,
    k: int,
    relevance: float,
) -> Plan:
    """Check what was asked for, seal the test part, and cut the rest into folds. Raises as `search`."""
    if sampler not in {"grid", "random", "tpe"}:
        raise HyperParameterError(f"There is no sampler {sampler!r}; there are: grid, random, tpe.")
    if not 1 <= n_trials <= MOST_TRIALS:
        raise HyperParameterError(f"n_trials = {n_trials} is not allowed: give 1 to {MOST_TRIALS:,}.")
    if type(seed) is not int or not 0 <= seed < MOST_SEEDS:
        raise HyperParameterError(f"seed = {seed!r} is not allowed: give a whole number from 0 to 2³² − 1.")
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
    asked = [RULES, name, list(plain(space).items()), sampler, n_cells, seed, metric, pruning, training, seal]
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
    return Plan(empty, space, listed, pruning, Scorer(dataset, chosen, k, relevance, training), folds)
