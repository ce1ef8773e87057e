"""What is to be compared and how, as plain values; what it will cost, and the job that does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add

import recsys_core as rc
from recsys_core import cost
from recsys_core.algorithms.base import HyperValue
from recsys_core.cost import Cost
from recsys_core.cost.estimate import BYTES_A_RATING, WORKER_BYTES, WORKER_SECONDS
from recsys_core.cost.machine import Speed
from recsys_core.dataset import Dataset
from recsys_core.evaluation import Splitting
from recsys_core.evaluation.cross_validation import BASELINES
from recsys_core.jobs import Compare

FEWEST, MOST = 2, 8
"""Algorithms a visitor may compare, besides the trivial ones."""
OF_RATINGS = ("rmse", "mae")
OF_LISTS = (
    *("ndcg", "precision", "recall", "hit_rate", "mrr"),
    *("coverage", "gini", "novelty", "diversity", "personalisation", "popularity_lift"),
)
NEEDS_GENRES = ("diversity",)


@dataclass(frozen=True)
class Plan:
    """What a visitor asks for.

    Attributes:
        chosen: hyper-parameters by name of the algorithm; those not named have their defaults.
        splitting: how the ratings are cut.
        k, relevance: as in `Protocol`.
        lists: whether lists are made and measured too.
    """

    chosen: Mapping[str, Mapping[str, HyperValue]]
    splitting: Splitting
    k: int
    relevance: float
    lists: bool

    @property
    def missing(self) -> str:
        """What has to be chosen before it can start, in a sentence; empty if nothing."""
        if len(self.chosen) < FEWEST:
            return f"Choose at least {FEWEST} models."
        return f"Choose {MOST} models at most." if len(self.chosen) > MOST else ""

    @property
    def contenders(self) -> dict[str, Mapping[str, HyperValue]]:
        """The algorithms chosen, then the trivial ones that always stand beside them."""
        beside: dict[str, Mapping[str, HyperValue]] = {
            name: {} for name in trivial(self.splitting) if name not in self.chosen
        }
        return {**self.chosen, **beside}


def trivial(splitting: Splitting) -> tuple[str, ...]:
    """The names of the trivial algorithms that can be measured on such a cut."""
    whole = splitting.kind == "held-out users"
    return tuple(name for name in BASELINES if rc.algorithms()[name].folds_in or not whole)


def able(data: Dataset, splitting: Splitting) -> tuple[str, ...]:
    """Names of the algorithms that can be compared on this data: all that predict stars, ours first.

    The one for yes and no is not among them: its errors are of another kind than stars.
    """
    whole = splitting.kind == "held-out users"
    fit = [
        name
        for name, cls in rc.algorithms().items()
        if cls.can_serve(data.side) and not cls.binary and (cls.folds_in or not whole)
    ]
    return tuple(sorted(fit, key=lambda name: (name.startswith("surprise_"), name)))


def metrics(plan: Plan, data: Dataset) -> tuple[str, ...]:
    """Names of what is measured: errors always; lists where asked for, genres where there are any."""
    has_genres = bool(len(data.catalogue.genre_names))
    of_lists = [name for name in OF_LISTS if has_genres or name not in NEEDS_GENRES]
    return (*OF_RATINGS, *(of_lists if plan.lists else ()))


def spec(plan: Plan, data: Dataset) -> Compare:
    """The job that compares what is planned; the labels are the algorithms' titles."""
    how = plan.splitting
    return Compare(
        data.name,
        {rc.algorithms()[name].title: (name, dict(given)) for name, given in plan.contenders.items()},
        data.fingerprint,
        *(how.kind, how.folds, how.repeats, how.share, how.given, how.seed),
        metrics(plan, data),
        plan.k,
        plan.relevance,
    )


# ---------------------------------------------------------------- what it will cost


def costs(plan: Plan, size: cost.Size, speed: Speed) -> dict[str, Cost]:
    """About what each algorithm takes, by name: training and testing it on every cut.

    Raises:
        HyperParameterError: a value is not allowed.
    """
    how = plan.splitting
    parts = max(2, how.folds if "fold" in how.kind else round(1 / how.share))
    return {
        name: cost.of_cross_validation([(name, given)], size, parts, ranked=plan.lists, speed=speed)
        * (how.n_splits / parts)
        for name, given in plan.contenders.items()
    }


def total(plan: Plan, size: cost.Size, speed: Speed) -> Cost:
    """About what the whole job takes, with the process it runs in.

    Raises:
        HyperParameterError: a value is not allowed.
    """
    work = reduce(add, costs(plan, size, speed).values())
    return Cost(
        WORKER_SECONDS * speed.interpreted + work.seconds,
        WORKER_BYTES + BYTES_A_RATING * size.n_ratings + work.n_bytes,
        work.source,
    )


def share_done(weights: Mapping[str, float], order: tuple[str, ...], cells: int, n_splits: int) -> float:
    """How much of the work is done, 0 to 1, when so many cells are: dear ones count for more.

    Args:
        weights: about how long a cell of each algorithm takes, by label.
        order: the labels as they come within a fold.
        cells: how many are done.
        n_splits: how many folds there are.
    """
    of_fold = [max(weights.get(label, 0.0), 1e-9) for label in order]
    whole = sum(of_fold)
    if not whole or not n_splits:
        return 0.0
    folds, rest = divmod(cells, len(of_fold))
    return min(1.0, (folds * whole + sum(of_fold[:rest])) / (n_splits * whole))
