"""What retrieval costs in quality, on a panel of people: quick enough to follow whoever turns the dials.

Who is retrieved does not depend on the weights, and a smaller number of candidates is the beginning of a
larger one. So everybody's candidates are gathered once, and for any weights the lists out of the first 50,
100 or 500 of them are a weighted sum over a few hundred films.

Measured are the weights and the filters of a recipe; its re-ranking and the ageing of ratings are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from recsys_core.evaluation.metrics import NOTHING, Lists, metric
from recsys_core.evaluation.panel import Panel, lists_of
from recsys_core.evaluation.study.parts import Change, Estimate, estimates
from recsys_core.ranking import Recipe, Sponsor, candidates, hybrid, rank, signals_of
from recsys_core.ranking.retrieval import retrieve
from recsys_core.ratings import FloatArray, IntArray, frozen

LIMITS = (50, 100, 500)
MOST_PEOPLE = 200
"""Of a larger panel the first so many, in the order of its halves: candidates take some 3 ms a person."""


@dataclass(frozen=True, eq=False)
class Gathered:
    """The candidates of everybody, gathered once for a panel and its filters.

    Attributes:
        rows: (n,) which people of the panel.
        items: (n, limit) their candidates in the order in which the sources took turns; `NOTHING` after.
    """

    rows: IntArray
    items: IntArray

    def __post_init__(self) -> None:
        frozen(self.rows)
        frozen(self.items)


@dataclass(frozen=True)
class Loss:
    """What so many candidates do to the lists.

    Attributes:
        limit: how many were retrieved; None for everything.
        ndcg: of the lists.
        change: of NDCG, against ranking everything; None for everything itself.
        same: the share of the films that the list out of everything holds too.
    """

    limit: int | None
    ndcg: Estimate
    change: Change | None
    same: float


def weights_alone(recipe: Recipe) -> Recipe:
    """The recipe without what is left out here; equal for recipes with equal answers."""
    return replace(
        recipe,
        diversity=0.0,
        calibration=0.0,
        most_per_genre=None,
        recent=None,
        half_life=None,
        retrieve=None,
        seen="new",
    )


def gather(panel: Panel, recipe: Recipe, limit: int = max(LIMITS)) -> Gathered:
    """Everybody's candidates among what the recipe's filters allow.

    Raises:
        DataError: the recipe names a genre or item that is not there.

    Cost: one `retrieve` a person; nothing where the panel was last asked with the same filters.
    """
    question = (recipe.filters, recipe.exclude, limit)
    kept = panel.kept.get("candidates")
    if kept is not None and kept[0] == question:
        earlier: Gathered = kept[1]
        return earlier
    rows = np.sort(np.concatenate([panel.half(0), panel.half(1)])[:MOST_PEOPLE])
    allowed = candidates(panel.dataset, recipe.filters, recipe.exclude)
    found = np.full((len(rows), limit), NOTHING, dtype=np.int32)
    for at, row in enumerate(rows.tolist()):
        asked = panel.asked(row)
        items = retrieve(asked, limit, np.setdiff1d(allowed, asked.seen)).items
        found[at, : len(items)] = items
    gathered = Gathered(rows, found)
    panel.kept["candidates"] = question, gathered  # half a megabyte: the last one is enough
    return gathered


def retrieval_loss(
    panel: Panel,
    recipe: Recipe,
    gathered: Gathered,
    limits: Sequence[int] = LIMITS,
    sponsors: tuple[Sponsor, ...] = (),
) -> tuple[Loss, ...]:
    """The lists out of everything, and out of so many candidates.

    Args:
        panel: its normalisation is that of the recipe.
        recipe: its weights, filters and length of the list.
        gathered: of the same panel and filters.
        limits: none larger than was gathered.
        sponsors: who pays for which items.

    Returns:
        Everything first, then the limits in their order.

    Raises:
        DataError: every weight is 0.

    Cost: O(people × candidates) for each signal that counts, and a bootstrap over the people.
    """
    plain = weights_alone(recipe)
    whole = lists_of(panel, plain, gathered.rows, sponsors)
    tables = [whole, *(_with(whole, items) for items in _lists(panel, plain, gathered, limits, sponsors))]
    found, changes = estimates(np.array([metric("ndcg").per_user(one) for one in tables]))
    shares = [_same(one.items, whole.items) for one in tables]
    return tuple(
        Loss(limit, ndcg, change, same)
        for limit, ndcg, change, same in zip((None, *limits), found, [None, *changes], shares, strict=True)
    )


def _with(whole: Lists, items: IntArray) -> Lists:
    return Lists(whole.users, items, whole.relevant, whole.train, whole.genres, whole.candidates)


def _same(items: IntArray, whole: IntArray) -> float:
    """The share of the films of `whole` that stand in `items`, (n, k) each, on average over people."""
    filled = whole >= 0
    kept = (whole[:, :, None] == items[:, None, :]).any(axis=2) & filled
    some = filled.any(axis=1)
    return float((kept.sum(axis=1)[some] / filled.sum(axis=1)[some]).mean()) if some.any() else float("nan")


def _lists(
    panel: Panel, recipe: Recipe, gathered: Gathered, limits: Sequence[int], sponsors: tuple[Sponsor, ...]
) -> IntArray:
    """(n_limits, n, k) everybody's list out of the first so many of their candidates."""
    found = np.full((len(limits), len(gathered.rows), recipe.n), NOTHING, dtype=np.int32)
    blended = _Blended(panel, recipe, sponsors)
    for at, row in enumerate(gathered.rows.tolist()):
        mine = gathered.items[at]
        mine = mine[mine >= 0]
        score = blended.of(row, mine)
        for which, limit in enumerate(limits):
            if score is None:  # nothing that counts says anything: `hybrid` knows what stands in
                asked = replace(panel.asked(row), sponsors=sponsors)
                ranked = hybrid(asked, replace(recipe, retrieve=limit, normalisation=panel.normalisation))
                found[which, at, : len(ranked.items)] = ranked.items
                continue
            order = np.argsort(mine[:limit], kind="stable")  # equals in the order of the catalogue
            some = mine[:limit][order]
            best = rank(score[:limit][order], np.arange(len(some), dtype=np.int32), recipe.n)
            found[which, at, : len(best)] = some[best]
    return found


class _Blended:
    """Scores of one person's candidates, from the panel's kept signals."""

    def __init__(self, panel: Panel, recipe: Recipe, sponsors: tuple[Sponsor, ...]) -> None:
        self.panel, self.active = panel, [name for name in recipe.weights.active if name != "engaged"]
        self.shares = recipe.weights.shares
        self.by_rating = recipe.weights.active == ("rating",)
        names = [name for name in self.active if name not in panel.names]
        self.common: dict[str, FloatArray] = {}
        self.speaks = False
        if names:
            anyone = replace(panel.asked(0), sponsors=sponsors)
            told = signals_of(anyone, panel.normalisation, names)
            self.common = {name: told.values[k] for k, name in enumerate(names)}
            self.speaks = any(name not in told.silent for name in names)

    def of(self, row: int, items: IntArray) -> FloatArray | None:
        """(n,) blended scores; None where no signal that counts says anything about this person."""
        if self.by_rating:
            return np.asarray(self.panel.raw_rating[row, items])
        personal = [name for name in self.active if name in self.panel.names]
        if not self.speaks and all(self.panel.silent[self.panel.names.index(n), row] for n in personal):
            return None
        score = np.zeros(len(items))
        for name in self.active:
            values = (
                self.common[name]
                if name in self.common
                else self.panel.personal[self.panel.names.index(name), row]
            )
            score += self.shares[name] * values[items]
        return score
