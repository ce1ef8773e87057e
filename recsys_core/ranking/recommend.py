"""The list itself: the best-scored candidates, in a reproducible order."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from recsys_core.algorithms.base import Algorithm, User
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError
from recsys_core.ranking.blend import FALLBACK, blend, order_of, signals_of, speaking, tied, unknown
from recsys_core.ranking.candidates import candidates as all_candidates
from recsys_core.ranking.checks import MOST, checked_items, is_count, said
from recsys_core.ranking.signals import Asked
from recsys_core.ranking.weights import HybridWeights
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
    weights: HybridWeights | None = None,
    candidates: ArrayLike | None = None,
) -> pd.DataFrame:
    """Recommend to a known user or to a folded-in person.

    With weights it is the list of `hybrid`: an item nobody rated is placed by its genres, in `rating` and in
    `predicted`, where without weights both are the model's own; so the order can differ there. And where no
    signal that counts says anything, popularity stands in, in a column of its own.

    Args:
        model: a fitted algorithm.
        dataset: the data it was fitted on.
        user_or_profile: a user index, or what `model.fold_in` returned.
        n: how many rows, at most.
        weights: how much each signal counts, `HybridWeights(rating=1.0, popularity=0.3)`; None ranks
            by the model's own score alone, not normalised.
        candidates: item indices to choose from; by default everything the person has not rated.

    Returns:
        One row an item, best first, each once: item (index), title, score (the ranking score, not held
        to the scale), one column a signal with its contribution to the score (without weights:
        rating, the score itself), predicted (the rating held to the scale). Its `attrs["notes"]` holds
        what a person should know of the list, a sentence each.

    Raises:
        NotFittedError: the model was not fitted.
        DataError: there is no such user, the data is not what the model was fitted on, n is no whole number
            from 0, a candidate is no item index (of a mask, give `np.flatnonzero(mask)`), or the weights are
            none or all 0.
    """
    if not is_count(n, least=0):
        raise DataError(f"n = {said(n)} is not allowed: give a whole number from 0 to {MOST:,}.")
    asked = Asked.of(model, dataset, user_or_profile)
    if candidates is None:
        among = all_candidates(dataset, exclude=asked.seen)
    else:
        among = np.unique(checked_items(candidates, len(dataset.catalogue), "Candidates"))
    if weights is None:
        return _by_score(asked, among, n)
    if not isinstance(weights, HybridWeights):
        raise DataError(f"weights = {said(weights)} is not allowed: give HybridWeights(rating=1.0, …).")
    return _blended(asked, among, n, weights)


def _by_score(asked: Asked, among: IntArray, n: int) -> pd.DataFrame:
    """The list by the model's own score."""
    scores = asked.model.scores(asked.user)
    best = rank(scores, among, n)
    own = scores[best]
    return _table(asked, best, own, {"rating": own}, asked.model, [])


def _blended(asked: Asked, among: IntArray, n: int, weights: HybridWeights) -> pd.DataFrame:
    """The list by a weighted sum of signals."""
    found = signals_of(asked, names=list(dict.fromkeys([*weights.active, FALLBACK])))
    in_force, notes = speaking(found, weights)
    scores = blend(found, in_force)
    by = order_of(found, in_force, scores)
    best = rank(by, among, n)
    shares = in_force.shares
    parts = {
        name: shares[name] * found.values[found.row(name), best]
        for name in dict.fromkeys([*weights.active, *in_force.active])
    }
    notes += [*tied(by, among), *unknown(asked, found, in_force, best)]
    return _table(asked, best, scores[best], parts, asked.shared.placed_model, notes)


def _table(
    asked: Asked,
    items: IntArray,
    scores: FloatArray,
    parts: dict[str, FloatArray],
    predicts: Algorithm,
    notes: list[str],
) -> pd.DataFrame:
    """(n,) rows: the items in their order, with what makes up their scores."""
    table = pd.DataFrame(
        {
            "item": items,
            "title": [asked.dataset.catalogue.label(int(item)) for item in items],
            "score": scores,
            **parts,
            "predicted": predicts.predict(asked.user, items),
        }
    )
    table.attrs["notes"] = tuple(notes)
    return table
