"""Weights learned from choices: what is planted is found, and too little is called too little."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from recsys_core.errors import DataError
from recsys_core.ranking.learned import FEWEST, Choice, learn, next_pair, pool_of
from recsys_core.ratings import FloatArray

PRESENT = np.array([1.0, 0.0, 0.0, 0.0])


@pytest.fixture(scope="module")
def values() -> FloatArray:
    """Four signals of 400 films; the first and the third lean on how well known a film is."""
    rng = np.random.default_rng(7)
    signals, known = rng.random((4, 400)), rng.random(400)
    signals[[0, 2]] = 0.6 * signals[[0, 2]] + 0.4 * known
    return signals


def answers(values: FloatArray, planted: FloatArray, n: int, seed: int) -> list[Choice]:
    """A person who chooses by planted weights: of two films one standard deviation apart the better
    one 88 times of 100."""
    rng = np.random.default_rng(seed)
    score = 2 * (planted @ values) / np.std(planted @ values)
    pool, choices = pool_of(values, np.arange(values.shape[1])), list[Choice]()
    for _ in range(n):
        pair = next_pair(values, choices, PRESENT, pool)
        assert pair is not None
        a, b = pair
        first = rng.random() < 1 / (1 + np.exp(score[b] - score[a]))
        choices.append(Choice(a, b) if first else Choice(b, a))
    return choices


@pytest.mark.parametrize("planted", [(0.25, 0.5, 0.25, 0.0), (0.6, 0.0, 0.0, 0.4), (0.1, 0.1, 0.7, 0.1)])
def test_forty_choices_find_the_planted_weights(values: FloatArray, planted: tuple[float, ...]) -> None:
    truth = np.array(planted)
    learned = [learn(values, answers(values, truth, 40, seed), PRESENT) for seed in range(5)]
    misplaced = [0.5 * np.abs(each.shares - truth).sum() for each in learned]
    assert np.median(misplaced) < 0.15
    assert 0.5 * np.abs(PRESENT - truth).sum() > 0.3  # which is not where it began


def test_what_is_learned_are_shares(values: FloatArray) -> None:
    learned = learn(values, answers(values, np.array([0.25, 0.5, 0.25, 0.0]), 12, 0), PRESENT)
    assert learned.shares.sum() == pytest.approx(1)
    assert (learned.shares >= 0).all()
    assert not learned.shares.flags.writeable


def test_fewer_than_the_fewest_choices_change_nothing(values: FloatArray) -> None:
    choices = answers(values, np.array([0.0, 1.0, 0.0, 0.0]), FEWEST - 1, 0)
    learned = learn(values, choices, 3 * PRESENT)
    assert learned.shares.tolist() == PRESENT.tolist()
    assert not learned.knows
    assert learned.words == "Nothing is known yet: 1 more choice at least."


def test_a_coin_that_chooses_is_not_believed(values: FloatArray) -> None:
    rng = np.random.default_rng(0)
    believed = 0
    for _ in range(20):
        pairs = rng.choice(400, size=(15, 2), replace=False).tolist()
        believed += learn(values, [Choice(a, b) for a, b in pairs], PRESENT).knows
    assert believed <= 4  # at one in twenty, five or more of twenty are one run in four hundred


def test_the_units_of_the_signals_do_not_matter(values: FloatArray) -> None:
    choices = answers(values, np.array([0.25, 0.5, 0.25, 0.0]), 12, 1)
    assert learn(100 * values, choices, PRESENT).shares == pytest.approx(
        learn(values, choices, PRESENT).shares, abs=1e-4
    )


def test_each_pair_asked_sets_the_signals_against_each_other(values: FloatArray) -> None:
    choices = answers(values, np.array([0.25, 0.25, 0.25, 0.25]), 20, 3)
    for choice in choices:
        difference = values[:, choice.taken] - values[:, choice.left]
        assert (difference > 0).any()
        assert (difference < 0).any()
    films = [item for choice in choices for item in (choice.taken, choice.left)]
    assert max(map(films.count, films)) <= 2
    asked = [frozenset((choice.taken, choice.left)) for choice in choices]
    assert all(one != other for one, other in pairwise(sorted(asked, key=sorted)))


def test_the_questions_asked_tell_more_than_any_pairs(values: FloatArray) -> None:
    truth = np.array([0.25, 0.5, 0.25, 0.0])
    score = 2 * (truth @ values) / np.std(truth @ values)
    asked, drawn = [], []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        pairs = rng.choice(400, size=(15, 2), replace=False)
        takes = rng.random(15) < 1 / (1 + np.exp(score[pairs[:, 1]] - score[pairs[:, 0]]))
        at_random = [
            Choice(*(pair if t else pair[::-1]).tolist()) for pair, t in zip(pairs, takes, strict=True)
        ]
        for errors, choices in ((asked, answers(values, truth, 15, seed)), (drawn, at_random)):
            errors.append(0.5 * np.abs(learn(values, choices, PRESENT).shares - truth).sum())
    assert np.mean(asked) < np.mean(drawn)


def test_a_pair_left_unanswered_is_not_asked_again_and_teaches_nothing(values: FloatArray) -> None:
    pool = pool_of(values, np.arange(400))
    first = next_pair(values, [], PRESENT, pool)
    assert first is not None
    second = next_pair(values, [], PRESENT, pool, passed=[first])
    assert second is not None
    assert set(second) != set(first)


def test_nothing_is_asked_where_the_signals_agree() -> None:
    agreeing = np.tile(np.linspace(0, 1, 30), (3, 1))
    assert next_pair(agreeing, [], np.ones(3), np.arange(30)) is None


@pytest.mark.parametrize(
    ("choices", "shares", "word"),
    [
        ([Choice(0, 400)], PRESENT, "no item 400"),
        ([Choice(3, 3)], PRESENT, "preferred to itself"),
        ([], -PRESENT, "0 or more"),
        ([], 0 * PRESENT, "not all 0"),
        ([], np.ones(3), "do not fit"),
    ],
)
def test_what_cannot_be_learned_from_is_refused_in_words(
    values: FloatArray, choices: list[Choice], shares: FloatArray, word: str
) -> None:
    with pytest.raises(DataError, match=word):
        learn(values, choices, shares)
