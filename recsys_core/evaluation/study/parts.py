"""What a study is made of: plain values that go into a file and come out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from recsys_core.evaluation.protocol import Protocol
from recsys_core.evaluation.significance import LEVEL, N_RESAMPLES, holm, resampled
from recsys_core.ratings import FloatArray

REFERENCE = 0
"""The row all others are held against: everything ranked, or the plain order of ratings."""


@dataclass(frozen=True)
class Estimate:
    """A mean over people, and how sure it is.

    Attributes:
        mean: over the `n` people for whom it is defined.
        low, high: the 95 % interval of a bootstrap over people; `nan` where the figure is of the whole.
        n: how many people.
    """

    mean: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Change:
    """How far a figure is from the reference's, on the same people.

    Attributes:
        mean, low, high: this minus the reference, with the 95 % interval of a paired bootstrap.
        p: of no change, by Holm corrected over all the changes of this figure.
    """

    mean: float
    low: float
    high: float
    p: float

    @property
    def real(self) -> bool:
        """Whether luck in who was asked is no good explanation."""
        return self.p < LEVEL


@dataclass(frozen=True)
class Point:
    """One way to make a list, and what it did.

    Attributes:
        name: "50", "everything", "rating + 0.3 popularity".
        n_candidates: ranked for one list, on average.
        figures: by name; of metrics as in `recsys_core.evaluation.metrics`.
        changes: against the reference, by name; empty for the reference itself.
        milliseconds: median processor time of one list, everything included.
        milliseconds_p95: 19 of 20 lists take no longer.
        retrieval_milliseconds: median of finding the candidates, a part of it; 0 where it was not timed.
    """

    name: str
    n_candidates: float
    figures: Mapping[str, Estimate]
    changes: Mapping[str, Change]
    milliseconds: float
    milliseconds_p95: float
    retrieval_milliseconds: float = 0.0


@dataclass(frozen=True)
class Chosen:
    """The recipe with the highest NDCG, chosen on one half of the people and judged on the other.

    Attributes:
        name: of the recipe.
        ndcg: of its lists, on the other half.
        change: against the plain order, on the other half; None where that was chosen.
    """

    name: str
    ndcg: Estimate
    change: Change | None


@dataclass(frozen=True)
class Study:
    """Retrieval and blends, measured on people whom the model never saw.

    Attributes:
        protocol: data, cut, length of the lists, what is relevant.
        algorithm, hyper_parameters: of the model.
        n_people: held out; n_without: of them with nothing relevant to find, left out of NDCG and recall.
        simulated: the audience of the data is not real people.
        timed: its ratings have times.
        n_items: rated in training, so that they could be in a list.
        curve: by number of candidates retrieved, everything first; ranked by predicted rating.
        blended_curve: the same, ranked by a blend of signals, `blend`.
        blends: by recipe, the plain order of ratings first.
        best: the recipe to take, and what it is worth on people it was not chosen on.
        signals_milliseconds: median of computing one person's signals, before any list is weighed.
        versions: of what computed it; machine: on what, for the times.
        created: when, in ISO 8601.
    """

    protocol: Protocol
    algorithm: str
    hyper_parameters: Mapping[str, object]
    n_people: int
    n_without: int
    simulated: bool
    timed: bool
    n_items: int
    curve: tuple[Point, ...]
    blended_curve: tuple[Point, ...]
    blend: str
    blends: tuple[Point, ...]
    best: Chosen
    signals_milliseconds: float
    versions: Mapping[str, str]
    machine: str
    created: str


def choose(names: list[str], ndcg: FloatArray, seed: int) -> Chosen:
    """Choose on a random half of the people, judge on the other.

    Args:
        names: of the recipes, the plain order first.
        ndcg: (n_recipes, n_people), `nan` where undefined.
        seed: of the halves.
    """
    asked = np.flatnonzero(~np.isnan(ndcg).any(axis=0))
    mixed = np.random.default_rng([seed, 1]).permutation(asked)
    first, second = mixed[: (len(mixed) + 1) // 2], mixed[(len(mixed) + 1) // 2 :]
    best = int(ndcg[:, first].mean(axis=1).argmax()) if len(first) else REFERENCE
    found, changes = estimates(ndcg[[REFERENCE, best]][:, second], seed)
    return Chosen(names[best], found[1], changes[0] if best != REFERENCE else None)


def estimates(values: FloatArray, seed: int = 0) -> tuple[list[Estimate], list[Change]]:
    """Means over people with their intervals, and the changes against row `REFERENCE`.

    Args:
        values: (n_ways, n_people), `nan` where undefined.
        seed: of the draws of people.

    Returns:
        One estimate a row; one change for each row after the reference, by Holm corrected together.
    """
    weights = (~np.isnan(values)).astype(np.float64)
    totals = np.nan_to_num(values)
    asked = (weights > 0).any(axis=0)
    if not asked.any():
        nothing = Estimate(float("nan"), float("nan"), float("nan"), 0)
        return [nothing] * len(values), [Change(*[float("nan")] * 4)] * (len(values) - 1)
    drawn = resampled(totals[:, asked], weights[:, asked], "", N_RESAMPLES, seed)
    ends = [100 * LEVEL / 2, 100 * (1 - LEVEL / 2)]
    means = [float(row[~np.isnan(row)].mean()) if (~np.isnan(row)).any() else float("nan") for row in values]
    found = []
    for row, mean in enumerate(means):
        low, high = np.nanpercentile(drawn[:, row], ends)
        found.append(Estimate(mean, float(low), float(high), int(weights[row].sum())))
    gaps = np.delete(drawn, REFERENCE, axis=1) - drawn[:, [REFERENCE]]
    p = [
        min(1.0, 2 * (1 + min(np.count_nonzero(gap <= 0), np.count_nonzero(gap >= 0))) / (len(gap) + 1))
        for gap in gaps.T
    ]
    others = [mean - means[REFERENCE] for row, mean in enumerate(means) if row != REFERENCE]
    changes = []
    for mean, gap, corrected in zip(others, gaps.T, holm(p), strict=True):
        low, high = np.nanpercentile(gap, ends)
        changes.append(Change(mean, float(low), float(high), float(corrected)))
    return found, changes
