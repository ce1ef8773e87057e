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


HALF = chr(0xD800)
"""Half a sign: JSON may hold it, UTF-8 does not."""


@pytest.mark.parametrize(
    "fields",
    [
        {HALF: 1},
        {"data": HALF},
        {"weights": {HALF: 1}},
        {"weights": {"popularity": HALF}},
        {"weights": HALF},
        {"genres": [HALF]},
        {"exclude": [[HALF]]},
        {"seen": HALF},
        {"normalisation": HALF},
        {"n": HALF},
    ],
    ids=ascii,
)
def test_what_is_said_of_half_a_sign_can_be_sent(fields: dict[str, Any], toy_dataset: Dataset) -> None:
    _, text = said({"kind": "recsys recipe", "version": 1, **fields}, toy_dataset)
    assert "\\ud800" in text
    assert text.encode("utf-8")


@pytest.mark.parametrize("name", ["genres", "n", "years", "weather", "weights", "data"])
def test_a_value_may_be_nested_as_deep_as_json_is_read(name: str, toy_dataset: Dataset) -> None:
    """However deep that is here: no message goes deeper than the reading did."""
    for depth in range(500, 1000):
        deep = "[" * depth + "1" + "]" * depth
        value = f'{{"rating": {deep}}}' if name == "weights" else deep
        text = f'{{"kind": "recsys recipe", "version": 1, "{name}": {value}}}'
        recipe, remarks = from_json(text, toy_dataset)
        assert recipe == Recipe()
        assert remarks
        assert all(len(remark.text) < 300 for remark in remarks)


def test_a_number_no_float_holds_is_named_and_the_rest_kept(toy_dataset: Dataset) -> None:
    huge = 10**400 - 1
    fields = {"weights": {"popularity": 1, "rating": huge}, "retrieve": huge, "half_life": huge}
    recipe, text = said(whole(**fields), toy_dataset)
    assert recipe == Recipe(HybridWeights(popularity=1))
    assert "The weight of rating must be a finite number; got about 1e400." in text
    assert "retrieve = about 1e400 is not allowed" in text
    assert "half_life = about 1e400 is not allowed" in text


LISTS = Recipe(filters=Filters(genres=("Drama",)), exclude=(3,))


def test_a_list_without_a_good_word_leaves_what_there_was(toy_dataset: Dataset) -> None:
    file = {"kind": "recsys recipe", "version": 1, "genres": ["Nope"], "exclude": ["Nope"]}
    for recipe, remarks in (
        from_json(json.dumps(file), toy_dataset, LISTS),
        from_text("genres~Nope_without~Nope", toy_dataset, LISTS),
    ):
        assert recipe == LISTS
        assert [remark.text for remark in remarks] == [
            "Not a genre of Toy: Nope. It was left as it is.",
            "Not in Toy, so not excluded: Nope. It was left as it is.",
        ]


def test_an_empty_list_takes_away_what_there_was(toy_dataset: Dataset) -> None:
    empty = json.dumps({"kind": "recsys recipe", "version": 1, "genres": [], "exclude": []})
    assert from_json(empty, toy_dataset, LISTS) == (Recipe(), ())


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
        ("recent~1" + 50 * "0", "recent = about 1e50 is not allowed"),
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
