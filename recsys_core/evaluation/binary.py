"""How good are probabilities of a yes?

y_n is 1 for a yes and 0 for a no, p_n the probability of a yes that a model gave, N how many.

    log loss = −(1/N) Σ_n [y_n ln p_n + (1 − y_n) ln(1 − p_n)]              (1)
    accuracy = (1/N) #{n : (p_n ≥ cut) = y_n}                               (2)
    area under the curve = share of (yes, no) pairs in which the yes has the higher score,
                           a tie counting half                              (3)
    Brier score = (1/N) Σ_n (p_n − y_n)²                                    (4)

Lower is better for (1) and (4), higher for the others; 0.5 is chance for (3). What cannot be computed is
`nan`: anything of no pairs at all, and (3) of nothing but yeses or nothing but noes.

Source: (1, 2) Bishop (2006), Pattern Recognition and Machine Learning, sections 4.3.2 and 1.5;
(3) Hanley & McNeil (1982), The meaning and use of the area under a ROC curve;
(4) Brier (1950), Verification of forecasts expressed in terms of probability
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from recsys_core.errors import DataError
from recsys_core.ratings import FloatArray

SUREST = float(np.finfo(np.float64).eps)
"""Probabilities count as at least this far from 0 and 1 in (1), lest one wrong certainty cost infinitely
much. It costs 36 instead."""


def log_loss(labels: ArrayLike, probabilities: ArrayLike) -> float:
    """Equation (1), in natural units; `nan` of nothing.

    Args:
        labels: (n,) 1 or 0.
        probabilities: (n,) from 0 to 1.

    Raises:
        DataError: lengths differ, a label is not 0 or 1, or a probability is not from 0 to 1.
    """
    losses = log_losses(labels, probabilities)
    return float(losses.mean()) if len(losses) else float("nan")


def log_losses(labels: ArrayLike, probabilities: ArrayLike) -> FloatArray:
    """(n,) what equation (1) averages. Raises as `log_loss`."""
    y, p = _pairs(labels, probabilities)
    _check_probabilities(p)
    p = np.clip(p, SUREST, 1 - SUREST)
    return np.where(y == 1, -np.log(p), -np.log1p(-p))


def squared_errors(labels: ArrayLike, probabilities: ArrayLike) -> FloatArray:
    """(n,) what equation (4) averages. Raises as `log_loss`."""
    y, p = _pairs(labels, probabilities)
    _check_probabilities(p)
    return (p - y) ** 2


def accuracy(labels: ArrayLike, probabilities: ArrayLike, *, cut: float = 0.5) -> float:
    """Equation (2), 0 to 1; `nan` of nothing.

    Args:
        labels, probabilities: as in `log_loss`.
        cut: a probability from here on is taken as a yes.

    Raises:
        DataError: as `log_loss`.
    """
    y, p = _pairs(labels, probabilities)
    _check_probabilities(p)
    return float(np.mean((p >= cut) == (y == 1))) if len(y) else float("nan")


def area_under_curve(labels: ArrayLike, scores: ArrayLike) -> float:
    """Equation (3), 0 to 1, from the ranks of the scores; `nan` without both a yes and a no.

    Args:
        labels: (n,) 1 or 0.
        scores: (n,) probabilities or anything that rises with them.

    Raises:
        DataError: lengths differ, a label is not 0 or 1, or a score is `nan`.

    Cost: one sort.
    """
    y, s = _pairs(labels, scores)
    n_yes = int(y.sum())
    n_no = len(y) - n_yes
    if not n_yes or not n_no:
        return float("nan")
    _, group, sizes = np.unique(s, return_inverse=True, return_counts=True)
    rank = np.cumsum(sizes) - (sizes - 1) / 2  # equal scores share the middle of their ranks
    above = rank[group][y == 1].sum() - n_yes * (n_yes + 1) / 2
    return float(above / (n_yes * n_no))


def _pairs(labels: ArrayLike, numbers: ArrayLike) -> tuple[FloatArray, FloatArray]:
    y, p = np.asarray(labels, dtype=np.float64), np.asarray(numbers, dtype=np.float64)
    if y.ndim != 1 or y.shape != p.shape:
        raise DataError(f"Labels of shape {y.shape} do not pair up with predictions of shape {p.shape}.")
    if not np.isin(y, (0.0, 1.0)).all():
        raise DataError("A label must be 1 (yes) or 0 (no).")
    if np.isnan(p).any():
        raise DataError("A prediction is not a number.")
    return y, p


def _check_probabilities(p: FloatArray) -> None:
    if len(p) and not (p.min() >= 0 and p.max() <= 1):
        raise DataError(f"A probability must be from 0 to 1; got {p.min():g} to {p.max():g}.")
