"""Which parameters a cell gets: by its number alone, or by its number and what was learned before.

Random numbers are begun anew for every cell, from the seed and its number, so that a search that was
broken off goes on with the very cells it would have had.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, cast, get_args

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, RandomSampler, TPESampler

from recsys_core.algorithms._hyper import HyperValue
from recsys_core.evaluation.search.space import Range, Space

SamplerName: TypeAlias = Literal["grid", "random", "tpe"]
SAMPLERS: tuple[SamplerName, ...] = get_args(SamplerName)


class Listed(BaseSampler):
    """Gives one cell of a grid its values."""

    def __init__(self, cell: dict[str, HyperValue]) -> None:
        self._cell = cell

    def infer_relative_search_space(self, study: optuna.Study, trial: Any) -> dict[str, BaseDistribution]:
        """Nothing is drawn together."""
        return {}

    def sample_relative(
        self, study: optuna.Study, trial: Any, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Nothing is drawn together."""
        return {}

    def sample_independent(
        self, study: optuna.Study, trial: Any, param_name: str, param_distribution: BaseDistribution
    ) -> HyperValue:
        """The value that the grid has."""
        return self._cell[param_name]


def sampler(name: SamplerName, number: int, seed: int, n_cells: int) -> BaseSampler:
    """The sampler for cell `number` of a search at random or by what was learned.

    The tree-structured Parzen estimator draws its first quarter (10 at most) at random.

    Source: Bergstra & Bengio (2012), Random search for hyper-parameter optimization; Bergstra, Bardenet,
    Bengio & Kégl (2011), Algorithms for hyper-parameter optimization, section 4.
    """
    start = int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
    if name == "random":
        return RandomSampler(seed=start)
    return TPESampler(seed=start, n_startup_trials=min(10, max(1, n_cells // 4)))


def draw(trial: optuna.Trial, space: Space) -> dict[str, HyperValue]:
    """The parameters of a cell, as the study's sampler gives them."""
    drawn: dict[str, HyperValue] = {}
    for name, one in space.items():
        if not isinstance(one, Range):
            drawn[name] = cast("HyperValue", trial.suggest_categorical(name, one))
        elif isinstance(one.low, int) and isinstance(one.high, int):
            drawn[name] = trial.suggest_int(name, one.low, one.high, log=one.log)
        else:
            drawn[name] = trial.suggest_float(name, one.low, one.high, log=one.log)
    return drawn
