"""Tastes drift: old ratings of one's own count less, or no more.

    k_j  = 2^(−a_j / h)                                                     (1)
    r'_j = c_j + k_j (r_j − c_j)                                            (2)

a_j   how many of the person's ratings are newer than rating j
h     the half-life, in ratings: after so many newer ones it counts half
c_j   the usual rating of item j: what the model predicts for somebody who rated nothing
r'_j  what the model is told

A rating fades towards the usual one, which says nothing about the person, and not towards 0, which would
be a verdict. A model whose prediction is linear in r_j − c_j, as `als` and `svd` are, gives exactly k_j of
the rating's share, unless c_j is held to the scale. Others do not: `puresvd` is linear in r_j itself, so
there k_j says what the model was told, and not what is left of the share. Age is counted in ratings, for
what a visitor says here and now has no dates.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recsys_core.algorithms.base import Profile
from recsys_core.errors import DataError, UnsupportedError
from recsys_core.ranking.checks import MOST, is_count, said
from recsys_core.ranking.signals.base import Asked
from recsys_core.ratings import FloatArray, IntArray


def recent(items: IntArray, values: FloatArray, n: int | None) -> tuple[IntArray, FloatArray]:
    """The last n ratings; all for None.

    Args:
        items, values: (n_own,) oldest first.
        n: how many, at least 1.

    Raises:
        DataError: n is not a whole number from 1 to `MOST`.
    """
    if n is None:
        return items, values
    if not is_count(n):
        raise DataError(f"recent = {said(n)} is not allowed: give a whole number from 1 to {MOST:,}.")
    return items[-n:], values[-n:]


def kept(n_own: int, half_life: float | None) -> FloatArray:
    """(n_own,) equation (1), oldest first.

    Raises:
        DataError: the half-life is not above 0, or beyond `MOST`.
    """
    if half_life is None:
        return np.ones(n_own)
    if not 0 < half_life <= MOST:
        raise DataError(
            f"half_life = {said(half_life)} is not allowed: give a number of ratings above 0, up to {MOST:,}."
        )
    return np.asarray(np.exp2(-np.arange(n_own)[::-1] / half_life), dtype=np.float64)


def aged(asked: Asked, n_recent: int | None = None, half_life: float | None = None) -> Asked:
    """The same person with old ratings left out, or faded by (2). Always from all ratings: ageing twice is
    ageing once.

    Args:
        asked: for whom.
        n_recent: how many of the last ratings count; None for all.
        half_life: h, in ratings; None for ever.

    Raises:
        UnsupportedError: the model cannot place a person anew.
        DataError: a value is not allowed.

    Cost: two fold-ins; nothing where nothing ages.
    """
    whole = asked.whole or asked
    if n_recent is None and half_life is None:
        return whole
    model = whole.model
    if not model.folds_in:
        raise UnsupportedError(
            f"{model.title} cannot place a person anew, so ratings of one's own cannot be left out or "
            "fade with it; als, for one, can."
        )
    items, values = recent(whole.items, whole.values, n_recent)
    keep = kept(len(items), half_life)
    told = values
    if half_life is not None and len(items):
        usual = model.scale_.clip(model.predict(model.fold_in([], []), items))
        told = model.scale_.clip(usual + keep * (values - usual))  # (2)
    person = fold_in(whole, items, told)
    return replace(whole, user=person, items=items.copy(), values=values.copy(), keep=keep, whole=whole)


def fold_in(asked: Asked, items: IntArray, values: FloatArray) -> Profile:
    """The person with these ratings, and with the lowest one for what they want less of and never rated.

    Args:
        asked: with all their ratings; in `whole` where some have aged.
        items, values: (n,) what of these the model is told.
    """
    rated = (asked.whole or asked).items
    less = [item for item in asked.less if item not in rated]
    lowest = np.full(len(less), asked.model.scale_.low)
    return asked.model.fold_in(
        np.concatenate([items, np.array(less, dtype=np.int32)]), np.concatenate([values, lowest])
    )
