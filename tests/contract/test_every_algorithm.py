"""What holds for every algorithm; a new file in `recsys_core/algorithms` is held to it unasked."""

from __future__ import annotations

import dataclasses
import importlib
import json
import math
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import recsys_core as rc
from recsys_core.algorithms import Algorithm, Explanation, Profile
from recsys_core.errors import (
    DataError,
    HyperParameterError,
    LeakError,
    NotFittedError,
    UnsupportedError,
)
from recsys_core.evaluation import check_unseen, k_fold
from recsys_core.evaluation.guard import seen
from recsys_core.features import Features, SideInformation
from recsys_core.ratings import Ratings, Scale

ALL = rc.algorithms()
every = pytest.mark.parametrize("cls", ALL.values(), ids=ALL)


def those(condition: Any) -> pytest.MarkDecorator:
    chosen = {name: cls for name, cls in ALL.items() if condition(cls)}
    return pytest.mark.parametrize("cls", chosen.values(), ids=chosen)


folding = those(lambda cls: cls.folds_in)
iterative = those(lambda cls: cls.iterative)

QUICK = {"n_factors": 4, "n_epochs": 6}
"""Small enough to train in milliseconds; only what an algorithm declares is given to it."""


def quick(cls: type[Algorithm], wanted: Mapping[str, Any] = QUICK) -> Algorithm:
    declared = cls.hyper_parameters()
    return rc.algorithm(cls.name, **{name: value for name, value in wanted.items() if name in declared})


def side_of(ratings: Ratings) -> SideInformation:
    """Some features of items and users, for the algorithms that need them; others must not mind."""
    rng = np.random.default_rng(ratings.n_items)
    names = ("one", "two", "three")
    items, users = rng.normal(size=(ratings.n_items, 3)), rng.normal(size=(ratings.n_users, 3))
    return SideInformation(Features(names, items), Features(names, users))


def raw_predictions(model: Algorithm, ratings: Ratings) -> np.ndarray:
    """Of the known pairs, before the scale is applied; a probability has no before."""
    if model.binary:
        return model.predict(ratings.users, ratings.items)
    return np.array([model.scores(u) for u in range(ratings.n_users)])[ratings.users, ratings.items]


def targets(model: Algorithm, values: np.ndarray) -> np.ndarray:
    """What the model is to predict where these ratings were given: the ratings, or yes (1) and no (0)."""
    return np.asarray(values >= model.threshold_, dtype=float) if model.binary else np.asarray(values)


def learned(model: Algorithm) -> dict[str, Any]:
    """A copy of everything that was learned, by name."""
    state = {name: value for name, value in vars(model).items() if name not in model.parameters()}
    return {name: v.copy() if isinstance(v, np.ndarray) else v for name, v in state.items()}


def assert_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Equal to the last bit."""
    assert one.keys() == other.keys()
    for name, value in one.items():
        np.testing.assert_array_equal(value, other[name], err_msg=name)


def everything(model: Algorithm) -> np.ndarray:
    """(n_users, n_items) all predictions."""
    return np.array([model.predict(u, np.arange(model.n_items_)) for u in range(model.n_users_)])


# ---------------------------------------------------------------- the class


@every
def test_it_can_be_built_without_arguments(cls: type[Algorithm]) -> None:
    assert cls().parameters() == {name: declared.default for name, declared in cls.hyper_parameters().items()}


@every
def test_the_constructor_only_stores(cls: type[Algorithm]) -> None:
    not_a_number = {name: object() for name in cls.hyper_parameters()}
    assert vars(cls(**not_a_number)) == not_a_number


def test_names_titles_and_summaries_are_there_and_unique() -> None:
    for name, cls in ALL.items():
        assert name == cls.name
        assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
        assert cls.title.strip()
        assert cls.summary.strip().endswith(".")
    for attribute in ("name", "title", "summary"):
        texts = [getattr(cls, attribute) for cls in ALL.values()]
        assert len(set(texts)) == len(texts), attribute


@every
def test_the_module_is_a_page_of_a_textbook(cls: type[Algorithm]) -> None:
    page = importlib.import_module(cls.__module__).__doc__ or ""
    assert re.search(r"^ {4}\S.*\(1\)$", page, flags=re.MULTILINE), "no numbered equation (1)"
    missing = [
        heading
        for heading in ("Shapes", "Cold start", "Fold-in", "Cost", "Source")
        if not re.search(rf"^{heading} {{2,}}\S", page, flags=re.MULTILINE)
    ]
    assert not missing


def test_an_unknown_algorithm_is_named_with_those_there_are() -> None:
    with pytest.raises(HyperParameterError, match=r"'nonsense'.*als"):
        rc.algorithm("nonsense")


# ---------------------------------------------------------------- hyper-parameters


@every
def test_hyper_parameters_are_documented_and_their_defaults_allowed(cls: type[Algorithm]) -> None:
    for declared in cls.hyper_parameters().values():
        assert declared.symbol.strip()
        assert declared.help.strip()
        assert declared.check(declared.default) == declared.default
        if declared.type in (int, float):
            assert declared.low is not None
            assert declared.high is not None
            assert declared.low < declared.high
            assert not declared.log or declared.low > 0, "a logarithmic dial needs a positive low end"
        if declared.type is str:
            assert len(set(declared.choices)) == len(declared.choices) > 1


@every
def test_every_field_is_a_declared_hyper_parameter(cls: type[Algorithm]) -> None:
    assert [field.name for field in dataclasses.fields(cls)] == list(cls.hyper_parameters())


@every
def test_a_dictionary_rebuilds_it(cls: type[Algorithm]) -> None:
    model = quick(cls)
    again = rc.algorithm(cls.name, **json.loads(json.dumps(model.parameters())))
    assert again.parameters() == model.parameters()
    assert type(again) is cls


@every
def test_an_unknown_hyper_parameter_is_named(cls: type[Algorithm]) -> None:
    with pytest.raises(HyperParameterError, match=rf"{cls.name}.*'n_nonsense'"):
        rc.algorithm(cls.name, n_nonsense=1)


def wrong_values(cls: type[Algorithm]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, declared in cls.hyper_parameters().items():
        found.append((name, None))
        found.append((name, "many"))
        if declared.type in (int, float):
            assert declared.low is not None
            assert declared.high is not None
            step = 1 if declared.type is int else 1e-9
            found += [(name, declared.low - step), (name, declared.high + step * declared.high)]
            found += [(name, v) for v in (True, np.True_, math.nan, math.inf, -math.inf, "5", 10**400)]
        if declared.type is int:
            found.append((name, declared.default + 0.5))  # type: ignore[operator]
        if declared.type is bool:
            found.append((name, 1))
    return found


@every
def test_a_value_that_is_not_allowed_is_refused_by_name(cls: type[Algorithm]) -> None:
    for name, value in wrong_values(cls):
        with pytest.raises(HyperParameterError, match=rf"^{name} = "):
            rc.algorithm(cls.name, **{name: value})


@every
def test_fit_refuses_a_value_that_came_in_by_another_way(cls: type[Algorithm], toy: Ratings) -> None:
    for name in cls.hyper_parameters():
        model = quick(cls)
        setattr(model, name, math.nan)
        with pytest.raises(HyperParameterError, match=rf"^{name} = "):
            model.fit(toy, side_of(toy))


# ---------------------------------------------------------------- training


@every
def test_fit_returns_self(cls: type[Algorithm], toy: Ratings) -> None:
    model = quick(cls)
    assert not model.is_fitted
    assert model.fit(toy, side_of(toy)) is model
    assert model.is_fitted


@every
def test_fitting_twice_is_fitting_once(cls: type[Algorithm], toy: Ratings) -> None:
    once = quick(cls).fit(toy, side_of(toy))
    assert_same(learned(quick(cls).fit(toy, side_of(toy)).fit(toy, side_of(toy))), learned(once))


@every
def test_a_second_fit_forgets_the_first(cls: type[Algorithm], toy: Ratings, crowd: Ratings) -> None:
    assert_same(
        learned(quick(cls).fit(crowd, side_of(crowd)).fit(toy, side_of(toy))),
        learned(quick(cls).fit(toy, side_of(toy))),
    )


@every
def test_learned_names_end_in_an_underscore(cls: type[Algorithm], toy: Ratings) -> None:
    model = quick(cls)
    before = set(vars(model))
    assert all(name.endswith("_") for name in set(vars(model.fit(toy, side_of(toy)))) - before)
    assert not any(name.endswith("_") for name in before)


@every
def test_learned_arrays_are_read_only(cls: type[Algorithm], toy: Ratings) -> None:
    arrays = {
        name: v for name, v in vars(quick(cls).fit(toy, side_of(toy))).items() if isinstance(v, np.ndarray)
    }
    assert arrays
    assert [name for name, array in arrays.items() if array.flags.writeable] == []


@every
def test_training_leaves_hyper_parameters_and_ratings_alone(cls: type[Algorithm], toy: Ratings) -> None:
    private = toy.take(np.arange(len(toy)))
    model = quick(cls)
    before = model.parameters()
    model.fit(private, side_of(private))
    assert model.parameters() == before
    assert private.fingerprint == toy.take(np.arange(len(toy))).fingerprint
    np.testing.assert_array_equal(private.values, toy.values)


@every
def test_no_ratings_are_refused(cls: type[Algorithm], toy: Ratings) -> None:
    with pytest.raises(DataError, match="no ratings"):
        quick(cls).fit(toy.take(np.zeros(len(toy), dtype=bool)), side_of(toy))


@those(lambda cls: cls.needs_features)
def test_missing_features_are_refused(cls: type[Algorithm], toy: Ratings, crowd: Ratings) -> None:
    with pytest.raises(DataError, match="needs features"):
        quick(cls).fit(toy)
    with pytest.raises(DataError, match="rows of features"):
        quick(cls).fit(toy, side_of(crowd))


@every
def test_half_stars_change_the_answer(cls: type[Algorithm], toy: Ratings) -> None:
    values = toy.values.copy()
    assert values[0] == 5.0
    values[0] = 4.5
    other = Ratings.from_arrays(toy.users, toy.items, values, toy.scale, n_users=4, n_items=5)
    wanted = {**QUICK, "threshold": 5.0}  # of yes and no, the half star must be the one that decides
    before = everything(quick(cls, wanted).fit(toy, side_of(toy)))
    after = everything(quick(cls, wanted).fit(other, side_of(other)))
    assert np.abs(before - after).max() > 1e-4


@every
def test_factors_have_the_declared_shape(cls: type[Algorithm], toy: Ratings) -> None:
    model = quick(cls).fit(toy, side_of(toy))
    if cls.learns_factors:
        assert model.item_factors_.shape == (toy.n_items, model.parameters()["n_factors"])
    else:
        assert getattr(model, "item_factors_", np.empty((0, 0))).shape[1] == 0


@every
def test_it_remembers_what_it_learned_from(cls: type[Algorithm], crowd: Ratings) -> None:
    split = next(k_fold(crowd))
    model = quick(cls).fit(split.train_ratings(crowd), side_of(crowd))
    check_unseen(model, crowd, split)
    assert np.flatnonzero(seen(model, crowd, np.arange(len(crowd)))).tolist() == sorted(split.train)
    with pytest.raises(LeakError, match="scoring on training ratings"):
        check_unseen(model, crowd, [*split.test, split.train[0]])
    model.fit(crowd, side_of(crowd))
    with pytest.raises(LeakError, match="all ratings of this data"):
        check_unseen(model, crowd, split)


# ---------------------------------------------------------------- step by step


@iterative
def test_it_remembers_what_it_learned_from_at_the_first_step(cls: type[Algorithm], crowd: Ratings) -> None:
    split = next(k_fold(crowd))
    model = quick(cls)
    next(model.steps(split.train_ratings(crowd), side_of(crowd)))
    check_unseen(model, crowd, split)
    with pytest.raises(LeakError):
        check_unseen(model, crowd, split.train)


@iterative
def test_exhausting_the_steps_is_fitting(cls: type[Algorithm], crowd: Ratings) -> None:
    fitted, stepped = quick(cls).fit(crowd, side_of(crowd)), quick(cls)
    assert not stepped.is_fitted
    for _ in stepped.steps(crowd, side_of(crowd)):
        assert stepped.is_fitted, "after each pass the model can be used"
        assert np.isfinite(stepped.scores(0)).all()
    assert_same(learned(stepped), learned(fitted))


@iterative
def test_epochs_are_numbered_and_their_losses_finite(cls: type[Algorithm], crowd: Ratings) -> None:
    steps = list(quick(cls).steps(crowd, side_of(crowd)))
    assert [step.epoch for step in steps] == list(range(1, len(steps) + 1))
    assert {step.n_epochs for step in steps} == {len(steps)}
    assert np.isfinite([(step.train_loss, step.train_rmse) for step in steps]).all()


@iterative
def test_the_last_step_tells_the_error_of_the_training_ratings(cls: type[Algorithm], crowd: Ratings) -> None:
    """Measured by hand, before the scale is applied; descent reports it as it goes, hence the 5 %."""
    model = quick(cls)
    *_, last = model.steps(crowd, side_of(crowd))
    error = raw_predictions(model, crowd) - targets(model, crowd.values)
    assert last.train_rmse == pytest.approx(np.sqrt(np.mean(error**2)), rel=0.05)


@pytest.mark.parametrize("name", ["als", "bias"])
def test_alternation_never_raises_its_loss(name: str, crowd: Ratings) -> None:
    losses = np.array(
        [step.train_loss for step in quick(ALL[name], {"n_epochs": 40}).steps(crowd, side_of(crowd))]
    )
    assert (np.diff(losses) <= 1e-12 * losses[0]).all()
    assert losses[-1] < losses[0]


@those(lambda cls: not cls.iterative)
def test_what_learns_in_one_go_has_no_steps(cls: type[Algorithm], toy: Ratings) -> None:
    with pytest.raises(UnsupportedError, match="no steps"):
        next(quick(cls).steps(toy, side_of(toy)))


# ---------------------------------------------------------------- the same seed


def digits(ratings: Ratings) -> dict[str, list[str]]:
    """Predictions of every algorithm to the last bit, as text."""
    return {
        name: [float(x).hex() for x in everything(quick(cls).fit(ratings, side_of(ratings))).flat]
        for name, cls in ALL.items()
    }


@pytest.fixture(scope="module")
def digits_elsewhere(crowd: Ratings) -> dict[str, list[str]]:
    """The same from another process, with another order of hashing."""
    script = f"""
import json, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_every_algorithm import Ratings, Scale, digits
u, i, r, scale, n_users, n_items = json.load(sys.stdin)
print(json.dumps(digits(Ratings.from_arrays(u, i, r, Scale(*scale), n_users=n_users, n_items=n_items))))
"""
    scale = (crowd.scale.low, crowd.scale.high, crowd.scale.step)
    data = [crowd.users.tolist(), crowd.items.tolist(), crowd.values.tolist()]
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps([*data, scale, crowd.n_users, crowd.n_items]),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@every
def test_the_same_seed_gives_the_same_numbers_here_and_in_another_process(
    cls: type[Algorithm], crowd: Ratings, digits_elsewhere: dict[str, list[str]]
) -> None:
    here = everything(quick(cls).fit(crowd, side_of(crowd)))
    np.testing.assert_array_equal(everything(quick(cls).fit(crowd, side_of(crowd))), here)
    there = np.array([float.fromhex(x) for x in digits_elsewhere[cls.name]]).reshape(here.shape)
    np.testing.assert_array_equal(there, here)


@those(lambda cls: "seed" in cls.hyper_parameters())
def test_another_seed_gives_other_numbers(cls: type[Algorithm], crowd: Ratings) -> None:
    other = everything(quick(cls, {**QUICK, "seed": 1}).fit(crowd, side_of(crowd)))
    assert not np.array_equal(everything(quick(cls).fit(crowd, side_of(crowd))), other)


# ---------------------------------------------------------------- prediction


@every
def test_predictions_are_finite_and_on_the_scale(cls: type[Algorithm], crowd: Ratings) -> None:
    model = quick(cls).fit(crowd, side_of(crowd))
    predicted, scale = everything(model), model.prediction_scale
    assert predicted.shape == (crowd.n_users, crowd.n_items)
    assert predicted.dtype == np.float64
    assert ((predicted >= scale.low) & (predicted <= scale.high)).all()


@every
def test_users_and_items_may_be_one_or_many(cls: type[Algorithm], toy: Ratings) -> None:
    model = quick(cls).fit(toy, side_of(toy))
    table = everything(model)
    items = np.arange(5)
    np.testing.assert_allclose(model.predict(1, 2), [table[1, 2]], atol=1e-12)
    np.testing.assert_allclose(model.predict(1, items), table[1], atol=1e-12)
    np.testing.assert_allclose(model.predict(np.arange(4), 2), table[:, 2], atol=1e-12)
    np.testing.assert_allclose(model.predict([0, 3, 0], [4, 1, 0]), table[[0, 3, 0], [4, 1, 0]], atol=1e-12)
    np.testing.assert_allclose(
        model.predict(np.int64(2), items.astype(np.uint8)[::-1]), table[2][::-1], atol=1e-12
    )
    assert model.predict([], []).shape == model.predict(0, []).shape == (0,)


@every
@pytest.mark.parametrize("bad", [-1, 4, 10**6, 2**40, 2**80, 1.0, math.nan, True, "1", None], ids=repr)
def test_a_bad_user_index_is_refused(cls: type[Algorithm], toy: Ratings, bad: Any) -> None:
    model = quick(cls).fit(toy, side_of(toy))
    for ask in (
        lambda: model.predict(bad, 0),
        lambda: model.predict([0, bad] if not isinstance(bad, (str, bool)) else [bad], 0),
        lambda: model.scores(bad),
        lambda: model.explain(bad, 0),
    ):
        with pytest.raises(DataError, match="user"):
            ask()


@every
@pytest.mark.parametrize("bad", [-1, 5, 10**6, 2**40, 2**80, 1.0, math.nan, True, "1", None], ids=repr)
def test_a_bad_item_index_is_refused(cls: type[Algorithm], toy: Ratings, bad: Any) -> None:
    model = quick(cls).fit(toy, side_of(toy))
    for ask in (
        lambda: model.predict(0, bad),
        lambda: model.predict(0, [bad]),
        lambda: model.explain(0, bad),
    ):
        with pytest.raises(DataError, match="item"):
            ask()


@every
def test_one_is_one_and_pairs_are_pairs(cls: type[Algorithm], toy: Ratings) -> None:
    model = quick(cls).fit(toy, side_of(toy))
    for ask in (
        lambda: model.scores([0, 1]),
        lambda: model.scores([]),
        lambda: model.explain(0, [0, 1]),
        lambda: model.explain(0, []),
        lambda: model.explain([], 0),
        lambda: model.predict([0, 1], [0, 1, 2]),
        lambda: model.predict([0, 1], []),
        lambda: model.predict([[0, 1]], [[0, 1]]),
    ):
        with pytest.raises(DataError):
            ask()


@every
def test_an_unfitted_model_says_so(cls: type[Algorithm]) -> None:
    model = quick(cls)
    for ask in (
        lambda: model.predict(0, 0),
        lambda: model.scores(0),
        lambda: model.explain(0, 0),
        lambda: model.fold_in([], []),
    ):
        with pytest.raises(NotFittedError, match="fit"):
            ask()


@every
def test_scores_are_predictions_before_the_scale(cls: type[Algorithm], crowd: Ratings) -> None:
    model = quick(cls).fit(crowd, side_of(crowd))
    users: list[int | Profile] = list(range(crowd.n_users))
    if cls.folds_in:
        users += [model.fold_in([], []), model.fold_in([0, 5, 9], [5, 0.5, 3])]
    for user in users:
        scores = model.scores(user)
        assert scores.shape == (crowd.n_items,)
        assert scores.dtype == np.float64
        assert np.isfinite(scores).all()
        if cls.scores_are_ratings:
            predicted = model.predict(user, np.arange(crowd.n_items))
            np.testing.assert_allclose(crowd.scale.clip(scores), predicted, rtol=0, atol=1e-12)


@every
def test_only_a_personal_algorithm_orders_differently(cls: type[Algorithm], crowd: Ratings) -> None:
    model = quick(cls).fit(crowd, side_of(crowd))
    tables = np.array([model.scores(u) for u in range(crowd.n_users)])
    if not cls.personal:
        np.testing.assert_array_equal(tables, np.broadcast_to(tables[0], tables.shape))
    else:
        assert np.ptp(tables, axis=0).max() > 1e-3


# ---------------------------------------------------------------- a new person


@folding
def test_an_empty_profile_works_and_names_its_fallback(cls: type[Algorithm], crowd: Ratings) -> None:
    model = quick(cls).fit(crowd, side_of(crowd))
    nobody = model.fold_in([], [])
    assert len(nobody) == 0
    assert nobody.fallback
    assert model.fallback(nobody, 0)
    assert model.explain(nobody, 0).fallback == model.fallback(nobody, 0)
    assert np.isfinite(model.scores(nobody)).all()
    assert model.fold_in([3], [4.0]).fallback is None


@folding
def test_a_person_without_ratings_is_like_a_user_without_ratings(
    cls: type[Algorithm], crowd: Ratings
) -> None:
    model = quick(cls).fit(crowd, side_of(crowd))
    np.testing.assert_allclose(model.scores(model.fold_in([], [])), model.scores(39), rtol=0, atol=1e-12)


@folding
def test_a_profile_keeps_what_was_given_read_only(cls: type[Algorithm], crowd: Ratings) -> None:
    items, values = np.array([3, 1]), np.array([4.0, 2.5])
    profile = quick(cls).fit(crowd, side_of(crowd)).fold_in(items, values)
    assert profile.items.tolist() == [3, 1]
    assert profile.values.tolist() == [4.0, 2.5]
    assert not profile.items.flags.writeable
    assert not profile.values.flags.writeable
    assert items.flags.writeable, "the caller's own arrays stay theirs"
    assert values.flags.writeable
    items[0] = 0
    assert profile.items[0] == 3


@folding
def test_the_order_of_the_ratings_does_not_matter(cls: type[Algorithm], crowd: Ratings) -> None:
    model = quick(cls).fit(crowd, side_of(crowd))
    items, values = np.array([2, 7, 11, 0, 19, 23]), np.array([5, 0.5, 3, 4.5, 1, 2])
    forward, back = model.fold_in(items, values), model.fold_in(items[::-1], values[::-1])
    np.testing.assert_allclose(model.scores(forward), model.scores(back), rtol=0, atol=1e-10)


@folding
def test_what_a_person_says_matters_only_to_personal_algorithms(cls: type[Algorithm], crowd: Ratings) -> None:
    model = quick(cls).fit(crowd, side_of(crowd))
    likes, dislikes = model.fold_in([2, 7, 11], [5, 5, 5]), model.fold_in([2, 7, 11], [1, 1, 1])
    apart = np.abs(model.scores(likes) - model.scores(dislikes)).max()
    assert apart > 0.1 if cls.personal else apart == 0


@folding
@pytest.mark.parametrize(
    ("items", "values", "message"),
    [
        ([1, 2, 1], [3, 3, 3], "twice"),
        ([1], [5.5], "outside the scale"),
        ([1], [0], "outside the scale"),
        ([1], [math.nan], "outside the scale"),
        ([1], [math.inf], "outside the scale"),
        ([1], [None], "outside the scale"),
        ([1], ["good"], "number"),
        ([25], [3], "no item 25"),
        ([-1], [3], "no item -1"),
        ([1.0], [3], "whole number"),
        ([1, 2], [3], "2 items"),
        ([], [3], "0 items"),
    ],
)
def test_ratings_that_cannot_be_are_refused(
    cls: type[Algorithm], crowd: Ratings, items: list[Any], values: list[Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        quick(cls).fit(crowd, side_of(crowd)).fold_in(items, values)


@folding
def test_a_new_person_never_changes_the_model(cls: type[Algorithm], crowd: Ratings) -> None:
    model = quick(cls).fit(crowd, side_of(crowd))
    before, known = learned(model), everything(model)
    for n in (0, 1, 10, 25):
        profile = model.fold_in(np.arange(n), np.full(n, 5.0))
        model.predict(profile, np.arange(25))
        model.scores(profile)
        model.explain(profile, 0)
    assert_same(learned(model), before)
    np.testing.assert_array_equal(everything(model), known)


@those(lambda cls: not cls.folds_in)
def test_what_cannot_fold_in_says_so(cls: type[Algorithm], toy: Ratings) -> None:
    with pytest.raises(UnsupportedError, match=re.escape(cls.title)):
        quick(cls).fit(toy, side_of(toy)).fold_in([0], [3])


# ---------------------------------------------------------------- why


def people(model: Algorithm) -> list[int | Profile]:
    """Known users, and new people from silent to extreme."""
    known: list[int | Profile] = [0, 5, 38, 39]
    if not model.folds_in:
        return known
    last = np.arange(1, 24)
    return [
        *known,
        model.fold_in([], []),
        model.fold_in([4], [2.5]),
        model.fold_in([24], [5.0]),  # the film nobody rated
        model.fold_in([0, 3, 8, 12], [5, 0.5, 4, 1]),
        model.fold_in(last, np.full(23, 5.0)),
        model.fold_in(last, np.full(23, 0.5)),
    ]


def assert_adds_up(model: Algorithm, user: int | Profile, item: int) -> Explanation:
    why = model.explain(user, item)
    assert why.estimate == pytest.approx(model.predict(user, item)[0], abs=1e-9)
    assert sum(term.value for term in why.terms) == pytest.approx(why.estimate, abs=1e-9)
    assert all(term.label.strip() and term.symbol.strip() for term in why.terms)
    if isinstance(user, Profile) and model.exact_shares:
        assert why.base is not None
        assert [share.item for share in why.shares] == user.items.tolist()
        assert [share.rating for share in why.shares] == user.values.tolist()
        assert why.base + sum(share.value for share in why.shares) == pytest.approx(why.estimate, abs=1e-9)
    else:
        assert why.shares == ()
        assert why.base is None
    return why


@every
def test_terms_and_shares_sum_to_the_prediction(cls: type[Algorithm], crowd: Ratings) -> None:
    model = quick(cls).fit(crowd, side_of(crowd))
    for user in people(model):
        for item in range(crowd.n_items):
            assert_adds_up(model, user, item)


@those(lambda cls: cls.exact_shares)
def test_they_still_do_where_the_scale_bites(cls: type[Algorithm], crowd: Ratings) -> None:
    outspoken = {**QUICK, "item_shrinkage": 0, "user_shrinkage": 0, "shrinkage": 0}
    outspoken |= {"n_epochs": 60, "learning_rate": 0.02}
    model = quick(cls, outspoken).fit(crowd, side_of(crowd))
    held = [
        (user, item, score)
        for user in people(model)
        for item, score in enumerate(model.scores(user))
        if not crowd.scale.low <= score <= crowd.scale.high
    ]
    assert {score > crowd.scale.high for _, _, score in held} == {True, False}, "both ends must be tried"
    for user, item, score in held:
        last = assert_adds_up(model, user, item).terms[-1]
        assert last.symbol == "clip"
        assert last.value == pytest.approx(float(crowd.scale.clip(score)) - score, abs=1e-9)


@those(lambda cls: cls.exact_shares)
def test_a_share_is_what_the_rating_adds(cls: type[Algorithm], crowd: Ratings) -> None:
    """Every score is linear in the ratings given, so half a star more on rating j changes the
    score by half a star's part of its share; the parts of all others stay as they are."""
    model = quick(cls).fit(crowd, side_of(crowd))
    items, values = np.array([0, 3, 8, 12]), np.array([4.5, 0.5, 4.0, 1.0])
    plain = model.explain(model.fold_in(items, values), 17)
    values[1] += 0.5
    raised = model.explain(model.fold_in(items, values), 17)
    changed = [b.value - a.value for a, b in zip(plain.shares, raised.shares, strict=True)]
    assert np.delete(changed, 1) == pytest.approx(0, abs=1e-9)
    assert abs(changed[1]) > 1e-6


@every
def test_fallbacks_are_named(cls: type[Algorithm], crowd: Ratings) -> None:
    model = quick(cls).fit(crowd, side_of(crowd))
    for user, item in ((0, 24), (39, 0), (39, 24)):
        assert model.fallback(user, item)
        assert model.explain(user, item).fallback == model.fallback(user, item)
    if cls.personal:
        assert model.fallback(0, 24) != model.fallback(39, 0), "whose fault it is, is told"
        assert model.fallback(0, 0) is None
        assert model.explain(0, 0).fallback is None
    else:
        assert model.fallback(0, 0)


# ---------------------------------------------------------------- it survives


SCALES = (Scale(-10, 10), Scale(1, 10), Scale(0.5, 5, 0.5), Scale(0, 1))


@st.composite
def odd_ratings(draw: st.DrawFn) -> Ratings:
    """Small tables with everything that real ones have at their edges."""
    n_users, n_items = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    scale = draw(st.sampled_from(SCALES))
    cell = st.tuples(st.integers(0, n_users - 1), st.integers(0, n_items - 1))
    cells = draw(st.lists(cell, unique=True, min_size=1, max_size=n_users * n_items))
    rating = st.sampled_from(scale.choices)
    if draw(st.booleans()):
        values = [draw(rating)] * len(cells)
    else:
        values = draw(st.lists(rating, min_size=len(cells), max_size=len(cells)))
    users, items = zip(*cells, strict=True)
    return Ratings.from_arrays(users, items, values, scale, n_users=n_users, n_items=n_items)


def assert_sane(model: Algorithm, ratings: Ratings) -> None:
    low, high = model.prediction_scale.low, model.prediction_scale.high
    users: list[int | Profile] = list(range(ratings.n_users))
    if model.folds_in:
        users += [
            model.fold_in([], []),
            model.fold_in(np.arange(ratings.n_items), np.full(ratings.n_items, ratings.scale.high)),
        ]
    for user in users:
        predicted = model.predict(user, np.arange(ratings.n_items))
        assert ((predicted >= low) & (predicted <= high)).all()
        assert np.isfinite(model.scores(user)).all()
        for item in range(ratings.n_items):
            assert_adds_up(model, user, item)


@every
@settings(max_examples=25)
@given(ratings=odd_ratings())
def test_it_survives_odd_data(cls: type[Algorithm], ratings: Ratings) -> None:
    assert_sane(quick(cls, {"n_factors": 3, "n_epochs": 3}).fit(ratings, side_of(ratings)), ratings)


ONE_RATING = ([0], [0], [4.0])
EDGES = {
    "one rating": (*ONE_RATING, Scale(1, 5), 1, 1),
    "one rating among many": (*ONE_RATING, Scale(1, 5), 30, 40),
    "one user": ([0] * 6, range(6), [1, 2, 3, 4, 5, 1], Scale(1, 5), 1, 6),
    "one item": (range(6), [0] * 6, [1, 2, 3, 4, 5, 1], Scale(1, 5), 6, 1),
    "all the same": ([0, 0, 1, 1], [0, 1, 0, 1], [3] * 4, Scale(1, 5), 2, 2),
    "all at the top": ([0, 0, 1, 1], [0, 1, 0, 1], [5] * 4, Scale(1, 5), 2, 2),
    "below zero": ([0, 0, 1, 1], [0, 1, 0, 1], [-10, 10, 7, -3], Scale(-10, 10), 3, 3),
    "one to ten": ([0, 0, 1, 1], [0, 1, 0, 1], [1, 10, 10, 1], Scale(1, 10), 3, 3),
}


@every
@pytest.mark.parametrize("edge", EDGES)
def test_it_survives_with_its_defaults(cls: type[Algorithm], edge: str) -> None:
    users, items, values, scale, n_users, n_items = EDGES[edge]
    ratings = Ratings.from_arrays(users, items, values, scale, n_users=n_users, n_items=n_items)
    assert_sane(cls().fit(ratings, side_of(ratings)), ratings)
    if edge.startswith("all"):
        model = cls().fit(ratings, side_of(ratings))
        assert model.predict(0, 0) == pytest.approx(targets(model, np.array(values[:1])), abs=0.5)


def test_a_person_folded_in_by_another_model_is_refused(crowd: Ratings) -> None:
    small = rc.algorithm("als", n_factors=3, n_epochs=1).fit(crowd)
    large = rc.algorithm("als", n_factors=4, n_epochs=1).fit(crowd)
    person = small.fold_in([0, 1], [4, 5])
    for ask in (lambda: large.scores(person), lambda: large.predict(person, [2])):
        with pytest.raises(DataError, match="folded in by another model"):
            ask()
