"""How far a map can be trusted: which neighbours it invents and which it loses.

    T(k) = 1 − 2/(n k (2n − 3k − 1)) Σ_i Σ_{j ∈ U_k(i)} (r(i, j) − k)                  (1)
    C(k) = 1 − 2/(n k (2n − 3k − 1)) Σ_i Σ_{j ∈ V_k(i)} (r̂(i, j) − k)                  (2)
    H_i(k) = 1 − |U_k(i)| / k                                                          (3)

n          items on the map
r(i, j)    the place of j among those near to i in the space of all factors: 1 + how many are nearer
r̂(i, j)    the same on the map
N_k(i)     k nearest to i in the space of all factors; of equals those nearer on the map
N̂_k(i)     k nearest on the map; of equals those nearer in the space of all factors
U_k(i)     those of N̂_k(i) with r > k: near on the map alone
V_k(i)     those of N_k(i) with r̂ > k: near in truth alone

(1) is trustworthiness, (2) continuity: 1 where no neighbour is invented, or none is lost. (3) is the
share of one item's true neighbours that are also near on the map; where none are equally near, that is
|N_k(i) ∩ N̂_k(i)| / k, and k / (n − 1) on a map by chance.

Equals share a place; where only some of them have room among the k, those take it that the other side has
near, for what has no order cannot be put out of order. Films that one person rated, and nobody else, lie in
one direction, and those rated alike on one point: whichever ten of them a map has near an eleventh, they are
as near as can be. To count ten named ones as the true neighbours would call that map false, and favour a map
that keeps such films on one point.

Cost     O(m n (n_factors + k)) time for m items judged, m = n for all; memory O(n (n_factors + k))
Source   Venna & Kaski (2001), Neighborhood Preservation in Nonlinear Projection Methods, eqs 1 and 2
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys_core.errors import DataError
from recsys_core.ratings import FloatArray, IntArray, frozen
from recsys_core.space.metrics import compare, directed
from recsys_core.space.neighbours import checked_item


@dataclass(frozen=True, eq=False)
class Honesty:
    """What a map keeps of the neighbourhoods of its items.

    Attributes:
        k: how many neighbours of each item were looked at.
        trustworthiness: equation (1), 0 to 1.
        continuity: equation (2), 0 to 1.
        items: (m,) the items judged; all of them, or a sample.
        shares: (m,) equation (3) of each, 0 to 1.
        by_chance: what (3) would be on a map drawn at random, on average.
    """

    k: int
    trustworthiness: float
    continuity: float
    items: IntArray
    shares: FloatArray
    by_chance: float

    def __post_init__(self) -> None:
        frozen(self.items)
        frozen(self.shares)

    @property
    def share(self) -> float:
        """Mean of `shares`: of all true neighbours, so many are near on the map."""
        return float(self.shares.mean())


def map_honesty(
    factors: FloatArray,
    places: FloatArray,
    k: int = 10,
    metric: str = "euclidean",
    *,
    sample: int | None = None,
    seed: int = 0,
    items: IntArray | None = None,
) -> Honesty:
    """Judge a map by equations (1) to (3).

    Args:
        factors: (n, n_factors) the items on the map, in the space of all factors: rows without ratings
            left out, as they are of `Layout`.
        places: (n, 2) or (n, 3) where they lie on the map.
        k: how many neighbours, below n / 2.
        metric: how nearness in the space is measured; on the map it is always distance.
        sample: judge so many items, drawn by `seed`, each among all n; the sums of (1) and (2) then run over
            these. None for all of them.
        items: (m,) judge these rows, and no sample; m ≥ 1.

    Raises:
        DataError: the tables do not belong together, are not finite, k is not from 1 to below n / 2, a row
            has no direction by this metric, or there are no items to judge, or no such ones.
    """
    n = len(factors)
    if len(places) != n or not (np.isfinite(factors).all() and np.isfinite(places).all()):
        raise DataError(f"A map needs one finite place for each item; got {len(places)} for {n} items.")
    if not 1 <= k < n / 2:
        raise DataError(f"k = {k} is not allowed for {n} items: 1 or more, and below half of them.")
    if sample is not None and sample < 1:
        raise DataError(f"sample = {sample} is not allowed: judge 1 item or more.")
    if items is None:
        items = np.arange(n, dtype=np.int32)
        if sample is not None and sample < n:
            items = np.sort(np.random.default_rng(seed).choice(items, sample, replace=False))
    rows = [checked_item(item, n) for item in np.asarray(items).tolist()]
    if not rows:
        raise DataError("There are no items to judge the map by: name 1 or more.")
    invented = lost = as_near = 0
    shares = np.empty(len(rows))
    factors, places = (np.ascontiguousarray(table, dtype=np.float64) for table in (factors, places))
    centre = factors.mean(axis=0)
    if no_direction := int((~directed(factors, metric, centre)).sum()):
        raise DataError(
            f"{no_direction} of {n} rows {'has' if no_direction == 1 else 'have'} no direction to compare by "
            f"{metric}: leave out rows of zeros."
        )
    for m, i in enumerate(rows):
        scores, _ = compare(factors, factors[i], metric, centre)
        in_truth = scores if metric == "euclidean" else -scores
        on_map, _ = compare(places, places[i], "euclidean")
        others = np.delete(np.arange(n), i)
        true, far = _nearest(in_truth, others, k, on_map)
        near, far_on_map = _nearest(on_map, others, k, in_truth)
        only_near, only_true = near[in_truth[near] > far], true[on_map[true] > far_on_map]
        invented += int((_places_of(only_near, in_truth, i) - k).sum())
        lost += int((_places_of(only_true, on_map, i) - k).sum())
        shares[m] = 1 - len(only_near) / k
        as_near += int((in_truth[others] <= far).sum())
    scale = 2 / (len(rows) * k * (2 * n - 3 * k - 1))
    chance = as_near / (len(rows) * (n - 1))
    judged = np.array(rows, dtype=np.int32)
    return Honesty(k, 1 - scale * invented, 1 - scale * lost, judged, shares, chance)


def _nearest(
    costs: FloatArray, others: NDArray[np.intp], k: int, then_by: FloatArray
) -> tuple[NDArray[np.intp], float]:
    """The k others of lowest cost, of equals at the border those lower in the other cost; and the border."""
    own, slack = costs[others], _slack(costs)
    border = float(np.partition(own, k - 1)[k - 1])
    nearer, equal = others[own < border - slack], others[np.abs(own - border) <= slack]
    chosen = equal[np.lexsort((equal, then_by[equal]))][: k - len(nearer)]
    return np.concatenate([nearer, chosen]), border + slack


def _places_of(which: NDArray[np.intp], costs: FloatArray, i: int) -> NDArray[np.intp]:
    """The place, from 1, that each of these rows has in the order of cost around row i."""
    nearer = costs < costs[which][:, None] - _slack(costs)
    nearer[:, i] = False
    count: NDArray[np.intp] = nearer.sum(axis=1)
    return count + 1


def _slack(costs: FloatArray) -> float:
    """Numbers no further apart are equal but for rounding: rows of one direction, by cosine."""
    return 1e-9 * float(np.abs(costs).max())
