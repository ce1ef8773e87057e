"""Metrics of lists: equal to their literal definition and to trec_eval, with the right limits."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import ir_measures
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from ir_measures import AP, RR, P, R, SetF, Success, nDCG

from recsys_core.algorithms import algorithm
from recsys_core.dataset import Dataset
from recsys_core.evaluation import k_fold
from recsys_core.evaluation.lists import top_lists
from recsys_core.evaluation.metrics import UNRANKED, Lists, metric, metrics
from tests.evaluation.metrics.literal import EVERYBODY, RELEVANCE, WHOLE, World, ndcg, worlds

TO_THE_LAST_DIGITS = {"rel": 1e-12, "abs": 1e-12, "nan_ok": True}
FEW = settings(max_examples=40)
OF_LISTS = {name: cls for name, cls in metrics().items() if cls.of == "lists"}
HIGH = sorted(RELEVANCE)


def mean(values: Sequence[float]) -> float:
    counted = [x for x in values if not math.isnan(x)]
    return sum(counted) / len(counted) if counted else math.nan


# ---------------------------------------------------------------- agreement


@pytest.mark.parametrize("name", HIGH)
@given(world=worlds())
def test_relevance_as_defined(name: str, world: World) -> None:
    by_hand = [RELEVANCE[name](world, u) if world.relevant(u) else math.nan for u in range(world.n_users)]
    lists = world.lists()
    assert metric(name).per_user(lists) == pytest.approx(by_hand, **TO_THE_LAST_DIGITS)
    assert metric(name).value(lists) == pytest.approx(mean(by_hand), **TO_THE_LAST_DIGITS)


@given(world=worlds())
def test_graded_gains_as_defined(world: World) -> None:
    by_hand = [ndcg(world, u, graded=True) if world.relevant(u) else math.nan for u in range(world.n_users)]
    found = metric("ndcg", graded=True).per_user(world.lists())
    assert found == pytest.approx(by_hand, **TO_THE_LAST_DIGITS)


@pytest.mark.parametrize("name", sorted(EVERYBODY))
@given(world=worlds())
def test_beyond_accuracy_as_defined(name: str, world: World) -> None:
    by_hand = [EVERYBODY[name](world, u) for u in range(world.n_users)]
    lists = world.lists()
    assert metric(name).per_user(lists) == pytest.approx(by_hand, **TO_THE_LAST_DIGITS)
    assert metric(name).value(lists) == pytest.approx(mean(by_hand), **TO_THE_LAST_DIGITS)


@pytest.mark.parametrize("name", sorted(WHOLE))
@given(world=worlds())
def test_the_whole_as_defined(name: str, world: World) -> None:
    assert metric(name).value(world.lists()) == pytest.approx(WHOLE[name](world), **TO_THE_LAST_DIGITS)


def test_every_metric_of_lists_is_defined_once_more() -> None:
    assert set(OF_LISTS) == {*RELEVANCE, *EVERYBODY, *WHOLE}


@given(world=worlds())
@FEW
def test_relevance_as_trec_eval_has_it(world: World) -> None:
    """On equal terms: who has nothing relevant is no query; its average precision divides by all that
    is relevant, ours by no more than a list can hold."""
    k, binary, graded = world.k, [], []
    for u in range(world.n_users):
        binary += [ir_measures.Qrel(str(u), str(i), 1) for i in world.relevant(u)]
        graded += [ir_measures.Qrel(str(u), str(i), r) for i, r in world.relevant(u).items()]
    assume(binary)
    run = [
        ir_measures.ScoredDoc(str(u), str(i), float(k - place))
        for u, row in enumerate(world.shown)
        for place, i in enumerate(row)
    ]
    assume(run)
    theirs = {
        "precision": P @ k,
        "recall": R @ k,
        "hit_rate": Success @ k,
        "mrr": RR @ k,
        "map": AP @ k,
        "ndcg": nDCG @ k,
    }
    lists = world.lists()
    for name, measure in theirs.items():
        ours = metric(name).per_user(lists)
        for found in ir_measures.iter_calc([measure], binary, run):
            u = int(found.query_id)
            scale = len(world.relevant(u)) / min(k, len(world.relevant(u))) if name == "map" else 1
            assert ours[u] == pytest.approx(found.value * scale, **TO_THE_LAST_DIGITS), name
    ours = metric("ndcg", graded=True).per_user(lists)
    for found in ir_measures.iter_calc([nDCG @ k], graded, run):
        assert ours[int(found.query_id)] == pytest.approx(found.value, **TO_THE_LAST_DIGITS)


@given(world=worlds(full=True))
@FEW
def test_f1_as_trec_eval_has_it(world: World) -> None:
    """Its precision divides by what was listed, so all k places must be filled."""
    qrels = [ir_measures.Qrel(str(u), str(i), 1) for u in range(world.n_users) for i in world.relevant(u)]
    run = [
        ir_measures.ScoredDoc(str(u), str(i), float(-place))
        for u, row in enumerate(world.shown)
        for place, i in enumerate(row)
    ]
    assume(qrels and run and all(len(row) == world.k for row in world.shown))
    ours = metric("f1").per_user(world.lists())
    for found in ir_measures.iter_calc([SetF], qrels, run):
        assert ours[int(found.query_id)] == pytest.approx(found.value, **TO_THE_LAST_DIGITS)


# ---------------------------------------------------------------- limits


@pytest.mark.parametrize("name", sorted(OF_LISTS))
@given(world=worlds())
@FEW
def test_no_value_leaves_its_bounds(name: str, world: World) -> None:
    of, lists = metric(name), world.lists()
    low, high = of.bounds
    own = of.per_user(lists)
    for value in [of.value(lists), *([] if own is None else own)]:
        assert math.isnan(value) or low - 1e-12 <= value <= high + 1e-12


def best_possible(world: World) -> World:
    """Each list: the person's relevant films, best first, then others."""
    shown = []
    for u in range(world.n_users):
        good = sorted(world.relevant(u), key=lambda i: -world.relevant(u)[i])
        rest = [i for i in range(world.n_items) if i not in good and (u, i) not in world.train]
        shown.append([*good, *rest][: world.k])
    return replace(world, shown=shown)


@given(world=worlds())
def test_a_perfect_list_reaches_the_best(world: World) -> None:
    assume(any(world.relevant(u) for u in range(world.n_users)))
    lists = best_possible(world).lists()
    for name in ("hit_rate", "mrr", "map", "ndcg"):
        assert metric(name).value(lists) == pytest.approx(1, abs=1e-12), name
    assert metric("ndcg", graded=True).value(lists) == pytest.approx(1, abs=1e-12)
    counted = lists.n_relevant > 0
    n, k = lists.n_relevant[counted], world.k
    np.testing.assert_allclose(metric("precision").per_user(lists)[counted], np.minimum(n, k) / k)
    np.testing.assert_allclose(metric("recall").per_user(lists)[counted], np.minimum(n, k) / n)
    np.testing.assert_allclose(metric("f1").per_user(lists)[counted], 2 * np.minimum(n, k) / (n + k))


@pytest.mark.parametrize("name", HIGH)
@given(world=worlds())
@FEW
def test_no_list_beats_the_perfect_one(name: str, world: World) -> None:
    if name == "serendipity":
        return  # the perfect list may hold just what popularity would have
    own, best = (metric(name).per_user(w.lists()) for w in (world, best_possible(world)))
    assert np.all((own <= best + 1e-12) | np.isnan(own))


@pytest.mark.parametrize("name", HIGH)
@given(world=worlds())
@FEW
def test_empty_lists_and_wrong_lists_are_the_worst(name: str, world: World) -> None:
    assume(any(world.relevant(u) for u in range(world.n_users)))
    empty = replace(world, shown=[[] for _ in world.shown])
    wrong = replace(
        world, shown=[[i for i in row if i not in world.relevant(u)] for u, row in enumerate(world.shown)]
    )
    assert metric(name).value(empty.lists()) == 0
    assert metric(name).value(wrong.lists()) == 0


@pytest.mark.parametrize("name", ["mrr", "map", "ndcg"])
@given(world=worlds())
def test_a_list_turned_over_so_that_hits_come_last_is_no_better(name: str, world: World) -> None:
    best = best_possible(world)
    upside_down = replace(best, shown=[row[::-1] for row in best.shown])
    above, below = (metric(name).per_user(w.lists()) for w in (best, upside_down))
    assert np.all((below <= above + 1e-12) | np.isnan(below))


@given(world=worlds())
def test_serendipity_is_a_part_of_precision(world: World) -> None:
    lists = world.lists()
    part, whole = metric("serendipity").per_user(lists), metric("precision").per_user(lists)
    assert np.all((part <= whole) | np.isnan(whole))


@given(world=worlds())
def test_what_popularity_lists_is_never_a_surprise(world: World) -> None:
    shown = []
    for u in range(world.n_users):
        unseen = [i for i in range(world.n_items) if (u, i) not in world.train]
        shown.append(sorted(unseen, key=lambda i: (-world.raters(i), i))[: world.k])
    values = metric("serendipity").per_user(replace(world, shown=shown).lists())
    assert not np.nan_to_num(values).any()


def test_limits_of_all_lists_together() -> None:
    def of(shown: list[list[int]]) -> Lists:
        nobody = [set() for _ in range(4)]
        return World(len(shown), 4, len(shown[0]), {}, {}, shown, nobody).lists()

    same, apart = of([[0, 1]] * 3), of([[0, 1], [2, 3]])
    assert metric("personalisation").value(same) == 0
    assert metric("personalisation").value(apart) == 1
    assert metric("coverage").value(same) == 0.5
    assert metric("coverage").value(apart) == 1
    assert metric("gini").value(apart) == 0
    assert metric("gini").value(of([[2]] * 5)) == 0.75, "one of four films alone: 1 − 1/4"


def test_limits_of_genres() -> None:
    def of(shown: list[int], genres: list[set[int]]) -> Lists:
        return World(1, 4, len(shown), {(0, 0): 3}, {}, [shown], genres).lists()

    assert metric("diversity").value(of([1, 2, 3], [{0}] * 4)) == 0
    assert metric("diversity").value(of([1, 2, 3], [{0}, {0}, {1}, {2}])) == 1
    assert metric("calibration").value(of([1, 2], [{0, 1}, {0}, {1}, {2}])) == pytest.approx(0, abs=1e-12)
    assert metric("calibration").value(of([3], [{0}, {0}, {1}, {2}])) == pytest.approx(-math.log(0.01))
    assert math.isnan(metric("diversity").value(of([1, 2], [{0}, set(), {0}, set()])))


def test_novelty_counts_bits_and_lift_is_a_relative_change() -> None:
    train = {(u, 0): 3 for u in range(4)} | {(0, 1): 3, (1, 1): 3, (2, 2): 3}
    w = World(4, 5, 1, train, {}, [[3], [2], [1], [1]], [set()] * 5)
    bits = metric("novelty").per_user(w.lists())
    np.testing.assert_allclose(bits, [2, 2, 1, 1])  # nobody, one, two and two of four people
    rated, listed = (3 + 3 + 2.5 + 4) / 4, (0 + 1 + 2 + 2) / 4
    assert metric("popularity_lift").value(w.lists()) == pytest.approx(listed / rated - 1)


# ---------------------------------------------------------------- what must not matter


@pytest.mark.parametrize("name", sorted(OF_LISTS))
@given(world=worlds(), seed=st.integers(0, 2**16))
@FEW
def test_the_order_of_people_does_not_matter(name: str, world: World, seed: int) -> None:
    lists = world.lists()
    turned = np.random.default_rng(seed).permutation(len(lists))
    other = Lists.of(
        lists.train,
        world.as_ratings(world.test),
        lists.users[turned],
        lists.items[turned],
        relevance=world.relevance,
        genres=lists.genres,
    )
    own, theirs = metric(name).per_user(lists), metric(name).per_user(other)
    if own is not None:
        assert theirs == pytest.approx(own[turned], **TO_THE_LAST_DIGITS)
    assert metric(name).value(other) == pytest.approx(metric(name).value(lists), **TO_THE_LAST_DIGITS)


@pytest.mark.parametrize("name", sorted(set(OF_LISTS) - {"serendipity"}))
@given(world=worlds(), seed=st.integers(0, 2**16))
@FEW
def test_the_numbers_of_items_do_not_matter(name: str, world: World, seed: int) -> None:
    """Serendipity apart: among equally popular films the order of the catalogue decides."""
    to = [int(i) for i in np.random.default_rng(seed).permutation(world.n_items)]
    genres: list[set[int]] = [set() for _ in to]
    for item, of in enumerate(world.genres):
        genres[to[item]] = of
    other = replace(
        world,
        train={(u, to[i]): r for (u, i), r in world.train.items()},
        test={(u, to[i]): r for (u, i), r in world.test.items()},
        shown=[[to[i] for i in row] for row in world.shown],
        genres=genres,
    )
    assert metric(name).value(other.lists()) == pytest.approx(
        metric(name).value(world.lists()), **TO_THE_LAST_DIGITS
    )


# ---------------------------------------------------------------- what cannot be computed


@pytest.mark.parametrize("name", sorted(OF_LISTS))
@given(world=worlds())
@FEW
def test_a_person_without_an_order_leaves_no_value(name: str, world: World) -> None:
    lists = world.lists()
    items = lists.items.copy()
    items[0] = UNRANKED
    broken = replace(lists, items=items)
    assert math.isnan(metric(name).value(broken))
    own = metric(name).per_user(broken)
    assert own is None or math.isnan(own[0])


@pytest.mark.parametrize("name", sorted(OF_LISTS))
def test_of_no_lists_nothing_can_be_said(name: str) -> None:
    w = World(2, 4, 3, {(0, 1): 3}, {(0, 2): 5}, [[2], [1]], [{0}] * 4)
    nobody = Lists.of(
        w.as_ratings(w.train), w.as_ratings(w.test), [], np.empty((0, 3)), genres=np.ones((4, 3), dtype=bool)
    )
    assert math.isnan(metric(name).value(nobody))


@pytest.mark.parametrize("name", ["diversity", "calibration"])
def test_without_genres_there_is_no_metric_of_them(name: str) -> None:
    w = World(1, 4, 3, {(0, 1): 3}, {(0, 2): 5}, [[2, 3]], [{0}] * 4)
    assert metrics()[name].needs_genres
    assert math.isnan(metric(name).value(replace(w.lists(), genres=None)))


@pytest.mark.parametrize("name", HIGH)
def test_nobody_with_anything_relevant_is_no_zero(name: str) -> None:
    w = World(2, 4, 2, {(0, 1): 3}, {(0, 2): 3}, [[2, 3], [1]], [{0}] * 4)
    assert w.lists().n_without == 2
    assert math.isnan(metric(name).value(w.lists()))


@given(world=worlds())
def test_people_without_anything_relevant_are_counted(world: World) -> None:
    lists = world.lists()
    without = [u for u in range(world.n_users) if not world.relevant(u)]
    assert lists.n_without == len(without)
    assert np.flatnonzero(np.isnan(metric("recall").per_user(lists))).tolist() == without


# ---------------------------------------------------------------- at full size


@pytest.mark.real
def test_lists_of_published_ratings_as_trec_eval_has_them(real: Callable[[str], Dataset]) -> None:
    data = real("ml-100k")
    split = next(k_fold(data.ratings))
    train, test = data.ratings.take(split.train), data.ratings.take(split.test)
    users = np.arange(train.n_users)
    shown = top_lists(algorithm("puresvd").fit(train), train, users, 10)
    lists = Lists.of(train, test, users, shown, genres=data.catalogue.genres)
    liked = np.flatnonzero(test.values >= 4)
    qrels = [ir_measures.Qrel(str(test.users[n]), str(test.items[n]), 1) for n in liked]
    run = [
        ir_measures.ScoredDoc(str(u), str(i), -float(place))
        for u, row in zip(users, shown, strict=True)
        for place, i in enumerate(row)
    ]
    theirs = {
        "precision": P @ 10,
        "recall": R @ 10,
        "hit_rate": Success @ 10,
        "mrr": RR @ 10,
        "ndcg": nDCG @ 10,
    }
    found = ir_measures.calc_aggregate(theirs.values(), qrels, run)
    for name, measure in theirs.items():
        assert metric(name).value(lists) == pytest.approx(found[measure], abs=1e-12), name
    for name in OF_LISTS:
        low, high = metric(name).bounds
        assert low <= metric(name).value(lists) <= high, name
