"""The blend and the list: scores split exactly, and one signal alone is what it says."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import recsys_core as rc
from recsys_core.algorithms import Algorithm
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError
from recsys_core.ranking import (
    NORMALISATIONS,
    Asked,
    Filters,
    HybridWeights,
    Recipe,
    Signal,
    Sponsor,
    blend,
    hybrid,
    rank,
    signals,
    signals_of,
    why,
)
from recsys_core.ranking.checks import said
from recsys_core.ranking.presets import from_text, to_text
from recsys_core.ratings import FloatArray
from tests.ranking.models import fitted

NAMES = list(signals())


positive = st.floats(0.01, 100) | st.just(0.0)
some_weights = st.dictionaries(st.sampled_from(NAMES), positive, min_size=1).filter(
    lambda found: any(found.values())
)


# ---------------------------------------------------------------- what must be true


@given(weights=some_weights, how=st.sampled_from(NORMALISATIONS), user=st.integers(0, 3))
def test_the_score_is_the_weighted_sum_of_the_signals(
    weights: dict[str, float], how: str, user: int, als: Algorithm, toy_dataset: Dataset
) -> None:
    asked = Asked.of(als, toy_dataset, user, sponsors=(Sponsor("Acme", (1, 4)),))
    found = signals_of(asked, how)
    shown = hybrid(asked, Recipe(HybridWeights(**weights), how, seen="all"), found)
    total = sum(weights.values())
    for place, item in enumerate(shown.items):
        if shown.weights == HybridWeights(**weights):
            by_hand = sum(w * found.values[NAMES.index(k), item] for k, w in weights.items()) / total
            assert shown.scores[place] == pytest.approx(by_hand, abs=1e-9)
        assert shown.contributions[place].sum() == pytest.approx(shown.scores[place], abs=1e-9)
    assert (np.diff(shown.scores) <= 0).all()


@pytest.mark.parametrize("how", NORMALISATIONS)
def test_with_only_rating_the_order_is_the_models(model: Algorithm, how: str, toy_dataset: Dataset) -> None:
    for user in range(4):
        shown = hybrid(Asked.of(model, toy_dataset, user), Recipe(normalisation=how, n=5))
        plain = rc.recommend(model, toy_dataset, user, n=5)["item"].tolist()
        rated = [item for item in shown.items if not shown.placed[list(shown.items).index(item)]]
        assert rated == [item for item in plain if item in rated]
        assert set(shown.items.tolist()) == set(plain)


def test_with_only_rating_thousands_of_films_are_in_the_models_order(
    of_sample: Algorithm, sample: Dataset
) -> None:
    person = of_sample.fold_in([1, 20, 30], [5, 4, 1])
    plain = rc.recommend(of_sample, sample, person, n=600)["item"].tolist()
    for how in NORMALISATIONS:
        shown = hybrid(Asked.of(of_sample, sample, person), Recipe(normalisation=how, n=600))
        placed = set(shown.items[shown.placed].tolist())
        assert [i for i in shown.items if i not in placed] == [i for i in plain if i not in placed]


def test_with_only_popularity_it_is_the_same_for_everyone(of_sample: Algorithm, sample: Dataset) -> None:
    recipe = Recipe(HybridWeights(popularity=1), seen="all", n=50)
    lists = {tuple(hybrid(Asked.of(of_sample, sample, user), recipe).items) for user in range(0, 600, 60)}
    assert len(lists) == 1
    counts = sample.ratings.by_item.counts
    assert list(lists.pop()) == rank(counts.astype(float), np.arange(574, dtype=np.int32), 50).tolist()


@given(weights=some_weights, how=st.sampled_from(NORMALISATIONS))
def test_doubling_all_weights_changes_nothing_not_even_the_score(
    weights: dict[str, float], how: str, als: Algorithm, toy_dataset: Dataset
) -> None:
    found = signals_of(Asked.of(als, toy_dataset, 0), how)
    once = blend(found, HybridWeights(**weights))
    twice = blend(found, HybridWeights(**{k: 2 * w for k, w in weights.items()}))
    np.testing.assert_array_equal(once, twice)
    thrice = blend(found, HybridWeights(**{k: 3 * w for k, w in weights.items()}))
    np.testing.assert_allclose(once, thrice, atol=1e-12)


def test_a_filter_does_not_change_a_films_score(of_sample: Algorithm, sample: Dataset) -> None:
    asked, weights = Asked.of(of_sample, sample, 3), HybridWeights(rating=1, popularity=0.5)
    everything = hybrid(asked, Recipe(weights, n=600))
    some = hybrid(asked, Recipe(weights, filters=Filters(genres=("Comedy",), min_ratings=20), n=600))
    score = dict(zip(everything.items.tolist(), everything.scores.tolist(), strict=True))
    assert 0 < len(some) < len(everything)
    assert some.scores.tolist() == [score[int(item)] for item in some.items]


def test_reranking_moves_the_order_and_never_the_score(of_sample: Algorithm, sample: Dataset) -> None:
    asked, weights = Asked.of(of_sample, sample, 3), HybridWeights(rating=1, popularity=0.5)
    found = signals_of(asked)
    scores = blend(found, weights)
    varied = hybrid(asked, Recipe(weights, diversity=0.7), found)
    assert varied.items.tolist() != hybrid(asked, Recipe(weights), found).items.tolist()
    assert varied.scores.tolist() == scores[varied.items].tolist()
    assert [stage.name for stage in varied.stages] == ["catalogue", "seen", "rank", "rerank"]


def test_a_sponsored_film_carries_its_payer_whatever_the_weights(
    als: Algorithm, toy_dataset: Dataset
) -> None:
    asked = Asked.of(als, toy_dataset, 2, sponsors=(Sponsor("Acme", (4,)),))
    for weights in (HybridWeights(), HybridWeights(sponsored=1), HybridWeights(popularity=1, sponsored=0.1)):
        shown = hybrid(asked, Recipe(weights, seen="all"))
        assert dict(zip(shown.items.tolist(), shown.paid_by, strict=True)) == {
            0: None, 1: None, 2: None, 3: None, 4: "Acme",
        }  # fmt: skip
    first = hybrid(asked, Recipe(HybridWeights(rating=0.2, sponsored=1)))
    assert first.items[0] == 4


def test_a_new_signal_is_one_class_and_nothing_else(
    als: Algorithm, toy_dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    class TitleLength(Signal):
        name, title, help, symbol, place = "brevity", "Short titles", "The shorter, the higher.", "ℓ_i", 50

        def raw(self, asked: Asked) -> FloatArray:
            return -np.array([len(title) for title in asked.dataset.catalogue.titles], dtype=np.float64)

    known = signals()
    folder = sys.modules["recsys_core.ranking.signals"]  # its name also is that of the function in it
    monkeypatch.setattr(folder, "_registry", lambda: {**known, "brevity": TitleLength()})
    recipe = Recipe(HybridWeights(brevity=1), seen="all")
    asked = Asked.of(als, toy_dataset, 0)
    shown = hybrid(asked, recipe)
    assert shown.items[0] == 2, "Élan"
    assert [part.title for part in why(asked, recipe, shown, 2).parts] == ["Short titles"]
    assert from_text(to_text(recipe, toy_dataset), toy_dataset) == (recipe, ())
    assert "brevity" in rc.recommend(als, toy_dataset, 0, weights=recipe.weights).columns


# ---------------------------------------------------------------- filters


@pytest.mark.parametrize(
    ("recipe", "left"),
    [
        (Recipe(), [2, 4]),
        (Recipe(seen="seen"), [0, 1, 3]),
        (Recipe(seen="all"), [0, 1, 2, 3, 4]),
        (Recipe(exclude=(4,)), [2]),
        (Recipe(filters=Filters(genres=("Drama",))), [4]),
        (Recipe(filters=Filters(min_ratings=1)), [2]),
        (Recipe(filters=Filters(years=(1990, 2000)), seen="all"), [0, 1]),
    ],
    ids=str,
)
def test_each_filter_lets_through_what_it_says(
    recipe: Recipe, left: list[int], als: Algorithm, toy_dataset: Dataset
) -> None:
    shown = hybrid(Asked.of(als, toy_dataset, 0), recipe)
    assert sorted(shown.items.tolist()) == left
    assert shown.emptied_by is None


@pytest.mark.parametrize(
    ("recipe", "emptied_by"),
    [
        (Recipe(filters=Filters(genres=("Drama",), years=(1800, 1810))), "years"),
        (Recipe(filters=Filters(min_ratings=99)), "min_ratings"),
        (Recipe(exclude=(0, 1, 2, 3, 4)), "exclude"),
        (Recipe(exclude=(2, 4)), "seen"),
    ],
    ids=str,
)
def test_an_empty_list_says_which_filter_emptied_it(
    recipe: Recipe, emptied_by: str, als: Algorithm, toy_dataset: Dataset
) -> None:
    shown = hybrid(Asked.of(als, toy_dataset, 0), recipe)
    assert len(shown) == 0
    assert shown.contributions.shape == (0, 9)
    assert shown.emptied_by == emptied_by


# ---------------------------------------------------------------- cold


def test_nobodys_list_is_the_usual_rating_of_each_film(als: Algorithm, toy_dataset: Dataset) -> None:
    nobody = Asked.of(als, toy_dataset, als.fold_in([], []))
    shown = hybrid(nobody, Recipe())
    usual = als.scores(als.fold_in([], []))
    rated = [item for item in shown.items if item != 4]
    assert rated == sorted(rated, key=lambda item: -usual[item])
    assert shown.notes == ("In this list nobody rated 1 film: predicted by genres.",)
    assert hybrid(nobody, Recipe(n=1)).notes == (), "it is not in this one"


def test_what_cannot_say_anything_is_stood_in_for_by_popularity(
    of_sample: Algorithm, sample: Dataset
) -> None:
    recipe = Recipe(HybridWeights(similarity=1, engaged=0.5))
    for given_ in ([], [0.5], [0.5, 0.5, 0.5]):
        person = of_sample.fold_in(list(range(len(given_))), given_)
        shown = hybrid(Asked.of(of_sample, sample, person), recipe)
        if "engaged" in shown.weights.active:  # somebody with ratings has engaged with something
            assert any("“Like what you liked” says nothing" in note for note in shown.notes)
            continue
        assert shown.weights == HybridWeights(popularity=1)
        assert shown.notes[-1] == "So the most rated come first, which is the same for everyone."
        popular = hybrid(Asked.of(of_sample, sample, person), Recipe(HybridWeights(popularity=1)))
        assert shown.items.tolist() == popular.items.tolist()


def test_the_largest_counts_leave_nothing_out(of_sample: Algorithm, sample: Dataset) -> None:
    asked, most = Asked.of(of_sample, sample, 0), 10**9
    all_there_is = hybrid(asked, Recipe(n=600, retrieve=600, most_per_genre=600, recent=600))
    found = hybrid(asked, Recipe(n=most, retrieve=most, most_per_genre=most, recent=most))
    assert found.items.tolist() == all_there_is.items.tolist()


def test_a_cap_on_genres_without_genres_says_it_is_none(als: Algorithm, toy_dataset: Dataset) -> None:
    catalogue = toy_dataset.catalogue
    bare = replace(toy_dataset, catalogue=replace(catalogue, genres=np.zeros_like(catalogue.genres)))
    shown = hybrid(Asked.of(als, bare, 0), Recipe(most_per_genre=1))
    assert len(shown) == 2
    assert "At most 1 of a genre is not applied: these items have no genres to count." in shown.notes


def test_one_rating_already_makes_likeness_personal(of_sample: Algorithm, sample: Dataset) -> None:
    recipe = Recipe(HybridWeights(similarity=1))
    lists = {
        tuple(hybrid(Asked.of(of_sample, sample, of_sample.fold_in([item], [5])), recipe).items)
        for item in (3, 50)
    }
    assert len(lists) == 2


def test_what_tells_nothing_apart_says_so(als: Algorithm, toy_dataset: Dataset) -> None:
    shown = hybrid(Asked.of(als, toy_dataset, 0), Recipe(HybridWeights(engaged=1)))
    assert shown.items.tolist() == [2, 4]
    assert "Nothing that is turned up tells these apart" in shown.notes[-1]


@pytest.mark.parametrize("name", ["lectures-movies", "lectures-albums"])
def test_the_lectures_tables_rank_with_everything_on(name: str) -> None:
    data = rc.load(name)
    everything = HybridWeights(**dict.fromkeys(NAMES, 1.0))
    for trained in (fitted(known, data) for known in ("als", "user_knn", "item_regression", "surprise_nmf")):
        for user in range(4):
            shown = hybrid(Asked.of(trained, data, user), Recipe(everything, seen="all"))
            assert sorted(shown.items.tolist()) == [0, 1, 2, 3, 4]
            assert np.isfinite(shown.scores).all()


# ---------------------------------------------------------------- weights


def test_weights_count_what_is_named() -> None:
    assert HybridWeights().active == ("rating",)
    weights = HybridWeights(popularity=1, rating=3.0, novelty=0)
    assert weights.active == ("rating", "popularity")
    assert weights.shares == {**dict.fromkeys(NAMES, 0.0), "rating": 0.75, "popularity": 0.25}
    assert weights.weights["novelty"] == 0
    assert weights == HybridWeights(rating=3, popularity=1.0)
    assert len({weights, HybridWeights(rating=3, popularity=1.0)}) == 1


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"rating": -1}, "The weight of rating is -1: .* turn up dissimilarity or novelty"),
        ({"likes": 1}, "no signal 'likes'; there are: rating, similarity"),
        ({"rating": math.nan}, "weight of rating must be a finite number; got nan"),
        ({"novelty": math.inf}, "must be a finite number; got inf"),
        ({"rating": "1"}, "must be a finite number; got '1'"),
        ({"rating": True}, "must be a finite number; got True"),
        ({"rating": 10**400}, "must be a finite number; got about 1e400"),
        ({"rating": -(10**5000)}, "weights are not below 0"),
    ],
    ids=said,
)
def test_a_weight_that_is_none_is_named(weights: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        HybridWeights(**weights)


def test_all_weights_zero_is_refused_in_words(als: Algorithm, toy_dataset: Dataset) -> None:
    nothing = HybridWeights(rating=0, popularity=0.0)
    with pytest.raises(DataError, match=r"Every weight is 0.* turn at least one signal up"):
        hybrid(Asked.of(als, toy_dataset, 0), Recipe(nothing))


@pytest.mark.parametrize("size", [1e308, 5e-324])
def test_the_largest_and_smallest_weights_still_sum_to_one(size: float) -> None:
    assert sum(HybridWeights(rating=size, popularity=size).shares.values()) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n": 0}, "n = 0 is not allowed"),
        ({"n": 2.5}, "n = 2.5"),
        ({"diversity": 1.1}, "diversity = 1.1"),
        ({"calibration": math.nan}, "calibration = nan"),
        ({"half_life": 0}, "half_life = 0"),
        ({"recent": 0}, "recent = 0"),
        (
            {"recent": 10**50},
            "recent = about 1e50 is not allowed: give a whole number from 1 to 1,000,000,000",
        ),
        ({"retrieve": 10**400}, "retrieve = about 1e400"),
        ({"most_per_genre": 10**9 + 1}, "most_per_genre = 1000000001"),
        ({"half_life": 10**400}, "half_life = about 1e400 .* up to 1,000,000,000"),
        ({"half_life": math.inf}, "half_life = inf"),
        ({"seen": "some"}, "seen = 'some' is not allowed; choose one of: new, seen, all"),
        ({"normalisation": "log"}, "no normalisation 'log'"),
    ],
    ids=said,
)
def test_a_recipe_that_cannot_be_cooked_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        Recipe(**change)


# ---------------------------------------------------------------- presets


@pytest.mark.real
def test_presets_differ_on_real_ratings(real: Callable[[str], Dataset]) -> None:
    from recsys_core.ranking.presets import PRESETS

    data = real("ml-latest-small")
    trained = fitted("als", data)
    asked = Asked.of(trained, data, 0, sponsors=(Sponsor("Acme", (100, 200, 300)),))
    found = signals_of(asked)
    lists = {name: tuple(hybrid(asked, one.over(Recipe()), found).items) for name, one in PRESETS.items()}
    assert len(set(lists.values())) == len(PRESETS)
    counts = data.ratings.by_item.counts
    median = {name: float(np.median(counts[list(items)])) for name, items in lists.items()}
    assert median["trending"] > median["best"] > median["gems"] >= 3
    assert {100, 200, 300} <= set(lists["advertiser"])
