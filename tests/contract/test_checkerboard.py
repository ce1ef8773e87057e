"""A pattern that any model of taste must see, and that no model without taste can.

Even people like even films and dislike odd ones, odd people the reverse. Every person and
every film has the same average, so all that is left to learn is who likes what.
"""

from __future__ import annotations

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.algorithms import Algorithm
from recsys_core.features import Features, SideInformation
from recsys_core.ratings import Ratings

ALL = rc.algorithms()
SEES_TASTE = {name: cls for name, cls in ALL.items() if cls.personal and cls.learns_factors}
SETTINGS = {"n_factors": 2, "n_epochs": 200, "learning_rate": 0.02, "regularization": 0.02}

Board = tuple[Ratings, list[tuple[int, int, int]]]


def trained(cls: type[Algorithm], ratings: Ratings) -> Algorithm:
    declared = cls.hyper_parameters()
    given = {
        name: min(value, declared[name].high or value)
        for name, value in SETTINGS.items()
        if name in declared and cls.learns_factors
    }
    parity = np.arange(ratings.n_items) % 2
    kinds = Features(("even", "odd"), np.column_stack([1.0 - parity, parity]))  # for those that need it
    return rc.algorithm(cls.name, **given).fit(ratings, SideInformation(items=kinds))


def middle(model: Algorithm) -> float:
    return (model.prediction_scale.low + model.prediction_scale.high) / 2


@pytest.mark.parametrize("cls", SEES_TASTE.values(), ids=SEES_TASTE)
def test_withheld_liked_films_come_above_withheld_disliked_ones(
    cls: type[Algorithm], checkerboard: Board
) -> None:
    ratings, withheld = checkerboard
    model = trained(cls, ratings)
    for user, liked, disliked in withheld:
        above, below = model.predict(user, [liked, disliked])
        assert above > middle(model) > below, f"user {user}"


@pytest.mark.parametrize("cls", SEES_TASTE.values(), ids=SEES_TASTE)
def test_a_new_person_is_placed_by_taste(cls: type[Algorithm], checkerboard: Board) -> None:
    if not cls.folds_in:
        pytest.skip(f"{cls.title} cannot fold in")
    model = trained(cls, checkerboard[0])
    person = model.fold_in([1, 3, 2, 4], [5, 5, 1, 1])
    liked, disliked = [5, 7, 9, 11], [6, 8, 10, 0]
    scores = model.scores(person)
    assert scores[liked].min() > scores[disliked].max()
    if cls.scores_are_ratings:  # else only their order means something
        assert (model.predict(person, liked) > middle(model)).all()
        assert (model.predict(person, disliked) < middle(model)).all()


@pytest.mark.parametrize("name", ["bias", "popularity"])
def test_biases_and_popularity_cannot_see_it(name: str, checkerboard: Board) -> None:
    """They add a number for the film to a number for the person: the order of the films is the
    same for everybody, and whoever pleases the even people displeases the odd ones."""
    ratings, withheld = checkerboard
    model = trained(ALL[name], ratings)
    differences = np.array([np.diff(model.scores(user)) for user in range(ratings.n_users)])
    np.testing.assert_allclose(differences, np.broadcast_to(differences[0], differences.shape), atol=1e-12)
    right = [model.scores(user)[liked] > model.scores(user)[disliked] for user, liked, disliked in withheld]
    assert not all(right)
