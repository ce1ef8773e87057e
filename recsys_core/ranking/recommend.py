"""The list itself: the best-scored candidates, in a reproducible order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from recsys_core.algorithms.base import Algorithm, Profile, User
from recsys_core.dataset import Dataset
from recsys_core.ranking.candidates import candidates as all_candidates
from recsys_core.ratings import FloatArray, IntArray

if TYPE_CHECKING:
    from recsys_core.ranking.weights import HybridWeights


def rank(scores: FloatArray, candidates: IntArray, n: int) -> IntArray:
    """The n candidates with the highest scores, best first; equal scores in the order of the catalogue.

    Args:
        scores: (n_items,) what to rank by; not a number comes last.
        candidates: item indices to choose from.
        n: how many, at most.

    Cost: O(candidates) to select, O(n log n) to sort.
    """
    own = scores[candidates]
    if not np.isfinite(own.sum()):  # one quick pass; looking at each costs as much as ranking
        own = np.nan_to_num(own, nan=-np.inf)  # infinite scores become the largest finite ones
    if n < len(own):
        # argpartition may pick any of the equals at the border: keep them all, then sort.
        border = np.partition(own, len(own) - n)[len(own) - n] if n > 0 else np.inf
        candidates, own = candidates[own >= border], own[own >= border]
    return candidates[np.lexsort((candidates, -own))][:n]


def recommend(
    model: Algorithm,
    dataset: Dataset,
    user_or_profile: User,
    n: int = 10,
    weights: HybridWeights | None = None,
    candidates: ArrayLike | None = None,
) -> pd.DataFrame:
    """Recommend to a known user or to a folded-in person.

    Args:
        model: a fitted algorithm.
        dataset: the data it was fitted on.
        user_or_profile: a user index, or what `model.fold_in` returned.
        n: how many rows, at most.
        weights: how much each signal counts, `HybridWeights(rating=1.0, popularity=0.3)`; None ranks
            by the model's own score alone, not normalised.
        candidates: item indices to choose from; by default everything the person has not rated.

    Returns:
        One row an item, best first: item (index), title, score (the ranking score, not held
        to the scale), one column a signal with its contribution to the score (without weights:
        rating, the score itself), predicted (the rating held to the scale).

    Raises:
        NotFittedError, DataError: as the model's `scores`; or every weight is 0.
    """
    if weights is not None:
        return _blended(model, dataset, user_or_profile, n, weights, candidates)
    scores = model.scores(user_or_profile)
    best = rank(scores, _open_to(dataset, user_or_profile, candidates), n)
    return pd.DataFrame(
        {
            "item": best,
            "title": [dataset.catalogue.label(int(item)) for item in best],
            "score": scores[best],
            "rating": scores[best],
            "predicted": model.predict(user_or_profile, best),
        }
    )


def _open_to(dataset: Dataset, user: User, candidates: ArrayLike | None) -> IntArray:
    """The candidates given, or everything the person has not rated."""
    if candidates is not None:
        return np.asarray(candidates, dtype=np.int32)
    seen = user.items if isinstance(user, Profile) else dataset.ratings.by_user.row(user)[0]
    return all_candidates(dataset, exclude=seen)


def _blended(
    model: Algorithm, dataset: Dataset, user: User, n: int, weights: HybridWeights, among: ArrayLike | None
) -> pd.DataFrame:
    """The list by a weighted sum of signals."""
    from recsys_core.ranking.blend import blend, order_of, signals_of
    from recsys_core.ranking.signals import Asked

    shares = weights.shares
    found = signals_of(Asked.of(model, dataset, user), names=weights.active)
    scores = blend(found, weights)
    best = rank(order_of(found, weights, scores), _open_to(dataset, user, among), n)
    return pd.DataFrame(
        {
            "item": best,
            "title": [dataset.catalogue.label(int(item)) for item in best],
            "score": scores[best],
            **{name: shares[name] * found.values[k, best] for k, name in enumerate(found.names)},
            "predicted": model.predict(user, best),
        }
    )
