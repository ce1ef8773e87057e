"""Tastes drift: what an old rating still counts, and that its share shrinks by exactly that."""

from __future__ import annotations

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.algorithms import Algorithm
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError, UnsupportedError
from recsys_core.ranking import Asked, Recipe, aged, hybrid
from recsys_core.ranking.ageing import kept, recent
from tests.ranking.models import fitted

ITEMS, VALUES = [3, 8, 20, 40], [5.0, 1.0, 4.0, 3.0]


@pytest.fixture(scope="module", params=["als", "svd", "bias", "item_knn"])
def model(request: pytest.FixtureRequest, sample: Dataset) -> Algorithm:
    return fitted(request.param, sample)


def asked_of(model: Algorithm, data: Dataset) -> Asked:
    return Asked.of(model, data, model.fold_in(ITEMS, VALUES))


def test_after_one_half_life_a_rating_counts_half() -> None:
    assert kept(5, 2.0).tolist() == pytest.approx([0.25, 2**-1.5, 0.5, 2**-0.5, 1])
    assert kept(3, None).tolist() == [1, 1, 1]
    with pytest.raises(DataError, match="half_life = -1"):
        kept(3, -1)
    with pytest.raises(DataError, match="half_life = about 1e400"):
        kept(3, 10**400)


def test_recent_is_the_last_so_many() -> None:
    items, values = np.array(ITEMS, dtype=np.int32), np.array(VALUES)
    assert recent(items, values, 2)[0].tolist() == [20, 40]
    assert recent(items, values, 99)[0].tolist() == ITEMS
    assert recent(items, values, None)[1].tolist() == VALUES
    with pytest.raises(DataError, match="recent = 0"):
        recent(items, values, 0)
    with pytest.raises(DataError, match="recent = True"):
        recent(items, values, True)


def test_only_recent_ratings_is_a_person_who_gave_only_those(model: Algorithm, sample: Dataset) -> None:
    found = aged(asked_of(model, sample), 2)
    np.testing.assert_allclose(model.scores(found.user), model.scores(model.fold_in([20, 40], [4, 3])))
    assert found.items.tolist() == [20, 40]
    assert found.seen.tolist() == ITEMS, "what no longer counts has still been seen"
    assert not set(ITEMS) & set(hybrid(asked_of(model, sample), Recipe(recent=2, n=50)).items.tolist())


@pytest.mark.parametrize("name", ["als", "svd", "bias"])
def test_the_share_of_an_old_rating_shrinks_by_exactly_its_age(name: str, sample: Dataset) -> None:
    model = fitted(name, sample)
    before, after = asked_of(model, sample), aged(asked_of(model, sample), half_life=1.0)
    for item in (0, 100, 300):
        was = {s.item: s.value for s in model.explain(before.user, item).shares}
        now = {s.item: s.value for s in model.explain(after.user, item).shares}
        for old, keep in zip(ITEMS, (1 / 8, 1 / 4, 1 / 2, 1), strict=True):
            assert now[old] == pytest.approx(keep * was[old], abs=1e-6)


def test_everything_faded_is_nobody(model: Algorithm, sample: Dataset) -> None:
    """The newest alone is left when every newer rating halves the older ones again and again."""
    old = aged(asked_of(model, sample), half_life=1e-3)
    newest = model.fold_in(ITEMS, [*np.asarray(old.user.values[:3]), VALUES[-1]])  # type: ignore[union-attr]
    np.testing.assert_allclose(model.scores(old.user), model.scores(newest))
    usual = model.scale_.clip(model.predict(model.fold_in([], []), ITEMS))
    np.testing.assert_allclose(old.user.values[:3], usual[:3], rtol=1e-6)  # type: ignore[union-attr]


def test_ageing_twice_is_ageing_once(model: Algorithm, sample: Dataset) -> None:
    asked = asked_of(model, sample)
    twice = aged(aged(asked, 3, 2.0), 3, 2.0)
    np.testing.assert_array_equal(model.scores(twice.user), model.scores(aged(asked, 3, 2.0).user))
    assert aged(aged(asked, 2), None, None) is asked


def test_likeness_follows_what_still_counts(sample: Dataset) -> None:
    model = fitted("als", sample)
    asked = Asked.of(model, sample, model.fold_in([3, 40], [5.0, 5.0]))
    fading = aged(asked, half_life=1e-3)
    only_last = Asked.of(model, sample, model.fold_in([40], [5.0]))
    np.testing.assert_allclose(fading.likeness, only_last.likeness, atol=1e-12)


def test_a_known_person_can_age_too_and_nobody_has_nothing_to(model: Algorithm, sample: Dataset) -> None:
    assert len(aged(Asked.of(model, sample, 5), 7).items) == 7
    nobody = aged(Asked.of(model, sample, model.fold_in([], [])), 5, 2.0)
    np.testing.assert_allclose(model.scores(nobody.user), model.scores(model.fold_in([], [])))


def test_a_model_that_cannot_place_a_person_anew_says_so(sample: Dataset) -> None:
    model = rc.algorithm("surprise_nmf", n_factors=2, n_epochs=2).fit(sample.ratings)
    with pytest.raises(UnsupportedError, match="cannot place a person anew"):
        aged(Asked.of(model, sample, 0), 3)
