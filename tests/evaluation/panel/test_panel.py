"""The price of the dial: the same lists and metrics as without the panel's short cuts, and honest words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.dataset import NO_YEAR, Dataset
from recsys_core.errors import DataError, LeakError
from recsys_core.evaluation.lists import top_lists
from recsys_core.evaluation.metrics import Lists, metric
from recsys_core.evaluation.panel import PRICED, Panel, best, curve, lists_of, panel_split, price, room_for
from recsys_core.evaluation.panel.split import ENOUGH, ROOM, SHARE
from recsys_core.evaluation.significance import differences
from recsys_core.ranking import Filters, HybridWeights, Recipe, Sponsor, hybrid, signals
from recsys_core.ratings import IntArray

MIXED = HybridWeights(rating=1, similarity=0.4, popularity=0.3, recency=0.2)


@pytest.fixture(scope="module")
def sample() -> Dataset:
    return rc.load("sample")


@pytest.fixture(scope="module")
def panel(sample: Dataset) -> Panel:
    return Panel.make("als", {"n_epochs": 5}, sample, n_people=60)


def by_hand(
    panel: Panel, recipe: Recipe, sponsors: tuple[Sponsor, ...] = (), rows: int | None = None
) -> IntArray:
    """Everybody's list by `hybrid`, one by one; or those of the first so many."""
    lists = np.full((rows or len(panel), recipe.n), -1, dtype=np.int32)
    for row in range(len(lists)):
        found = hybrid(replace(panel.asked(row), sponsors=sponsors), recipe).items
        lists[row, : len(found)] = found
    return lists


# ---------------------------------------------------------------- the cut


def test_a_fifth_of_the_ratings_of_the_people_is_hidden_and_nobody_elses(sample: Dataset) -> None:
    ratings, split = sample.ratings, panel_split(sample.ratings, n_people=30, seed=4)
    hidden = np.bincount(ratings.users[split.test], minlength=ratings.n_users)
    people = np.flatnonzero(hidden)
    assert len(people) == 30
    assert (ratings.by_user.counts[people] >= ENOUGH).all()
    assert hidden[people].tolist() == [round(SHARE * n) for n in ratings.by_user.counts[people].tolist()]
    assert len(split.train) + len(split.test) == len(ratings)
    assert panel_split(ratings, 30, seed=4).identity == split.identity
    assert panel_split(ratings, 30, seed=5).identity != split.identity


def test_a_model_that_has_seen_what_is_hidden_is_refused(sample: Dataset) -> None:
    with pytest.raises(LeakError):
        Panel.make("als", {}, sample, n_people=30, model=rc.algorithm("bias").fit(sample.ratings))


def test_the_panel_keeps_within_its_room(panel: Panel) -> None:
    for n_items in (100, 1682, 3706, 9742, 62_423):
        assert room_for(n_items) * panel.nbytes / len(panel) / panel.model.n_items_ * n_items <= ROOM
    assert room_for(9742) == 192


def test_people_without_enough_ratings_make_no_panel(toy_dataset: Dataset) -> None:
    with pytest.raises(DataError, match="choose larger data"):
        Panel.make("bias", {}, toy_dataset)


def test_the_halves_share_nobody(panel: Panel) -> None:
    assert sorted([*panel.half(0), *panel.half(1)]) == list(range(len(panel)))


# ---------------------------------------------------------------- the lists


@pytest.mark.parametrize(
    "weights",
    [
        HybridWeights(),
        HybridWeights(popularity=1),
        HybridWeights(similarity=1),
        HybridWeights(recency=2),
        MIXED,
        HybridWeights(rating=1, dissimilarity=0.5, novelty=0.1, release=0.4),
        HybridWeights(rating=1, engaged=1),
    ],
    ids=repr,
)
def test_everybodys_list_is_that_of_the_ranking(panel: Panel, weights: HybridWeights) -> None:
    recipe = Recipe(weights, n=12)
    assert np.array_equal(lists_of(panel, recipe).items, by_hand(panel, recipe))


@pytest.mark.parametrize("name", ["recency", "release"])
def test_what_one_signal_alone_knows_nothing_of_stands_in_the_middle_here_too(
    sample: Dataset, name: str
) -> None:
    years = np.where(np.arange(574) % 5, sample.catalogue.years, NO_YEAR).astype(np.int32)
    holed = replace(sample, catalogue=replace(sample.catalogue, years=years))
    panel = Panel.make("popularity", {}, holed, n_people=10)
    assert np.isnan(signals()[name].raw(panel.asked(0))).any()
    recipe = Recipe(HybridWeights(**{name: 1}), n=574)
    assert np.array_equal(lists_of(panel, recipe).items, by_hand(panel, recipe))


def test_what_the_model_cannot_score_stands_in_the_middle_here_too(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = panel.model.scores
    monkeypatch.setattr(
        panel.model, "scores", lambda user: np.where(np.arange(574) % 7, scores(user), np.nan)
    )
    holed, recipe = panel.normalised("rank"), Recipe(normalisation="rank", n=300)
    assert np.array_equal(lists_of(holed, recipe).items, by_hand(holed, recipe))


@pytest.mark.parametrize("model", ["item_knn", "binary_cf", "popularity", "puresvd"])
def test_whatever_the_model(sample: Dataset, model: str) -> None:
    panel = Panel.make(model, {}, sample, n_people=15)
    for recipe in (Recipe(), Recipe(MIXED)):
        assert np.array_equal(lists_of(panel, recipe).items, by_hand(panel, recipe))


@pytest.mark.parametrize("how", ["z", "rank"])
def test_whatever_the_normalisation(panel: Panel, how: str) -> None:
    other, recipe = panel.normalised(how), Recipe(MIXED, normalisation=how)
    assert np.array_equal(lists_of(other, recipe).items, by_hand(other, recipe))
    with pytest.raises(DataError, match="normalised"):
        price(panel, recipe)


def test_filters_exclusions_sponsors_and_short_lists_too(panel: Panel) -> None:
    comedies = Recipe(MIXED, filters=Filters(genres=("Comedy",), min_ratings=5), exclude=(1, 2, 3))
    assert np.array_equal(lists_of(panel, comedies).items, by_hand(panel, comedies))
    everything = Recipe(MIXED, n=len(panel.dataset.catalogue))
    assert np.array_equal(lists_of(panel, everything).items, by_hand(panel, everything))
    paid, sponsors = Recipe(HybridWeights(rating=1, sponsored=1)), (Sponsor("Somebody", (5, 6, 7)),)
    assert np.array_equal(lists_of(panel, paid, sponsors=sponsors).items, by_hand(panel, paid, sponsors))


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(MIXED, retrieve=50),
        Recipe(HybridWeights(rating=0.7, popularity=0.3, dissimilarity=0.6), diversity=0.3),
        Recipe(MIXED, most_per_genre=2, calibration=0.3),
        Recipe(diversity=0.4),
        Recipe(HybridWeights(similarity=1), calibration=0.5),
        Recipe(MIXED, recent=5),
        Recipe(MIXED, half_life=4.0, diversity=0.2),
    ],
    ids=["retrieved", "unlike", "capped", "rating re-ranked", "similarity re-ranked", "recent", "fading"],
)
def test_what_takes_a_ranking_each_is_that_of_the_ranking(panel: Panel, recipe: Recipe) -> None:
    rows = np.arange(12, dtype=np.int32)
    assert np.array_equal(lists_of(panel, recipe, rows).items, by_hand(panel, recipe, rows=12))


def test_re_ranking_and_retrieval_are_tried_one_by_one_and_it_is_said(panel: Panel) -> None:
    recipe = Recipe(MIXED, diversity=0.5)
    found = price(panel, recipe)
    assert found.n_people == 48
    assert any("48 of the 60" in note for note in found.notes)
    rows = np.arange(48, dtype=np.int32)
    assert np.array_equal(lists_of(panel, recipe, rows).items, by_hand(panel, recipe)[:48])


# ---------------------------------------------------------------- the metrics


@pytest.mark.parametrize("weights", [MIXED, HybridWeights(novelty=1), HybridWeights(popularity=1)], ids=repr)
def test_the_metrics_are_those_of_the_evaluation(
    sample: Dataset, panel: Panel, weights: HybridWeights
) -> None:
    found = price(panel, weights)
    train = panel.split.train_ratings(sample.ratings)
    test = panel.split.test_ratings(sample.ratings)
    plain = top_lists(panel.model, train, panel.people, 10)
    for lists, side in ((by_hand(panel, Recipe(weights)), "value"), (plain, "plain")):
        judged = Lists.of(train, test, panel.people, lists, genres=sample.catalogue.genres)
        for name in PRICED:
            got = getattr(found.of(name), side)
            if name == "predicted":
                means = [
                    panel.shared.placed_model.predict(int(u), row).mean()
                    for u, row in zip(panel.people, lists, strict=True)
                ]
                assert got == pytest.approx(np.mean(means), abs=1e-9)
            else:
                assert got == pytest.approx(metric(name).value(judged), abs=1e-9)


def test_the_metrics_of_filtered_lists_ask_for_what_the_filter_lets_through(
    sample: Dataset, panel: Panel
) -> None:
    recipe = Recipe(MIXED, filters=Filters(genres=("Drama",)))
    allowed = np.flatnonzero(sample.catalogue.genres[:, sample.catalogue.genre_names.index("Drama")])
    train, test = panel.dataset.ratings, panel.hidden
    judged = Lists.of(train, test, panel.people, by_hand(panel, recipe), candidates=allowed)
    assert price(panel, recipe).of("ndcg").value == pytest.approx(metric("ndcg").value(judged), abs=1e-9)


def test_the_uncertainty_is_that_of_the_paired_bootstrap(panel: Panel) -> None:
    found = price(panel, MIXED, n_resamples=400)
    own = [metric("ndcg").per_user(lists_of(panel, Recipe(w))) for w in (MIXED, HybridWeights())]
    totals = np.array([np.nan_to_num(each) for each in own])
    weights = np.array([~np.isnan(each) for each in own], dtype=np.float64)
    (expected,) = differences(["a", "b"], totals, weights, "ndcg", n_resamples=400)
    got = found.of("ndcg").difference
    assert (got.mean, got.p, got.n_users) == pytest.approx((expected.mean, expected.p, expected.n_users))
    # Draws are of everybody, and there of those alone who have something relevant: not the same ones.
    assert (got.low, got.high) == pytest.approx((expected.low, expected.high), abs=0.02)


def test_the_uncertainty_of_coverage_is_that_of_panels_without_each_person(panel: Panel) -> None:
    now, plain = (lists_of(panel, Recipe(w)).items for w in (MIXED, HybridWeights()))
    n, n_items = len(panel), len(panel.dataset.catalogue)
    gaps = [
        (len(np.unique(np.delete(now, x, 0))) - len(np.unique(np.delete(plain, x, 0)))) / n_items
        for x in range(n)
    ]
    spread = np.sqrt((n - 1) / n * np.sum((np.array(gaps) - np.mean(gaps)) ** 2))
    d = price(panel, MIXED).of("coverage").difference
    assert (d.high - d.low) / 2 == pytest.approx(1.96 * spread)


def test_the_plain_order_costs_nothing(panel: Panel) -> None:
    for change in price(panel, HybridWeights(rating=3)).changes:
        assert change.difference.mean == 0
        assert change.verdict == "the same"


def test_doubling_all_weights_changes_no_price(panel: Panel) -> None:
    doubled = HybridWeights(**{name: 2 * w for name, w in MIXED.pairs})
    assert price(panel, doubled).changes == price(panel, MIXED).changes


def test_of_too_few_people_nothing_is_said(sample: Dataset) -> None:
    few = Panel.make("bias", {}, sample, n_people=10)
    for change in price(few, HybridWeights(popularity=1)).changes:
        assert change.verdict == "cannot be told"
        assert np.isfinite(change.value)


def test_every_weight_at_zero_is_refused(panel: Panel) -> None:
    with pytest.raises(DataError, match="turn at least one signal up"):
        price(panel, HybridWeights(rating=0))


# ---------------------------------------------------------------- along one dial, and the best


def test_a_curve_is_the_price_at_each_weight(panel: Panel) -> None:
    found = curve(panel, HybridWeights(rating=1), "popularity", (0.0, 0.5, 1.0))
    assert found.prices[1].changes == price(panel, HybridWeights(rating=1, popularity=0.5)).changes
    assert len(found.table) == 3 * len(PRICED)
    assert curve(panel, HybridWeights(rating=1), "rating", (0.0, 1.0)).values == (1.0,)
    with pytest.raises(DataError, match="There is no signal 'fame'"):
        curve(panel, HybridWeights(), "fame")


def test_the_best_is_looked_for_on_one_half_and_reported_on_the_other(panel: Panel) -> None:
    found = best(panel, n_tries=60)
    assert found == best(panel, n_tries=60)
    assert found.n_validation == len(panel.half(0))
    assert found.test == price(panel, found.weights, rows=panel.half(1))
    validation = lists_of(panel, Recipe(found.weights), panel.half(0))
    assert found.validation == metric("ndcg").value(validation) >= found.validation_plain
    assert sum(found.weights.weights.values()) == pytest.approx(1)
    assert f"{found.n_tried} weights were tried on 30 people. On 30 others" in found.words


def test_nothing_better_is_said_to_be_nothing_better(panel: Panel) -> None:
    found = best(panel, names=("rating",), n_tries=10)
    assert found.weights == HybridWeights()
    assert "none was better" in found.words
    with pytest.raises(DataError, match="cannot take part"):
        best(panel, names=("sponsored",))
