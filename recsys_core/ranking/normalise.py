"""Signals in stars, years and bits on one footing, so that weights can be compared.

    "min_max"   (x − min) / (max − min)              0 to 1; one outlier squeezes all others       (1)
    "z"         (x − x̄) / σ                          mean 0, spread 1; not bounded                 (2)
    "rank"      (place − 1) / (n − 1), worst first    0 to 1, evenly spread: only the order counts  (3)

Each over every item of the catalogue of which the signal knows something, so that no filter changes a
film's score. Unknown items get the mean of the known, which is neither for nor against. Equal raw numbers
get equal values; a signal that is the same for all is 0 for all. In (3) equals share their mean place.
"""

from __future__ import annotations

import numpy as np

from recsys_core.errors import DataError
from recsys_core.ranking.checks import said
from recsys_core.ratings import FloatArray

NORMALISATIONS = ("min_max", "z", "rank")
LARGE = 1e100
TITLES = {"min_max": "Lowest to highest", "z": "Distance from the mean", "rank": "Place in the order"}


def check_normalisation(how: str) -> str:
    """The normalisation, if there is one of that name.

    Raises:
        DataError: there is not; the message lists those there are.
    """
    if how not in NORMALISATIONS:
        raise DataError(f"There is no normalisation {said(how)}; there are: {', '.join(NORMALISATIONS)}.")
    return how


def normalise(raw: FloatArray, how: str = "min_max") -> FloatArray:
    """Equation (1), (2) or (3).

    Args:
        raw: (n_items,) what is not a finite number counts as unknown.
        how: one of NORMALISATIONS.

    Returns:
        (n_items,) finite numbers in the order of the raw ones: nothing known is placed below what it was
        above, though two numbers nearer than float64 tells apart may come out equal (in (2) also all of them,
        where their squares are too small for it).

    Raises:
        DataError: there is no such normalisation.

    Cost: O(n_items), for (3) O(n_items log n_items).
    """
    check_normalisation(how)
    raw = np.asarray(raw, dtype=np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        whole = bool(np.isfinite(raw.sum()))  # one quick pass: mostly everything is known
    known = np.ones(len(raw), dtype=np.bool_) if whole else np.isfinite(raw)
    x = raw if whole else raw[known]
    values = np.zeros(len(raw))
    if not len(x) or x.min() == x.max():
        return values
    own = _ranks(x) if how == "rank" else _scaled(x, how)
    values[known] = own
    if not whole:
        values[~known] = own.mean()
    return values


def _scaled(x: FloatArray, how: str) -> FloatArray:
    if np.abs(x).max() > LARGE:
        x = x / np.abs(x).max()  # so that squares and differences stay finite
    low, high = x.min(), x.max()
    if how == "min_max":
        return np.asarray((x - low) / (high - low))
    spread = x.std()
    return np.asarray((x - x.mean()) / spread) if spread > 0 else np.zeros(len(x))


def _ranks(x: FloatArray) -> FloatArray:
    from scipy.stats import rankdata

    return np.asarray((rankdata(x) - 1) / (len(x) - 1), dtype=np.float64)
