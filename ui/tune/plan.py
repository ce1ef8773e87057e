"""What is to be searched and how, as plain values; what it will cost, and the job that does it."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import recsys_core as rc
from recsys_core import cost
from recsys_core.algorithms import HyperParameter
from recsys_core.algorithms.base import HyperValue
from recsys_core.cost import Cost, Size
from recsys_core.cost.estimate import BYTES_A_RATING, WORKER_BYTES, WORKER_SECONDS
from recsys_core.cost.machine import Speed
from recsys_core.dataset import Dataset
from recsys_core.errors import HyperParameterError
from recsys_core.evaluation.metrics import metric, metrics
from recsys_core.evaluation.search import Range, suggested
from recsys_core.evaluation.search.space import Space, cells_of, checked, plain
from recsys_core.jobs import Search

MOST_CELLS = 400
"""More than a visitor waits for, or can look at."""
MOST_VARIED = 6
SAMPLERS = {
    "grid": ("Grid", "Every combination of the values listed. Complete, and soon too many."),
    "random": ("Random", "Draws from the ranges. With the same effort it tries more values of each."),
    "tpe": (
        "Bayesian",
        "Draws near what did well so far (tree-structured Parzen estimator). For many at once.",
    ),
}
"""By name: what it is called, and a sentence on it."""
_LOOKED_AT = 60
"""So many cells are estimated; the others are taken to be like them."""


@dataclass(frozen=True)
class Plan:
    """What a visitor asks for.

    Attributes:
        algorithm: its name.
        space: for each hyper-parameter that varies its range or its values.
        held: the others that do not have their defaults.
        sampler: one of `SAMPLERS`.
        n_trials: how many cells to draw; a grid has as many as it has.
        metric: to go by.
        folds, seed: of k-fold; the seed is that of the draws, too.
        test_share: of the ratings, sealed until the end.
        missing: what has to be put right before it can start, in a sentence; empty if nothing.
    """

    algorithm: str
    space: Mapping[str, Range | tuple[HyperValue, ...]]
    held: Mapping[str, HyperValue] = field(default_factory=dict)
    sampler: str = "grid"
    n_trials: int = 20
    metric: str = "rmse"
    folds: int = 3
    seed: int = 0
    test_share: float = 0.2
    missing: str = ""

    @property
    def whole_space(self) -> dict[str, Range | tuple[HyperValue, ...]]:
        """The space as a search takes it: what is held is a single value."""
        return {**self.space, **{name: (value,) for name, value in self.held.items()}}

    @property
    def pruning(self) -> bool:
        """Whether clearly worse cells are stopped early: a curve or a map would miss them."""
        return self.sampler != "grid" and len(self.space) > 2

    @property
    def n_cells(self) -> int:
        """How many settings will be tried."""
        if self.sampler != "grid":
            return self.n_trials
        return math.prod(len(one) for one in self.space.values() if not isinstance(one, Range))


def tunable(name: str) -> dict[str, HyperParameter]:
    """The hyper-parameters a search may vary: all but the seed, which is no setting but chance."""
    declared = rc.algorithms()[name].hyper_parameters()
    return {key: one for key, one in declared.items() if key != "seed"}


def able(data: Dataset) -> tuple[str, ...]:
    """Names of the algorithms that can be tuned on this data, ours first."""
    fit = [name for name, cls in rc.algorithms().items() if cls.can_serve(data.side) and tunable(name)]
    return tuple(sorted(fit, key=lambda name: (name.startswith("surprise_"), name)))


def goals(name: str, data: Dataset) -> tuple[str, ...]:
    """The metrics a search of this algorithm may go by, errors first."""
    binary, has_genres = rc.algorithms()[name].binary, bool(len(data.catalogue.genre_names))
    of = "labels" if binary else "ratings"
    errors = [key for key, cls in metrics().items() if cls.of == of and cls.better != "neither"]
    lists = [key for key, cls in metrics().items() if cls.of == "lists" and cls.better != "neither"]
    needing = {"diversity", "calibration"}
    lists = [key for key in lists if has_genres or key not in needing]
    usual = ["log_loss", "auc"] if binary else ["rmse", "mae"]
    first = [key for key in usual if key in errors]
    ranked = [key for key in ("ndcg", "recall", "precision") if key in lists]
    rest = [key for key in (*errors, *lists) if key not in {*first, *ranked}]
    return (*first, *ranked, *rest)


# ---------------------------------------------------------------- values of a grid


def usual_range(declared: HyperParameter) -> Range:
    """Where to look for a good number, if nobody says."""
    found = suggested(declared)
    assert isinstance(found, Range)  # noqa: S101 - numbers have ranges
    return found


def spread(declared: HyperParameter, low: float, high: float, steps: int) -> tuple[HyperValue, ...]:
    """So many values from low to high, both included: by equal factors where that is how it varies.

    Whole numbers are rounded, and stand once; others keep two digits between the ends.
    """
    if steps < 2 or low >= high:
        return (declared.check(declared.type(low)),)
    if by_factors(declared, low, high):
        values = [low * (high / low) ** (k / (steps - 1)) for k in range(steps)]
    else:
        values = [low + (high - low) * k / (steps - 1) for k in range(steps)]
    if declared.type is int:
        rounded: list[float] = [round(value) for value in values]
    else:
        rounded = [low, *(float(f"{value:.2g}") for value in values[1:-1]), high]
    inside = [min(max(value, low), high) for value in rounded]
    return tuple(dict.fromkeys(declared.check(declared.type(value)) for value in inside))


def by_factors(declared: HyperParameter, low: float, high: float) -> bool:
    """Whether a range of this hyper-parameter is gone through by factors rather than by equal steps."""
    return low > 0 and (declared.log or high >= 10 * low)


# ---------------------------------------------------------------- the job, and what it costs


def problem(plan: Plan) -> str:
    """Why it cannot start, in a sentence; empty if it can."""
    if plan.missing:
        return plan.missing
    if not plan.space:
        return "Choose at least one hyper-parameter to vary."
    try:
        checked(plan.algorithm, plan.whole_space)
    except HyperParameterError as exc:
        return str(exc)
    if plan.n_cells > MOST_CELLS:
        return (
            f"{plan.n_cells:,} cells are more than the {MOST_CELLS} a search may have here: list fewer "
            "values, or draw at random."
        )
    return ""


def spec(plan: Plan, data: Dataset) -> Search:
    """The job that searches as planned.

    Raises:
        HyperParameterError: it cannot start; says why.
    """
    wrong = problem(plan)
    if wrong:
        raise HyperParameterError(wrong)
    return Search(
        data.name,
        plan.algorithm,
        plain(checked(plan.algorithm, plan.whole_space)),
        sampler=plan.sampler,
        n_trials=plan.n_cells,
        metric=plan.metric,
        folds=plan.folds,
        seed=plan.seed,
        test_share=plan.test_share,
        pruning=plan.pruning,
        relevance=relevance(data),
        fingerprint=data.fingerprint,
    )


def relevance(data: Dataset) -> float:
    """From which rating on an item counts as liked: four fifths of the scale, on its steps."""
    scale = data.ratings.scale
    n_steps = round((0.8 * scale.high - scale.low) / scale.step)
    return float(scale.low + n_steps * scale.step)


def total(plan: Plan, size: Size, speed: Speed) -> Cost:
    """About what the whole job takes, with the process it runs in.

    Raises:
        HyperParameterError: the plan has a problem.
    """
    cells = list(islice(_cells(plan), _LOOKED_AT))
    ranked = metric(plan.metric).of == "lists"
    learned = size.part(1 - plan.test_share)
    work = cost.of_search(plan.algorithm, cells, learned, plan.folds, ranked=ranked, speed=speed)
    work = work * (plan.n_cells / len(cells))
    return Cost(
        WORKER_SECONDS * speed.interpreted + work.seconds,
        WORKER_BYTES + BYTES_A_RATING * size.n_ratings + work.n_bytes,
        work.source,
    )


def _cells(plan: Plan) -> Iterable[dict[str, HyperValue]]:
    """Settings such as the search will try, evenly from a grid, otherwise drawn."""
    space: Space = checked(plan.algorithm, plan.whole_space)
    if plan.sampler == "grid":
        cells = cells_of(space)
        return cells[:: math.ceil(len(cells) / _LOOKED_AT)]
    chance = random.Random(plan.seed)  # noqa: S311 - an estimate, no secret
    return [{name: _draw(one, chance) for name, one in space.items()} for _ in range(plan.n_trials)]


def _draw(one: Any, chance: random.Random) -> HyperValue:
    if not isinstance(one, Range):
        return chance.choice(one)  # type: ignore[no-any-return]
    where = chance.random()
    value = one.low * (one.high / one.low) ** where if one.log else one.low + (one.high - one.low) * where
    return round(value) if isinstance(one.low, int) else value


def trainings_in_words(plan: Plan) -> str:
    """How much is trained: "25 cells × 3 folds = 75 trainings, and one more for the test"."""
    n = plan.n_cells
    words = f"{n} cell{'' if n == 1 else 's'} × {plan.folds} folds = {n * plan.folds:,} trainings"
    return words + (", and one more for the test" if plan.test_share else "")
