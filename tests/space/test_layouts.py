"""Maps that bend, t-SNE and UMAP: what they keep, that they repeat themselves, how far they say they are."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from sklearn.manifold import trustworthiness  # type: ignore[import-untyped]

from recsys_core.errors import DataError
from recsys_core.projection import principal_axes
from recsys_core.space import lay_out, map_honesty

GROUPS = np.repeat(np.eye(8) * 6, 15, axis=0) + np.random.default_rng(1).normal(size=(120, 8))
"""Eight groups of fifteen: too many directions for two straight axes."""
SMALL = {"perplexity": 8.0, "neighbours": 8}


@pytest.mark.parametrize(("method", "n_axes"), [("tsne", 2), ("tsne", 3), ("umap", 2), ("umap", 3)])
def test_a_map_that_bends_keeps_more_neighbours_than_straight_axes_and_repeats_itself(
    method: str, n_axes: int
) -> None:
    one, again = (lay_out(GROUPS, method, n_axes, **SMALL, seed=4) for _ in range(2))  # type: ignore[arg-type]
    assert one.places.tolist() == again.places.tolist()
    assert one.places.shape == (120, n_axes)
    assert np.isfinite(one.places).all()
    assert one.explained is None
    bent = map_honesty(GROUPS, one.places, 10)
    straight = map_honesty(GROUPS, principal_axes(GROUPS, n_axes)(GROUPS), 10)
    assert bent.share > straight.share
    assert bent.trustworthiness == pytest.approx(trustworthiness(GROUPS, one.places, n_neighbors=10))
    assert bent.trustworthiness > 0.85


@pytest.mark.parametrize("method", ["tsne", "umap"])
def test_it_says_how_far_it_is_and_stops_when_told_to(method: str) -> None:
    shares: list[float] = []
    silent = lay_out(GROUPS, method, **SMALL)  # type: ignore[arg-type]
    heard = lay_out(GROUPS, method, **SMALL, told=shares.append)  # type: ignore[arg-type]
    assert heard.places.tolist() == silent.places.tolist(), "listening changes nothing"
    assert len(shares) >= 2
    assert shares == sorted(set(shares))
    assert shares[-1] == 1

    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lay_out(GROUPS, method, **SMALL, told=stop)  # type: ignore[arg-type]


@pytest.mark.parametrize("method", ["tsne", "umap"])
def test_items_with_the_very_same_factors_have_a_place_each(method: str) -> None:
    same = np.vstack([GROUPS, np.tile(GROUPS[0], (30, 1)), np.zeros((5, 8))])
    places = lay_out(same, method, **SMALL).places  # type: ignore[arg-type]
    assert np.isfinite(places).all()
    middle = places[120:150].mean(axis=0)
    apart = np.linalg.norm(places[:120] - middle, axis=1)
    assert np.median(np.linalg.norm(places[120:150] - middle, axis=1)) < np.median(apart)


def test_more_neighbours_than_there_are_items_are_refused() -> None:
    with pytest.raises(DataError, match="neighbours = 120"):
        lay_out(GROUPS, "umap", neighbours=120)
    with pytest.raises(DataError, match="factors, pca, tsne, umap"):
        lay_out(GROUPS, "sammon")


def test_neither_library_is_loaded_before_it_is_asked_for() -> None:
    code = "import sys, recsys_core.space; sys.exit(bool({'umap', 'sklearn.manifold'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
