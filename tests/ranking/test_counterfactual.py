"""What if: another list from other ratings, what moved, and less of a kind."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import recsys_core as rc
from recsys_core.algorithms import Algorithm
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError, UnsupportedError
from recsys_core.ranking import Asked, HybridWeights, Recipe, aged, hybrid, less_like, movement
from recsys_core.ranking import changed as with_changed
from recsys_core.ranking import without as with_removed
from recsys_core.ranking.counterfactual import holding
from tests.ranking.models import fitted

ITEMS, VALUES = [3, 8, 20, 40, 77], [5.0, 1.0, 4.0, 4.5, 2.0]
RECIPES = [
    Recipe(),
    Recipe(HybridWeights(rating=1, similarity=1, popularity=0.3)),
    Recipe(recent=3, diversity=0.3),
    Recipe(half_life=2.0, retrieve=50),
]


@pytest.fixture(scope="module")
def als(sample: Dataset) -> Algorithm:
    return fitted("als", sample)


@pytest.fixture(scope="module")
def me(als: Algorithm, sample: Dataset) -> Asked:
    return Asked.of(als, sample, als.fold_in(ITEMS, VALUES))


def fresh(model: Algorithm, data: Dataset, items: list[int], values: list[float]) -> Asked:
    return Asked.of(model, data, model.fold_in(items, values))


@pytest.mark.parametrize("recipe", RECIPES, ids=str)
def test_without_a_rating_is_a_person_who_never_gave_it(
    recipe: Recipe, me: Asked, als: Algorithm, sample: Dataset
) -> None:
    from dataclasses import replace

    found = with_removed(me, recipe, 20)
    other = fresh(als, sample, [3, 8, 40, 77], [5.0, 1.0, 4.5, 2.0])
    plain = hybrid(other, replace(recipe, exclude=(20,)))
    assert found.after.items.tolist() == plain.items.tolist()
    assert found.before.items.tolist() == hybrid(me, recipe).items.tolist()
    assert 20 not in hybrid(found.asked, replace(recipe, n=500)).items, "it has still been seen"


@pytest.mark.parametrize("recipe", RECIPES, ids=str)
def test_a_changed_rating_is_a_person_who_gave_the_other(
    recipe: Recipe, me: Asked, als: Algorithm, sample: Dataset
) -> None:
    found = with_changed(me, recipe, 8, 5.0)
    other = fresh(als, sample, ITEMS, [5.0, 5.0, 4.0, 4.5, 2.0])
    assert found.after.items.tolist() == hybrid(other, recipe).items.tolist()
    same = with_changed(me, recipe, 8, 1.0)
    assert len(same.movement.stayed) == len(same.before)


def test_the_last_rating_can_be_taken_away_too(als: Algorithm, sample: Dataset) -> None:
    found = with_removed(fresh(als, sample, [3], [5.0]), Recipe(), 3)
    nobody = hybrid(fresh(als, sample, [], []), Recipe(exclude=(3,)))
    assert found.after.items.tolist() == nobody.items.tolist()


def test_a_person_of_the_data_is_folded_in_for_both_lists(als: Algorithm, sample: Dataset) -> None:
    items, values = sample.ratings.by_user.row(7)
    asked = Asked.of(als, sample, 7)
    found = with_changed(asked, Recipe(), int(items[0]), float(values[0]))
    assert found.before.items.tolist() == found.after.items.tolist()


def test_what_is_not_ones_own_or_off_the_scale_is_refused(me: Asked, sample: Dataset) -> None:
    with pytest.raises(DataError, match="Item 9 is not among the 5 ratings"):
        with_removed(me, Recipe(), 9)
    with pytest.raises(DataError, match="rating 7 is outside the scale"):
        with_changed(me, Recipe(), 8, 7.0)
    fixed = rc.algorithm("surprise_nmf", n_factors=2, n_epochs=2).fit(sample.ratings)
    with pytest.raises(UnsupportedError, match="there is no other list to show"):
        with_removed(Asked.of(fixed, sample, 0), Recipe(), int(sample.ratings.by_user.row(0)[0][0]))


@pytest.mark.parametrize("recipe", RECIPES[:2], ids=str)
def test_what_holds_a_film_is_where_it_stands_without_each_rating(
    recipe: Recipe, me: Asked, als: Algorithm, sample: Dataset
) -> None:
    from dataclasses import replace

    item = int(hybrid(me, recipe).items[0])
    found = holding(me, recipe, item)
    assert sorted(hold.item for hold in found) == ITEMS
    places = [hold.place for hold in found]
    assert places == sorted(places, reverse=True, key=lambda place: place or 999)
    assert max(place or 999 for place in places) > 1, "some rating holds the first film in its place"
    for hold in found:
        rest = [(i, v) for i, v in zip(ITEMS, VALUES, strict=True) if i != hold.item]
        other = fresh(als, sample, [i for i, _ in rest], [v for _, v in rest])
        order = hybrid(other, replace(recipe, exclude=(hold.item,), n=600)).items.tolist()
        assert hold.place == order.index(item) + 1
    assert [hold.item for hold in holding(me, recipe, item, most=1)] == ITEMS[-1:]


# ---------------------------------------------------------------- less like this


def test_less_like_this_is_the_lowest_rating_but_not_ones_own(
    me: Asked, als: Algorithm, sample: Dataset
) -> None:
    first = int(hybrid(me, Recipe()).items[0])
    cooler = less_like(me, [first])
    low = fresh(als, sample, [*ITEMS, first], [*VALUES, 0.5])
    assert hybrid(cooler, Recipe()).items.tolist() == hybrid(low, Recipe()).items.tolist()
    assert cooler.items.tolist() == ITEMS
    assert cooler.liked.tolist() == me.liked.tolist()
    assert first not in hybrid(cooler, Recipe(n=500)).items


def test_less_like_this_lowers_what_is_like_it(me: Asked, als: Algorithm) -> None:
    """Less than what is unlike it, for a rating also tells how strictly somebody rates at all."""
    first = int(hybrid(me, Recipe()).items[0])
    fall = als.scores(me.user) - als.scores(less_like(me, [first]).user)
    cosines = me.shared.directions.cosines(first, np.arange(len(fall), dtype=np.int32))
    assert fall[cosines > 0.9].mean() > fall[cosines < 0].mean()


@pytest.mark.parametrize("recipe", RECIPES, ids=str)
def test_less_like_this_can_be_taken_back(recipe: Recipe, me: Asked) -> None:
    back = less_like(less_like(me, [150, 200]), [])
    assert hybrid(back, recipe).items.tolist() == hybrid(me, recipe).items.tolist()
    assert hybrid(less_like(less_like(me, [150]), [200]), recipe).items.tolist() == (
        hybrid(less_like(me, [200]), recipe).items.tolist()
    )


def test_less_like_this_holds_while_ratings_age(me: Asked) -> None:
    recipe = Recipe(recent=2, half_life=1.0)
    assert hybrid(less_like(me, [150]), recipe).items.tolist() != hybrid(me, recipe).items.tolist()
    with pytest.raises(DataError, match="no item 9999"):
        less_like(me, [9999])


def test_a_rating_that_counts_no_more_is_no_wish_for_less(me: Asked, als: Algorithm) -> None:
    """Item 20 was rated 4: `recent` leaves that out, and does not turn it into the lowest rating."""
    found = aged(less_like(me, [150, 20]), n_recent=2)
    told = als.fold_in([40, 77, 150], [4.5, 2.0, 0.5])
    np.testing.assert_allclose(als.scores(found.user), als.scores(told))
    assert {20, 150} <= set(found.seen.tolist())


def test_had_it_not_been_rated_a_wish_for_less_of_it_would_speak(me: Asked, als: Algorithm) -> None:
    imagined = with_removed(less_like(me, [20]), Recipe(), 20).asked
    told = als.fold_in([3, 8, 40, 77, 20], [5.0, 1.0, 4.5, 2.0, 0.5])
    np.testing.assert_allclose(als.scores(imagined.user), als.scores(told))


# ---------------------------------------------------------------- movement


def test_movement_names_who_rose_fell_entered_and_left() -> None:
    found = movement([10, 20, 30, 40], [20, 10, 30, 50])
    assert [move.item for move in found.rose] == [20]
    assert [move.item for move in found.fell] == [10]
    assert [move.item for move in found.stayed] == [30]
    assert [move.item for move in found.entered] == [50]
    assert [move.item for move in found.left] == [40]
    assert [(move.item, move.up) for move in found.moves] == [
        (20, 1), (10, -1), (30, 0), (50, None), (40, None),
    ]  # fmt: skip


lists = st.lists(st.integers(0, 12), unique=True, max_size=10)


@given(before=lists, after=lists)
def test_every_film_of_either_list_is_in_exactly_one_group(before: list[int], after: list[int]) -> None:
    found = movement(before, after)
    groups = [found.rose, found.fell, found.stayed, found.entered, found.left]
    together = sorted(move.item for group in groups for move in group)
    assert together == sorted(set(before) | set(after))
    rebuilt = [move.item for move in sorted(found.moves, key=lambda m: m.after or 99) if move.after]
    assert rebuilt == after
