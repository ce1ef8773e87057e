"""Which films to ask a new person about: known to many, and rated differently by them.

    value_i = log(1 + |U_i|) · H_i                                          (1)
    H_i = −Σ_r p_i(r) log2 p_i(r)        p_i(r): share of i's ratings that are r   (2)

A film everybody knows and everybody loves teaches nothing about a person; a film that
divides opinions but nobody has seen cannot be answered. The product of both asks about
films that are likely to be known and whose answer tells something.

Source: Rashid et al. (2002), Getting to Know You: Learning New User Preferences in
Recommender Systems, §3 ("log popularity × entropy").
"""

from __future__ import annotations

import numpy as np

from recsys_core.ratings import FloatArray, IntArray, Ratings


def question_values(ratings: Ratings) -> FloatArray:
    """(n_items,) value of asking about each item, equation (1); 0 where nobody rated. Cost O(n_ratings)."""
    levels, level = np.unique(ratings.values, return_inverse=True)
    cells = ratings.items.astype(np.int64) * len(levels) + level
    counts = np.bincount(cells, minlength=ratings.n_items * len(levels)).reshape(ratings.n_items, -1)
    n_raters = counts.sum(axis=1)
    p = counts / np.maximum(n_raters, 1)[:, None]
    entropy = -np.sum(p * np.log2(p, out=np.zeros_like(p), where=p > 0), axis=1)  # (2)
    values: FloatArray = np.log1p(n_raters) * entropy  # (1)
    return values


def ask_next(values: FloatArray, exclude: IntArray, n: int) -> IntArray:
    """The n items most worth asking about, best first, without the excluded ones."""
    order = np.argsort(-values, kind="stable")
    return order[~np.isin(order, exclude)][:n].astype(np.int32)
