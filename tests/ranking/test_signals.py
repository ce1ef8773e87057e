"""Signals: what each says, on one footing, and what it says of people and films it knows nothing about."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import recsys_core as rc
from recsys_core.algorithms import Algorithm
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError, NotFittedError
from recsys_core.profile import OwnRatings
from recsys_core.ranking import NORMALISATIONS, Asked, Shared, Sponsor, normalise, signals, signals_of
from recsys_core.ratings import FloatArray, Ratings
from tests.ranking.models import fitted

FIRST = ["rating", "similarity", "popularity", "recency"]


@pytest.fixture
def als(toy_dataset: Dataset) -> Algorithm:
    return fitted("als", toy_dataset)


def raw(name: str, asked: Asked) -> FloatArray:
    return signals()[name].raw(asked)


# ---------------------------------------------------------------- the registry


def test_the_folder_is_the_registry_and_the_four_sliders_come_first() -> None:
    found = signals()
    assert list(found)[:4] == FIRST
    assert set(found) >= {
        *FIRST, "dissimilarity", "release", "engaged", "novelty", "sponsored",
    }  # fmt: skip
    for name, signal in found.items():
        assert signal.name == name
        assert all((signal.title, signal.help, signal.symbol))
    assert len({signal.place for signal in found.values()}) == len(found)


def test_the_letter_of_every_signal_stands_in_the_sheet() -> None:
    sheet = (Path(rc.__file__).parent / "NOTATION.md").read_text(encoding="utf-8")
    for name, signal in signals().items():
        symbol = signal.symbol.replace("|", "\\|")
        assert f"| {symbol} | " in sheet or f"| {symbol}, " in sheet, name


def test_what_is_the_same_for_everyone_says_so_truly(als: Algorithm, toy_dataset: Dataset) -> None:
    one = Asked.of(als, toy_dataset, 0)
    other = Asked.of(als, toy_dataset, als.fold_in([4, 1], [5, 0.5]))
    for name, signal in signals().items():
        if not signal.personal:
            np.testing.assert_array_equal(raw(name, one), raw(name, other))


# ---------------------------------------------------------------- each signal


def test_popularity_is_the_logarithm_and_novelty_the_bits(als: Algorithm, toy_dataset: Dataset) -> None:
    asked = Asked.of(als, toy_dataset, 0)
    counts = np.array([2, 2, 2, 2, 0])
    np.testing.assert_allclose(raw("popularity", asked), np.log(1 + counts))
    # 3 people rated something; a film of nobody counts as if one person had rated it
    np.testing.assert_allclose(raw("novelty", asked), -np.log2(np.array([2, 2, 2, 2, 1]) / 3))


def test_release_is_the_year_and_unknown_without_one(als: Algorithm, toy_dataset: Dataset) -> None:
    np.testing.assert_array_equal(
        raw("release", Asked.of(als, toy_dataset, 0)), [1990, 1999, math.nan, 2005, 2010]
    )


def test_recency_is_the_first_rating_and_unknown_without_times(toy_dataset: Dataset) -> None:
    toy = toy_dataset.ratings
    times = np.array([900, 50, 3, 400, 7, 60, 8, 2]) * 31_556_952
    dated = Ratings.from_arrays(
        toy.users, toy.items, toy.values, toy.scale, n_users=4, n_items=5, timestamps=times
    )
    data = replace(toy_dataset, ratings=dated)
    when = raw("recency", Asked.of(fitted("bias", data), data, 0))
    np.testing.assert_allclose(when, 1970 + np.array([400, 50, 7, 2, math.nan]), rtol=1e-9)
    assert np.isnan(raw("recency", Asked.of(fitted("bias", toy_dataset), toy_dataset, 0))).all()


def test_similarity_is_the_mean_cosine_with_what_was_liked(als: Algorithm, toy_dataset: Dataset) -> None:
    asked = Asked.of(als, toy_dataset, 0)
    assert asked.liked.tolist() == [0, 1], "5 and 3.5 of 5, 3.5, 1: at least the mean 3.17 and the middle"
    Q = als.item_factors_  # type: ignore[attr-defined]
    U = Q[:4] / np.linalg.norm(Q[:4], axis=1, keepdims=True)
    expected = (U @ U[0] + U @ U[1]) / 2
    found = raw("similarity", asked)
    np.testing.assert_allclose(found[:4], expected)
    assert np.isnan(found[4]), "nobody rated it, so it has no factors to compare"
    np.testing.assert_allclose(raw("dissimilarity", asked)[:4], 1 - expected)


def test_without_factors_likeness_is_the_adjusted_cosine_of_ratings(toy_dataset: Dataset) -> None:
    asked = Asked.of(fitted("item_knn", toy_dataset), toy_dataset, 0)
    assert asked.shared.directions.basis == "ratings"
    left = np.zeros((4, 5))  # r − the person's mean, 0 where unknown
    toy = toy_dataset.ratings
    left[toy.users, toy.items] = toy.values
    for u in range(3):
        rated = left[u] != 0
        left[u, rated] -= left[u, rated].mean()
    length = np.linalg.norm(left, axis=0)
    U = left[:, :4] / length[:4]
    np.testing.assert_allclose(raw("similarity", asked)[:4], (U.T @ U[:, 0] + U.T @ U[:, 1]) / 2)


def test_engaged_is_ones_own_rating_and_nothing_for_the_rest(als: Algorithm, toy_dataset: Dataset) -> None:
    np.testing.assert_allclose(raw("engaged", Asked.of(als, toy_dataset, 0)), [1, 3 / 4.5, 0, 0.5 / 4.5, 0])


def test_sponsored_is_one_for_what_is_paid_for(als: Algorithm, toy_dataset: Dataset) -> None:
    paid = Asked.of(als, toy_dataset, 0, sponsors=(Sponsor("Acme", (2,)), Sponsor("Bell", (2, 4))))
    assert raw("sponsored", paid).tolist() == [0, 0, 1, 0, 1]
    assert paid.payer_of(2) == "Acme and Bell"
    assert paid.payer_of(0) is None
    with pytest.raises(DataError, match="Acme pays for item 5; there are 0 … 4"):
        Asked.of(als, toy_dataset, 0, sponsors=(Sponsor("Acme", (5,)),))
    with pytest.raises(DataError, match="Acme pays for item 5; there are 0 … 4"):
        replace(paid, sponsors=(Sponsor("Acme", (2, 5)),))


@pytest.mark.parametrize("payer", ["", "  ", None, 3])
def test_who_pays_has_a_name(payer: Any) -> None:
    with pytest.raises(DataError, match="A payer must have a name"):
        Sponsor(payer, (3,))


@pytest.mark.parametrize("item", [1.5, True, "a", -1, 10**400], ids=lambda item: str(item)[:5])
def test_what_is_paid_for_is_an_item(item: Any) -> None:
    with pytest.raises(DataError, match=r"Acme pays for .*: give item indices"):
        Sponsor("Acme", (3, item))


@pytest.mark.parametrize(
    ("ratings", "message"),
    [
        (((9, 5.0),), "Rated items are given by index, 0 … 4; got .9"),
        (((-1, 5.0),), "Rated items are given by index"),
        (((1.0, 5.0),), "Rated items are given by index"),
        (((3, 50.0),), "Item 3 is rated 50, which is outside the scale"),
        (((0, 2.0), (3, math.nan)), "Item 3 is rated nan"),
        (((3, 2.0), (3, 3.0)), "rated twice"),
    ],
    ids=str,
)
def test_ones_own_ratings_are_of_items_and_on_the_scale(
    ratings: Any, message: str, als: Algorithm, toy_dataset: Dataset
) -> None:
    with pytest.raises(DataError, match=message):
        Asked.of(als, toy_dataset, 0, own=OwnRatings(ratings))
    fine = Asked.of(als, toy_dataset, 0, own=OwnRatings(((3, 0.5), (0, 5.0))))
    assert fine.items.tolist() == [3, 0]


def test_a_film_nobody_rated_is_predicted_by_the_films_of_its_genres(
    als: Algorithm, toy_dataset: Dataset
) -> None:
    """As `place_items_by_genre` places it in the model, for the mean of linear scores is linear."""
    placed = rc.place_items_by_genre(als, toy_dataset.catalogue.genres)  # type: ignore[type-var]
    asked = Asked.of(als, toy_dataset, 0)
    np.testing.assert_allclose(raw("rating", asked), placed.scores(0))
    found = signals_of(asked)
    assert found.placed.tolist() == [False] * 4 + [True]
    assert found.notes[0] == "Nobody rated 1 film: predicted by genres."
    knows_features = fitted("content_regression", toy_dataset)
    np.testing.assert_array_equal(
        raw("rating", Asked.of(knows_features, toy_dataset, 0)), knows_features.scores(0)
    )


# ---------------------------------------------------------------- who is asked for


@pytest.mark.parametrize(
    ("given", "liked"),
    [([], []), ([5.0], [0]), ([0.5, 0.5, 0.5], []), ([2.0, 1.0], []), ([4.0, 4.0], [0, 1]), ([5, 3], [0])],
    ids=str,
)
def test_liked_is_the_upper_half_of_ones_own_and_of_the_scale(
    given: list[float], liked: list[int], als: Algorithm, toy_dataset: Dataset
) -> None:
    person = als.fold_in(list(range(len(given))), given)
    assert Asked.of(als, toy_dataset, person).liked.tolist() == liked


def test_ones_own_ratings_come_oldest_first(toy_dataset: Dataset) -> None:
    toy = toy_dataset.ratings
    dated = Ratings.from_arrays(
        toy.users, toy.items, toy.values, toy.scale, n_users=4, n_items=5, timestamps=[3, 1, 2, 9, 8, 1, 2, 3]
    )
    data = replace(toy_dataset, ratings=dated)
    asked = Asked.of(fitted("bias", data), data, 0)
    assert asked.items.tolist() == [1, 3, 0]
    assert asked.values.tolist() == [3.5, 1, 5]


def test_who_is_not_there_or_does_not_fit_is_refused(als: Algorithm, toy_dataset: Dataset) -> None:
    with pytest.raises(DataError, match="no user 9"):
        Asked.of(als, toy_dataset, 9)
    with pytest.raises(DataError, match="give the data it was fitted on"):
        Asked.of(als, rc.load("sample"), 0)
    with pytest.raises(NotFittedError):
        Asked.of(rc.algorithm("als"), toy_dataset, 0)


# ---------------------------------------------------------------- silence


def test_a_silent_signal_says_why(als: Algorithm, toy_dataset: Dataset) -> None:
    nobody = signals_of(Asked.of(als, toy_dataset, als.fold_in([], [])))
    assert nobody.silent == {
        "similarity": "you have rated nothing yet",
        "dissimilarity": "you have rated nothing yet",
        "recency": "these ratings have no times",
        "engaged": "you have rated nothing yet",
        "sponsored": "nobody pays for anything",
    }
    sour = signals_of(Asked.of(als, toy_dataset, als.fold_in([0, 1], [0.5, 0.5])))
    assert sour.silent["similarity"] == "none of your ratings is in the upper half of the scale"


def test_not_a_number_from_a_model_is_neutral_and_noted(
    als: Algorithm, toy_dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(als, "scores", lambda user: np.array([1.0, math.nan, 3.0, math.inf, 2.0]))
    found = signals_of(Asked.of(als, toy_dataset, 0), names=["rating"])
    # film 4 nobody rated: its genres lead to films whose scores are unknown, so it is unknown too
    known, unknown = found.values[0, [0, 2]], found.values[0, [1, 3, 4]]
    assert known.tolist() == [0, 1]
    assert unknown.tolist() == [0.5] * 3
    assert "“Predicted rating” knows nothing of 3 films, which count as average there." in found.notes
    monkeypatch.setattr(als, "scores", lambda user: np.full(5, math.nan))
    mute = signals_of(Asked.of(als, toy_dataset, 0), names=["rating"])
    assert mute.silent == {"rating": "the model could not score a single one"}
    assert not mute.values.any()


@pytest.mark.parametrize("how", NORMALISATIONS)
@pytest.mark.parametrize("name", ["lectures-movies", "lectures-albums"])
@pytest.mark.parametrize("model", ["als", "item_knn", "surprise_nmf", "popularity", "content_regression"])
def test_every_number_is_finite_whatever_the_table(name: str, model: str, how: str) -> None:
    data = rc.load(name)
    trained = fitted(model, data)
    shared = Shared(trained, data)
    for user in range(data.ratings.n_users):
        found = signals_of(Asked.of(trained, data, user, shared=shared), how)
        assert np.isfinite(found.values).all()
        assert found.values.shape == (len(signals()), data.ratings.n_items)
        alone = signals_of(Asked.of(trained, data, user), how)
        np.testing.assert_array_equal(found.values, alone.values)


# ---------------------------------------------------------------- normalisation

some = st.lists(
    st.floats(-1e6, 1e6) | st.sampled_from([0.0, math.nan, math.inf, -math.inf, 1e308, -1e308]),
    min_size=1,
    max_size=30,
)


@given(numbers=some, how=st.sampled_from(NORMALISATIONS))
def test_normalising_keeps_the_order_and_puts_the_unknown_in_the_middle(
    numbers: list[float], how: str
) -> None:
    given_ = np.array(numbers)
    found = normalise(given_, how)
    known = np.isfinite(given_)
    assert np.isfinite(found).all()
    order = np.argsort(given_[known], kind="stable")
    assert (np.diff(found[known][order]) >= 0).all()
    if not known.any() or np.ptp(found[known]) == 0:
        assert not found.any()
        return
    np.testing.assert_allclose(found[~known], found[known].mean())
    if how == "z":
        assert abs(found[known].mean()) < 1e-6
        assert found[known].std() == pytest.approx(1, abs=1e-6)
    else:
        assert (found[known].min(), found[known].max()) >= (0, 0)
        assert found[known].max() <= 1


def test_the_three_normalisations_by_hand() -> None:
    x = np.array([1.0, 2.0, 2.0, 5.0])
    assert normalise(x, "min_max").tolist() == [0, 0.25, 0.25, 1]
    assert normalise(x, "rank") == pytest.approx([0, 0.5, 0.5, 1])
    np.testing.assert_allclose(normalise(x, "z"), (x - 2.5) / 1.5)
    with pytest.raises(DataError, match="no normalisation 'log'; there are: min_max, z, rank"):
        normalise(x, "log")
