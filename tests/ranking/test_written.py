"""Recipes as files and addresses: what is written is read, and junk is reported and left out."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys_core.dataset import Dataset
from recsys_core.ranking import Filters, HybridWeights, Recipe, signals
from recsys_core.ranking.presets import PRESETS, from_json, from_text, preset_of, to_json, to_text
from recsys_core.ranking.written import LONG

weights = st.dictionaries(
    st.sampled_from(list(signals())), st.floats(0, 10) | st.just(1e308), min_size=1
).map(lambda given: HybridWeights(**given))
recipes = st.builds(
    Recipe,
    weights=weights,
    normalisation=st.sampled_from(["min_max", "z", "rank"]),
    filters=st.builds(
        Filters,
        genres=st.sampled_from([(), ("Drama",), ("Comedy", "Drama")]),
        years=st.sampled_from([None, (1990, 2005), (0, 0)]),
        min_ratings=st.integers(0, 50),
    ),
    seen=st.sampled_from(["new", "seen", "all"]),
    exclude=st.lists(st.integers(0, 4), unique=True).map(tuple),
    diversity=st.floats(0, 1),
    calibration=st.floats(0, 1),
    most_per_genre=st.none() | st.integers(1, 5),
    recent=st.none() | st.integers(1, 500),
    half_life=st.none() | st.floats(1e-5, 1e5),
    retrieve=st.none() | st.integers(1, 500),
    n=st.integers(1, 100),
)


@given(recipe=recipes)
def test_what_is_written_is_read_again(recipe: Recipe, toy_dataset: Dataset) -> None:
    assert from_json(to_json(recipe, toy_dataset), toy_dataset) == (recipe, ())
    text = to_text(recipe, toy_dataset)
    assert from_text(text, toy_dataset) == (recipe, ())
    assert quote(text, safe="%~_-.") == text, "safe in an address"


def test_an_address_is_short(toy_dataset: Dataset) -> None:
    assert to_text(Recipe(), toy_dataset) == ""
    recipe = Recipe(HybridWeights(rating=1, popularity=0.3), "rank", exclude=(4, 0))
    assert to_text(recipe, toy_dataset) == "rating~1_popularity~0.3_by~rank_without~50-10"
    assert to_text(Recipe(HybridWeights(rating=0)), toy_dataset) == "rating~0"


def test_no_setting_is_called_like_a_signal() -> None:
    assert not set(LONG) & set(signals())
    assert not [name for name in (*LONG, *signals()) if {"_", "-", "~"} & set(name)]


def said(recipe_json: Any, data: Dataset) -> tuple[Recipe, str]:
    text = recipe_json if isinstance(recipe_json, str) else json.dumps(recipe_json)
    recipe, remarks = from_json(text, data)
    return recipe, " ".join(remark.text for remark in remarks)


def whole(**fields: Any) -> dict[str, Any]:
    return {"kind": "recsys recipe", "version": 1, "data": "toy", "weights": {"popularity": 2}, **fields}


@pytest.mark.parametrize("n", [101, 10**9, 10**30, 1e300])
def test_no_list_is_longer_than_may_be_asked_for(n: float, toy_dataset: Dataset) -> None:
    recipe, told = said({"kind": "recsys recipe", "version": 1, "n": n}, toy_dataset)
    assert recipe.n == Recipe().n
    assert "too long for a list: at most 100" in told


def test_of_a_newer_version_what_is_known_is_kept(toy_dataset: Dataset) -> None:
    recipe, text = said(whole(version=7, weather="fine", diversity=0.25), toy_dataset)
    assert recipe == Recipe(HybridWeights(popularity=2), diversity=0.25)
    assert "newer version 7, this reads 1" in text
    assert "no setting weather" in text


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"weights": {"popularity": 2, "likes": 1}}, "no signal 'likes'"),
        ({"weights": {"popularity": 2, "rating": -1}}, "weights are not below 0"),
        ({"weights": {"popularity": 2, "rating": "much"}}, "finite number; got 'much'"),
        ({"weights": {"popularity": 2, "rating": [1]}}, "finite number"),
        ({"n": 10**6}, "too long for a list"),
        ({"n": "ten"}, "n must be a number; got ten"),
        ({"diversity": {}}, "diversity must be a number"),
        ({"half_life": -3}, "half_life = -3"),
        ({"normalisation": "log"}, "no normalisation 'log'"),
        ({"seen": 3}, "seen must be a word"),
        ({"genres": ["Western", 4]}, "Not a genre of Toy: Western, 4"),
        ({"genres": "Drama"}, "genres must be a list"),
        ({"years": [1990]}, "first and the last year"),
        ({"years": [1990, 1e999]}, "not JSON"),
        ({"min_ratings": -1}, "whole number from 0"),
        ({"exclude": ["99", None]}, "Not in Toy, so not excluded: 99, None"),
        ({"version": "new"}, "no version that can be read"),
        ({"data": "ml-1m"}, "made for ml-1m, this is Toy"),
    ],
    ids=str,
)
def test_what_is_wrong_is_named_and_the_rest_kept(
    fields: dict[str, Any], message: str, toy_dataset: Dataset
) -> None:
    recipe, text = said(whole(**fields), toy_dataset)
    assert message in text
    assert recipe == (Recipe() if "not JSON" in message else Recipe(HybridWeights(popularity=2)))


@pytest.mark.parametrize(
    "junk", ["", "junk", "[]", "3", "null", "[" * 100_000, '{"kind": "cake"}', "x" * 200_000, "\x00"], ids=len
)
def test_junk_changes_nothing_and_is_named(junk: str, toy_dataset: Dataset) -> None:
    start = Recipe(HybridWeights(novelty=1))
    recipe, remarks = from_json(junk, toy_dataset, start)
    assert recipe == start
    assert len(remarks) == 1


@given(text=st.text() | st.text(alphabet="rating~_-.0123456789%"))
def test_any_address_gives_a_recipe(text: str, toy_dataset: Dataset) -> None:
    recipe, remarks = from_text(text, toy_dataset)
    assert isinstance(recipe, Recipe)
    assert recipe == Recipe() or not remarks or recipe.weights


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rating~nan", "finite number; got nan"),
        ("rating~1_popularity~-2", "not below 0"),
        ("bogus~3", "no signal 'bogus'"),
        ("variety~7", "diversity = 7"),
        ("n~1e99", "n = 1e"),
        ("genres~Horror", "Not a genre of Toy"),
    ],
)
def test_an_address_is_read_with_the_same_suspicion(text: str, message: str, toy_dataset: Dataset) -> None:
    recipe, remarks = from_text(text, toy_dataset)
    assert recipe == Recipe()
    assert any(message in remark.text for remark in remarks)


def test_every_preset_is_found_again_whatever_the_filters(toy_dataset: Dataset) -> None:
    mine = Recipe(filters=Filters(genres=("Drama",), min_ratings=50), recent=5, n=20)
    for name, preset in PRESETS.items():
        for recipe in (preset.recipe, preset.over(mine)):
            found = preset_of(recipe)
            assert found is not None
            assert found.name == name
    assert PRESETS["gems"].over(Recipe()).filters.min_ratings == 3
    assert PRESETS["gems"].over(mine).filters == mine.filters
    assert preset_of(Recipe(HybridWeights(rating=0.123, novelty=1))) is None
