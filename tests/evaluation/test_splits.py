"""Cutting ratings: what is tested is not learned from; where Surprise can cut, the cuts are its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from recsys_core.errors import DataError, LeakError
from recsys_core.evaluation.splits import (
    Split,
    Splitting,
    held_out_users,
    hold_out,
    k_fold,
    leave_last_out,
    leave_one_out,
    repeated_k_fold,
    splittings,
    stratified_k_fold,
    time_split,
)
from recsys_core.ratings import Ratings, Scale

KINDS = list(splittings())


def some(n: int, *, times: bool = True, seed: int = 0, cells: tuple[int, int] = (30, 40)) -> Ratings:
    """`n` ratings in no order, many of them of the same second."""
    rng = np.random.default_rng(seed)
    pairs = rng.choice(cells[0] * cells[1], size=n, replace=False)
    return Ratings.from_arrays(
        pairs // cells[1],
        pairs % cells[1],
        rng.integers(1, 6, n),
        Scale(1, 5),
        n_users=cells[0],
        n_items=cells[1],
        timestamps=rng.integers(0, max(2, n // 3), n) if times else None,
    )


tables = st.builds(
    lambda n, seed, people: some(n, seed=seed, cells=(people, 12)),
    n=st.integers(12, 48),
    seed=st.integers(0, 10_000),
    people=st.integers(4, 9),
)
seeds = st.integers(0, 2**32 - 1)
shares = st.floats(0.1, 0.9)


def for_surprise(ratings: Ratings) -> Any:
    from surprise import Dataset, Reader

    frame = pd.DataFrame({"u": ratings.users, "i": ratings.items, "r": ratings.values})
    return Dataset.load_from_df(frame, Reader(rating_scale=(1, 5)))


def assert_those_of_surprise(ratings: Ratings, ours: Iterator[Split], theirs: Any) -> None:
    """The same test parts in the same order, and training sets with the same inner numbers."""
    n = 0
    for cut, (trainset, testset) in zip(ours, theirs.split(for_surprise(ratings)), strict=True):
        test, train = ratings.take(cut.test), ratings.take(cut.train)
        assert list(zip(test.users, test.items, test.values, strict=True)) == testset
        assert sorted(zip(train.users, train.items, train.values, strict=True)) == sorted(
            (trainset.to_raw_uid(u), trainset.to_raw_iid(i), r) for u, i, r in trainset.all_ratings()
        )
        assert list(dict.fromkeys(train.users.tolist())) == [
            trainset.to_raw_uid(u) for u in trainset.all_users()
        ]
        assert list(dict.fromkeys(train.items.tolist())) == [
            trainset.to_raw_iid(i) for i in trainset.all_items()
        ]
        n += 1
    assert n > 1


# ---------------------------------------------------------------- what holds for every kind


@pytest.mark.parametrize("kind", KINDS)
@given(ratings=tables, seed=seeds, share=shares)
def test_every_rating_is_in_exactly_one_part(kind: str, ratings: Ratings, seed: int, share: float) -> None:
    how = Splitting(kind, folds=3, repeats=2, share=share, given=1, seed=seed)
    cuts = list(how.splits(ratings))
    assert len(cuts) == how.n_splits
    assert [(cut.fold, cut.folds) for cut in cuts] == [(k, len(cuts)) for k in range(len(cuts))]
    for cut in cuts:
        assert cut.kind == kind
        assert cut.fingerprint == ratings.fingerprint
        assert sorted([*cut.train, *cut.given, *cut.test]) == list(range(len(ratings)))
        assert len(cut.train)
        assert len(cut.test)
        assert len(cut.given) == 0 or kind == "held-out users"


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_settings_cut_the_same_and_another_seed_differently(kind: str) -> None:
    ratings = some(300)
    first, same = ([cut.identity for cut in Splitting(kind, seed=3).splits(ratings)] for _ in range(2))
    other = [cut.identity for cut in Splitting(kind, seed=4).splits(ratings)]
    assert first == same
    assert len(set(first)) == len(first)
    assert (first != other) == ("seed" in splittings()[kind].uses)


@pytest.mark.parametrize("kind", KINDS)
def test_ratings_without_times_are_refused_only_by_the_kinds_that_need_them(kind: str) -> None:
    ratings = some(100, times=False)
    what = splittings()[kind]
    assert what.can_serve(ratings) == (not what.needs_times)
    assert what.can_serve(some(100))
    if what.needs_times:
        with pytest.raises(DataError, match="these ratings have no times: choose a split"):
            list(Splitting(kind, given=1).splits(ratings))
    else:
        assert list(Splitting(kind, given=1).splits(ratings))


@pytest.mark.parametrize("kind", KINDS)
def test_no_ratings_cannot_be_cut(kind: str) -> None:
    with pytest.raises(DataError):
        list(Splitting(kind).splits(some(10).take([])))


def test_a_part_of_a_data_set_can_be_cut_again() -> None:
    ratings = some(200)
    outer = hold_out(ratings, 0.3)
    part = outer.train_ratings(ratings)
    for cut in k_fold(part, 3):
        again = cut.test_ratings(part)
        where = part.positions_in_whole(cut.test)
        assert not np.isin(where, outer.test).any()
        assert (ratings.items[where] == again.items).all()
        assert (ratings.users[where] == again.users).all()


# ---------------------------------------------------------------- at random


@pytest.mark.parametrize(("n", "folds"), [(100, 5), (103, 5), (7, 7), (8, 3)])
def test_every_rating_is_tested_once(n: int, folds: int) -> None:
    cuts = list(k_fold(some(n), folds))
    assert sorted(np.concatenate([cut.test for cut in cuts])) == list(range(n))
    for cut in cuts:
        assert abs(len(cut.test) - n / folds) < 1


@pytest.mark.parametrize("seed", [0, 7])
@pytest.mark.parametrize("n", [100, 103])
def test_the_folds_are_those_of_surprise(n: int, seed: int) -> None:
    from surprise.model_selection import KFold

    assert_those_of_surprise(some(n), k_fold(some(n), 5, seed), KFold(n_splits=5, random_state=seed))


@pytest.mark.parametrize("seed", [0, 7])
def test_the_repeated_folds_are_those_of_surprise(seed: int) -> None:
    from surprise.model_selection import RepeatedKFold

    ratings = some(103)
    theirs = RepeatedKFold(n_splits=4, n_repeats=3, random_state=seed)
    assert_those_of_surprise(ratings, repeated_k_fold(ratings, 4, 3, seed), theirs)


@given(ratings=tables, seed=seeds)
def test_repeated_folds_begin_as_the_folds_and_go_on_differently(ratings: Ratings, seed: int) -> None:
    once = [cut.test.tolist() for cut in k_fold(ratings, 3, seed)]
    twice = [cut.test.tolist() for cut in repeated_k_fold(ratings, 3, 2, seed)]
    assert twice[:3] == once
    assert sorted(np.concatenate(twice[3:])) == list(range(len(ratings)))
    assert twice[3:] != once


@given(ratings=tables, seed=seeds, folds=st.integers(2, 6))
def test_stratified_folds_spread_every_person_evenly(ratings: Ratings, seed: int, folds: int) -> None:
    tests = [cut.test for cut in stratified_k_fold(ratings, folds, seed)]
    assert sorted(np.concatenate(tests)) == list(range(len(ratings)))
    counts = np.array([np.bincount(ratings.users[test], minlength=ratings.n_users) for test in tests])
    assert (np.ptp(counts, axis=0) <= 1).all()
    assert np.ptp([len(test) for test in tests]) <= 1


@pytest.mark.parametrize("cut", [k_fold, stratified_k_fold])
@pytest.mark.parametrize("folds", [-1, 0, 1, 11])
def test_folds_that_cannot_be_are_refused(cut: Any, folds: int) -> None:
    with pytest.raises(DataError, match=f"into {folds} folds"):
        next(cut(some(10), folds))


@given(ratings=tables, seed=seeds, share=shares)
def test_a_hold_out_is_a_random_share_in_the_order_of_the_file(
    ratings: Ratings, seed: int, share: float
) -> None:
    cut = hold_out(ratings, share, seed)
    assert len(cut.test) == round(share * len(ratings))
    for part in (cut.train, cut.test):
        assert (np.diff(part) > 0).all()


# ---------------------------------------------------------------- person by person


@pytest.mark.parametrize("seed", [0, 7])
def test_leaving_one_out_is_surprises(seed: int) -> None:
    from surprise.model_selection import LeaveOneOut

    ratings = some(300)
    assert ratings.by_user.counts.min() > 1
    theirs = LeaveOneOut(n_splits=3, random_state=seed)
    assert_those_of_surprise(ratings, leave_one_out(ratings, 3, seed), theirs)


@given(ratings=tables, seed=seeds)
def test_one_rating_of_each_person_is_left_out_if_another_stays(ratings: Ratings, seed: int) -> None:
    for cut in leave_one_out(ratings, 2, seed):
        tested = np.bincount(ratings.users[cut.test], minlength=ratings.n_users)
        assert (tested == (ratings.by_user.counts > 1)).all()


@given(ratings=tables, seed=seeds, share=shares, n_given=st.integers(0, 4))
def test_people_held_out_are_held_out_whole(ratings: Ratings, seed: int, share: float, n_given: int) -> None:
    eligible = ratings.by_user.counts > n_given
    n_held = max(1, int(share * eligible.sum()))
    assume(eligible.any())
    for cut in held_out_users(ratings, share, n_given, 2, seed):
        held = np.unique(ratings.users[cut.test])
        assert len(held) == n_held
        assert eligible[held].all()
        assert not np.isin(ratings.users[cut.train], held).any()
        assert (np.bincount(ratings.users[cut.given], minlength=ratings.n_users)[held] == n_given).all()
        assert len(cut.given) == n_given * n_held


def test_which_ratings_are_given_is_drawn() -> None:
    ratings = some(300)
    one, other = held_out_users(ratings, 0.9, 3, 2, seed=1)
    firsts = [order[:3].tolist() for order in np.split(ratings.by_user.order, ratings.by_user.starts[1:-1])]
    for cut in (one, other):
        assert {tuple(cut.given[ratings.users[cut.given] == u]) for u in range(30)} - {()} != set(
            map(tuple, firsts)
        )
    assert one.given.tolist() != other.given.tolist()


def test_people_who_cannot_be_held_out() -> None:
    ratings = some(60)
    with pytest.raises(DataError, match="more than 40 ratings"):
        next(held_out_users(ratings, 0.2, 40))
    with pytest.raises(DataError, match="needs two people"):
        next(held_out_users(some(10, cells=(1, 12)), 0.2, 1))
    for share in (0.0, 1.0, float("nan")):
        with pytest.raises(DataError, match="above 0 and below 1"):
            next(held_out_users(ratings, share))
    with pytest.raises(DataError, match="cannot give -1"):
        next(held_out_users(ratings, 0.2, -1))


def test_nobody_with_two_ratings_leaves_nothing_to_leave_out() -> None:
    ratings = Ratings.from_arrays([0, 1], [0, 1], [3, 4], Scale(1, 5), timestamps=[5, 6])
    with pytest.raises(DataError, match="Nobody has two ratings"):
        next(leave_one_out(ratings))
    with pytest.raises(DataError, match="Nobody has two ratings"):
        leave_last_out(ratings)
    with pytest.raises(DataError, match="1 or more folds"):
        next(leave_one_out(some(20), 0))


# ---------------------------------------------------------------- by time


@given(ratings=tables, share=shares)
def test_nothing_of_the_future_is_learned_from(ratings: Ratings, share: float) -> None:
    times = ratings.timestamps
    assert times is not None
    cut = time_split(ratings, share)
    moment = times[cut.test].min()
    assert times[cut.train].max() < moment
    wanted = round(share * len(ratings))
    if len(cut.test) < wanted:  # only where the very first second was asked for, too
        assert (times[cut.train] == times.min()).all()
    else:
        assert np.count_nonzero(times[cut.test] > moment) < wanted


def test_ratings_of_one_second_stay_on_one_side() -> None:
    def cut(times: list[int], share: float) -> object:
        n = len(times)
        ratings = Ratings.from_arrays(range(n), [0] * n, [3] * n, Scale(1, 5), timestamps=times)
        return time_split(ratings, share).test.tolist()

    assert cut([4, 1, 3, 2, 5], 0.4) == [0, 4]
    assert cut([3, 1, 3, 3, 5], 0.4) == [0, 2, 3, 4]
    assert cut([1, 1, 1, 1, 5], 0.4) == [4], "nothing would be left to learn from"
    with pytest.raises(DataError, match="the same second"):
        cut([1, 1, 1, 1, 1], 0.4)


@given(ratings=tables)
def test_the_rating_left_out_is_each_persons_latest(ratings: Ratings) -> None:
    times = ratings.timestamps
    assert times is not None
    expected = []
    for user in range(ratings.n_users):
        theirs = [(int(times[at]), at) for at in range(len(ratings)) if ratings.users[at] == user]
        if len(theirs) > 1:
            expected.append(max(theirs)[1])  # of equal times, the last in the file
    assert leave_last_out(ratings).test.tolist() == sorted(expected)


@pytest.mark.parametrize("cut", [hold_out, time_split])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.99, 1.0])
def test_a_share_that_leaves_a_part_empty_is_refused(cut: Any, share: float) -> None:
    with pytest.raises(DataError, match="leaves nothing to learn or to test"):
        cut(some(20), share)


# ---------------------------------------------------------------- one cut


def test_a_split_knows_its_identity() -> None:
    ratings = some(50)
    split = next(k_fold(ratings, 5, 3))
    assert split.identity == next(k_fold(some(50), 5, 3)).identity
    assert len(split.identity) == 64
    others: list[dict[str, Any]] = [
        {"kind": "other"},
        {"fold": 1},
        {"folds": 6},
        {"seed": 4},
        {"fingerprint": "0" * 64},
        {"train": split.train[::-1].copy()},
        {"test": split.test[1:].copy()},
        {"given": split.test[:1].copy(), "test": split.test[1:].copy()},
    ]
    found = {dataclasses.replace(split, **change).identity for change in others}
    assert len(found | {split.identity}) == len(others) + 1


def test_a_split_that_leaks_cannot_be_made() -> None:
    def made(train: list[int], test: list[int], given: list[int]) -> Split:
        return Split("mine", 0, 1, 0, "", *(np.array(part, dtype=np.int64) for part in (train, test, given)))

    assert made([0, 1], [2], []).words == "mine, part 1 of 1, seed 0"
    with pytest.raises(
        LeakError, match=r"test part shares 1 of its 2 ratings with its train part, .* position 7"
    ):
        made([0, 7], [7, 8], [])
    with pytest.raises(LeakError, match="given part shares 1 of its 1 ratings with its train part"):
        made([0, 7], [8], [7])
    with pytest.raises(LeakError, match="test part shares 1 of its 1 ratings with its given part"):
        made([0, 7], [8], [8])
    with pytest.raises(DataError, match="twice in the train"):
        made([0, 0], [8], [])
    with pytest.raises(DataError, match="positions from 0"):
        made([0, -1], [8], [])


def test_the_parts_are_read_only_and_belong_to_their_ratings() -> None:
    ratings = some(60)
    split = next(held_out_users(ratings, 0.5, 1))
    assert split.train_ratings(ratings).fingerprint == ratings.take(split.train).fingerprint
    assert split.test_ratings(ratings).fingerprint == ratings.take(split.test).fingerprint
    assert split.given_ratings(ratings).fingerprint == ratings.take(split.given).fingerprint
    for part in (split.train, split.test, split.given):
        with pytest.raises(ValueError, match="read-only"):
            part[0] = 0
    with pytest.raises(DataError, match="cut them anew"):
        split.train_ratings(some(60, seed=1))


# ---------------------------------------------------------------- how to cut, in plain values


@pytest.mark.parametrize("kind", KINDS)
def test_settings_that_a_kind_does_not_use_make_no_difference(kind: str) -> None:
    wanted = {"folds": 3, "repeats": 2, "share": 0.3, "given": 4, "seed": 9}
    how, plain = Splitting(kind, **wanted), Splitting()  # type: ignore[arg-type]
    for name, value in wanted.items():
        used = name in splittings()[kind].uses
        assert getattr(how, name) == (value if used else getattr(plain, name))
        again = dataclasses.replace(how, **{name: getattr(plain, name)})
        assert (again != how) == used
        assert (again.words != how.words) == used, "what is used is said"
    assert Splitting(**dataclasses.asdict(how)) == how


def test_the_words_are_for_people() -> None:
    assert Splitting().words == "5-fold, seed 0"
    assert Splitting("repeated k-fold", repeats=3).words == "5-fold, 3 times, seed 0"
    assert Splitting("time").words == "the latest 20% of the ratings held out"
    assert Splitting("held-out users", share=0.125, repeats=1).words == (
        "12.5% of the people held out, 10 ratings given, once, seed 0"
    )
    for kind in splittings().values():
        assert kind.summary.endswith((".", "?"))


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"kind": "by weather"}, "no kind of split 'by weather'; there are: k-fold"),
        ({"folds": 1}, "folds = 1 is not allowed: give a whole number from 2"),
        ({"folds": 2.0}, "folds = 2.0 is not allowed"),
        ({"folds": True}, "folds = True is not allowed"),
        ({"kind": "leave-one-out", "folds": 0}, "from 1"),
        ({"kind": "repeated k-fold", "repeats": 0}, "repeats = 0"),
        ({"kind": "held-out users", "given": -1}, "given = -1"),
        ({"kind": "time", "share": 1.0}, "share = 1.0 is not allowed"),
        ({"kind": "hold-out", "share": float("nan")}, "share = nan is not allowed"),
        ({"kind": "hold-out", "share": "0.2"}, "share = '0.2' is not allowed"),
        ({"seed": -1}, "seed = -1 is not allowed"),
        ({"seed": 2**32}, "0 to 4294967295"),
    ],
)
def test_a_splitting_that_cannot_be_is_refused(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(DataError, match=why):
        Splitting(**wrong)
