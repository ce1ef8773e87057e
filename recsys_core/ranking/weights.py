"""How much each signal counts."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from recsys_core.errors import DataError
from recsys_core.ranking.checks import said
from recsys_core.ranking.signals import signals
from recsys_core.ratings import FloatArray

LARGEST = sys.float_info.max
"""A whole number above it is no weight either: no float holds it."""


@dataclass(frozen=True, init=False)
class HybridWeights:
    """How much each signal counts: `HybridWeights(rating=1.0, popularity=0.3)`; unnamed ones count nothing.

    Only their proportions matter. Without any name, the predicted rating alone counts.

    Attributes:
        pairs: (signal, weight) for every signal above 0, in the order of `signals()`.
    """

    pairs: tuple[tuple[str, float], ...]

    def __init__(self, **weights: float) -> None:
        """Check every weight.

        Raises:
            DataError: there is no such signal, or a weight is no number, negative or not finite.
        """
        given = {name: checked_weight(name, value) for name, value in (weights or {"rating": 1.0}).items()}
        pairs = tuple((name, given[name]) for name in signals() if given.get(name))
        object.__setattr__(self, "pairs", pairs)

    @property
    def weights(self) -> Mapping[str, float]:
        """Every signal's weight, by name; 0 where it counts nothing."""
        return dict.fromkeys(signals(), 0.0) | dict(self.pairs)

    @property
    def active(self) -> tuple[str, ...]:
        """The signals that count."""
        return tuple(name for name, _ in self.pairs)

    @property
    def shares(self) -> dict[str, float]:
        """Weight / sum of the weights, by signal: they sum to 1.

        Raises:
            DataError: every weight is 0.
        """
        if not self.pairs:
            raise DataError("Every weight is 0, so there is nothing to rank by: turn at least one signal up.")
        largest = max(weight for _, weight in self.pairs)  # sums of the largest numbers stay finite
        total = math.fsum(weight / largest for _, weight in self.pairs)
        found = dict(self.pairs)
        return {name: found.get(name, 0.0) / largest / total for name in signals()}

    def shares_of(self, names: tuple[str, ...]) -> FloatArray:
        """(n_names,) the shares of these signals.

        Raises:
            DataError: every weight is 0, or a signal that counts is not among the names.
        """
        if missing := [name for name in self.active if name not in names]:
            raise DataError(f"{missing[0]} has a weight, but these signals were made without it.")
        shares = self.shares
        return np.array([shares[name] for name in names])

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={weight:g}" for name, weight in self.pairs)
        return f"HybridWeights({inside})" if inside else "HybridWeights(rating=0)"


def checked_weight(name: str, value: Any) -> float:
    """The weight, if it is one.

    Raises:
        DataError: there is no such signal, or the weight is no number, negative or not finite.
    """
    if name not in signals():
        raise DataError(f"There is no signal {said(name)}; there are: {', '.join(signals())}.")
    if isinstance(value, bool) or not isinstance(value, Real) or not value <= LARGEST:
        raise DataError(f"The weight of {name} must be a finite number; got {said(value)}.")
    if value < 0:
        raise DataError(
            f"The weight of {name} is {said(value)}: weights are not below 0. "
            "To be recommended the opposite, turn up dissimilarity or novelty."
        )
    return float(value)
