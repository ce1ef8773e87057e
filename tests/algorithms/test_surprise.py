"""Every wrapper against Surprise itself, fed through Surprise's own front door.

Nothing of our adapter is used on their side: ratings reach Surprise as a data frame of raw
ids, and its answers are asked for by raw id, for people and items it knows and others.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import surprise
from scipy import stats

import recsys_core as rc
from recsys_core.algorithms import Algorithm
from recsys_core.algorithms._surprise_knn import SurpriseNeighbours, count_votes, count_votes_readable
from recsys_core.algorithms.surprise_normal_predictor import draws
from recsys_core.algorithms.surprise_slope_one import slope, slope_readable
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError, TrainingDivergedError, UnsupportedError
from recsys_core.ratings import Ratings, Scale

KNN = ["KNNBasic", "KNNWithMeans", "KNNWithZScore", "KNNBaseline"]
NAMES = {
    "KNNBasic": "surprise_knn_basic",
    "KNNWithMeans": "surprise_knn_with_means",
    "KNNWithZScore": "surprise_knn_with_zscore",
    "KNNBaseline": "surprise_knn_baseline",
}
SIMILARITIES = ["msd", "cosine", "pearson", "pearson_baseline"]


def frame(ratings: Ratings) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "user": [f"u{u}" for u in ratings.users],
            "item": [f"i{i}" for i in ratings.items],
            "rating": ratings.values.astype(float),
        }
    )


def trained(theirs: Any, ratings: Ratings) -> Any:
    reader = surprise.Reader(rating_scale=(ratings.scale.low, ratings.scale.high))
    return theirs.fit(surprise.Dataset.load_from_df(frame(ratings), reader).build_full_trainset())


def answers(theirs: Any, users: np.ndarray, items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Surprise's predictions, and which of them it called impossible."""
    pairs = [(f"u{u}", f"i{i}", 0.0) for u, i in zip(users, items, strict=True)]
    predictions = theirs.test(pairs)
    impossible = [bool(p.details.get("was_impossible")) for p in predictions]
    return np.array([p.est for p in predictions]), np.array(impossible)


def cells_of(cells: list[tuple[int, int, float]], scale: Scale) -> Ratings:
    users, items, values = zip(*cells, strict=True)
    return Ratings.from_arrays(users, items, values, scale)


def far(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one - other).max(initial=0.0))


# ---------------------------------------------------------------- the data


def part_of(dataset: Dataset, n_users: int, n_items: int, keep: float) -> Ratings:
    """Some of the people and items, five of each with all their ratings withheld."""
    ratings, rng = dataset.ratings, np.random.default_rng(3)
    users = rng.permutation(ratings.n_users)[:n_users]
    items = np.argsort(-ratings.by_item.counts, kind="stable")[:: max(ratings.n_items // (3 * n_items), 1)][
        :n_items
    ]
    new_user, new_item = np.full(ratings.n_users, -1), np.full(ratings.n_items, -1)
    new_user[users], new_item[items] = np.arange(len(users)), np.arange(len(items))
    u, i = new_user[ratings.users], new_item[ratings.items]
    kept = (u >= 5) & (i >= 5) & (rng.random(len(ratings)) < keep)
    return Ratings.from_arrays(
        u[kept], i[kept], ratings.values[kept], ratings.scale, n_users=len(users), n_items=len(items)
    )


@pytest.fixture(scope="module")
def whole_stars(real: Callable[[str], Dataset]) -> Ratings:
    return part_of(real("ml-100k"), 400, 350, 0.6)


@pytest.fixture(scope="module")
def half_stars(real: Callable[[str], Dataset]) -> Ratings:
    ratings = part_of(real("ml-latest-small"), 300, 250, 0.7)
    assert (ratings.values % 1 != 0).any()
    return ratings


@pytest.fixture(params=["whole_stars", "half_stars"])
def data(request: pytest.FixtureRequest) -> Ratings:
    ratings: Ratings = request.getfixturevalue(request.param)
    assert (ratings.by_user.counts == 0).sum() >= 5
    assert (ratings.by_item.counts == 0).sum() >= 5
    return ratings


def pairs(ratings: Ratings, n: int = 1500) -> tuple[np.ndarray, np.ndarray]:
    """Some rated, most not; with people and items nobody knows."""
    rng = np.random.default_rng(5)
    users, items = rng.integers(0, ratings.n_users, n), rng.integers(0, ratings.n_items, n)
    users[:40], items[20:60] = np.arange(40) % 5, np.arange(40) % 5
    return np.r_[users, ratings.users[:100]], np.r_[items, ratings.items[:100]]


def assert_equal(ours: Algorithm, theirs: Any, ratings: Ratings) -> None:
    """All of it: many pairs at once, one pair, a person's whole list, what was impossible."""
    ours.fit(ratings)
    trained(theirs, ratings)
    users, items = pairs(ratings)
    expected, impossible = answers(theirs, users, items)
    assert far(ours.predict(users, items), expected) < 1e-9
    for n in (0, 30, 50, 700, 1550):
        assert far(ours.predict(users[n], items[n]), expected[n : n + 1]) < 1e-9
        assert ours.explain(int(users[n]), int(items[n])).estimate == pytest.approx(expected[n], abs=1e-9)
    whole = np.arange(ratings.n_items)
    for user in (0, int(ratings.users[0])):
        of_person, _ = answers(theirs, np.full(ratings.n_items, user), whole)
        assert far(ratings.scale.clip(ours.scores(user)), of_person) < 1e-9
    for n in np.flatnonzero(impossible)[:200]:
        assert ours.fallback(int(users[n]), int(items[n])), "what Surprise calls impossible has a name"


# ---------------------------------------------------------------- equal numbers


@pytest.mark.real
@pytest.mark.parametrize("user_based", [True, False], ids=["people", "items"])
@pytest.mark.parametrize("kind", KNN)
def test_neighbours_predict_what_surprise_predicts(kind: str, user_based: bool, data: Ratings) -> None:
    ours = rc.algorithm(NAMES[kind], user_based=user_based)
    theirs = getattr(surprise, kind)(sim_options={"user_based": user_based}, bsl_options={}, verbose=False)
    assert_equal(ours, theirs, data)


@pytest.mark.real
@pytest.mark.parametrize("similarity", SIMILARITIES)
@pytest.mark.parametrize("kind", KNN)
def test_so_they_do_for_other_settings(kind: str, similarity: str, data: Ratings) -> None:
    user_based = KNN.index(kind) % 2 == 1
    ours = rc.algorithm(
        NAMES[kind],
        similarity=similarity,
        user_based=user_based,
        n_neighbors=7,
        min_neighbors=3,
        min_support=4,
        shrinkage=20,
    )
    options = {"name": similarity, "user_based": user_based, "min_support": 4, "shrinkage": 20}
    theirs = getattr(surprise, kind)(k=7, min_k=3, sim_options=options, bsl_options={}, verbose=False)
    assert_equal(ours, theirs, data)


@pytest.mark.real
def test_too_few_neighbours_are_told(whole_stars: Ratings) -> None:
    ours = rc.algorithm("surprise_knn_basic", min_neighbors=10).fit(whole_stars)
    theirs = trained(surprise.KNNBasic(min_k=10, sim_options={}, verbose=False), whole_stars)
    users, items = pairs(whole_stars)
    known = (whole_stars.by_user.counts[users] > 0) & (whole_stars.by_item.counts[items] > 0)
    estimates, impossible = answers(theirs, users, items)
    assert (impossible & known).any()
    for u, i, no, sure in zip(users, items, impossible, known, strict=True):
        if sure:
            told = ours.fallback(int(u), int(i))
            assert told == ("too few people like this one rated this item" if no else None)
    assert far(estimates[impossible], np.full(impossible.sum(), whole_stars.mean)) < 1e-12


@pytest.mark.real
def test_svdpp_predicts_what_surprise_predicts(data: Ratings) -> None:
    settings = {"n_factors": 5, "n_epochs": 3}
    ours = rc.algorithm(
        "surprise_svdpp", learning_rate=0.02, regularization=0.05, init_std=0.2, seed=4, **settings
    )
    theirs = surprise.SVDpp(lr_all=0.02, reg_all=0.05, init_std_dev=0.2, random_state=4, **settings)
    assert_equal(ours, theirs, data)


@pytest.mark.real
@pytest.mark.parametrize("biased", [False, True])
def test_nmf_predicts_what_surprise_predicts(biased: bool, data: Ratings) -> None:
    ours: Any = rc.algorithm("surprise_nmf", biased=biased, n_epochs=20, regularization=0.1, seed=4)
    theirs = surprise.NMF(biased=biased, n_epochs=20, reg_pu=0.1, reg_qi=0.1, random_state=4)
    assert_equal(ours, theirs, data)
    if not biased:
        assert (ours.item_factors_ >= 0).all()


@pytest.mark.real
@pytest.mark.parametrize("method", ["als", "sgd"])
def test_the_baseline_predicts_what_surprise_predicts(method: str, data: Ratings) -> None:
    given = {"item_shrinkage": 3, "user_shrinkage": 8, "learning_rate": 0.02, "regularization": 0.1}
    options = {"reg_i": 3, "reg_u": 8} if method == "als" else {"learning_rate": 0.02, "reg": 0.1}
    ours = rc.algorithm("surprise_baseline_only", optimizer=method, n_epochs=7, **given)
    theirs = surprise.BaselineOnly({"method": method, "n_epochs": 7, **options}, verbose=False)
    assert_equal(ours, theirs, data)


@pytest.mark.real
def test_slope_one_predicts_what_surprise_predicts(data: Ratings) -> None:
    assert_equal(rc.algorithm("surprise_slope_one"), surprise.SlopeOne(), data)


@pytest.mark.real
def test_co_clustering_predicts_what_surprise_predicts(data: Ratings) -> None:
    ours = rc.algorithm("surprise_co_clustering", n_user_clusters=4, n_item_clusters=2, n_epochs=6, seed=9)
    assert_equal(ours, surprise.CoClustering(n_cltr_u=4, n_cltr_i=2, n_epochs=6, random_state=9), data)


def defaults() -> dict[str, Any]:
    """What Surprise does where nothing is said; fresh dictionaries, for its own are shared and written to."""
    found = {
        name: getattr(surprise, kind)(sim_options={}, bsl_options={}, verbose=False)
        for kind, name in NAMES.items()
    }
    return found | {
        "surprise_svd": surprise.SVD(random_state=0),
        "surprise_svdpp": surprise.SVDpp(random_state=0),
        "surprise_nmf": surprise.NMF(random_state=0),
        "surprise_slope_one": surprise.SlopeOne(),
        "surprise_co_clustering": surprise.CoClustering(random_state=0),
        "surprise_baseline_only": surprise.BaselineOnly({}, verbose=False),
    }


@pytest.mark.parametrize("name", sorted(defaults()))
def test_the_defaults_are_surprises(name: str, crowd: Ratings) -> None:
    theirs = trained(defaults()[name], crowd)
    users, items = np.divmod(np.arange(crowd.n_users * crowd.n_items), crowd.n_items)
    assert far(rc.algorithm(name).fit(crowd).predict(users, items), answers(theirs, users, items)[0]) < 1e-9


def test_options_of_one_model_never_reach_another(crowd: Ratings) -> None:
    before = rc.algorithm("surprise_knn_basic").fit(crowd).scores(0)
    for kind, name in NAMES.items():
        shared = getattr(surprise, kind).__init__.__defaults__
        rc.algorithm(name, user_based=False, similarity="pearson_baseline").fit(crowd)
        assert getattr(surprise, kind).__init__.__defaults__ == shared
    np.testing.assert_array_equal(rc.algorithm("surprise_knn_basic").fit(crowd).scores(0), before)


def test_the_two_of_ours_and_surprises_place_a_person_alike(crowd: Ratings) -> None:
    for ours, theirs in (
        ("svd", "surprise_svd"),
        ("svdpp", "surprise_svdpp"),
        ("bias", "surprise_baseline_only"),
    ):
        one, other = rc.algorithm(ours).fit(crowd), rc.algorithm(theirs).fit(crowd)
        for items, values in (([], []), ([3], [5.0]), ([3, 7, 24], [5.0, 0.5, 2.5])):
            gap = far(one.scores(one.fold_in(items, values)), other.scores(other.fold_in(items, values)))
            assert gap < 1e-9, (ours, items)


# ---------------------------------------------------------------- ties, and the compiled twins


def test_of_equals_the_one_met_first_votes() -> None:
    """Three people agree with person 0 on film 0, and disagree about film 1; two may vote."""
    cells: list[tuple[int, int, float]] = [
        (3, 1, 5),
        (0, 0, 4),
        (1, 0, 4),
        (2, 0, 4),
        (3, 0, 4),
        (2, 1, 2),
        (1, 1, 1),
    ]
    ratings = cells_of(cells, Scale(1, 5))
    model = rc.algorithm("surprise_knn_basic", n_neighbors=2).fit(ratings)
    assert model.predict(0, 1)[0] == pytest.approx((5 + 2) / 2)
    theirs = trained(surprise.KNNBasic(k=2, sim_options={}, verbose=False), ratings)
    assert theirs.predict("u0", "i1").est == pytest.approx(3.5)


@pytest.mark.parametrize("k", [1, 3, 40])
def test_the_compiled_count_is_the_readable_one(k: int) -> None:
    rng = np.random.default_rng(k)
    similarities = np.round(rng.normal(size=(12, 12)), 1)  # with many ties, and half of them negative
    starts = np.array([0, 9, 9, 21, 30])
    voters, deviations = rng.integers(0, 12, 30).astype(np.int32), rng.normal(size=30)
    rows, columns = rng.integers(-1, 12, 100).astype(np.int32), rng.integers(0, 4, 100).astype(np.int32)
    fast = count_votes(rows, columns, similarities, starts, voters, deviations, k)
    slow = count_votes_readable(rows, columns, similarities, starts, voters, deviations, k)
    np.testing.assert_allclose(fast[0], slow[0], rtol=0, atol=1e-12)
    np.testing.assert_array_equal(fast[1], slow[1])


def test_the_compiled_slope_is_the_readable_one(crowd: Ratings) -> None:
    rng = np.random.default_rng(0)
    together = rng.random((25, 25)) < 0.3
    arrays = (crowd.by_user.starts, crowd.by_user.others, rng.normal(size=(25, 25)), together)
    users, items = rng.integers(0, 40, 200).astype(np.int32), rng.integers(0, 25, 200).astype(np.int32)
    np.testing.assert_allclose(
        slope(users, items, *arrays), slope_readable(users, items, *arrays), rtol=0, atol=1e-12
    )


# ---------------------------------------------------------------- a new person


def ratings_of(ratings: Ratings, user: int) -> tuple[np.ndarray, np.ndarray]:
    return ratings.by_user.row(user)


@pytest.mark.parametrize("name", ["surprise_slope_one", *NAMES.values()])
def test_a_known_persons_ratings_folded_in_give_that_person(name: str, crowd: Ratings) -> None:
    """With items as neighbours, and in Slope One, a person is no more than their ratings."""
    settings = {} if name == "surprise_slope_one" else {"user_based": False}
    model = rc.algorithm(name, **settings).fit(crowd)
    for user in range(5):
        person = model.fold_in(*ratings_of(crowd, user))
        np.testing.assert_allclose(model.scores(person), model.scores(user), rtol=0, atol=1e-9)


@pytest.mark.parametrize("similarity", SIMILARITIES)
@pytest.mark.parametrize("kind", KNN)
def test_a_new_row_of_similarities_is_surprises_own(kind: str, similarity: str, crowd: Ratings) -> None:
    """Folding in a known person's ratings finds the similarities Surprise found for that person."""
    model = rc.algorithm(NAMES[kind], similarity=similarity, min_support=5, shrinkage=10).fit(crowd)
    assert isinstance(model, SurpriseNeighbours)
    for user in range(8):
        person = model.fold_in(*ratings_of(crowd, user))
        assert person.vector is not None
        others = np.arange(len(person.vector)) != model.rows_[user]
        np.testing.assert_allclose(
            person.vector[others], model.similarities_[model.rows_[user]][others], rtol=0, atol=1e-9
        )


@pytest.mark.parametrize("kind", KNN)
def test_a_new_person_with_people_as_neighbours_is_predicted_by_them(kind: str, crowd: Ratings) -> None:
    """A known person's ratings folded in give that person's own predictions of films they did not
    rate: on those they did, the model knows their rating and lets it vote."""
    user = 4
    items, values = ratings_of(crowd, user)
    model = rc.algorithm(NAMES[kind]).fit(crowd)
    unrated = np.setdiff1d(np.arange(24), items)
    person = model.fold_in(items, values)
    np.testing.assert_allclose(model.scores(person)[unrated], model.scores(user)[unrated], rtol=0, atol=1e-9)


def test_svdpp_places_a_person_as_the_plain_sum_says(crowd: Ratings) -> None:
    model: Any = rc.algorithm("surprise_svdpp", n_factors=4, n_epochs=5).fit(crowd)
    items, values = np.array([1, 4, 9]), np.array([5.0, 2.0, 3.5])
    person = model.fold_in(items, values)
    implied = model.implicit_factors_[items].sum(axis=0) / math.sqrt(3)
    Q, b_i = model.item_factors_, model.item_bias_
    left = values - model.mu_ - b_i[items] - Q[items] @ implied
    row = model._fold_in_map(items) @ left
    expected = model.mu_ + b_i + row[0] + Q @ (row[1:] + implied)
    np.testing.assert_allclose(model.scores(person), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["surprise_nmf", "surprise_co_clustering", "surprise_normal_predictor"])
def test_what_cannot_place_a_person_names_what_can(name: str, crowd: Ratings) -> None:
    with pytest.raises(UnsupportedError, match="als"):
        rc.algorithm(name).fit(crowd).fold_in([0], [4])
    person = rc.algorithm("als", n_epochs=1).fit(crowd).fold_in([0], [4])
    with pytest.raises(UnsupportedError, match="trained on"):
        rc.algorithm(name).fit(crowd).scores(person)


# ---------------------------------------------------------------- what a person must be told


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("surprise_svd", {"learning_rate": 1.0}),
        ("surprise_svdpp", {"learning_rate": 1.0}),
        (
            "surprise_baseline_only",
            {"optimizer": "sgd", "learning_rate": 1.0, "regularization": 10.0, "n_epochs": 500},
        ),
    ],
)
def test_a_model_that_ran_away_is_no_model(name: str, settings: dict[str, Any], crowd: Ratings) -> None:
    """Surprise says nothing and predicts the top of the scale for everyone."""
    with np.errstate(all="ignore"), pytest.raises(TrainingDivergedError):
        rc.algorithm(name, **settings).fit(crowd)


def test_a_similarity_that_divides_by_zero_says_what_to_choose() -> None:
    ratings = Ratings.from_arrays([0, 0, 1, 1], [0, 1, 0, 1], [0, 0, 0, 0], Scale(0, 5))
    with pytest.raises(TrainingDivergedError, match="msd"):
        rc.algorithm("surprise_knn_basic", similarity="cosine").fit(ratings)


@pytest.mark.parametrize("name", ["surprise_slope_one", "surprise_co_clustering"])
def test_cut_half_stars_are_remarked(name: str, crowd: Ratings) -> None:
    (remark,) = rc.algorithm(name).fit(crowd).remarks_
    n_cut = int((crowd.values % 1 != 0).sum())
    assert f"cut {n_cut:,} of {len(crowd):,} ratings" in remark
    whole = Ratings.from_arrays(crowd.users, crowd.items, np.ceil(crowd.values), Scale(1, 5))
    assert rc.algorithm(name).fit(whole).remarks_ == ()


def test_slope_one_cuts_half_stars_as_surprise_does() -> None:
    """By hand: the mean of 4.5 − 3 and 3.5 − 2 is 1.5; Surprise takes 4 − 3 and 3 − 2."""
    cells = [(0, 0, 4.5), (0, 1, 3), (1, 0, 3.5), (1, 1, 2), (2, 1, 3)]
    ratings = cells_of(cells, Scale(0.5, 5, 0.5))
    assert rc.algorithm("surprise_slope_one").fit(ratings).predict(2, 0)[0] == pytest.approx(4.0)


def test_nmf_measures_from_the_low_end_of_a_scale_below_zero() -> None:
    rng = np.random.default_rng(1)
    u, i = np.nonzero(rng.random((15, 12)) < 0.6)
    values = rng.integers(0, 11, len(u))
    above = rc.algorithm("surprise_nmf").fit(Ratings.from_arrays(u, i, values, Scale(0, 10)))
    below = rc.algorithm("surprise_nmf").fit(Ratings.from_arrays(u, i, values - 10, Scale(-10, 0)))
    users, items = np.divmod(np.arange(15 * 12), 12)
    np.testing.assert_allclose(below.predict(users, items) + 10, above.predict(users, items), atol=1e-5)
    assert below.explain(int(u[0]), int(i[0])).terms[0].value == -10


# ---------------------------------------------------------------- by lot


@pytest.mark.real
def test_the_lot_has_surprises_distribution(real: Callable[[str], Dataset]) -> None:
    ratings = real("ml-100k").ratings
    ours: Any = rc.algorithm("surprise_normal_predictor", seed=1).fit(ratings)
    theirs = trained(surprise.NormalPredictor(), ratings)
    assert ours.mu_ == pytest.approx(theirs.trainset.global_mean, abs=1e-12)
    assert ours.sigma_ == pytest.approx(theirs.sigma, abs=1e-12)
    drawn = np.concatenate([ours.scores(u) for u in range(60)])
    assert drawn.mean() == pytest.approx(ratings.mean, abs=5 * theirs.sigma / math.sqrt(len(drawn)))
    assert drawn.std() == pytest.approx(theirs.sigma, rel=0.01)
    users, items = np.divmod(np.arange(5000), 50)
    predicted, by_surprise = ours.predict(users, items), answers(theirs, users, items)[0]
    # Surprise draws from numpy's global generator: no seed of ours, so the band is six deviations wide.
    assert by_surprise.mean() == pytest.approx(predicted.mean(), abs=6 * theirs.sigma * math.sqrt(2 / 5000))
    assert by_surprise.std() == pytest.approx(predicted.std(), rel=0.1)


def test_the_draws_are_standard_normal_and_unrelated() -> None:
    users, items = np.divmod(np.arange(300 * 300), 300)
    one, other = draws(0, users, items), draws(1, users, items)
    for sample in (one, other):
        assert stats.kstest(sample, "norm").pvalue > 0.01
    table = one.reshape(300, 300)
    limit = 5 / math.sqrt(one.size)
    for a, b in ((one, other), (table[1:], table[:-1]), (table[:, 1:], table[:, :-1]), (table, table.T)):
        off = a.ravel() != b.ravel()  # the diagonal of the transposed table
        assert abs(np.corrcoef(a.ravel()[off], b.ravel()[off])[0, 1]) < limit


def test_a_draw_does_not_depend_on_when_or_with_what_it_is_asked(crowd: Ratings) -> None:
    model = rc.algorithm("surprise_normal_predictor", seed=3).fit(crowd)
    together = model.predict(np.repeat(7, 25), np.arange(25))
    alone = np.array([model.predict(7, i)[0] for i in reversed(range(25))])[::-1]
    np.testing.assert_array_equal(alone, together)


@pytest.mark.parametrize("name", ["surprise_slope_one", "surprise_knn_basic"])
def test_tables_that_would_fill_the_machine_are_refused_before_they_are_made(name: str) -> None:
    n = 20_000
    many = Ratings.from_arrays([0, n - 1], [0, n - 1], [1, 5], Scale(1, 5))
    with pytest.raises(DataError, match=r"would need \d+\.\d GB.*Take .* instead"):
        rc.algorithm(name).fit(many)
