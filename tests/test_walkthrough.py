"""One epoch, number by number: the very numbers that training leaves, and the lecture's own update."""

from __future__ import annotations

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.algorithms.funk_svd import FunkSVD
from recsys_core.errors import DataError
from recsys_core.ratings import Ratings
from recsys_core.walkthrough import Walk, lectures_update, walk

KINDS = pytest.mark.parametrize("update", ["per_user", "per_rating"])
TABLES = pytest.mark.parametrize("table", ["lectures-albums", "lectures-movies", "crowd", "toy"])


def ratings_of(table: str, request: pytest.FixtureRequest) -> Ratings:
    if table.startswith("lectures"):
        return rc.load(table).ratings
    found = request.getfixturevalue(table)
    assert isinstance(found, Ratings)
    return found


def settings(update: str, n_epochs: int, n_factors: int = 3) -> FunkSVD:
    return FunkSVD(n_factors, n_epochs, 0.03, 0.1, update, seed=4)


def bits(*tables: np.ndarray) -> list[bytes]:
    return [np.ascontiguousarray(table).tobytes() for table in tables]


# ---------------------------------------------------------------- it is the training


@TABLES
@KINDS
@pytest.mark.parametrize("n_factors", [1, 2, 7, 20])
def test_walking_every_epoch_ends_at_what_fit_leaves_bit_for_bit(
    update: str, table: str, n_factors: int, request: pytest.FixtureRequest
) -> None:
    ratings = ratings_of(table, request)
    model = settings(update, 4, n_factors)
    P, Q = model.start(ratings)
    for _ in range(4):
        taken = walk(model, ratings, P, Q)
        P, Q = taken.tables(len(taken.updates))
    fitted = model.fit(ratings)
    assert bits(P, Q) == bits(fitted.user_factors_, fitted.item_factors_)


@TABLES
@KINDS
def test_an_epoch_begins_at_the_model_of_the_one_before(
    update: str, table: str, request: pytest.FixtureRequest
) -> None:
    ratings = ratings_of(table, request)
    before, after = settings(update, 6).fit(ratings), settings(update, 7).fit(ratings)
    taken = walk(after, ratings, before.user_factors_, before.item_factors_)
    assert bits(*taken.tables(0)) == bits(before.user_factors_, before.item_factors_)
    assert bits(*taken.tables(len(taken.updates))) == bits(after.user_factors_, after.item_factors_)


# ---------------------------------------------------------------- what is told adds up


def one_epoch(update: str) -> tuple[FunkSVD, Ratings, Walk]:
    ratings, model = rc.load("lectures-albums").ratings, settings(update, 1, 2)
    return model, ratings, walk(model, ratings, *model.start(ratings))


@KINDS
def test_every_new_number_is_the_old_one_less_the_step_times_its_gradient(update: str) -> None:
    model, _, taken = one_epoch(update)
    for step in taken.updates:
        expected = step.old - model.learning_rate * (step.pulled + step.shrink)
        assert step.new == pytest.approx(expected, abs=1e-14)


@KINDS
def test_each_update_changes_one_cell_and_begins_where_it_stood(update: str) -> None:
    _, _, taken = one_epoch(update)
    for n, step in enumerate(taken.updates):
        before, after = taken.tables(n), taken.tables(n + 1)
        side = 0 if step.side == "user" else 1
        assert before[side][step.row, step.factor] == step.old
        assert after[side][step.row, step.factor] == step.new
        assert sum(int((one != other).sum()) for one, other in zip(before, after, strict=True)) <= 1


@pytest.mark.parametrize(("update", "n"), [("per_user", 4 * 2 + 5 * 2), ("per_rating", 16 * 2 * 2)])
def test_an_epoch_moves_every_number_as_often_as_the_rule_says(update: str, n: int) -> None:
    """18 numbers a pass over rows, as the lecture counts them; four a rating, rating by rating."""
    assert len(one_epoch(update)[2].updates) == n


def test_the_pulls_of_a_row_are_its_ratings() -> None:
    _, ratings, taken = one_epoch("per_user")
    for step in taken.updates:
        view = ratings.by_user if step.side == "user" else ratings.by_item
        others, values = view.row(step.row)
        assert [pull.other for pull in step.pulls] == others.tolist()
        assert [pull.rating for pull in step.pulls] == values.tolist()


def test_in_one_rating_both_sides_look_at_the_numbers_from_before_it() -> None:
    _, _, taken = one_epoch("per_rating")
    p_side, q_side = taken.updates[:2], taken.updates[2:4]
    for p, q in zip(p_side, q_side, strict=True):
        assert (p.side, q.side) == ("user", "item")
        assert p.pulls[0].factor == q.old
        assert q.pulls[0].factor == p.old
        assert p.pulls[0].error == q.pulls[0].error


def test_who_rated_nothing_does_not_move(toy: Ratings) -> None:
    model = settings("per_user", 1)
    moved = {(step.side, step.row) for step in walk(model, toy, *model.start(toy)).updates}
    assert ("user", 3) not in moved
    assert ("item", 4) not in moved
    assert len(moved) == 3 + 4


def test_what_was_given_and_what_is_told_cannot_be_written_over(toy: Ratings) -> None:
    model = settings("per_user", 1)
    P, Q = model.start(toy)
    kept = bits(P, Q)
    taken = walk(model, toy, P, Q)
    assert bits(P, Q) == kept
    taken.tables(1)[0][:] = 0
    assert bits(*taken.tables(0)) == kept
    assert not taken.P.flags.writeable


def test_factors_of_another_table_and_updates_beyond_the_last_are_refused(toy: Ratings) -> None:
    model = settings("per_user", 1)
    P, Q = model.start(toy)
    with pytest.raises(DataError, match="do not belong to 4 users and 5 items"):
        walk(model, toy, Q, P)
    with pytest.raises(DataError, match="do not belong"):
        walk(model, toy, P, Q[:, :1])
    taken = walk(model, toy, P, Q)
    with pytest.raises(DataError, match=f"{len(taken.updates)} updates; 99"):
        taken.tables(99)


# ---------------------------------------------------------------- the lecture's own update


def test_the_lectures_update_takes_diegos_first_factor_from_1_19_to_1_28() -> None:
    worked = lectures_update()
    first = worked.walk.updates[0]
    assert (worked.users[first.row], first.side, first.factor) == ("Diego", "user", 0)
    assert worked.model.learning_rate == 0.1
    assert [worked.items[pull.other] for pull in first.pulls] == ["Ommazh", "BTS", "Sanam"]
    assert [pull.rating for pull in first.pulls] == [2, 5, 4]
    assert [pull.error for pull in first.pulls] == pytest.approx([-0.02, -0.5, -0.5])
    assert first.pulled == pytest.approx(-0.914)
    assert first.shrink == 0
    assert first.old == 1.19
    assert first.new == pytest.approx(1.19 + 0.0914)
    assert round(first.new, 2) == 1.28


def test_the_lectures_update_is_one_epoch_of_its_model_on_its_ratings() -> None:
    worked = lectures_update()
    again = walk(worked.model, worked.ratings, worked.walk.P, worked.walk.Q)
    assert again.updates == worked.walk.updates
    assert len(again.updates) == 2 + 3 * 2


def test_the_lectures_ratings_are_those_of_its_table() -> None:
    albums, worked = rc.load("lectures-albums"), lectures_update()
    items, values = albums.ratings.by_user.row(albums.user_ids.index("Diego"))
    assert [albums.catalogue.titles[i] for i in items] == list(worked.items)
    assert worked.ratings.values.tolist() == values.tolist()
