"""The list itself: the best-scored candidates, in a reproducible order."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from recsys_core.algorithms.base import Algorithm, Profile, User
from recsys_core.dataset import Dataset
from recsys_core.ranking.candidates import candidates as all_candidates
from recsys_core.ratings import FloatArray, IntArray


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
    candidates: ArrayLike | None = None,
) -> pd.DataFrame:
    """Recommend to a known user or to a folded-in person.

    Args:
        model: a fitted algorithm.
        dataset: the data it was fitted on.
        user_or_profile: a user index, or what `model.fold_in` returned.
        n: how many rows, at most.
        candidates: item indices to choose from; by default everything the person has not rated.

    Returns:
        One row an item, best first: item (index), title, score (the ranking score, not held
        to the scale), rating (the signal's contribution to the score), predicted (the rating
        held to the scale).
    """
    scores = model.scores(user_or_profile)
    if candidates is None:
        if isinstance(user_or_profile, Profile):
            seen = user_or_profile.items
        else:
            seen, _ = dataset.ratings.by_user.row(user_or_profile)
        candidates = all_candidates(dataset, exclude=seen)
    best = rank(scores, np.asarray(candidates, dtype=np.int32), n)
    return pd.DataFrame(
        {
            "item": best,
            "title": [dataset.catalogue.label(int(item)) for item in best],
            "score": scores[best],
            "rating": scores[best],
            "predicted": model.predict(user_or_profile, best),
        }
    )
