"""Figures among published ones: where they lie, what is too good to be true, and like only with like."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.accuracy import PUBLISHED
from recsys_core.algorithms import algorithm
from recsys_core.dataset import Dataset
from recsys_core.evaluation import Protocol, Splitting, cross_validate
from recsys_core.evaluation.published import FIGURES, MARGIN, SOURCE, place, published


@pytest.fixture
def protocol() -> Protocol:
    """That of the published figures, on ml-100k."""
    return Protocol("ml-100k", "f" * 64, 100_000, 943, 1_682, Splitting(), ("s",) * 5)


def test_the_table_is_the_one_the_library_is_benchmarked_against() -> None:
    for name, rows in PUBLISHED.items():
        assert sorted(row.rmse for row in rows) == [row.value for row in FIGURES[name, "rmse"]]
        if (name, "mae") in FIGURES:
            assert sorted(row.mae or 0 for row in rows) == [row.value for row in FIGURES[name, "mae"]]
    assert SOURCE.startswith("https://github.com/NicolasHug/Surprise")


@pytest.mark.parametrize(
    ("value", "better", "worse", "words"),
    [
        (0.9331, "k-NN Baseline", "SVD", "Between k-NN Baseline, with 0.931, and SVD, with 0.934."),
        (0.9340, "k-NN Baseline", "SVD", "The same as SVD, with 0.934."),
        (0.9192, None, "SVD++", "As good as SVD++, the best published"),
        (0.9050, None, "SVD++", "Better than SVD++, the best published"),
        (0.9700, "Co-Clustering|NMF", "k-NN", "Biases alone, which know no taste, reach 0.944."),
    ],
)
def test_a_figure_lies_between_its_neighbours(
    value: float, better: str | None, worse: str, words: str, protocol: Protocol
) -> None:
    placed = place(value, "ml-100k", "rmse", protocol)
    assert placed is not None
    assert re.fullmatch(better or "None", placed.better.title if placed.better else "None")
    assert placed.worse is not None
    assert placed.worse.title == worse
    assert words in placed.words
    assert not placed.suspicious


def test_what_is_too_good_is_a_probable_leak(protocol: Protocol) -> None:
    edge = 0.919 * (1 - MARGIN)
    inside, outside = (place(edge + d, "ml-100k", "rmse", protocol) for d in (1e-6, -1e-6))
    assert inside is not None
    assert outside is not None
    assert not inside.suspicious
    assert outside.suspicious
    assert "probable leak" in outside.words
    assert "4 %" in outside.words


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_no_number_is_a_fault(value: float, protocol: Protocol) -> None:
    placed = place(value, "ml-100k", "rmse", protocol)
    assert placed is not None
    assert placed.suspicious
    assert placed.words == "This is not a number, so something went wrong."


def test_what_is_worse_than_lots_is_a_fault_unless_it_only_orders_items(protocol: Protocol) -> None:
    placed = place(2.6, "ml-100k", "rmse", protocol)
    assert placed is not None
    assert placed.suspicious
    assert placed.words.startswith("Worse than Random, with 1.518. A model that only orders items may be")
    assert "in one that predicts ratings, something is wrong." in placed.words


@pytest.mark.parametrize(
    "other",
    [
        {"splitting": Splitting(folds=10)},
        {"splitting": Splitting("time")},
        {"splitting": Splitting("held-out users")},
        {"splitting": Splitting("leave-one-out")},
        {"splitting": Splitting("stratified k-fold")},
        {"filter": "people with 20 ratings"},
        {"n_ratings": 50_000},
        {"n_items": 1_000},
        {"dataset": "my own"},
    ],
)
def test_only_like_is_held_against_like(other: dict[str, object], protocol: Protocol) -> None:
    assert place(0.93, "ml-100k", "rmse", protocol) is not None
    assert place(0.93, "ml-100k", "rmse", replace(protocol, **other)) is None  # type: ignore[arg-type]


def test_another_seed_is_still_like(protocol: Protocol) -> None:
    assert published("ml-100k", "mae", replace(protocol, splitting=Splitting(seed=7)))
    assert not published("ml-100k", "ndcg", protocol)
    assert not published("ml-1m", "rmse", protocol)


@pytest.mark.real
def test_a_real_comparison_lands_where_it_should_and_a_leak_is_seen(
    real: Callable[[str], Dataset],
) -> None:
    data = real("ml-100k")
    report = cross_validate(["svd", "bias"], data)
    placed = place(report.value("svd", "rmse"), data.name, "rmse", report.protocol)
    assert placed is not None
    assert not placed.suspicious
    assert abs(placed.value - 0.934) < 0.004
    train = data.ratings
    model = algorithm("svd").fit(train)
    leaky = float(np.sqrt(np.mean((model.predict(train.users, train.items) - train.values) ** 2)))
    seen = place(leaky, data.name, "rmse", report.protocol)
    assert seen is not None
    assert seen.suspicious
