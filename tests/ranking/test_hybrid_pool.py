"""Retrieval and re-ranking as parts of the hybrid list: who may be in it, and in what order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.algorithms import Algorithm
from recsys_core.dataset import Dataset
from recsys_core.ranking import Filters, rank
from recsys_core.ranking.hybrid import hybrid
from recsys_core.ranking.recipe import Recipe
from recsys_core.ranking.rerank import calibrate, cap, diversify, history_shares
from recsys_core.ranking.rerank.base import ordered
from recsys_core.ranking.retrieval import retrieve
from recsys_core.ranking.signals import Asked
from recsys_core.ratings import FloatArray, IntArray


@pytest.fixture(scope="module")
def model(sample: Dataset) -> Algorithm:
    return rc.algorithm("als", n_factors=8, n_epochs=3).fit(sample.ratings)


@pytest.fixture(scope="module")
def asked(sample: Dataset, model: Algorithm) -> Asked:
    return Asked.of(model, sample, 1)


def plain(asked: Asked) -> tuple[IntArray, FloatArray]:
    """The pool re-ranking chooses from, and the blended score of every item."""
    whole = hybrid(asked, Recipe(n=500))
    scores = np.zeros(len(asked.dataset.catalogue))
    scores[whole.items] = whole.scores
    return whole.items, scores


def test_only_what_was_retrieved_is_ranked_and_each_film_names_who_brought_it(asked: Asked) -> None:
    found, listed = retrieve(asked, 100), hybrid(asked, Recipe(retrieve=100))
    assert listed.items.tolist() == rank(asked.model.scores(asked.user), found.items, 10).tolist()
    assert listed.brought == tuple(found.brought_by(int(item)) for item in listed.items)
    assert listed.retrieved is not None
    assert [s.name for s in listed.stages] == ["catalogue", "seen", "retrieval", "rank"]
    assert listed.stages[2].n_left == 100


def test_retrieving_everything_changes_no_list(asked: Asked) -> None:
    rated = Recipe(filters=Filters(min_ratings=1))
    everything = Recipe(filters=Filters(min_ratings=1), retrieve=10**6)
    assert hybrid(asked, everything).items.tolist() == hybrid(asked, rated).items.tolist()
    assert hybrid(asked, rated).retrieved is None


def test_retrieval_looks_only_among_what_the_filters_allow(asked: Asked) -> None:
    catalogue = asked.dataset.catalogue
    listed = hybrid(asked, Recipe(filters=Filters(genres=("Western",)), retrieve=20, n=20))
    westerns = catalogue.genres[:, catalogue.genre_names.index("Western")]
    assert len(listed)
    assert westerns[listed.items].all()
    again = hybrid(asked, Recipe(seen="seen", retrieve=20))
    assert len(again) == 10
    assert np.isin(again.items, asked.items).all()


def test_each_way_of_re_ranking_is_what_its_own_function_makes(asked: Asked) -> None:
    pool, scores = plain(asked)
    genres = asked.dataset.catalogue.genres
    own = history_shares(genres, asked.items)
    assert own is not None
    for recipe, wanted in (
        (Recipe(diversity=0.6), diversify(pool, scores, genres, 0.6)),
        (Recipe(calibration=0.9), calibrate(pool, scores, genres, own, 0.9)),
        (Recipe(most_per_genre=2), cap(pool, scores, genres, 2)),
    ):
        listed = hybrid(asked, recipe)
        assert listed.items.tolist() == wanted.tolist()
        assert listed.items.tolist() != ordered(pool, scores)[0][:10].tolist()
        np.testing.assert_allclose(listed.contributions.sum(axis=1), listed.scores, atol=1e-9)
        np.testing.assert_allclose(listed.scores, scores[listed.items])  # the order moved, no score did


def test_places_a_cap_leaves_empty_are_counted(asked: Asked) -> None:
    listed = hybrid(asked, Recipe(most_per_genre=1, n=40))
    assert len(listed) < 40
    assert f"Only {len(listed)} of 40 places could be filled" in " ".join(listed.notes)
    assert (asked.dataset.catalogue.genres[listed.items].sum(axis=0) <= 1).all()


def test_without_a_rating_there_are_no_genres_to_follow_and_the_list_says_so(
    model: Algorithm, sample: Dataset
) -> None:
    nobody = Asked.of(model, sample, model.fold_in([], []))
    listed = hybrid(nobody, Recipe(calibration=0.5))
    assert any("Genres cannot follow your ratings yet" in note for note in listed.notes)
    assert listed.items.tolist() == hybrid(nobody, Recipe()).items.tolist()


def test_without_genres_variety_is_told_by_factors_or_refused_in_words(
    model: Algorithm, sample: Dataset
) -> None:

    blank = replace(sample.catalogue, genres=np.zeros_like(sample.catalogue.genres))
    data = replace(sample, catalogue=blank)
    by_factors = hybrid(Asked.of(model, data, 1), Recipe(diversity=0.7))
    assert by_factors.items.tolist() != hybrid(Asked.of(model, data, 1), Recipe()).items.tolist()
    flat = rc.algorithm("popularity").fit(sample.ratings)
    assert any(
        "Variety is not applied" in n for n in hybrid(Asked.of(flat, data, 1), Recipe(diversity=0.7)).notes
    )
