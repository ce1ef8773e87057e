"""The folder is the registry, and each metric's page says how it is computed and where that is from."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import numpy as np
import pytest

from recsys_core.errors import DataError, HyperParameterError
from recsys_core.evaluation.metrics import Lists, Metric, metric, metrics
from tests.evaluation.metrics.literal import World

ALL = metrics()
every = pytest.mark.parametrize("cls", ALL.values(), ids=ALL)

NAMES = """rmse mae mse r2 fcp precision recall f1 hit_rate mrr map ndcg coverage gini novelty diversity
personalisation serendipity calibration popularity_lift log_loss auc brier"""


def test_all_that_are_promised_are_there() -> None:
    assert set(NAMES.split()) <= set(ALL)


@every
def test_the_page_of_a_metric(cls: type[Metric]) -> None:
    page = importlib.import_module(cls.__module__).__doc__ or ""
    assert re.search(r"^ {4}\S.*\(1\)$", page, flags=re.MULTILINE), "no numbered equation (1)"
    for heading in ("Bounds:", "Source:"):
        assert heading in page, heading
    assert re.search(r"\((1[89]|20)\d\d\)", page.split("Source:")[1]), "the year of the source"
    assert "`nan`" in page or "left out" in page, "what becomes of empty cases"
    assert Path(importlib.import_module(cls.__module__).__file__).stem == cls.name


@every
def test_what_a_metric_says_of_itself(cls: type[Metric]) -> None:
    assert cls.title.strip()
    assert cls.summary.endswith(".")
    assert cls.better in ("lower", "higher", "neither")
    assert cls.of in ("ratings", "lists", "labels")
    assert cls.bounds[0] < cls.bounds[1]
    assert ("@k" in cls.title) == (cls.of == "lists")


def test_titles_and_summaries_are_unique() -> None:
    for attribute in ("title", "summary"):
        assert len({getattr(cls, attribute) for cls in ALL.values()}) == len(ALL)


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(HyperParameterError, match="no metric 'ndgc'; there are: auc"):
        metric("ndgc")
    with pytest.raises(HyperParameterError, match="takes no option 'k'"):
        metric("ndcg", k=5)
    with pytest.raises(HyperParameterError, match="it takes: none"):
        metric("rmse", squared=True)


# ---------------------------------------------------------------- what lists are


def world() -> World:
    train, test = {(0, 1): 3, (1, 0): 4}, {(0, 2): 5, (0, 0): 4, (1, 3): 2}
    return World(2, 4, 2, train, test, [[2, 3], [1]], [{0}] * 4)


def test_lists_know_their_hits() -> None:
    lists = world().lists()
    assert lists.hits.tolist() == [[True, False], [False, False]]
    assert lists.gains[0, 0] == 5
    assert lists.n_relevant.tolist() == [2, 0]
    assert lists.n_without == 1
    assert lists.exposure.tolist() == [0, 1, 1, 1]


def test_the_threshold_of_relevance_counts_itself() -> None:
    w = world()
    for relevance, expected in ((4.0, [2, 0]), (4.5, [1, 0]), (2.0, [2, 1])):
        lists = Lists.of(
            w.as_ratings(w.train), w.as_ratings(w.test), [0, 1], w.lists().items, relevance=relevance
        )
        assert lists.n_relevant.tolist() == expected


def test_what_is_no_candidate_is_neither_relevant_nor_catalogue() -> None:
    w = world()
    w.candidates = [1, 2, 3]
    lists = w.lists()
    assert lists.n_relevant.tolist() == [1, 0]
    assert metric("recall").value(lists) == 1
    assert metric("coverage").value(lists) == 1
    assert metric("gini").value(lists) == 0


@pytest.mark.parametrize(
    ("users", "items", "message"),
    [
        ([0, 1], [[1, 1], [2, 3]], "user 0 names an item twice"),
        ([0, 1], [[1, 4], [2, 3]], "outside 0 … 3"),
        ([0, 1], [[1, -3], [2, 3]], "outside 0 … 3"),
        ([0], [[1, 2], [2, 3]], "do not fit together"),
        ([0, 0], [[1, 2], [2, 3]], "named once"),
        ([0, 2], [[1, 2], [2, 3]], "0 … 1"),
    ],
)
def test_lists_that_cannot_be_are_refused(users: list[int], items: list[list[int]], message: str) -> None:
    w = world()
    with pytest.raises(DataError, match=message):
        Lists.of(w.as_ratings(w.train), w.as_ratings(w.test), users, np.array(items))


def test_candidates_and_genres_must_fit() -> None:
    w = world()
    train, test = w.as_ratings(w.train), w.as_ratings(w.test)
    with pytest.raises(DataError, match="not among the candidates"):
        Lists.of(train, test, [0], [[2, 3]], candidates=[0, 2])
    with pytest.raises(DataError, match="3 rows of genres for 4 items"):
        Lists.of(train, test, [0], [[2, 3]], genres=np.ones((3, 2), dtype=bool))
