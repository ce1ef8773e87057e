"""Retrieval: the lecture's sources, merged without duplicates or already seen; each with who brought it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise, zip_longest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import recsys_core as rc
from recsys_core.algorithms import Algorithm
from recsys_core.dataset import Catalogue, Dataset
from recsys_core.errors import DataError
from recsys_core.ranking.retrieval import Retrieved, retrieve, source, sources
from recsys_core.ranking.retrieval.base import Looked, tops
from recsys_core.ranking.signals import Asked
from recsys_core.ratings import Ratings, Scale

NAMES = ["similar_to_liked", "top_of_genres", "top_overall", "nearest_in_space"]


@pytest.fixture(scope="module")
def model(sample: Dataset) -> Algorithm:
    return rc.algorithm("als", n_factors=8, n_epochs=3).fit(sample.ratings)


@pytest.fixture(scope="module")
def asked(sample: Dataset, model: Algorithm) -> Asked:
    """Somebody who liked at least ten films."""
    return next(one for one in (Asked.of(model, sample, user) for user in range(50)) if len(one.liked) >= 10)


def new_user(model: Algorithm, data: Dataset, said: dict[int, float]) -> Asked:
    return Asked.of(model, data, model.fold_in(list(said), list(said.values())))


def test_the_lectures_numbers_come_out(asked: Asked) -> None:
    found = retrieve(asked)
    assert {stage.name: stage.n_found for stage in found.stages} == {
        "similar_to_liked": 10 * 10,
        "top_of_genres": 3 * 10,
        "top_overall": 20,
        "nearest_in_space": 50,
    }


def test_merged_without_duplicates_or_already_seen_and_counted_on_the_way(asked: Asked) -> None:
    found = retrieve(asked)
    assert len(set(found.items.tolist())) == len(found)
    assert not set(found.items.tolist()) & set(asked.items.tolist())
    merged = 0
    for stage in found.stages:
        merged += stage.n_new
        assert 0 <= stage.n_new <= stage.n_fit <= stage.n_found
        assert stage.n_merged == merged
        assert stage.milliseconds >= 0
    assert merged == len(found)
    assert sum(stage.milliseconds for stage in found.stages) <= found.milliseconds


def test_each_source_brings_what_it_says_written_out(asked: Asked, sample: Dataset) -> None:
    most_rated = np.argsort(-sample.ratings.by_item.counts, kind="stable")
    said = {name: source(name).find(asked, one.n_each) for name, one in sources().items()}
    assert said["top_overall"].items.tolist() == most_rated[:20].tolist()

    genres = sample.catalogue.genres
    favourites = np.argsort(-genres[asked.liked].sum(axis=0), kind="stable")[:3]
    by_genre = said["top_of_genres"]
    for genre in favourites:
        wanted = [item for item in most_rated if genres[item, genre]][:10]
        assert by_genre.items[by_genre.seeds == genre].tolist() == wanted

    near = said["similar_to_liked"]
    for item in asked.liked[-10:]:
        wanted = rc.similar_items(asked.model, int(item), 10).items.tolist()
        assert near.items[near.seeds == item].tolist() == wanted
    assert near.seeds[0] == asked.liked[-1]  # the latest has the first turn

    place = asked.model.user_factors_[asked.user]
    wanted = rc.neighbours_of_vector(asked.model, place, 50, "dot").items.tolist()
    assert said["nearest_in_space"].items.tolist() == wanted


def test_everyone_who_brought_an_item_is_named_with_the_reason(asked: Asked, sample: Dataset) -> None:
    found = retrieve(asked)
    for name, one in sources().items():
        brought = set(one.find(asked, one.n_each).items.tolist())
        named = {int(i) for i, by in zip(found.items, found.brought, strict=True) if name in by}
        assert named == brought & set(found.items.tolist())
    assert all(found.brought)
    item = int(found.items[0])
    assert found.brought_by(item) == found.brought[0]
    assert len(found.why(sample, item)) == len(found.brought[0])
    liked = sample.catalogue.label(int(asked.liked[-1]))
    assert found.why(sample, item)[0] == f"similar to {liked}, which you liked"
    assert found.brought_by(int(asked.items[0])) == ()
    assert found.why(sample, int(asked.items[0])) == ()


@pytest.mark.parametrize("limit", [1, 7, 50, 100, 200])
def test_a_limit_is_reached_and_shared_in_the_usual_proportion(asked: Asked, limit: int) -> None:
    found = retrieve(asked, limit)
    assert len(found) == limit
    may = set(range(len(asked.dataset.catalogue))) - set(asked.items.tolist())
    times = []
    for place, one in enumerate(sources().values()):
        looked = one.look(asked)
        assert isinstance(looked, Looked)
        streams = []
        for seed in range(len(looked.seeds)):
            order = np.argsort(-looked.scores[seed], kind="stable").tolist()
            streams.append([i for i in order if i in may and np.isfinite(looked.scores[seed, i])])
        by_turns = [item for turn in zip_longest(*streams) for item in turn if item is not None]
        different = list(dict.fromkeys(by_turns))
        times += [((j + 1) / one.usual, place, item) for j, item in enumerate(different)]
    wanted = list(dict.fromkeys(item for _, _, item in sorted(times, key=lambda each: each[:2])))
    assert found.items.tolist() == wanted[:limit]


def test_a_smaller_limit_is_the_beginning_of_a_larger_one(asked: Asked) -> None:
    lists = [retrieve(asked, limit).items.tolist() for limit in (5, 20, 50, 100, 150)]
    for shorter, longer in pairwise(lists):
        assert longer[: len(shorter)] == shorter


def test_a_limit_beyond_the_catalogue_brings_every_rated_film_that_may_be_shown(asked: Asked) -> None:
    rated = set(np.flatnonzero(asked.dataset.ratings.by_item.counts > 0).tolist())
    assert set(retrieve(asked, 10**6).items.tolist()) == rated - set(asked.items.tolist())


def test_only_what_may_be_shown_is_retrieved_and_the_limit_is_reached_within_it(asked: Asked) -> None:
    allowed = np.arange(0, len(asked.dataset.catalogue), 3)
    found = retrieve(asked, 40, allowed)
    assert len(found) == 40
    assert not (found.items % 3).any()
    assert set(retrieve(asked, 5, asked.items).items.tolist()) <= set(asked.items.tolist())
    assert len(retrieve(asked, 10, [])) == 0
    with pytest.raises(DataError, match="by index"):
        retrieve(asked, 10, [10**7])


def names_of(found: Retrieved) -> list[str]:
    return [stage.name for stage in found.stages]


def test_who_said_nothing_gets_the_top_overall_and_the_others_say_why(
    model: Algorithm, sample: Dataset
) -> None:
    found = retrieve(new_user(model, sample, {}))
    assert names_of(found) == ["top_overall"]
    assert len(found.notes) == 3
    assert "you have rated nothing yet" in found.notes[0]
    assert len(retrieve(new_user(model, sample, {}), 50)) == 50


def test_who_disliked_everything_has_no_liked_films_to_start_from(model: Algorithm, sample: Dataset) -> None:
    found = retrieve(new_user(model, sample, {3: 0.5, 4: 0.5}))
    assert names_of(found) == ["top_overall", "nearest_in_space"]
    assert "upper half of the scale" in found.notes[0]


def test_one_liked_film_is_enough_for_every_source(model: Algorithm, sample: Dataset) -> None:
    found = retrieve(new_user(model, sample, {3: 5.0}))
    assert names_of(found) == NAMES
    assert found.stages[0].n_found == 10


@pytest.mark.parametrize("name", ["popularity", "item_knn"])
def test_a_model_without_factors_finds_alike_by_who_rated_what(sample: Dataset, name: str) -> None:
    other = rc.algorithm(name).fit(sample.ratings)
    found = retrieve(Asked.of(other, sample, 0), 30)
    assert names_of(found) == NAMES[:3]
    assert "no space of factors" in found.notes[0]
    assert len(found) == 30


def test_equally_similar_items_come_in_the_order_of_the_catalogue(toy_dataset: Dataset) -> None:
    """What one person alone rated above their mean points the same way, however far above it is."""
    n = 40
    stars = np.where(np.arange(n) % 2, np.linspace(3.5, 5, n), 0.5)
    ratings = Ratings.from_arrays([0] * n, range(n), stars, Scale(0.5, 5.0), n_users=1, n_items=n)
    names, years = tuple(map(str, range(n))), np.zeros(n, dtype=np.int32)
    catalogue = Catalogue(names, names, years, (), np.zeros((n, 0), dtype=np.bool_))
    data = replace(toy_dataset, ratings=ratings, catalogue=catalogue, user_ids=("0",), user_features=None)
    asked = Asked.of(rc.algorithm("popularity").fit(ratings), data, 0)
    found = source("similar_to_liked").find(asked, 10)
    assert not isinstance(found, str)
    for seed in asked.liked[-10:]:
        others = [item for item in range(1, n, 2) if item != seed]
        assert found.items[found.seeds == seed].tolist() == others[:10]


def test_what_the_model_has_not_seen_counts_for_nothing(sample: Dataset) -> None:
    """A list for a held-out rating must not be drawn from that rating."""
    ratings = sample.ratings
    most = int(ratings.by_item.counts.argmax())
    part = ratings.take(ratings.items != most)
    other = rc.algorithm("als", n_factors=4, n_epochs=1).fit(part)
    found = retrieve(Asked.of(other, sample, 0), 10**6)
    assert most not in found.items


@pytest.mark.parametrize("limit", [0, -3, 2.5, True])
def test_a_limit_is_a_whole_number_from_1(asked: Asked, limit: int) -> None:
    with pytest.raises(DataError, match="whole number from 1"):
        retrieve(asked, limit)


def test_the_folder_is_the_registry() -> None:
    assert list(sources()) == NAMES
    with pytest.raises(DataError, match="top_overall"):
        source("billboard")


@pytest.mark.real
def test_on_published_ratings_the_lectures_numbers_come_out(real: Callable[[str], Dataset]) -> None:
    data = real("ml-latest-small")
    model = rc.algorithm("als", n_factors=10, n_epochs=2).fit(data.ratings)
    found = retrieve(Asked.of(model, data, 0))
    assert [stage.n_found for stage in found.stages] == [100, 30, 20, 50]
    assert 50 < len(found) < 200


@given(st.integers(0, 1000), st.integers(1, 8))
def test_the_best_of_a_row_are_those_that_sorting_finds(seed: int, n: int) -> None:
    scores = np.random.default_rng(seed).integers(-3, 4, (3, 6)).astype(np.float64)
    scores[scores == -3] = -np.inf
    scores[scores == -2] = np.nan
    for row, found in zip(scores, tops(scores, n), strict=True):
        order = [i for i in np.argsort(-row, kind="stable").tolist() if row[i] > -np.inf][:n]
        assert found.tolist() == order + [-1] * (n - len(order))
