"""The approximate search: only for large catalogues, honest about what it finds."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from recsys_core.errors import DataError
from recsys_core.ratings import FloatArray
from recsys_core.space import Index, build_index, neighbours_of_vector, similar_items
from recsys_core.space.index import SMALLEST

pytest.importorskip("faiss")


def table(n: int) -> FloatArray:
    rng = np.random.default_rng(0)
    spread: FloatArray = rng.normal(size=(n, 8)) * np.arange(1, 9) ** -0.5
    spread[-3:] = spread[0]  # three more in the place of the first
    return spread


@cache
def built(metric: str) -> Index:
    return build_index(table(SMALLEST), metric)


def test_there_is_no_index_of_a_small_catalogue() -> None:
    with pytest.raises(DataError, match="100,000 or more"):
        build_index(table(SMALLEST - 1))


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_what_it_says_of_its_recall_holds_for_other_items(metric: str) -> None:
    index, factors = built(metric), table(SMALLEST)
    asked = np.random.default_rng(99).choice(SMALLEST, 150, replace=False).tolist()
    hits = [
        np.isin(similar_items(factors, item, 10, metric).items, index.similar_items(item, 10).items).mean()
        for item in asked
    ]
    assert index.recall > 0.9
    assert np.mean(hits) == pytest.approx(index.recall, abs=0.03)
    assert index.n_probes < 512, "otherwise it is no quicker"


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_what_it_finds_is_scored_exactly_and_carries_the_recall(metric: str) -> None:
    index, factors = built(metric), table(SMALLEST)
    near = index.similar_items(0, 10)
    exact = neighbours_of_vector(factors, factors[0], 1000, metric, exclude=0)
    true = dict(zip(exact.items.tolist(), exact.scores.tolist(), strict=True))
    assert near.recall == index.recall < 1 == exact.recall
    assert near.items[:3].tolist() == [SMALLEST - 3, SMALLEST - 2, SMALLEST - 1], "equals in their order"
    assert near.scores == pytest.approx([true[item] for item in near.items.tolist()], abs=1e-12)
    assert 0 not in near.items


def test_rows_without_direction_neither_hide_the_others_nor_count_in_the_recall() -> None:
    few = np.zeros((SMALLEST, 4))
    few[5000:5012] = np.random.default_rng(0).normal(size=(12, 4)) + 2
    index = build_index(few)
    assert index.recall == 1
    assert sorted(index.similar_items(5003, 20).items.tolist()) == [*range(5000, 5003), *range(5004, 5012)]
    assert index.similar_items(0).fallback is not None
    with pytest.raises(DataError, match="0 of 100,000 rows have a direction"):
        build_index(np.zeros((SMALLEST, 4)))


def test_what_has_no_direction_has_no_neighbours_here_either() -> None:
    assert built("cosine").of_vector(np.zeros(8)).fallback is not None
    with pytest.raises(DataError, match="8 finite"):
        built("cosine").of_vector(np.zeros(7))
    with pytest.raises(DataError, match="no metric"):
        build_index(table(SMALLEST), "adjusted_cosine")
