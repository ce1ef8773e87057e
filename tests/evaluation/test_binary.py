"""Metrics of probabilities, against the same said slowly."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys_core.errors import DataError
from recsys_core.evaluation.binary import accuracy, area_under_curve, log_loss

PAIRS = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0])), max_size=30
)
METRICS = pytest.mark.parametrize("metric", [log_loss, accuracy, area_under_curve])


def test_by_hand() -> None:
    """−(ln 0.8 + ln 0.6 + ln 0.7) / 3; two of three right; the yes above one no and below the other."""
    assert log_loss([1, 0, 0], [0.8, 0.4, 0.3]) == pytest.approx(-math.log(0.8 * 0.6 * 0.7) / 3)
    assert accuracy([1, 0, 0], [0.5, 0.6, 0.3]) == pytest.approx(2 / 3)
    assert area_under_curve([1, 0, 0], [0.5, 0.6, 0.3]) == 0.5
    assert accuracy([1, 0], [0.6, 0.6], cut=0.7) == 0.5


@given(pairs=PAIRS)
def test_the_area_is_the_share_of_pairs_in_the_right_order(pairs: list[tuple[int, float]]) -> None:
    yes, no = ([s for y, s in pairs if y == label] for label in (1, 0))
    wins = [1.0 if a > b else 0.5 if a == b else 0.0 for a in yes for b in no]
    found = area_under_curve([y for y, _ in pairs], [s for _, s in pairs])
    assert found == pytest.approx(sum(wins) / len(wins) if wins else math.nan, nan_ok=True)


@given(pairs=PAIRS)
def test_log_loss_and_accuracy_are_means(pairs: list[tuple[int, float]]) -> None:
    labels, p = [y for y, _ in pairs], [s for _, s in pairs]
    tiny = np.finfo(float).eps
    held = [min(max(x, tiny), 1 - tiny) for x in p]
    losses = [-math.log(x if y else 1 - x) for y, x in zip(labels, held, strict=True)]
    right = [(x >= 0.5) == bool(y) for y, x in pairs]
    n = len(pairs)
    assert log_loss(labels, p) == pytest.approx(sum(losses) / n if n else math.nan, nan_ok=True)
    assert accuracy(labels, p) == pytest.approx(sum(right) / n if n else math.nan, nan_ok=True)


@METRICS
def test_of_nothing_nothing_can_be_said(metric: object) -> None:
    assert math.isnan(metric([], []))


@pytest.mark.parametrize("label", [0, 1])
def test_without_both_kinds_there_is_no_area(label: int) -> None:
    assert math.isnan(area_under_curve([label] * 3, [0.1, 0.2, 0.3]))


def test_the_best_the_worst_and_chance() -> None:
    assert area_under_curve([0, 0, 1], [-5, 2, 7]) == 1
    assert area_under_curve([1, 1, 0], [-5, 2, 7]) == 0
    assert area_under_curve([1, 0, 0, 1], [0.4] * 4) == 0.5
    assert log_loss([1, 0], [1, 0]) == pytest.approx(0, abs=1e-12)
    assert log_loss([1], [0]) == pytest.approx(36.04, abs=0.01), "dear, but not beyond all numbers"


@METRICS
@pytest.mark.parametrize(
    ("labels", "numbers", "message"),
    [([1, 0], [0.5], "pair up"), ([1, 2], [0.5, 0.5], "label"), ([1], [math.nan], "not a number")],
)
def test_what_cannot_be_is_refused(metric: object, labels: list, numbers: list, message: str) -> None:
    with pytest.raises(DataError, match=message):
        metric(labels, numbers)


@pytest.mark.parametrize("metric", [log_loss, accuracy])
def test_a_probability_lies_between_0_and_1(metric: object) -> None:
    with pytest.raises(DataError, match="from 0 to 1"):
        metric([1], [1.2])
