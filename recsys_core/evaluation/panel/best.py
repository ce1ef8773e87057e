"""The weights with the best NDCG: looked for on one half of a panel, reported on the other.

Weights are tried as whole hundredths that sum to 1: the plain rating order first, every signal alone, even
pairs, then draws from all over the simplex, and in ever narrower rounds from around the best so far. NDCG is
a flight of steps in the weights, with no slope to follow, which is why points are tried. Of equals the one
tried first is kept, so that nothing is preferred to the plain order without being better.

The best of hundreds of tries is partly luck, which is why what is found is opened on people who had no part
in it. That half is looked at once.

Source: Dirichlet draws by Devroye (1986), Non-Uniform Random Variate Generation, section XI.4; why the
reporting half must be another: Cawley & Talbot (2010), On Over-fitting in Model Selection
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from recsys_core.errors import DataError
from recsys_core.evaluation.metrics import metric
from recsys_core.evaluation.panel.base import Panel
from recsys_core.evaluation.panel.lists import lists_of
from recsys_core.evaluation.panel.price import Price, price
from recsys_core.evaluation.significance import LEVEL
from recsys_core.ranking import HybridWeights, Recipe
from recsys_core.ratings import FloatArray, IntArray

LOOKED_FOR = ("rating", "similarity", "popularity", "recency", "dissimilarity", "release", "novelty")
"""The signals that may take part: what is engaged with cannot be new, and a payer is no reason to like."""
N_TRIES = 200
ROUNDS = (20.0, 80.0, 320.0)
"""How closely the later tries keep to the best so far: a Dirichlet's sum of parameters."""


@dataclass(frozen=True)
class Best:
    """What was found.

    Attributes:
        weights: whole hundredths; the plain order's where nothing was better on validation.
        n_tried: how many different weights.
        validation, validation_plain: NDCG@k of both on the people it was looked for on.
        n_validation: how many they were.
        test: the price of these weights on the other people.
    """

    weights: HybridWeights
    n_tried: int
    validation: float
    validation_plain: float
    n_validation: int
    test: Price

    @property
    def words(self) -> str:
        """What to make of it, for a person."""
        change = self.test.of("ndcg")
        head = f"{self.n_tried} weights were tried on {self.n_validation} people"
        if self.weights == HybridWeights():
            return f"{head}, and none was better there than the plain rating order."
        d, k = change.difference, self.test.k
        told = (
            f"{head}. On {self.test.n_people} others the best of them has an NDCG@{k} of {change.value:.4f}; "
            f"the plain order has {change.plain:.4f}"
        )
        if np.isnan(d.p):
            return f"{told}. These are too few people to tell whether that is luck."
        between = f"{d.mean:+.4f}, with 95 % confidence {d.low:+.4f} to {d.high:+.4f}"
        # NDCG alone was asked about, and once: there is nothing to correct its p for.
        if d.p < LEVEL and d.mean > 0:
            return f"{told}: a gain of {between}."
        if d.p < LEVEL:
            return f"{told}: a loss of {between}. What looked best was luck."
        return f"{told}: {between}. That is too small to tell from luck: it is no proof of being better."


def best(
    panel: Panel,
    recipe: Recipe | None = None,
    names: Sequence[str] = LOOKED_FOR,
    n_tries: int = N_TRIES,
    seed: int = 0,
    told: Callable[[float], None] | None = None,
) -> Best:
    """Look for the weights with the highest NDCG.

    Args:
        panel: one half of it is looked at while searching, the other once, at the end.
        recipe: filters, exclusions and length of the lists; by default of the whole catalogue. It is not
            re-ranked, and its own weights are not looked at.
        names: the signals that may take part.
        n_tries: of all.
        seed: of the draws: the same seed on the same panel finds the same.
        told: is called now and then with the share of the tries that are done.

    Raises:
        DataError: a signal cannot take part, none is named, or nobody has anything relevant hidden.

    Cost: a list for each person of the half a try; with 200 tries on ml-latest-small about 1 s.
    """
    wanted = tuple(name for name in LOOKED_FOR if name in names)
    if bad := [name for name in names if name not in LOOKED_FOR]:
        raise DataError(f"{bad[0]!r} cannot take part; these can: {', '.join(LOOKED_FOR)}.")
    if not wanted:
        raise DataError(f"Name at least one signal to look at: {', '.join(LOOKED_FOR)}.")
    plain = replace(
        recipe or Recipe(), weights=HybridWeights(), normalisation=panel.normalisation, diversity=0.0,
        calibration=0.0, most_per_genre=None, recent=None, half_life=None, retrieve=None,
    )  # fmt: skip
    search = _Search(panel, plain, panel.half(0), wanted)
    before = search.of(HybridWeights())
    if np.isnan(before):
        raise DataError("Nobody on this half of the panel has anything relevant hidden: choose larger data.")
    search.from_all_over(n_tries, np.random.default_rng(seed), told)
    test = price(panel, replace(plain, weights=search.best), rows=panel.half(1))
    return Best(search.best, len(search.tried), search.value, before, len(search.rows), test)


class _Search:
    """What was tried, and the best of it."""

    def __init__(self, panel: Panel, recipe: Recipe, rows: IntArray, names: tuple[str, ...]) -> None:
        self.panel, self.recipe, self.rows, self.names = panel, recipe, rows, names
        self.tried: dict[HybridWeights, float] = {}
        self.best, self.value = HybridWeights(), -np.inf

    def of(self, weights: HybridWeights) -> float:
        """NDCG of these weights; computed once."""
        if weights not in self.tried:
            lists = lists_of(self.panel, replace(self.recipe, weights=weights), self.rows)
            self.tried[weights] = value = metric("ndcg").value(lists)
            if value > self.value:
                self.best, self.value = weights, value
        return self.tried[weights]

    def from_all_over(
        self, n_tries: int, rng: np.random.Generator, told: Callable[[float], None] | None
    ) -> None:
        """Corners, even pairs, the whole simplex, and then closer and closer around the best."""
        k = len(self.names)
        corners = [np.eye(k)[j] for j in range(k)]
        pairs = [(corners[a] + corners[b]) / 2 for a, b in combinations(range(k), 2)]
        near = n_tries // (len(ROUNDS) + 1)
        wide = max(0, n_tries - len(corners) - len(pairs) - near * len(ROUNDS))
        plan = [*corners, *pairs, *rng.dirichlet(np.full(k, 0.5), size=wide)]
        for n, point in enumerate(plan[: max(0, n_tries - near * len(ROUNDS))]):
            self.of(self._weights(point))
            if told and n % 10 == 0:
                told(n / n_tries)
        for turn, closeness in enumerate(ROUNDS, start=1):
            centre = np.array([self.best.shares[name] for name in self.names])
            if not centre.sum() > 0:
                centre = np.full(k, 1 / k)  # the plain order leads, and the rating takes no part
            for point in rng.dirichlet(closeness * centre + 0.1, size=near):
                self.of(self._weights(point))
            if told:
                told(1 - (len(ROUNDS) - turn) * near / n_tries)

    def _weights(self, point: FloatArray) -> HybridWeights:
        """A point of the simplex in whole hundredths."""
        hundredths = np.floor(100 * point)
        rest = int(100 - hundredths.sum())
        hundredths[np.argsort(-(100 * point - hundredths), kind="stable")[:rest]] += 1
        return HybridWeights(**{n: h / 100 for n, h in zip(self.names, hundredths.tolist(), strict=True)})
