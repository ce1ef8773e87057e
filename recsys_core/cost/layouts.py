"""What a map that bends costs: t-SNE and UMAP (`recsys_core/space/unfolding.py`), in a job.

    t-SNE   a n log₂ n                     a = 1.3e-4 s on 2 axes, 3.5e-4 s on 3                (1)
    UMAP    b n + c n² n_factors + d       b = 2.3e-6 s a pass, 500 passes below 10,001 items,   (2)
                                           200 from there; c = 8e-11 s; d = 5 s to compile

Measured on the reference machine in November 2026 on 300 to 9,724 films of 50 factors, one core.
"""

from __future__ import annotations

import math

from recsys_core.algorithms._work import Work
from recsys_core.cost import machine
from recsys_core.cost.estimate import WORKER_BYTES, WORKER_SECONDS, Cost
from recsys_core.cost.machine import Speed
from recsys_core.errors import DataError

_TSNE = {2: 1.3e-4, 3: 3.5e-4}
_UMAP_PASS, _UMAP_PAIR, _UMAP_COMPILES = 2.3e-6, 8e-11, 5.0
_LIBRARIES_BYTES = 150e6
_BYTES_AN_ITEM = {"tsne": 12_000, "umap": 3_000}


def of_layout(method: str, n_items: int, n_factors: int, n_axes: int, speed: Speed | None = None) -> Cost:
    """About what a job takes that lays out so many items.

    Args:
        method: "tsne" or "umap".
        n_items, n_factors: of the table.
        n_axes: 2 or 3.
        speed: of the machine; None for this one, which is measured first if it never was.

    Raises:
        DataError: another method, or another number of axes.
    """
    if method not in _BYTES_AN_ITEM or n_axes not in _TSNE:
        raise DataError(f"A map is laid out by tsne or umap on 2 or 3 axes; got {method!r}, {n_axes}.")
    speed = speed or machine.speed()
    n_bytes = WORKER_BYTES + _LIBRARIES_BYTES + n_items * (_BYTES_AN_ITEM[method] + 16 * n_factors)
    if method == "tsne":
        work = Work(compiled=_TSNE[n_axes] * n_items * math.log2(max(n_items, 2)))
    else:
        passes = 500 if n_items <= 10_000 else 200
        work = Work(
            compiled=_UMAP_PASS * passes * n_items,
            matrix=_UMAP_PAIR * n_items**2 * n_factors,
            interpreted=_UMAP_COMPILES,
        )
    seconds = WORKER_SECONDS * speed.interpreted + speed.seconds(work)
    return Cost(seconds, n_bytes, speed.source)
