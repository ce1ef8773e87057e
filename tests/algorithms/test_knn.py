"""Neighbours: the vote is Surprise's, every vote is told, and a new person is counted like an old one."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
import surprise

import recsys_core as rc
from recsys_core.algorithms import _knn
from recsys_core.algorithms._knn import NeighbourModel, count_votes, elected
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError
from recsys_core.ratings import Ratings, Scale
from recsys_core.similarity import MEASURES

SIDES = ("user_knn", "item_knn")
VARIANTS = {
    "basic": surprise.KNNBasic,
    "means": surprise.KNNWithMeans,
    "zscore": surprise.KNNWithZScore,
    "baseline": surprise.KNNBaseline,
}
both = pytest.mark.parametrize("side", SIDES)


def knn(side: str, ratings: Ratings, **settings: Any) -> NeighbourModel:
    model = rc.algorithm(side, **settings).fit(ratings)
    assert isinstance(model, NeighbourModel)
    return model


# ---------------------------------------------------------------- the vote is Surprise's


def their_predictions(
    side: str, ratings: Ratings, users: np.ndarray, items: np.ndarray, variant: str, options: dict[str, Any]
) -> np.ndarray:
    """Surprise through its own front door, held to the scale."""
    frame = pd.DataFrame(
        {"user": ratings.users, "item": ratings.items, "rating": ratings.values.astype(float)}
    )
    reader = surprise.Reader(rating_scale=(ratings.scale.low, ratings.scale.high))
    known = surprise.Dataset.load_from_df(frame, reader).build_full_trainset()
    k, k_min = options.pop("k", 40), options.pop("min_k", 1)
    options["user_based"] = side == "user_knn"
    model = VARIANTS[variant](k=k, min_k=k_min, sim_options=options, verbose=False).fit(known)
    return np.array([p.est for p in model.test(list(zip(users, items, np.zeros(len(users)), strict=True)))])


@pytest.fixture(scope="module")
def fold(real: Callable[[str], Dataset]) -> Ratings:
    """A third of ml-100k; ten people and fifty films lose all of their ratings."""
    ratings = real("ml-100k").ratings
    rng = np.random.default_rng(11)
    keep = rng.random(len(ratings)) < 0.33
    keep &= ~np.isin(ratings.users, rng.choice(ratings.n_users, 10, replace=False))
    keep &= ~np.isin(ratings.items, rng.choice(ratings.n_items, 50, replace=False))
    return ratings.take(keep)


@pytest.fixture(scope="module")
def asked(fold: Ratings) -> tuple[np.ndarray, np.ndarray]:
    """Pairs at random, many of them with people and films the fold does not know, and some it was given."""
    rng = np.random.default_rng(5)
    users, items = rng.integers(0, fold.n_users, 2_000), rng.integers(0, fold.n_items, 2_000)
    some = rng.choice(len(fold), 1_000)
    return np.concatenate((users, fold.users[some])), np.concatenate((items, fold.items[some]))


@pytest.mark.real
@both
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("similarity", MEASURES)
def test_it_predicts_what_surprise_predicts(
    side: str, variant: str, similarity: str, fold: Ratings, asked: tuple[np.ndarray, np.ndarray]
) -> None:
    theirs = their_predictions(side, fold, *asked, variant, {"name": similarity})
    ours = knn(side, fold, variant=variant, similarity=similarity).predict(*asked)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)


@pytest.mark.real
@both
@pytest.mark.parametrize("variant", VARIANTS)
def test_so_it_does_with_few_voters_and_many_ties(
    side: str, variant: str, fold: Ratings, asked: tuple[np.ndarray, np.ndarray]
) -> None:
    """Whole stars make hundreds of pairs equally alike: of equals, the first in the file votes."""
    theirs = their_predictions(side, fold, *asked, variant, {"name": "msd", "k": 3, "min_k": 3})
    ours = knn(side, fold, variant=variant, n_neighbors=3, min_neighbors=3).predict(*asked)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)


@pytest.mark.real
@both
def test_so_it_does_for_other_settings(
    side: str, fold: Ratings, asked: tuple[np.ndarray, np.ndarray]
) -> None:
    options = {"name": "pearson_baseline", "min_support": 4, "shrinkage": 7, "k": 11, "min_k": 2}
    theirs = their_predictions(side, fold, *asked, "baseline", options)
    ours = knn(
        side, fold, similarity="pearson_baseline", min_support=4, shrinkage=7, n_neighbors=11, min_neighbors=2
    ).predict(*asked)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)


@pytest.mark.real
@both
def test_so_it_does_on_all_of_ml_100k(side: str, real: Callable[[str], Dataset]) -> None:
    ratings = real("ml-100k").ratings
    mixed = np.random.default_rng(0).permutation(len(ratings))
    learn, test = ratings.take(mixed[20_000:]), ratings.take(mixed[:5_000])  # not in the file's order
    theirs = their_predictions(side, learn, test.users, test.items, "baseline", {})
    ours = knn(side, learn).predict(test.users, test.items)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)


@pytest.mark.real
@both
def test_the_error_is_in_its_band(side: str, real: Callable[[str], Dataset]) -> None:
    """Measured with the defaults: among people 0.9273, among films 0.9286; Surprise publishes 0.931."""
    ratings = real("ml-100k").ratings
    mixed = np.random.default_rng(0).permutation(len(ratings))
    learn, test = ratings.take(np.sort(mixed[20_000:])), ratings.take(np.sort(mixed[:20_000]))
    predicted = knn(side, learn).predict(test.users, test.items)
    assert 0.922 < float(np.sqrt(np.mean((predicted - test.values) ** 2))) < 0.934


# ---------------------------------------------------------------- the vote, by hand and as it is written


def test_a_vote_by_hand(toy: Ratings) -> None:
    """Person 1 on film 1 (toy of conftest), msd. Persons 0 and 2 rated it, with 3.5 and 3.

    s_10: film 0 in common, 5 against 4.5:  1 / (1 + 0.25) = 0.8
    s_12: film 2 in common, 2 against 0.5:  1 / (1 + 2.25) = 4/13
    basic: (0.8·3.5 + 4/13·3) / (0.8 + 4/13) = (36.4 + 12) / (10.4 + 4) = 48.4/14.4
    means: μ_1 = 3.25, μ_0 = 9.5/3, μ_2 = 2.5: 3.25 + (10.4·(1/3) + 4·0.5) / 14.4
    """
    assert knn("user_knn", toy, variant="basic").predict(1, 1)[0] == pytest.approx(48.4 / 14.4)
    means = knn("user_knn", toy, variant="means")
    assert means.predict(1, 1)[0] == pytest.approx(3.25 + (10.4 / 3 + 2) / 14.4)
    assert means.similarity_row(1) == pytest.approx([0.8, 1, 4 / 13, 0])
    why = means.explain(1, 1)
    assert [term.value for term in why.terms] == pytest.approx([3.25, 10.4 / 3 / 14.4, 2 / 14.4])
    assert [term.label for term in why.terms[1:]] == ["person 0 gave 3.5", "person 2 gave 3"]


def test_of_equals_the_first_in_the_file_votes() -> None:
    """Persons 0, 1 and 2 all agree with person 3 on film 0; film 1 was rated in the order 2, 0, 1."""
    users, items = [3, 0, 1, 2, 2, 0, 1], [0, 0, 0, 0, 1, 1, 1]
    ratings = Ratings.from_arrays(users, items, [4, 4, 4, 4, 1, 2, 5], Scale(1, 5))
    for k, expected in ((1, 1), (2, 1.5), (3, 8 / 3), (40, 8 / 3)):
        model = knn("user_knn", ratings, variant="basic", n_neighbors=k)
        assert model.predict(3, 1)[0] == pytest.approx(expected)


@both
@pytest.mark.parametrize("similarity", MEASURES)
@pytest.mark.parametrize("k", [1, 2, 5, 40])
def test_the_kernel_counts_as_it_is_written(side: str, similarity: str, k: int, crowd: Ratings) -> None:
    model = knn(side, crowd, similarity=similarity, n_neighbors=k)
    people = [*np.arange(crowd.n_users, dtype=np.int32)[:, None], model.fold_in([0, 3, 9], [5, 1, 2.5])]
    for user in people:
        for item in np.arange(crowd.n_items, dtype=np.int32)[:, None]:
            ballot = model._ballot(user, item)
            positions, weights = elected(ballot, k)
            mean, voters = count_votes(
                ballot.similarities, ballot.origin, ballot.x, ballot.starts,
                ballot.voters, ballot.deviations, ballot.y, k,
            )  # fmt: skip
            assert voters[0] == len(positions) <= k
            assert mean[0] == pytest.approx(weights @ ballot.deviations[positions], abs=1e-12)


@both
def test_it_sees_who_likes_what(side: str, checkerboard: Any) -> None:
    ratings, withheld = checkerboard
    model = knn(side, ratings, variant="means", similarity="pearson")
    for user, liked, disliked in withheld:
        above, below = model.predict(user, [liked, disliked])
        assert above > 4.9
        assert below < 1.1
    person = model.fold_in([1, 3, 2, 4], [5, 5, 1, 1])
    assert (model.scores(person)[[5, 7, 9, 11]] > 3).all()
    assert (model.scores(person)[[6, 8, 10, 0]] < 3).all()


# ---------------------------------------------------------------- every variant tells, and folds in


COMBINATIONS = list(product(VARIANTS, MEASURES))


@pytest.mark.parametrize(("variant", "similarity"), COMBINATIONS)
@pytest.mark.parametrize("min_neighbors", [1, 3])
def test_terms_and_shares_are_exact_in_every_variant(
    variant: str, similarity: str, min_neighbors: int, crowd: Ratings
) -> None:
    settings = {"variant": variant, "similarity": similarity, "min_neighbors": min_neighbors}
    items, values = np.array([0, 3, 8, 12, 15, 24]), np.array([5, 0.5, 4, 1, 2.5, 5])
    for side, user in product(SIDES, (0, 38, "new")):
        model = knn(side, crowd, n_neighbors=4, **settings)
        who = model.fold_in(items, values) if user == "new" else int(user)
        for item in range(crowd.n_items):
            why = model.explain(who, item)
            assert why.estimate == pytest.approx(model.predict(who, item)[0], abs=1e-12)
            assert sum(term.value for term in why.terms) == pytest.approx(why.estimate, abs=1e-12)
            if side == "item_knn" and user == "new":
                shares = [share.value for share in why.shares]
                assert why.base is not None
                assert why.base + sum(shares) == pytest.approx(why.estimate, abs=1e-12)
                if variant != "baseline":
                    assert np.count_nonzero(shares) <= 4, "who does not vote adds nothing"


@pytest.mark.parametrize(("variant", "similarity"), COMBINATIONS)
def test_folding_in_what_a_known_person_rated_gives_their_predictions(
    variant: str, similarity: str, crowd: Ratings
) -> None:
    """Among films everywhere. Among people for the films they have not rated: for a rated one the
    known person is one of the voters, and only cosine and msd call two equal rows 1."""
    for side, user in product(SIDES, (0, 5, 17)):
        model = knn(side, crowd, variant=variant, similarity=similarity, n_neighbors=7)
        items, values = crowd.by_user.row(user)
        again = model.scores(model.fold_in(items, values))
        apart = np.abs(again - model.scores(user))
        unrated = np.setdiff1d(np.arange(crowd.n_items), items)
        assert apart[unrated].max() < 1e-9
        if side == "item_knn" or similarity in ("cosine", "msd"):
            assert apart.max() < 1e-9
        elif similarity == "pearson_baseline":
            assert apart.max() > 1e-3, "the known person's own rating weighs less for the new one"


@pytest.mark.real
@both
def test_so_it_does_on_ml_100k(side: str, real: Callable[[str], Dataset]) -> None:
    ratings = real("ml-100k").ratings
    model = knn(side, ratings, similarity="pearson_baseline")
    for user in (0, 404):
        items, values = ratings.by_user.row(user)
        unrated = np.setdiff1d(np.arange(ratings.n_items), items)
        again = model.scores(model.fold_in(items, values))
        np.testing.assert_allclose(again[unrated], model.scores(user)[unrated], rtol=0, atol=1e-9)


# ---------------------------------------------------------------- when nobody votes


def test_too_few_voters_are_named(toy: Ratings) -> None:
    people = knn("user_knn", toy, variant="means", min_neighbors=3)
    assert people.fallback(1, 1) == "fewer than 3 people like this person rated this item"
    assert people.predict(1, 1)[0] == pytest.approx(3.25)
    films = knn("item_knn", toy, variant="basic", min_neighbors=3)
    assert films.fallback(1, 1) == "this person rated fewer than 3 items like this one"
    assert films.predict(1, 1)[0] == pytest.approx(2.9375)
    assert films.explain(1, 1).fallback == films.fallback(1, 1)
    assert [term.symbol for term in films.explain(1, 1).terms] == ["μ"]


def test_nobody_alike_is_named(toy: Ratings) -> None:
    for side, text in (
        ("user_knn", "nobody like this person rated this item"),
        ("item_knn", "this person rated nothing like this item"),
    ):
        assert knn(side, toy, min_support=3).fallback(1, 1) == text


@both
def test_the_baseline_of_the_known_side_stands_where_the_other_is_unknown(side: str, crowd: Ratings) -> None:
    model = knn(side, crowd)
    assert model.predict(0, 24)[0] == pytest.approx(crowd.scale.clip(model.mu_ + model.user_bias_[0]))
    assert model.predict(39, 0)[0] == pytest.approx(crowd.scale.clip(model.mu_ + model.item_bias_[0]))
    for variant in ("basic", "means", "zscore"):
        plain = knn(side, crowd, variant=variant)
        assert plain.predict([0, 39, 39], [24, 0, 24]) == pytest.approx(crowd.mean)


@pytest.mark.parametrize(("side", "instead"), [("user_knn", "item_knn"), ("item_knn", "als")])
def test_too_many_rows_are_refused_with_what_to_take_instead(
    side: str, instead: str, crowd: Ratings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_knn, "ROOM", 1_000)
    with pytest.raises(DataError, match=instead):
        rc.algorithm(side).fit(crowd)
