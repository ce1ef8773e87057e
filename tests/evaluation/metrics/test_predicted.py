"""Metrics of ratings and of probabilities: as defined, as other libraries have them, never good by chance."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import bernoulli, mannwhitneyu
from surprise import accuracy
from surprise.prediction_algorithms.predictions import Prediction

from recsys_core.errors import DataError
from recsys_core.evaluation.metrics import Predicted, metric, metrics

CLOSE = {"rel": 1e-12, "abs": 1e-12, "nan_ok": True}
FEW = settings(max_examples=40)
OF_RATINGS = sorted(name for name, cls in metrics().items() if cls.of == "ratings")
OF_LABELS = sorted(name for name, cls in metrics().items() if cls.of == "labels")
POOLED = {"rmse": accuracy.rmse, "mae": accuracy.mae, "mse": accuracy.mse, "fcp": accuracy.fcp}

Row = tuple[int, float, float]


def predicted(rows: list[Row]) -> Predicted:
    users = np.array([u for u, _, _ in rows], dtype=np.int32)
    truth, guess = (np.array([row[n] for row in rows], dtype=np.float64) for n in (1, 2))
    return Predicted(users, np.arange(len(rows), dtype=np.int32), truth, guess)


PEOPLE = st.sampled_from([2, 3, 7, 11])
STARS = st.integers(1, 5).map(float)
GUESSES = st.one_of(st.sampled_from([2.0, 3.5, 4.0]), st.floats(1, 5))
SURE = st.one_of(st.sampled_from([0.0, 0.3, 0.5, 1.0]), st.floats(0, 1))
RATED = st.lists(st.tuples(PEOPLE, STARS, GUESSES), min_size=1, max_size=25)
SAID = st.lists(st.tuples(PEOPLE, st.sampled_from([0.0, 1.0]), SURE), min_size=1, max_size=25)


# ---------------------------------------------------------------- word by word


def squares(rows: list[Row]) -> list[float]:
    return [(guess - truth) ** 2 for _, truth, guess in rows]


def r2(rows: list[Row]) -> float:
    truths = [truth for _, truth, _ in rows]
    if len(set(truths)) == 1:
        return math.nan
    around = [(truth - sum(truths) / len(truths)) ** 2 for truth in truths]
    return 1 - sum(squares(rows)) / sum(around)


def pairs(rows: list[Row]) -> tuple[int, int]:
    """Of one person: pairs in the right order, and in the wrong one."""
    both = [(a, b) for _, r, a in rows for _, s, b in rows if r > s]
    return sum(a > b for a, b in both), sum(a <= b for a, b in both)


def fcp_of_one(rows: list[Row]) -> float:
    right, wrong = pairs(rows)
    return right / (right + wrong) if right + wrong else math.nan


def fcp(rows: list[Row]) -> float:
    counts = [pairs(of_one) for of_one in by_person(rows).values()]
    right, wrong = ([pair[n] for pair in counts if pair[n]] for n in (0, 1))
    c, d = (sum(x) / len(x) if x else 0.0 for x in (right, wrong))
    return c / (c + d) if c + d else math.nan


def log_loss(rows: list[Row]) -> float:
    tiny = 2.0**-52
    held = [(truth, min(max(p, tiny), 1 - tiny)) for _, truth, p in rows]
    return -sum(math.log(p) if truth else math.log1p(-p) for truth, p in held) / len(held)


def auc(rows: list[Row]) -> float:
    wins = [1.0 if a > b else 0.5 if a == b else 0.0 for _, y, a in rows for _, z, b in rows if y > z]
    return sum(wins) / len(wins) if wins else math.nan


def by_person(rows: list[Row]) -> dict[int, list[Row]]:
    return {u: [row for row in rows if row[0] == u] for u in sorted({row[0] for row in rows})}


LITERAL = {
    "mse": lambda rows: sum(squares(rows)) / len(rows),
    "rmse": lambda rows: math.sqrt(sum(squares(rows)) / len(rows)),
    "mae": lambda rows: sum(abs(guess - truth) for _, truth, guess in rows) / len(rows),
    "r2": r2,
    "fcp": fcp,
    "log_loss": log_loss,
    "brier": lambda rows: sum(squares(rows)) / len(rows),
    "auc": auc,
}


def check(name: str, rows: list[Row]) -> None:
    measured = predicted(rows)
    assert metric(name).value(measured) == pytest.approx(LITERAL[name](rows), **CLOSE)
    of_one = fcp_of_one if name == "fcp" else LITERAL[name]
    each = {u: of_one(own) for u, own in by_person(rows).items()}
    assert measured.people.tolist() == list(each)
    assert metric(name).per_user(measured) == pytest.approx(list(each.values()), **CLOSE)


@pytest.mark.parametrize("name", OF_RATINGS)
@given(rows=RATED)
def test_ratings_as_defined(name: str, rows: list[Row]) -> None:
    check(name, rows)


@pytest.mark.parametrize("name", OF_LABELS)
@given(rows=SAID)
def test_labels_as_defined(name: str, rows: list[Row]) -> None:
    check(name, rows)


# ---------------------------------------------------------------- as others have them


@pytest.mark.parametrize("name", POOLED)
@given(rows=RATED)
def test_ratings_as_surprise_has_them(name: str, rows: list[Row]) -> None:
    theirs = [Prediction(u, n, truth, guess, {}) for n, (u, truth, guess) in enumerate(rows)]
    ours = metric(name).value(predicted(rows))
    if math.isnan(ours):
        assert name == "fcp"
        with pytest.raises(ValueError, match="cannot compute fcp"):
            accuracy.fcp(theirs, verbose=False)
    else:
        assert ours == pytest.approx(POOLED[name](theirs, verbose=False), **CLOSE)


@given(rows=SAID)
def test_labels_as_scipy_has_them(rows: list[Row]) -> None:
    y, p = (np.array([row[n] for row in rows]) for n in (1, 2))
    if 0 < y.sum() < len(y):
        u = mannwhitneyu(p[y == 1], p[y == 0]).statistic
        assert metric("auc").value(predicted(rows)) == pytest.approx(u / (y.sum() * (1 - y).sum()), **CLOSE)
    assume(((p > 1e-15) & (p < 1 - 1e-15)).all())
    assert metric("log_loss").value(predicted(rows)) == pytest.approx(-bernoulli.logpmf(y, p).mean(), **CLOSE)


# ---------------------------------------------------------------- limits


@pytest.mark.parametrize("name", OF_RATINGS)
@given(rows=RATED)
@FEW
def test_perfect_predictions_of_ratings_are_the_best(name: str, rows: list[Row]) -> None:
    best = metric(name).value(predicted([(u, truth, truth) for u, truth, _ in rows]))
    low, high = metrics()[name].bounds
    assert math.isnan(best) or best == (low if metrics()[name].better == "lower" else high)


@pytest.mark.parametrize("name", OF_LABELS)
@given(rows=SAID)
@FEW
def test_certainty_is_the_best_if_right_and_the_worst_if_wrong(name: str, rows: list[Row]) -> None:
    low, high = metrics()[name].bounds
    right = metric(name).value(predicted([(u, y, y) for u, y, _ in rows]))
    wrong = metric(name).value(predicted([(u, y, 1 - y) for u, y, _ in rows]))
    best, worst = (low, high) if metrics()[name].better == "lower" else (high, low)
    assert right == pytest.approx(best, abs=1e-12, nan_ok=True) or math.isnan(right)
    assert wrong == pytest.approx(worst, abs=1e-12, nan_ok=True) or math.isnan(wrong)


@pytest.mark.parametrize("name", OF_RATINGS + OF_LABELS)
@given(data=st.data())
@FEW
def test_no_value_leaves_its_bounds(name: str, data: Any) -> None:
    measured = predicted(data.draw(SAID if name in OF_LABELS else RATED))
    low, high = metrics()[name].bounds
    values = np.append(metric(name).per_user(measured), metric(name).value(measured))
    assert np.all(np.isnan(values) | ((values >= low - 1e-12) & (values <= high + 1e-12)))


@pytest.mark.parametrize("name", OF_RATINGS + OF_LABELS)
@given(data=st.data(), seed=st.integers(0, 2**16))
@FEW
def test_the_order_of_ratings_does_not_matter(name: str, data: Any, seed: int) -> None:
    rows = data.draw(SAID if name in OF_LABELS else RATED)
    mixed = [rows[n] for n in np.random.default_rng(seed).permutation(len(rows))]
    one, other = predicted(rows), predicted(mixed)
    assert metric(name).value(one) == pytest.approx(metric(name).value(other), **CLOSE)
    assert metric(name).per_user(one) == pytest.approx(metric(name).per_user(other), **CLOSE)


@given(rows=RATED)
def test_the_root_of_the_mean_square_is_never_below_the_mean_error(rows: list[Row]) -> None:
    measured = predicted(rows)
    assert metric("rmse").value(measured) >= metric("mae").value(measured) - 1e-12


@given(rows=RATED)
def test_the_mean_itself_explains_nothing(rows: list[Row]) -> None:
    mean = sum(truth for _, truth, _ in rows) / len(rows)
    value = metric("r2").value(predicted([(u, truth, mean) for u, truth, _ in rows]))
    assert math.isnan(value) or value == pytest.approx(0, abs=1e-12)


# ---------------------------------------------------------------- what cannot be computed


@pytest.mark.parametrize("name", OF_RATINGS + OF_LABELS)
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_one_prediction_that_is_no_number_leaves_no_value(name: str, bad: float) -> None:
    rows = [(0, 1.0, 0.9), (0, 0.0, 0.2), (5, 1.0, bad), (5, 0.0, 0.3), (8, 1.0, 1.0), (8, 0.0, 0.0)]
    measured = predicted(rows)
    assert math.isnan(metric(name).value(measured))
    assert np.isnan(metric(name).per_user(measured)).tolist() == [False, True, False], "theirs alone"


@pytest.mark.parametrize("name", OF_RATINGS + OF_LABELS)
def test_of_nothing_nothing_can_be_said(name: str) -> None:
    assert math.isnan(metric(name).value(predicted([])))
    assert len(metric(name).per_user(predicted([]))) == 0


@pytest.mark.parametrize("name", OF_LABELS)
def test_labels_are_yes_or_no_and_probabilities_probable(name: str) -> None:
    with pytest.raises(DataError, match="label"):
        metric(name).value(predicted([(0, 4.0, 0.5)]))
    if name != "auc":
        with pytest.raises(DataError, match="from 0 to 1"):
            metric(name).value(predicted([(0, 1.0, 1.5)]))


def test_what_does_not_pair_up_is_refused() -> None:
    measured = predicted([(0, 1.0, 0.5), (1, 0.0, 0.5)])
    with pytest.raises(DataError, match="equally long"):
        replace(measured, predictions=measured.predictions[:1])
    with pytest.raises(DataError, match="finite"):
        replace(measured, truth=np.array([1.0, math.nan]))
