"""Alternating regressions, one half-step at a time: where items and people stand after each.

The first half-step regresses people on the random start, so its item factors are that start.
Nothing is computed a second time: the steps are the model's own.

Source: Module 19: Recommendation Systems, collaborative filtering.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from recsys_core.algorithms.alternating_regression import AlternatingRegression
from recsys_core.ratings import FloatArray, Ratings, frozen


@dataclass(frozen=True, eq=False)
class HalfStep:
    """One side regressed on the other.

    Attributes:
        number: 1, 2, 3 …
        moved: whose factors it found; the other side stood still.
        P: (n_users, n_factors) after it.
        Q: (n_items, n_factors) after it.
        loss: J of the model's equation (2), which never rises.
        rmse: on the ratings learned from, in stars.
    """

    number: int
    moved: Literal["people", "items"]
    P: FloatArray
    Q: FloatArray
    loss: float
    rmse: float

    def __post_init__(self) -> None:
        frozen(self.P)
        frozen(self.Q)

    @property
    def distances(self) -> FloatArray:
        """(n_items, n_items) Euclidean, between the items."""
        apart: FloatArray = np.linalg.norm(self.Q[:, None] - self.Q[None], axis=2)
        return apart


def half_steps(model: AlternatingRegression, ratings: Ratings) -> tuple[HalfStep, ...]:
    """Train the model, and keep where everything stood after each half-step.

    Cost: memory for 2 n_epochs copies of all factors: for tables one can look at.

    Raises:
        DataError, HyperParameterError, TrainingDivergedError: as `Algorithm.fit`.
    """
    return tuple(
        HalfStep(
            step.epoch,
            "people" if step.epoch % 2 else "items",
            model.user_factors_.copy(),
            model.item_factors_.copy(),
            step.train_loss,
            step.train_rmse,
        )
        for step in model.steps(ratings)
    )
