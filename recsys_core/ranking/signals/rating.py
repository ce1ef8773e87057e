"""The predicted rating, as the model scores it: not held to the scale, which would tie the top of a list."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from recsys_core.ranking.signals.base import Asked, Signal
from recsys_core.ratings import FloatArray


class Rating(Signal):
    """The model's score; an item nobody rated stands where its genres put it."""

    name: ClassVar[str] = "rating"
    title: ClassVar[str] = "Predicted rating"
    help: ClassVar[str] = "How much the model expects you to like it."
    symbol: ClassVar[str] = "r̂_ui"
    unit: ClassVar[str] = "model's score"
    place: ClassVar[int] = 1

    def raw(self, asked: Asked) -> FloatArray:
        scores = np.asarray(asked.model.scores(asked.user), dtype=np.float64)
        return asked.shared.placing.fill(scores)

    def silent(self, asked: Asked) -> str:
        return "the model could not score a single one"
