"""The weighed list as a table: the items, scores and words of the ranking, one column a signal."""

from __future__ import annotations

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.algorithms import Algorithm
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError
from recsys_core.ranking import Asked, HybridWeights, Recipe, hybrid, signals_of, why


def test_recommend_with_weights_is_one_column_a_signal(model: Algorithm, toy_dataset: Dataset) -> None:
    weights = rc.HybridWeights(rating=1.0, popularity=0.5)
    for user in range(4):
        table = rc.recommend(model, toy_dataset, user, weights=weights)
        assert list(table.columns) == ["item", "title", "score", "rating", "popularity", "predicted"]
        np.testing.assert_allclose(table["rating"] + table["popularity"], table["score"], atol=1e-9)
        shown = hybrid(Asked.of(model, toy_dataset, user), Recipe(weights))
        assert table["item"].tolist() == shown.items.tolist()
        placed = Asked.of(model, toy_dataset, user).shared.placed_model
        assert list(table["predicted"]) == pytest.approx(placed.predict(user, table["item"].to_numpy()))
    among = rc.recommend(model, toy_dataset, 2, weights=weights, candidates=[3, 4])
    assert sorted(among["item"]) == [3, 4]
    with pytest.raises(DataError, match="Every weight is 0"):
        rc.recommend(model, toy_dataset, 0, weights=rc.HybridWeights(rating=0))


def test_recommend_predicts_what_nobody_rated_as_it_is_ranked_and_explained(
    of_sample: Algorithm, sample: Dataset
) -> None:
    cold = np.flatnonzero(sample.ratings.by_item.counts == 0)
    table = rc.recommend(of_sample, sample, 0, weights=rc.HybridWeights(rating=1), candidates=cold)
    asked, items = Asked.of(of_sample, sample, 0), table["item"].to_numpy()
    assert list(table["predicted"]) == pytest.approx(signals_of(asked).raw[0, items])
    explained = why(asked, Recipe(), hybrid(asked, Recipe(n=600)), items[0]).prediction
    assert table["predicted"][0] == pytest.approx(explained.estimate)


def test_recommend_says_what_hybrid_says_where_nothing_that_counts_says_anything(
    of_sample: Algorithm, sample: Dataset
) -> None:
    nobody, weights = of_sample.fold_in([], []), rc.HybridWeights(similarity=1, engaged=0.5)
    table = rc.recommend(of_sample, sample, nobody, weights=weights)
    shown = hybrid(Asked.of(of_sample, sample, nobody), Recipe(weights))
    assert table["item"].tolist() == shown.items.tolist()
    assert table.attrs["notes"] == shown.notes
    assert "you have rated nothing yet" in table.attrs["notes"][0]
    assert list(table.columns)[3:-1] == ["similarity", "engaged", "popularity"]
    assert list(table["popularity"]) == list(table["score"]) == shown.scores.tolist()
    assert not table[["similarity", "engaged"]].to_numpy().any()


def test_recommend_says_what_is_not_known_of_its_list(als: Algorithm, toy_dataset: Dataset) -> None:
    table = rc.recommend(als, toy_dataset, 0, weights=rc.HybridWeights(rating=1, release=1))
    assert table.attrs["notes"] == (
        "In this list nobody rated 1 film: predicted by genres.",
        "“Lately released” knows nothing of 1 film in it, which count as average there.",
    )
    assert rc.recommend(als, toy_dataset, 0).attrs["notes"] == ()


def test_recommend_says_where_nothing_tells_its_items_apart(als: Algorithm, toy_dataset: Dataset) -> None:
    weights = HybridWeights(engaged=1)
    table = rc.recommend(als, toy_dataset, 0, weights=weights)
    assert table.attrs["notes"] == hybrid(Asked.of(als, toy_dataset, 0), Recipe(weights)).notes
    assert "Nothing that is turned up tells these apart" in table.attrs["notes"][-1]
