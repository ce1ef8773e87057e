"""What turning a dial costs: the lists of a panel under these weights, against the plain rating order.

    Δ = m(weights) − m(plain)                                              (1)

m is a metric of `recsys_core.evaluation.metrics` over everybody's list, or the mean predicted rating of the
lists. What could come from who happens to be on the panel is said with it:

* by the paired bootstrap over people (`recsys_core.evaluation.significance`, equations 1 to 4): both lists of
  a person are drawn together;
* for coverage, in which no one person has a share, by the jackknife: the panel without each person in turn,

    var Δ = (n − 1)/n Σ_x (Δ_(x) − mean Δ_(·))²,   Δ ± 1.96 √var Δ          (2)

All p are corrected for how many metrics are shown at once (Holm). They are not corrected for how often
somebody moves a slider: who tries a hundred settings finds one that seems better.

Source: Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapters 11 (2) and 13
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from math import erfc, sqrt
from typing import Any

import numpy as np

from recsys_core.errors import DataError
from recsys_core.evaluation._sums import finished
from recsys_core.evaluation.metrics import Lists, Metric, metric
from recsys_core.evaluation.metrics._popular import mean_of_lists
from recsys_core.evaluation.metrics.coverage import Coverage
from recsys_core.evaluation.panel.base import Panel
from recsys_core.evaluation.panel.lists import FEW, ages, lists_of, one_by_one
from recsys_core.evaluation.significance import FEWEST, LEVEL, Difference, holm, resampled
from recsys_core.ranking import HybridWeights, Recipe, Sponsor
from recsys_core.ratings import FloatArray, IntArray

PREDICTED = "predicted"
BY_PERSON = ("ndcg", "recall", "novelty", "diversity", "popularity_lift", "calibration")
PRICED = ("ndcg", "recall", PREDICTED, "coverage", "novelty", "diversity", "popularity_lift", "calibration")
"""In the order in which they are shown."""
N_RESAMPLES = 1000
PLAIN, THESE = "plain rating order", "these weights"
_KEPT = 16
"""Plain orders remembered: one for each filter somebody uses."""


@dataclass(frozen=True)
class Change:
    """One metric under these weights.

    Attributes:
        metric: its name in `metrics()`, or "predicted": the mean over people of the mean predicted rating
            of their list, held to the scale.
        value, plain: under these weights, and in the plain order.
        difference: (1) with what luck may have to do with it.
    """

    metric: str
    value: float
    plain: float
    difference: Difference

    @property
    def verdict(self) -> str:
        """ "higher", "lower", "the same", "too small to tell" or "cannot be told"."""
        d = self.difference
        if np.isnan(d.p_adjusted):
            return "cannot be told"
        if d.mean == d.low == d.high == 0:
            return "the same"
        if not d.real:
            return "too small to tell"
        return "higher" if d.mean > 0 else "lower"


@dataclass(frozen=True)
class Price:
    """What a recipe costs.

    Attributes:
        changes: one a metric, in the order of `PRICED`.
        weights: of the recipe.
        n_people: whose lists were made; n_judged: of these, who have something relevant hidden, so that
            NDCG and recall speak of them.
        k: how long a list is.
        notes: what the price does not cover, a sentence each.
    """

    changes: tuple[Change, ...]
    weights: HybridWeights
    n_people: int
    n_judged: int
    k: int
    notes: tuple[str, ...] = ()

    def of(self, name: str) -> Change:
        """The change of one metric.

        Raises:
            DataError: it is not priced.
        """
        for change in self.changes:
            if change.metric == name:
                return change
        raise DataError(f"{name!r} is not priced; these are: {', '.join(PRICED)}.")


def price(
    panel: Panel,
    recipe: Recipe | HybridWeights,
    *,
    rows: IntArray | None = None,
    sponsors: tuple[Sponsor, ...] = (),
    n_resamples: int = N_RESAMPLES,
) -> Price:
    """Equation (1) for every metric.

    Both orders go through the same filters and exclusions and are as long; the plain one is not re-ranked.

    Args:
        panel: made with the recipe's normalisation.
        recipe: what is priced, or its weights alone.
        rows: (n,) which people; by default all. Where each needs a ranking of their own, the first 48.
        sponsors: who pays for which items.
        n_resamples: draws of the bootstrap.

    Raises:
        DataError: every weight is 0, the recipe names what is not there, or another normalisation.

    Cost: as `lists_of`, and some 15 ms for the metrics of 200 lists.
    """
    asked = Recipe(recipe, panel.normalisation) if isinstance(recipe, HybridWeights) else recipe
    if asked.normalisation != panel.normalisation:
        raise DataError(
            f"The recipe normalises by {asked.normalisation!r} and the panel by {panel.normalisation!r}: "
            "use panel.normalised(…)."
        )
    alone = one_by_one(asked)
    if alone:
        rows = (np.arange(len(panel), dtype=np.int32) if rows is None else rows)[:FEW]
    lists = lists_of(panel, asked, rows, sponsors)
    now, plain = _judged(panel, lists), _plain(panel, asked, rows)
    return Price(
        _changes(now, plain, _draws(panel, len(lists), n_resamples)),
        asked.weights,
        len(lists),
        int(np.count_nonzero(lists.n_relevant)),
        asked.n,
        _notes(asked, alone, len(lists), len(panel)),
    )


# ---------------------------------------------------------------- what lists are worth


@dataclass(frozen=True, eq=False)
class Judged:
    """The metrics of some lists, person by person.

    Attributes:
        names: (n_metrics,) all but coverage.
        totals, weights: (n_metrics, n): the metric is Σ total / Σ weight, less 1 for the popularity lift.
        values: (n_metrics,) the metrics.
        coverage: of all lists together; nan without items.
        n_only: (n,) for each person how many items stand in no other list.
        n_items: how many items a list may hold.
    """

    names: tuple[str, ...]
    totals: FloatArray
    weights: FloatArray
    values: FloatArray
    coverage: float
    n_only: FloatArray
    n_items: int


@cache
def _the(name: str) -> Metric[Any]:
    return metric(name)  # looking up what a constructor takes is dearer than the metric


def _judged(panel: Panel, lists: Lists) -> Judged:
    names = (*BY_PERSON, PREDICTED)
    totals, weights = np.zeros((len(names), len(lists))), np.zeros((len(names), len(lists)))
    values = np.empty(len(names))
    for row, name in enumerate(names):
        if name == "popularity_lift":
            of_lists, of_histories = _popularity(panel, lists)
            counted = ~np.isnan(of_lists) & ~np.isnan(of_histories)
            total, weight = np.where(counted, of_lists, 0), np.where(counted, of_histories, 0)
        else:
            own = predicted(panel, lists) if name == PREDICTED else _the(name).per_user(lists)
            assert own is not None  # noqa: S101 - each of them is a mean over people
            weight = (~np.isnan(own)).astype(np.float64)
            total = np.nan_to_num(own)
        totals[row], weights[row] = total, weight
        sum_of_weights = weight.sum()
        values[row] = total.sum() / sum_of_weights if sum_of_weights else np.nan
        values[row] -= name == "popularity_lift"
    only = (lists.exposure[lists.items] == 1) & lists.filled
    return Judged(
        names, totals, weights, values, Coverage().value(lists), only.sum(axis=1), len(lists.catalogue)
    )


def predicted(panel: Panel, lists: Lists) -> FloatArray:
    """(n,) the mean rating the model predicts for each list, `nan` for an empty one; of items nobody rated as
    they are placed, for so they were ranked."""
    filled = lists.filled
    users = np.repeat(lists.users, filled.sum(axis=1))
    found = panel.shared.placed_model.predict(users, lists.items[filled]) if len(users) else np.empty(0)
    sums = np.zeros(filled.shape)
    sums[filled] = found
    with np.errstate(invalid="ignore"):
        mean: FloatArray = sums.sum(axis=1) / filled.sum(axis=1)
    return mean


def _popularity(panel: Panel, lists: Lists) -> tuple[FloatArray, FloatArray]:
    """How popular each list is, and what each person rated; see `popularity_lift`."""
    counts = panel.dataset.ratings.by_item.counts.astype(np.float64)
    if "histories" not in panel.kept:
        ratings = panel.dataset.ratings
        sums = np.bincount(ratings.users, counts[ratings.items], minlength=ratings.n_users)
        panel.kept["histories"] = sums / np.maximum(ratings.by_user.counts, 1)
    with np.errstate(invalid="ignore"):
        of_lists = mean_of_lists(lists, counts)
    return of_lists, panel.kept["histories"][lists.users]


def _plain(panel: Panel, recipe: Recipe, rows: IntArray | None) -> Judged:
    plain = replace(
        recipe, weights=HybridWeights(), diversity=0.0, calibration=0.0, most_per_genre=None, recent=None,
        half_life=None, retrieve=None, seen="new",
    )  # fmt: skip
    key = plain, None if rows is None else rows.tobytes()
    if key not in panel.kept:
        if len(panel.kept) > _KEPT:
            panel.kept.clear()
        panel.kept[key] = _judged(panel, lists_of(panel, plain, rows))
    found = panel.kept[key]
    assert isinstance(found, Judged)  # noqa: S101
    return found


# ---------------------------------------------------------------- what luck has to do with it


def _draws(panel: Panel, n: int, n_resamples: int) -> FloatArray | None:
    """(n_resamples, n) how often each of n people is in each draw, the same for every price: what is left
    of a bootstrap is one product of matrices. None for too few people."""
    if n < FEWEST:
        return None
    key = "draws", n, n_resamples
    if key not in panel.kept:
        # The share of each draw that each person has, times n: `resampled` of n people who are one each.
        everybody = np.eye(n), np.full((n, n), 1 / n)
        panel.kept[key] = resampled(*everybody, "", n_resamples, panel.split.seed)
    found = panel.kept[key]
    assert isinstance(found, np.ndarray)  # noqa: S101
    return found


def _changes(now: Judged, plain: Judged, draws: FloatArray | None) -> tuple[Change, ...]:
    found = {"coverage": _of_coverage(now, plain)}
    totals, weights = np.vstack([now.totals, plain.totals]), np.vstack([now.weights, plain.weights])
    drawn = None if draws is None else finished("", draws @ totals.T, draws @ weights.T)
    half = len(now.names)
    for row, name in enumerate(now.names):
        value, before = float(now.values[row]), float(plain.values[row])
        counted = int(np.count_nonzero((weights[row] > 0) | (weights[half + row] > 0)))
        gaps = None if drawn is None else drawn[:, row] - drawn[:, half + row]
        found[name] = Change(name, value, before, _difference(name, value - before, gaps, counted))
    ordered = [found[name] for name in PRICED]
    corrected = holm([change.difference.p for change in ordered])
    return tuple(
        replace(change, difference=replace(change.difference, p_adjusted=float(p)))
        for change, p in zip(ordered, corrected, strict=True)
    )


def _difference(name: str, gap: float, gaps: FloatArray | None, n: int) -> Difference:
    """By the bootstrap; all `nan` beside the gap itself where too few people are behind it."""
    nan = float("nan")
    if gaps is None or n < FEWEST or not (np.isfinite(gap) and np.isfinite(gaps).all()):
        return Difference(THESE, PLAIN, name, gap, nan, nan, nan, nan, n)
    low, high = np.percentile(gaps, [100 * LEVEL / 2, 100 * (1 - LEVEL / 2)])
    fewer = 1 + min(int(np.count_nonzero(gaps <= 0)), int(np.count_nonzero(gaps >= 0)))
    p = min(1.0, 2 * fewer / (len(gaps) + 1))
    return Difference(THESE, PLAIN, name, gap, float(low), float(high), p, p, n)


def _of_coverage(now: Judged, plain: Judged) -> Change:
    """By the jackknife (2)."""
    nan, n = float("nan"), len(now.n_only)
    gap = now.coverage - plain.coverage
    if n < FEWEST or not np.isfinite(gap):
        difference = Difference(THESE, PLAIN, "coverage", gap, nan, nan, nan, nan, n)
        return Change("coverage", now.coverage, plain.coverage, difference)
    without = gap - (now.n_only - plain.n_only) / now.n_items
    spread = sqrt((n - 1) / n * float(((without - without.mean()) ** 2).sum()))
    p = erfc(abs(gap) / spread / sqrt(2)) if spread > 0 else float(gap == 0)
    difference = Difference(THESE, PLAIN, "coverage", gap, gap - 1.96 * spread, gap + 1.96 * spread, p, p, n)
    return Change("coverage", now.coverage, plain.coverage, difference)


def _notes(recipe: Recipe, alone: bool, n: int, n_panel: int) -> tuple[str, ...]:
    notes = []
    if alone and n < n_panel:
        notes.append(
            f"Re-ranking, retrieval and ageing take a ranking for each person, so {n} of the "
            f"{n_panel} people on the panel were asked: less is certain."
        )
    if ages(recipe):
        notes.append("The plain order counts all ratings of a person in full.")
    if recipe.seen != "new":
        notes.append("The price is that of films not rated yet: only they can be judged by hidden ratings.")
    if recipe.weights.weights["engaged"]:
        notes.append("“Watch again” moves nothing here: nobody on the panel is shown what they have rated.")
    return tuple(notes)
