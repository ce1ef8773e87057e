"""One dial turned from one end to the other: what each metric does on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from recsys_core.errors import DataError
from recsys_core.evaluation.panel.base import Panel
from recsys_core.evaluation.panel.price import Price, price
from recsys_core.ranking import HybridWeights, Recipe, Sponsor, signals

STEPS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@dataclass(frozen=True, eq=False)
class Curve:
    """Prices along one weight.

    Attributes:
        signal: whose weight.
        values: its values, in the order asked for.
        prices: one each.
    """

    signal: str
    values: tuple[float, ...]
    prices: tuple[Price, ...]

    @property
    def table(self) -> pd.DataFrame:
        """One row a value and metric: weight, metric, value, plain, change, low, high, verdict."""
        return pd.DataFrame(
            [
                (
                    weight,
                    change.metric,
                    change.value,
                    change.plain,
                    change.difference.mean,
                    change.difference.low,
                    change.difference.high,
                    change.verdict,
                )
                for weight, one in zip(self.values, self.prices, strict=True)
                for change in one.changes
            ],
            columns=["weight", "metric", "value", "plain", "change", "low", "high", "verdict"],
        )


def curve(
    panel: Panel,
    recipe: Recipe | HybridWeights,
    signal: str,
    values: Sequence[float] = STEPS,
    *,
    sponsors: tuple[Sponsor, ...] = (),
) -> Curve:
    """The price at each value of one weight while the others stay as they are.

    Values at which every weight would be 0 are left out.

    Args:
        panel: made with the recipe's normalisation.
        recipe: the others' weights, filters and the rest.
        signal: whose weight goes along.
        values: the weights to try, 0 or more.
        sponsors: who pays for which items.

    Raises:
        DataError: there is no such signal, a value is negative, or as `price`.

    Cost: a price each.
    """
    if signal not in signals():
        raise DataError(f"There is no signal {signal!r}; there are: {', '.join(signals())}.")
    asked = Recipe(recipe, panel.normalisation) if isinstance(recipe, HybridWeights) else recipe
    tried, prices = [], []
    for value in values:
        weights = HybridWeights(**{**asked.weights.weights, signal: value})
        if weights.pairs:
            tried.append(float(value))
            prices.append(price(panel, replace(asked, weights=weights), sponsors=sponsors))
    return Curve(signal, tuple(tried), tuple(prices))
