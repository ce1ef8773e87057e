"""Why a film is in the list: every share adds up, and what was paid for is said."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys_core.algorithms import Algorithm
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError
from recsys_core.ranking import (
    NORMALISATIONS,
    Asked,
    HybridWeights,
    Recipe,
    Sponsor,
    hybrid,
    less_like,
    signals,
    signals_of,
    why,
)
from recsys_core.ranking.hybrid import place_of
from tests.ranking.models import fitted

ITEMS, VALUES = [3, 8, 20, 40, 77], [5.0, 1.0, 4.0, 4.5, 2.0]
NAMES = list(signals())


@pytest.fixture(scope="module")
def als(sample: Dataset) -> Algorithm:
    return fitted("als", sample)


@pytest.fixture(scope="module")
def me(als: Algorithm, sample: Dataset) -> Asked:
    paid = Sponsor("Acme", (5, 200, 300))
    return Asked.of(als, sample, als.fold_in(ITEMS, VALUES), sponsors=(paid,))


@settings(max_examples=25)
@given(
    weights=st.dictionaries(st.sampled_from(NAMES), st.floats(0.1, 5), min_size=1),
    how=st.sampled_from(NORMALISATIONS),
    half_life=st.sampled_from([None, 2.0]),
)
def test_the_parts_sum_to_the_score_and_the_shares_to_the_prediction(
    weights: dict[str, float], how: str, half_life: float | None, me: Asked
) -> None:
    recipe = Recipe(HybridWeights(**weights), how, half_life=half_life, n=5)
    shown = hybrid(me, recipe)
    for item in shown.items.tolist():
        found = why(me, recipe, shown, item)
        assert sum(part.contribution for part in found.parts) == pytest.approx(found.score, abs=1e-9)
        for part in found.parts:
            assert part.contribution == pytest.approx(part.weight * part.value, abs=1e-12)
        base = found.prediction.base
        assert base is not None
        total = base + sum(share.value for share in found.own)
        assert total == pytest.approx(found.prediction.estimate, abs=1e-6)
        assert sorted(share.item for share in found.own) == ITEMS


def test_likeness_is_the_sum_of_the_liked_films_parts(me: Asked) -> None:
    recipe = Recipe(HybridWeights(similarity=1), half_life=3.0)
    shown = hybrid(me, recipe)
    found = why(me, recipe, shown, int(shown.items[2]))
    assert {share.item for share in found.liked} == {3, 20, 40}
    assert sum(share.value for share in found.liked) == pytest.approx(found.parts[0].raw, abs=1e-9)
    assert [share.rating for share in sorted(found.liked, key=lambda share: share.item)] == [5, 4, 4.5]


def test_a_faded_rating_is_shown_as_it_was_given(me: Asked) -> None:
    recipe = Recipe(half_life=1.0)
    shown = hybrid(me, recipe)
    own = {share.item: share for share in why(me, recipe, shown, int(shown.items[0])).own}
    assert [own[item].rating for item in ITEMS] == VALUES
    assert [own[item].keep for item in ITEMS] == [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1]


def test_what_was_paid_for_is_said_with_the_place_it_would_have_had(me: Asked, sample: Dataset) -> None:
    recipe = Recipe(HybridWeights(rating=1, sponsored=2))
    shown = hybrid(me, recipe)
    first = int(shown.items[0])
    found = why(me, recipe, shown, first)
    assert found.payment is not None
    assert found.payment.payer == "Acme"
    assert found.payment.place == 1
    plain = hybrid(me, Recipe(n=600)).items.tolist()
    assert found.payment.place_without == plain.index(first) + 1 > 1
    assert found.payment.contribution == pytest.approx(2 / 3)
    free = next(int(item) for item, payer in zip(shown.items, shown.paid_by, strict=True) if payer is None)
    assert why(me, recipe, shown, free).payment is None


@pytest.mark.parametrize("others", [{}, {"rating": 1.0}, {"similarity": 0.5, "novelty": 2.0}], ids=str)
def test_the_place_without_payment_is_that_in_the_list_had_nobody_paid(
    me: Asked, others: dict[str, float]
) -> None:
    recipe = Recipe(HybridWeights(sponsored=2, **others), n=600)
    unpaid = hybrid(replace(me, sponsors=()), recipe).items.tolist()
    shown = hybrid(me, recipe)
    for item in me.sponsors[0].items:
        found = why(me, recipe, shown, item)
        assert found.payment is not None
        assert found.payment.place_without == unpaid.index(item) + 1


def test_paid_for_without_weight_is_still_said_and_changes_nothing(me: Asked) -> None:
    recipe = Recipe(n=600)
    shown = hybrid(me, recipe)
    found = why(me, recipe, shown, 200)
    assert found.payment is not None
    assert (found.payment.contribution, found.payment.place) == (0, found.payment.place_without)


def test_the_place_by_score_is_that_before_re_ranking(me: Asked) -> None:
    recipe = Recipe(diversity=0.8)
    plain = hybrid(me, Recipe(n=600)).items.tolist()
    assert [place_of(me, recipe, item) for item in (plain[0], plain[30])] == [1, 31]
    assert place_of(me, recipe, ITEMS[0]) is None, "already seen"


def test_who_retrieved_it_is_handed_on(me: Asked) -> None:
    recipe = Recipe(retrieve=50)
    shown = hybrid(me, recipe)
    for place, item in enumerate(shown.items.tolist()):
        found = why(me, recipe, shown, item)
        assert found.brought == shown.brought[place]
        assert found.brought


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("popularity", "the same for everyone"),
        ("wals", None),
        ("two_tower", "no exact split into your ratings"),
        ("binary_cf", "no exact split into your ratings"),
    ],
)
def test_a_model_that_cannot_split_says_so(name: str, words: str | None, toy_dataset: Dataset) -> None:
    model = fitted(name, toy_dataset)
    asked = Asked.of(model, toy_dataset, model.fold_in([1, 2], [4.0, 1.0]))
    shown = hybrid(asked, Recipe())
    item = next(int(i) for i, placed in zip(shown.items, shown.placed, strict=True) if not placed)
    found = why(asked, Recipe(), shown, item)
    if words is None:
        assert found.no_split is None
        assert len(found.own) == 2
    else:
        assert words in str(found.no_split)
        assert not found.own


def test_people_and_films_without_a_split_have_their_own_words(toy_dataset: Dataset) -> None:
    model = fitted("als", toy_dataset)
    known = Asked.of(model, toy_dataset, 0)
    assert "trained on this person" in str(why(known, Recipe(), hybrid(known, Recipe()), 2).no_split)
    nobody = Asked.of(model, toy_dataset, model.fold_in([], []))
    shown = hybrid(nobody, Recipe())
    assert "rated nothing yet" in str(why(nobody, Recipe(), shown, 2).no_split)
    assert why(nobody, Recipe(), shown, 4).placed == "genres"


def test_a_film_nobody_rated_is_explained_as_it_is_predicted(toy_dataset: Dataset) -> None:
    """Factors are placed by genres in a copy of the model, whose split is exact; votes have no such copy."""
    model = fitted("als", toy_dataset)
    asked = Asked.of(model, toy_dataset, model.fold_in([1, 2], [4.0, 1.0]))
    found = why(asked, Recipe(), hybrid(asked, Recipe()), 4)
    assert found.parts[0].raw == pytest.approx(sum(term.value for term in found.prediction.terms[:4]))
    assert found.prediction.base is not None
    assert found.prediction.base + sum(share.value for share in found.own) == pytest.approx(
        found.prediction.estimate
    )
    votes = fitted("item_knn", toy_dataset)
    asked = Asked.of(votes, toy_dataset, votes.fold_in([1, 2], [4.0, 1.0]))
    cold = why(asked, Recipe(), hybrid(asked, Recipe()), 4)
    assert "predicted by the films of its genres" in str(cold.no_split)
    assert not cold.own


def test_what_a_signal_does_not_know_is_shown_as_unknown(toy_dataset: Dataset) -> None:
    model = fitted("als", toy_dataset)
    asked = Asked.of(model, toy_dataset, 0)
    recipe = Recipe(HybridWeights(release=1, rating=1))
    parts = {part.signal: part for part in why(asked, recipe, hybrid(asked, recipe), 2).parts}
    assert math.isnan(parts["release"].raw)
    values = signals_of(asked).values[NAMES.index("release")]
    assert parts["release"].value == pytest.approx(np.mean(values[[0, 1, 3, 4]]))


def test_less_like_this_stands_among_the_shares_as_what_it_is(me: Asked) -> None:
    cooler = less_like(me, [150])
    shown = hybrid(cooler, Recipe())
    found = why(cooler, Recipe(), shown, int(shown.items[0]))
    imagined = [share for share in found.own if share.imagined]
    assert [(share.item, share.rating) for share in imagined] == [(150, 0.5)]
    assert len(found.own) == len(ITEMS) + 1


def test_a_film_that_is_not_in_the_list_has_no_why(me: Asked) -> None:
    with pytest.raises(DataError, match="Item 3 is not in this list of 10"):
        why(me, Recipe(), hybrid(me, Recipe()), 3)
