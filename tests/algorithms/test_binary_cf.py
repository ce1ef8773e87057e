"""Yes and no: the lecture's table, probabilities that add up, and a new person by Newton's method."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.optimize import minimize

import recsys_core as rc
from recsys_core.algorithms._joint_gradient import logistic
from recsys_core.algorithms.binary_cf import BinaryCF, logistic_regression
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError, UnsupportedError
from recsys_core.evaluation.binary import area_under_curve, log_loss
from recsys_core.ratings import Ratings, Scale

ALICE, BOB, CAROL, DAVE = range(4)
LOVE, FOREVER, PUPPIES, CARS, SWORDS = range(5)


@pytest.fixture(scope="module")
def lecture() -> Ratings:
    """1 engaged, 0 shown and not engaged; `?` was not shown."""
    rows = ["1100", "1??0", "?10?", "0011", "001?"]
    cells = [(u, i, int(y)) for i, row in enumerate(rows) for u, y in enumerate(row) if y != "?"]
    return Ratings.from_arrays(*zip(*cells, strict=True), Scale(0, 1), n_users=4, n_items=5)


@pytest.mark.parametrize("mean_normalization", [True, False])
def test_the_lectures_table_is_learned_and_completed(lecture: Ratings, mean_normalization: bool) -> None:
    model = BinaryCF(n_factors=2, regularization=0.1, mean_normalization=mean_normalization).fit(lecture)
    given = model.predict(lecture.users, lecture.items)
    assert (np.abs(given - lecture.values) < 0.25).all()
    not_shown_yes = model.predict([ALICE, BOB, DAVE], [PUPPIES, FOREVER, SWORDS])
    not_shown_no = model.predict([CAROL, DAVE], [FOREVER, PUPPIES])
    assert (not_shown_yes > 0.5).all()
    assert (not_shown_no < 0.5).all()


def test_a_table_of_0_and_1_is_its_own_labels(lecture: Ratings) -> None:
    model = BinaryCF(n_epochs=1).fit(lecture)
    assert model.threshold_ == 1
    assert model.labels(lecture.values).tolist() == lecture.values.tolist()


def test_of_stars_those_from_the_threshold_on_are_a_yes(toy: Ratings) -> None:
    model = BinaryCF(n_epochs=1, threshold=3.5).fit(toy)
    assert model.labels(np.array([0.5, 3, 3.5, 5], dtype=np.float32)).tolist() == [0, 0, 1, 1]
    assert (model.prediction_scale.low, model.prediction_scale.high) == (0, 1)


def test_an_item_starts_from_its_own_log_odds(toy: Ratings) -> None:
    """From 4 stars on: film 0 has two yeses of two, film 1 none, film 3 one of two; 3 of all 8."""
    expected = np.log([3 / 1, 1 / 3, 1 / 3, 2 / 2, 4 / 6])
    model = BinaryCF().fit(toy)
    np.testing.assert_allclose(model.item_log_odds_, expected, atol=1e-12)
    silent = 3
    np.testing.assert_allclose(model.scores(silent), expected, atol=1e-12)
    np.testing.assert_allclose(model.predict(silent, np.arange(5)), logistic(expected), atol=1e-12)
    assert not BinaryCF(mean_normalization=False).fit(toy).scores(silent).any()


def test_scores_are_the_log_odds_of_the_predictions(crowd: Ratings) -> None:
    model = BinaryCF().fit(crowd)
    for user in (0, 5, model.fold_in([1, 2], [5, 1])):
        np.testing.assert_allclose(logistic(model.scores(user)), model.predict(user, np.arange(25)))


def test_the_logistic_function_at_its_ends() -> None:
    np.testing.assert_allclose(
        logistic(np.array([-800.0, -1, 0, 1, 800])), [0, 0.26894142, 0.5, 0.73105858, 1]
    )


def test_the_terms_are_what_each_part_adds_to_the_probability(crowd: Ratings) -> None:
    model = BinaryCF(regularization=0.5).fit(crowd)
    own, person, match = model.explain(3, 7).terms
    assert own.value == pytest.approx(float(logistic(model.item_log_odds_[7])))
    z = model.item_log_odds_[7] + model.user_bias_[3]
    assert own.value + person.value == pytest.approx(float(logistic(z)))
    assert own.value + person.value + match.value == pytest.approx(model.predict(3, 7)[0])


@pytest.mark.parametrize("n", [1, 4, 30])
@pytest.mark.parametrize("kind", ["mixed", "only yes"])
def test_newtons_method_finds_the_least_cost(n: int, kind: str) -> None:
    rng = np.random.default_rng(n)
    X, c = rng.normal(size=(n, 5)) * 3, rng.normal(size=n)
    y = np.ones(n) if kind == "only yes" else (rng.random(n) < 0.5).astype(float)

    def loss(beta: np.ndarray) -> float:
        z = c + X @ beta
        return float((np.logaddexp(0, z) - y * z).sum() + 0.15 * beta @ beta)

    beta = logistic_regression(X, y, c, 0.3)
    gradient = X.T @ (logistic(c + X @ beta) - y) + 0.3 * beta
    assert np.abs(gradient).max() < 1e-9
    assert loss(beta) <= minimize(loss, np.zeros(5)).fun + 1e-8


def test_hardly_any_regularisation_still_gives_an_answer(crowd: Ratings) -> None:
    model = BinaryCF(n_factors=20, regularization=0.001, n_epochs=50).fit(crowd)
    person = model.fold_in(np.arange(20), np.resize([5, 1], 20))
    assert np.isfinite(model.scores(person)).all()


def test_who_says_yes_to_all_is_not_certain_of_everything(crowd: Ratings) -> None:
    model = BinaryCF().fit(crowd)
    person = model.fold_in([0, 1, 2], [5, 5, 5])
    plain = model.predict(model.fold_in([], []), np.arange(25))
    assert (model.predict(person, np.arange(25)) < 1).all()
    assert model.predict(person, [0, 1, 2]).mean() > plain[:3].mean()


def test_a_person_of_another_model_is_refused(crowd: Ratings) -> None:
    person = BinaryCF(n_factors=3, n_epochs=2).fit(crowd).fold_in([0], [5])
    with pytest.raises(DataError, match="another model"):
        BinaryCF(n_factors=4, n_epochs=2).fit(crowd).scores(person)


def test_the_error_in_stars_is_refused_with_a_reason(crowd: Ratings) -> None:
    with pytest.raises(UnsupportedError, match=r"probabilities.*stars"):
        rc.fold_in_error(BinaryCF(), crowd)


@pytest.mark.real
def test_it_tells_yes_from_no_on_ml_100k(real: Callable[[str], Dataset]) -> None:
    """Against the best that ignores the person, an item's own share of yes. Measured on this fold:
    area 0.780 against 0.710, log loss 0.562 against 0.617."""
    ratings = real("ml-100k").ratings
    mixed = np.random.default_rng(0).permutation(len(ratings))
    learn, test = ratings.take(np.sort(mixed[20_000:])), ratings.take(np.sort(mixed[:20_000]))
    model = BinaryCF().fit(learn)
    y, p = model.labels(test.values), model.predict(test.users, test.items)
    share = logistic(model.item_log_odds_)[test.items]
    assert area_under_curve(y, p) > 0.77 > 0.72 > area_under_curve(y, share)
    assert log_loss(y, p) < 0.58 < 0.60 < log_loss(y, share)
