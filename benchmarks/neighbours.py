"""Nearest neighbours: exact and precomputed on real films, approximate against exact on a million vectors.

The million vectors are drawn with a spectrum that falls as 1 / k, as that of learned factors does, and
compared by cosine. Recall is the share of an item's ten true neighbours that the index finds, for items
that had no part in its tuning. Both searches run on one thread, one question at a time;
the ratio is to the quicker of the two exact ones.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

import recsys_core as rc
from benchmarks.timing import UnavailableError, dataset, ms, seconds, show
from recsys_core.ratings import IntArray, Ratings
from recsys_core.space import (
    NeighbourTable,
    build_index,
    common_raters,
    corated_items,
    precompute,
    similar_items,
)

N_ITEMS, N_FACTORS, N_QUESTIONS, TOP = 1_000_000, 64, 400, 10
RECALL, SHARE = 0.93, 15


def run() -> None:
    """Real films first, then the million."""
    try:
        films()
    except UnavailableError as exc:
        print(f"left out: {exc}")
    million()


def films() -> None:
    """The most rated film of ml-1m, which costs most, against all others; then all of them at once."""
    ratings = dataset("ml-1m").ratings
    model = rc.algorithm("als", n_epochs=1).fit(ratings)
    item = int(ratings.by_item.counts.argmax())
    tables: dict[str, NeighbourTable] = {}

    def work_out(name: str, counted_in: Ratings | None, support: int) -> Callable[[], None]:
        def run() -> None:
            tables[name] = precompute(model, TOP, "cosine", counted_in, support)

        return run

    building = [
        (f"{name}, all {ratings.n_items:,} films", ms(seconds(work_out(name, counted_in, support))))
        for name, counted_in, support in (("precompute", None, 0), ("precompute with support", ratings, 20))
    ]
    work = {
        "support": lambda: common_raters(ratings, item),
        "10 nearest by cosine": lambda: similar_items(model, item),
        "the same with support": lambda: similar_items(model, item, support=20, ratings=ratings),
        "precomputed": lambda: tables["precompute"].similar_items(item),
        "precomputed with support": lambda: tables["precompute with support"].similar_items(item),
        "by co-rating (msd)": lambda: corated_items(ratings, item, measure="msd"),
    }
    rows = []
    for name, task in work.items():
        task()
        rows.append((name, ms(median(seconds(task) for _ in range(9)))))
    show((f"the most rated of {ratings.n_items:,} films", "time"), [*rows, *building])


def million() -> None:
    """A million vectors: how long each search takes, and what the quick one finds."""
    try:
        import faiss
    except ImportError as exc:
        raise UnavailableError("faiss-cpu is not installed") from exc
    rng = np.random.default_rng(1)
    table = rng.normal(size=(N_ITEMS, N_FACTORS)).astype(np.float32)
    table *= np.arange(1, N_FACTORS + 1, dtype=np.float32) ** -0.5
    begin = perf_counter()
    index = build_index(table)
    building = perf_counter() - begin
    faiss.omp_set_num_threads(1)
    unit = table / np.linalg.norm(table, axis=1, keepdims=True)
    flat = faiss.IndexFlatIP(N_FACTORS)
    flat.add(unit)
    asked = rng.choice(N_ITEMS, N_QUESTIONS, replace=False).tolist()
    exact, true = timed(lambda item: flat.search(unit[item : item + 1], TOP + 1)[1][0], asked)
    with_numpy, _ = timed(lambda item: by_numpy(unit, item), asked)
    quick, near = timed(lambda item: index.similar_items(item, TOP).items, asked)
    hits = sum(
        len({j for j in right.tolist() if j != item} & set(found.tolist()))
        for item, right, found in zip(asked, true, near, strict=True)
    )
    ratio = min(exact, with_numpy) / quick
    rows = [
        ("exact, faiss", ms(exact), "", "1"),
        ("exact, numpy", ms(with_numpy), "", "1"),
        ("index", ms(quick), f"1/{ratio:.1f}", f"{hits / (TOP * N_QUESTIONS):.3f}"),
        ("target", "", f"≤ 1/{SHARE}", f"≥ {RECALL}"),
    ]
    show((f"{TOP} nearest of {N_ITEMS:,} × {N_FACTORS}", "time", "of exact", f"recall@{TOP}"), rows)
    print(
        f"building the index: {building:.1f} s; it looks into {index.n_probes} of {index.n_lists} lists "
        f"and says of itself: recall {index.recall:.3f}"
    )


def timed(search: Callable[[int], IntArray], asked: list[int]) -> tuple[float, list[IntArray]]:
    """Median seconds of one question, and all answers."""
    times, answers = [], []
    for item in asked:
        begin = perf_counter()
        answers.append(search(item))
        times.append(perf_counter() - begin)
    return median(times), answers


def by_numpy(unit: NDArray[np.float32], item: int) -> IntArray:
    """The exact search in two lines of numpy."""
    scores = unit @ unit[item]
    return np.argpartition(scores, N_ITEMS - TOP - 1)[-TOP - 1 :].astype(np.int32)
