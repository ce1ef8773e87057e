"""A model is not scored on what it has seen, however it came by it, and a test part is opened once."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import recsys_core as rc
from recsys_core.algorithms import Algorithm
from recsys_core.algorithms._cold_items import place_items_by_genre, with_feature_blocks
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError, LeakError, NotFittedError
from recsys_core.evaluation import Opening, Sealed, Splitting, check_unseen, k_fold, splittings
from recsys_core.evaluation.guard import seen
from recsys_core.evaluation.splits import held_out_users, hold_out, leave_one_out
from recsys_core.features import Features, SideInformation
from recsys_core.jobs.kinds.train import still
from recsys_core.ratings import Ratings
from recsys_core.store import manifest


def bias(ratings: Ratings) -> Algorithm:
    return rc.algorithm("bias").fit(ratings)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return rc.load("sample")


@pytest.fixture(scope="module")
def ratings(dataset: Dataset) -> Ratings:
    return dataset.ratings


# ---------------------------------------------------------------- three ways to leak


def test_leak_one_scoring_on_training_ratings(ratings: Ratings) -> None:
    split = next(k_fold(ratings))
    model = bias(split.train_ratings(ratings))
    check_unseen(model, ratings, split)
    first = split.train[0]
    told = (
        rf"Leak, scoring on training ratings: .* was trained on k-fold, part 1 of 5, seed 0 and has learned "
        rf"from {len(split.train):,} of the {len(split.train):,} .* the first at position {first} "
        rf"\(user {ratings.users[first]}, item {ratings.items[first]}\)\. Score it on the test part"
    )
    with pytest.raises(LeakError, match=told):
        check_unseen(model, ratings, split.train)
    with pytest.raises(LeakError, match=r"learned from 1 of the .* the first at position"):
        check_unseen(model, ratings, [*split.test, first])
    with pytest.raises(LeakError, match=r"scoring on training ratings: .* all ratings of this data"):
        check_unseen(bias(ratings), ratings, split)


def test_leak_two_tuning_on_the_test_part(ratings: Ratings) -> None:
    sealed = Sealed(ratings, hold_out(ratings))
    with pytest.raises(LeakError, match=r"Leak, tuning on the test part: it is opened while"):
        sealed.open()
    with pytest.raises(
        LeakError, match=r"Leak, tuning on the test part: .* are kept for the test \(hold-out"
    ):
        sealed.check(ratings, next(k_fold(ratings, 3)))


def test_leak_three_leaving_one_out_with_the_model_of_another_split(ratings: Ratings) -> None:
    first, second = leave_one_out(ratings, 2)
    model = bias(first.train_ratings(ratings))
    check_unseen(model, ratings, first)
    told = (
        r"Leak, a model of another split: .* was trained on leave-one-out, part 1 of 2, seed 0 and has "
        r"learned from .* \(leave-one-out, part 2 of 2, seed 0\)"
    )
    with pytest.raises(LeakError, match=told):
        check_unseen(model, ratings, second)


# ---------------------------------------------------------------- what a model remembers


@given(positions=st.lists(st.integers(0, 999), min_size=1, unique=True))
def test_it_has_seen_what_it_was_trained_on_and_nothing_else(ratings: Ratings, positions: list[int]) -> None:
    whole = ratings.take(np.arange(1000))
    model = bias(whole.take(positions))
    asked = np.arange(1000)
    assert (seen(model, whole, asked) == np.isin(asked, positions)).all()
    assert (seen(model, whole, asked % 2 == 0) == np.isin(asked[::2], positions)).all()
    assert (
        seen(model, ratings, np.arange(len(ratings))) == np.isin(np.arange(len(ratings)), positions)
    ).all()


def test_parts_of_parts_are_traced_back_to_the_whole(ratings: Ratings) -> None:
    outer = hold_out(ratings, 0.3)
    tuning = outer.train_ratings(ratings)
    inner = next(k_fold(tuning, 3))
    model = bias(inner.train_ratings(tuning))
    check_unseen(model, tuning, inner)
    check_unseen(model, ratings, outer)
    check_unseen(model, ratings, tuning.positions_in_whole(inner.test))
    with pytest.raises(LeakError, match="trained on k-fold, part 1 of 3, seed 0"):
        check_unseen(model, ratings, tuning.positions_in_whole(inner.train))
    with pytest.raises(LeakError):
        check_unseen(bias(tuning), tuning, inner)


@pytest.mark.parametrize("kind", list(splittings()))
def test_every_split_is_new_to_the_model_it_trained(ratings: Ratings, kind: str) -> None:
    for split in Splitting(kind, folds=3).splits(ratings):
        check_unseen(bias(split.train_ratings(ratings)), ratings, split)


def test_what_people_held_out_give_counts_as_held_out(ratings: Ratings) -> None:
    split = next(held_out_users(ratings, 0.1, 5))
    model = bias(ratings.take(np.concatenate([split.train, split.given])))
    check_unseen(model, ratings, split.test)
    with pytest.raises(LeakError, match=f"learned from {len(split.given):,} of"):
        check_unseen(model, ratings, split)


def test_equal_data_read_again_is_the_same_data(ratings: Ratings) -> None:
    again = Ratings.from_arrays(
        ratings.users,
        ratings.items,
        ratings.values,
        ratings.scale,
        n_users=ratings.n_users,
        n_items=ratings.n_items,
        timestamps=ratings.timestamps,
    )
    split = next(k_fold(ratings))
    check_unseen(bias(split.train_ratings(ratings)), again, split)


def test_what_cannot_be_told_is_refused(ratings: Ratings) -> None:
    split = next(k_fold(ratings))
    fresh = Ratings.from_arrays(
        ratings.users[split.train],
        ratings.items[split.train],
        ratings.values[split.train],
        ratings.scale,
        n_users=ratings.n_users,
        n_items=ratings.n_items,
    )
    with pytest.raises(LeakError, match=r"Nobody can tell what .* trained on others"):
        check_unseen(bias(fresh), ratings, split)
    with pytest.raises(NotFittedError):
        check_unseen(rc.algorithm("bias"), ratings, split)
    with pytest.raises(DataError, match="cut them anew"):
        check_unseen(bias(ratings), ratings.take(np.arange(10)), split)


def test_nothing_to_score_on_leaks_nothing(ratings: Ratings) -> None:
    check_unseen(bias(ratings), ratings, [])


# ---------------------------------------------------------------- copies, wrappers, files


def svd(ratings: Ratings) -> Any:
    return rc.algorithm("svd", n_factors=2, n_epochs=2).fit(ratings)


def test_copies_remember(ratings: Ratings) -> None:
    split = next(k_fold(ratings))
    model = svd(split.train_ratings(ratings))
    for kept in (copy.copy(model), copy.deepcopy(model), still(model)):
        check_unseen(kept, ratings, split)
        with pytest.raises(LeakError):
            check_unseen(kept, ratings, split.train)


def test_models_with_placed_items_remember(dataset: Dataset) -> None:
    ratings = dataset.ratings
    split = next(k_fold(ratings))
    part = split.train_ratings(ratings)
    table = Features(("one", "two"), np.random.default_rng(0).normal(size=(ratings.n_items, 2)))
    blocks = with_feature_blocks(part, SideInformation(items=table))
    enlarged = svd(blocks.ratings)
    with pytest.raises(LeakError, match="Nobody can tell"):
        check_unseen(enlarged, ratings, split)
    for placed in (place_items_by_genre(svd(part), dataset.catalogue.genres), blocks.cut_back(enlarged)):
        check_unseen(placed, ratings, split)
        with pytest.raises(LeakError):
            check_unseen(placed, ratings, split.train)


def test_a_loaded_model_remembers(dataset: Dataset, tmp_path: Path) -> None:
    ratings = dataset.ratings
    first, second = list(k_fold(ratings))[:2]
    model = rc.load_model(rc.save_model(svd(first.train_ratings(ratings)), tmp_path, dataset, first), dataset)
    check_unseen(model, ratings, first)
    with pytest.raises(LeakError, match="a model of another split"):
        check_unseen(model, ratings, second)
    everything = rc.load_model(rc.save_model(svd(ratings), tmp_path, dataset))
    with pytest.raises(LeakError, match="all ratings"):
        check_unseen(everything, ratings, first)


def test_a_model_of_before_predicts_and_is_never_scored(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = svd(dataset.ratings)
    expected = model.predict([0, 1], [2, 3])
    for name in ("trained_fingerprint_", "trained_bits_", "trained_part_"):
        delattr(model, name)
    with monkeypatch.context() as then:
        then.setattr(manifest, "FORMAT", 1)
        path = rc.save_model(model, tmp_path, dataset)
    assert json.loads((path / "model.json").read_text())["format"] == 1
    old = rc.load_model(path, dataset)
    assert old.predict([0, 1], [2, 3]).tolist() == expected.tolist()
    with pytest.raises(LeakError, match="saved by a version that did not remember"):
        check_unseen(old, dataset.ratings, [0])


# ---------------------------------------------------------------- under seal


def test_a_test_part_is_opened_once_after_the_choice_and_that_is_recorded(ratings: Ratings) -> None:
    written: list[Opening] = []
    split = hold_out(ratings)
    sealed = Sealed(ratings, split, record=written.append)
    assert (sealed.chosen, sealed.opening, sealed.n_test) == (None, None, len(split.test))
    for cut in Splitting(folds=3).splits(sealed.tuning):
        sealed.check(sealed.tuning, cut)
    sealed.close("n_factors = 20")
    sealed.close("n_factors = 20")
    with pytest.raises(LeakError, match="closed with the choice 'n_factors = 20', which stands"):
        sealed.close("n_factors = 40")
    opened = sealed.open()
    assert opened.identity == split.identity == sealed.identity
    check_unseen(bias(sealed.tuning), ratings, opened)
    assert sealed.opening is not None
    assert written == [sealed.opening]
    assert (sealed.opening.split, sealed.opening.chosen) == (split.identity, "n_factors = 20")
    assert sealed.opening.closed_at <= sealed.opening.opened_at
    with pytest.raises(LeakError, match=r"Leak, testing twice: .* 'n_factors = 20' already"):
        sealed.open()


def test_an_opening_of_an_earlier_run_keeps_the_part_shut(ratings: Ratings) -> None:
    split, other = (hold_out(ratings, seed=seed) for seed in (0, 1))
    opening = Opening(split.identity, "shrinkage = 3", 1.0, 2.0)
    sealed = Sealed(ratings, split, opening=opening)
    assert sealed.chosen == "shrinkage = 3"
    sealed.close("shrinkage = 3")
    with pytest.raises(LeakError, match="testing twice"):
        sealed.open()
    with pytest.raises(LeakError, match="another split"):
        Sealed(ratings, other, opening=opening)


def test_an_opening_that_cannot_be_recorded_does_not_happen(ratings: Ratings) -> None:
    full = [True]

    def record(opening: Opening) -> None:
        if full:
            raise OSError("no space left")

    sealed = Sealed(ratings, hold_out(ratings), record=record)
    sealed.close("nothing")
    with pytest.raises(OSError, match="no space"):
        sealed.open()
    assert sealed.opening is None
    full.clear()
    sealed.open()


def test_nothing_of_the_test_part_may_be_tuned_on(ratings: Ratings) -> None:
    split = next(held_out_users(ratings, 0.2, 3))
    sealed = Sealed(ratings, split)
    sealed.check(ratings, split.train)
    for part in (split.test, split.given):
        with pytest.raises(LeakError, match="1 of the ratings to be tuned on are kept for the test"):
            sealed.check(ratings, [*split.train, part[0]])
    with pytest.raises(LeakError, match="not taken from the ratings that were cut"):
        sealed.check(Ratings.from_arrays([0], [0], [3], ratings.scale), [0])
    with pytest.raises(DataError, match="cut them anew"):
        Sealed(sealed.tuning, split)
