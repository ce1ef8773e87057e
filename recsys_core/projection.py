"""Two or three axes to draw many factors on: the directions in which the items differ most.

    x_i = Wᵀ (q_i − q̄)        W: the leading right singular vectors of the rows q_i − q̄     (1)

The axes are found once and then kept, so that on a map drawn for several epochs a movement is
a movement of the model and not of the map.

Source: Pearson (1901), On Lines and Planes of Closest Fit to Systems of Points in Space.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys_core.errors import DataError
from recsys_core.ratings import FloatArray, frozen


@dataclass(frozen=True, eq=False)
class Projection:
    """Fixed axes through the cloud of items.

    Attributes:
        centre: (n_factors,) q̄.
        axes: (n_factors, n_axes) W, columns of length 1.
        explained: share of the items' variance that these axes show, 0 to 1.
    """

    centre: FloatArray
    axes: FloatArray
    explained: float

    def __call__(self, factors: FloatArray) -> FloatArray:
        """(n, n_axes) where rows of factors lie on the map, equation (1)."""
        return (factors - self.centre) @ self.axes


def principal_axes(item_factors: FloatArray, n_axes: int = 2) -> Projection:
    """The axes that show most of how these items differ. Cost O(n_items n_factors²).

    Each axis points to where its largest component is positive, so that equal factors give an
    equal map.

    Args:
        item_factors: (n_items, n_factors) Q; an axis of zeros stands in for a missing factor.
        n_axes: 2 or 3.

    Raises:
        DataError: there are no items, a factor is not a finite number, or `n_axes` is another number.
    """
    if n_axes not in (2, 3):
        raise DataError(f"A map has 2 or 3 axes, not {n_axes}.")
    if not len(item_factors) or not np.isfinite(item_factors).all():
        raise DataError("A map needs at least one item, and factors that are finite numbers.")
    centre = item_factors.mean(axis=0)
    _, sizes, rows = np.linalg.svd(item_factors - centre, full_matrices=False)
    axes = np.zeros((item_factors.shape[1], n_axes))
    n_there = min(n_axes, len(rows))
    axes[:, :n_there] = rows[:n_there].T
    signs = np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(n_axes)])
    axes *= np.where(signs == 0, 1.0, signs)
    total = float((sizes**2).sum())
    frozen(centre)
    frozen(axes)
    return Projection(centre, axes, float((sizes[:n_axes] ** 2).sum()) / total if total else 1.0)
