"""Maps that bend: t-SNE and UMAP, which keep near what is near and let go of the rest.

Both start from the axes of most variance, so that what little they say of far groups is not chance
alone, and both tell how far they are. Settings were chosen by what the map keeps for the time it
takes. 9,724 films of 50 factors, one core, 1,000 of them judged by `map_honesty` with k = 10:

                                            seconds   trustworthiness   continuity   neighbours kept
    PCA                                        0           0.671           0.898          25 %
    t-SNE   1,000 passes, angle 0.5           52           0.876           0.930          53 %
    t-SNE     500 passes, angle 0.8, used     17           0.874           0.930          52 %
    UMAP      500 passes, used                18           0.846           0.922          45 %

Of UMAP's seconds 5 go into compiling. On three axes it takes no longer, and t-SNE takes 43.

Source: van der Maaten & Hinton (2008), Visualizing Data using t-SNE; van der Maaten (2014),
Accelerating t-SNE using Tree-Based Algorithms; Belkina et al. (2019), Automated Optimized Parameters
for t-SNE (the learning rate); McInnes, Healy & Melville (2018), UMAP: Uniform Manifold Approximation
and Projection; Kobak & Linderman (2021), Initialization is critical (the start).
"""

from __future__ import annotations

import contextlib
import io
import re
import warnings
from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from recsys_core.projection import principal_axes
from recsys_core.ratings import FloatArray

Told: TypeAlias = Callable[[float], None]
"""Called now and then with the share of the work that is done, 0 to 1, never falling."""

TSNE_PASSES, TSNE_ANGLE = 500, 0.8
_FEW = 1e-4
"""Spread of the start: small, so that the first passes are free to sort the items."""


def tsne(rows: FloatArray, n_axes: int, perplexity: float, seed: int, told: Told | None = None) -> FloatArray:
    """(n, n_axes) by t-SNE, a tree standing in for far items.

    Args:
        rows: (n, n_factors), n > 3 perplexity.
        n_axes: 2 or 3.
        perplexity: about how many neighbours each item is kept near to, ≥ 1.
        seed: of what little is left to chance.
        told: hears how far it is, every fifty passes.
    """
    from sklearn.manifold import TSNE  # type: ignore[import-untyped]

    search = TSNE(
        n_axes,
        perplexity=perplexity,
        init=_start(rows, n_axes, seed),
        random_state=seed,
        angle=TSNE_ANGLE,
        max_iter=TSNE_PASSES,
        # Belkina et al.'s n / 12, as scikit-learn counts it (a quarter); its floor of 50 throws few
        # items about on three axes.
        learning_rate=max(len(rows) / 48, 10.0),
        verbose=0 if told is None else 2,
    )
    with _Listener(told, r"Iteration (\d+):", TSNE_PASSES) as heard, contextlib.redirect_stdout(heard):
        places: FloatArray = np.asarray(search.fit_transform(rows), dtype=np.float64)
    return places


def umap(rows: FloatArray, n_axes: int, neighbours: int, seed: int, told: Told | None = None) -> FloatArray:
    """(n, n_axes) by UMAP, from each item's exact neighbours.

    Args:
        rows: (n, n_factors), n > neighbours.
        n_axes: 2 or 3.
        neighbours: how many items each is kept near to, itself among them, ≥ 2.
        seed: of the order in which pairs are drawn.
        told: hears how far it is, every pass.
    """
    from sklearn.neighbors import NearestNeighbors  # type: ignore[import-untyped]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that new items cannot be placed later, which nobody asks for
        from umap import UMAP  # type: ignore[import-untyped]

        # Exact, and nobody is left out of their own list by films with the very same factors.
        apart, others = NearestNeighbors(n_neighbors=neighbours - 1, algorithm="brute").fit(rows).kneighbors()
        near = np.column_stack([np.arange(len(rows)), others])
        apart = np.column_stack([np.zeros(len(rows)), apart])
        with _Listener(told, r"(\d+)/(\d+)") as heard:
            search = UMAP(
                n_components=n_axes,
                n_neighbors=neighbours,
                init=_start(rows, n_axes, seed),
                random_state=seed,
                n_jobs=1,  # as a seed asks for
                precomputed_knn=(near, apart),
                force_approximation_algorithm=True,  # few rows too are taken by these lists
                tqdm_kwds={
                    "disable": told is None,
                    "file": heard,
                    "bar_format": "{n_fmt}/{total_fmt}",
                    "mininterval": 0,  # else quick passes go untold
                    "miniters": 1,
                },
            )
            places: FloatArray = np.asarray(search.fit_transform(rows), dtype=np.float64)
    return places


def _start(rows: FloatArray, n_axes: int, seed: int) -> FloatArray:
    """(n, n_axes) the axes of most variance, small; equal rows are moved apart by a hair, to be free."""
    places = principal_axes(rows, n_axes)(rows)
    spread = float(places[:, 0].std()) or 1.0
    start = places / spread + np.random.default_rng(seed).normal(0, 1e-3, places.shape)
    small: FloatArray = np.ascontiguousarray(start * _FEW, dtype=np.float32)
    return small


class _Listener(io.TextIOBase):
    """Takes what a library prints about its passes, and passes on how far it is.

    Args:
        told: hears the share; None to hear nothing.
        pattern: finds the number of the pass in the print, and how many there are.
        total: how many, where the print does not say.
    """

    def __init__(self, told: Told | None, pattern: str, total: int = 0) -> None:
        self._told, self._pattern, self._total, self._share = told, re.compile(pattern), total, 0.0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        for found in self._pattern.finditer(text):
            share = int(found.group(1)) / (self._total or int(found.group(2)) or 1)
            if self._told is not None and self._share < share <= 1:
                self._share = share
                self._told(share)
        return len(text)
