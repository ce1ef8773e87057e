"""Why this? on both screens that recommend: the shares, what was paid for, what if, and less of a kind."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

import recsys_core as rc
from recsys_core.ranking import Asked, HybridWeights, Recipe, changed, hybrid, less_like, without
from recsys_core.ranking.counterfactual import holding
from recsys_core.ranking.presets import to_text
from tests.pages.screens import opened, shown
from ui.charts.why import shift
from ui.hybrid.sponsor import PAYER
from ui.what_if import NOT_AT_ALL

SAMPLE = rc.load("sample")
FOR_YOU, HYBRID = "pages/15_for_you.py", "pages/60_hybrid.py"
MINE, ITEMS, VALUES = "339~4.5_12~1_100~5_200~3.5", [338, 11, 99, 199], [4.5, 1.0, 5.0, 3.5]
BLEND = Recipe(HybridWeights(rating=1, similarity=0.5))


def on_hybrid(recipe: Recipe = BLEND, ratings: str = MINE, **query: str) -> AppTest:
    """The drawer of the first film is open."""
    return asked(opened(HYBRID, ratings=ratings, recipe=to_text(recipe, SAMPLE), **query))


def asked(app: AppTest, place: int = 1) -> AppTest:
    """Open the drawer of the film at that place, after whatever was set in it before: here, unlike in a
    browser, every run closes it."""
    app.button(key=f"hybrid-why-{listed(app)[place - 1]}").click().run()
    assert not app.exception
    return app


def ratings_of(app: AppTest) -> str:
    """As the address has them."""
    value = app.query_params["ratings"]
    return str(value[0] if isinstance(value, list) else value)


def me() -> Asked:
    model = rc.algorithm("als").fit(SAMPLE.ratings)
    return Asked.of(model, SAMPLE, model.fold_in(ITEMS, VALUES))


def listed(app: AppTest) -> list[int]:
    keys = [re.fullmatch(r"(?:hybrid-)?why-(\d+)", button.key or "") for button in app.button]
    return [int(key[1]) for key in keys if key]


# ---------------------------------------------------------------- the hybrid screen


def test_the_film_whose_why_was_clicked_is_taken_apart() -> None:
    app = opened(HYBRID, ratings=MINE, recipe=to_text(BLEND, SAMPLE))
    third = listed(app)[2]
    assert "What is its score made of?" not in shown(app)
    asked(app, place=3)
    assert app.selectbox(key="why-film").value == third
    text = shown(app)
    assert "What is its score made of?" in text
    assert "Which of your ratings brought it here?" in text
    assert "Which of the films you liked is it like?" in text
    assert f"{SAMPLE.catalogue.label(third)} has a score of" in text


def test_who_paid_who_retrieved_and_the_place_without_payment_are_said() -> None:
    paid = Recipe(HybridWeights(rating=1, sponsored=3), retrieve=100)
    app = on_hybrid(paid, sponsor="genre~Comedy")
    text = shown(app)
    assert f"Paid by {PAYER}." in text
    assert re.search(r"It stands at place 1; had nobody paid, at \d+\.", text)
    assert "Retrieved by" in text
    first = SAMPLE.catalogue.label(listed(app)[0])
    named = re.findall(f"(.{{0,7}}){re.escape(first)}", text)
    assert f"Paid · {first} is predicted" in text
    assert all(before.endswith("Paid · ") for before in named), "never without its mark"


def test_what_if_shows_the_list_without_a_rating_and_keeps_them_all() -> None:
    app = on_hybrid()
    before = listed(app)
    app.selectbox(key="why-rated").select(99)
    asked(app)
    found = without(me(), BLEND, 99)
    left = ", ".join(SAMPLE.catalogue.label(move.item) for move in found.movement.left)
    assert f"Would leave: {left}." in shown(app)
    app.segmented_control(key="why-value").set_value(0.5)
    asked(app)
    now = shift(changed(me(), BLEND, 99, 0.5).movement, SAMPLE.catalogue.label, "with 0.5")
    assert now.alt in shown(app)
    assert listed(app) == before
    assert ratings_of(app) == MINE


def test_which_rating_holds_a_film_is_worked_out_when_asked() -> None:
    app = on_hybrid()
    item = listed(app)[0]
    assert "no other rating holds it more" not in shown(app)
    app.session_state["why-holding"] = True
    asked(app)
    first = holding(me(), BLEND, item)[0]
    label = SAMPLE.catalogue.label(first.item)
    assert f"Without your {first.rating:g} for {label} it would stand at place {first.place}" in shown(app)


def test_less_like_this_changes_the_list_until_it_is_taken_back() -> None:
    app = on_hybrid()
    before = listed(app)
    assert before == hybrid(me(), BLEND).items.tolist()
    app.button(key="less-like").click().run()
    assert not app.exception
    assert listed(app) == hybrid(less_like(me(), [before[0]]), BLEND).items.tolist()
    assert ratings_of(app) == MINE, "it is no rating"
    assert "your ratings (4) and what you want less like (1)" in shown(asked(app))
    app.button(key=f"more-like-{before[0]}").click().run()
    assert listed(app) == before


@pytest.mark.parametrize(
    ("model", "words"),
    [("popularity", "the same for everyone"), ("surprise_knn_basic", "no exact split into your ratings")],
)
def test_a_model_that_cannot_split_says_so_and_nothing_stands_in(model: str, words: str) -> None:
    app = on_hybrid(model=model)
    assert words in shown(app)
    assert "Which of your ratings brought it here?" not in shown(app)


def test_somebody_who_rated_nothing_is_told_what_to_do() -> None:
    app = on_hybrid(ratings="")
    assert "you have rated nothing yet" in shown(app)
    assert "Rate one film first." in shown(app)


# ---------------------------------------------------------------- For you


def test_less_like_this_holds_on_both_screens() -> None:
    app = opened(FOR_YOU, ratings=MINE)
    first, *others = listed(app)
    app.button(key="less-like").click().run()
    assert not app.exception
    assert first not in listed(app)
    assert listed(app) != others
    assert "Personal, folded in from 4 ratings" in shown(app)
    assert "your ratings (4) and what you want less like (1)" in shown(app)
    app.switch_page(HYBRID).run()
    assert not app.exception
    assert first not in listed(app)
    app.button(key=f"more-like-{first}").click().run()
    app.switch_page(FOR_YOU).run()
    assert listed(app) == [first, *others]


def test_a_rating_can_be_imagined_away_and_its_film_stays_seen() -> None:
    app = opened(FOR_YOU, ratings=MINE)
    before = listed(app)
    app.selectbox(key="if-item").select(99).run()
    app.segmented_control(key="if-value").set_value(NOT_AT_ALL).run()
    assert not app.exception
    assert listed(app) != before
    assert 99 not in listed(app)
    assert ratings_of(app) == MINE
    app.button(key="if-keep").click().run()
    assert ratings_of(app) == MINE.replace("_100~5", "")
