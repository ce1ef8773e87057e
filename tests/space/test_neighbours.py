"""Nearest neighbours in factor space: by hand, against a brute-force reference, and known pairs."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from recsys_core.space import METRICS, similar_items

ALBUMS = np.array([[-1.44, -2.32], [-2.64, -0.70], [2.1, 0.4], [1.8, 1.0], [-0.2, 1.9]])


def test_the_distance_of_the_lecture() -> None:
    """Ommazh to Melt-Banana: √((−1.44 + 2.64)² + (−2.32 + 0.70)²)."""
    near = similar_items(ALBUMS, 0, n=4, metric="euclidean")
    assert near.items[0] == 1
    assert near.scores[0] == pytest.approx(2.016, abs=5e-4)
    assert near.items.tolist() == sorted(
        range(1, 5), key=lambda i: sqrt(((ALBUMS[i] - ALBUMS[0]) ** 2).sum())
    )
    assert (np.diff(near.scores) > 0).all()


def test_who_is_nearest_depends_on_the_measure() -> None:
    table = np.array([[1.0, 0.0], [3.0, 0.3], [0.9, 0.5], [9.0, 9.0]])
    first = {metric: int(similar_items(table, 0, 1, metric).items[0]) for metric in METRICS}
    assert first["euclidean"] == 2, "the nearest point"
    assert first["cosine"] == 1, "the nearest direction"
    assert first["dot"] == 3, "the longest shadow"
