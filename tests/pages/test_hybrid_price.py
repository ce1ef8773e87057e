"""The price on the hybrid screen: the library's numbers, in words, and never in the way of the list."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import recsys_core as rc
from recsys_core.errors import JobRefusedError
from recsys_core.evaluation.panel import Panel, best, curve, price
from recsys_core.ranking import Filters, HybridWeights, Recipe
from recsys_core.ranking.learned import FEWEST
from ui import page
from ui.charts.price import along, learned
from ui.hybrid import panels, recipe_state
from ui.hybrid.price import moved, name_of, verdict

HERE = "pages/60_hybrid.py"
SAMPLE = rc.load("sample")
WEIGHTS = HybridWeights(rating=1.0, popularity=0.5)


@pytest.fixture(scope="module")
def panel() -> Panel:
    return Panel.make("als", {}, SAMPLE)


@pytest.fixture
def app(panel: Panel) -> AppTest:
    """The screen with a recipe of its own, once its panel is there."""
    app = AppTest.from_file(str(page.ROOT / "app.py"), default_timeout=120)
    app.query_params["data"], app.query_params["recipe"] = "sample", "rating~1_popularity~0.5"
    app.run().switch_page(HERE).run()
    for _ in range(100):
        if not any("does not wait" in each.value for each in app.caption):
            break
        time.sleep(0.1)
        app.run()
    assert not app.exception
    return app


def shown(app: AppTest) -> str:
    return " ".join(str(each.value) for each in (*app.markdown, *app.caption, *app.info, *app.error)).replace(
        "\\", ""
    )


def tables(app: AppTest) -> list[str]:
    return [each.value for each in app.markdown if each.value.startswith("| | Now")]


def closer(app: AppTest, name: str) -> AppTest:
    app.session_state["hybrid-closer"] = name
    return app.run()


def test_the_price_on_screen_is_that_of_the_library(app: AppTest, panel: Panel) -> None:
    filters = Filters(min_ratings=int(app.session_state["hybrid-min_ratings-sample"]))
    expected = price(panel, Recipe(WEIGHTS, filters=filters))
    said = "\n".join(tables(app))
    for change in expected.changes:
        row = next(line for line in said.splitlines() if line.startswith(f"| {name_of(change.metric)} |"))
        assert moved(change) in row
        assert verdict(change) in row
    assert f"{expected.n_people} people, lists of 10" in shown(app)


def opened(model: str) -> AppTest:
    """The screen with a model of its own, as it is at once."""
    app = AppTest.from_file(str(page.ROOT / "app.py"), default_timeout=120)
    app.query_params["data"], app.query_params["model"] = "sample", model
    return app.run().switch_page(HERE).run()


def test_the_list_does_not_wait_for_the_price(monkeypatch: pytest.MonkeyPatch, panel: Panel) -> None:
    there = threading.Event()

    def slowly(*given: object) -> Panel:
        there.wait(30)
        return panel

    monkeypatch.setattr(panels, "_make", slowly)
    app = opened("als~n_factors=7")
    assert app.get("image")
    assert "The list does not wait for it" in shown(app)
    assert not tables(app)
    there.set()
    for _ in range(100):
        if tables(app.run()):
            break
        time.sleep(0.05)
    assert tables(app)


def test_a_panel_that_cannot_be_made_says_why_and_leaves_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*given: object) -> Panel:
        raise JobRefusedError("This would take about an hour.")

    monkeypatch.setattr(panels, "_make", refused)
    app = opened("als~n_factors=9")
    for _ in range(100):
        if "about an hour" in shown(app):
            break
        time.sleep(0.05)
        app.run()
    assert "about an hour" in shown(app)
    assert app.get("image")
    assert not app.exception


def test_a_long_training_is_a_job_and_ends_in_the_same_price(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panels, "_is_long", lambda data, model: True)
    app = opened("als~n_epochs=3")
    for _ in range(300):
        if tables(app):
            break
        time.sleep(0.05)
        app.run()
    assert not app.exception
    recipe = recipe_state.opening(SAMPLE)
    here = price(Panel.make("als", {"n_epochs": 3}, SAMPLE), recipe)
    assert moved(here.of("ndcg")) in tables(app)[0]


@pytest.mark.parametrize("data", ["lectures-movies", "lectures-albums"])
def test_a_table_too_small_to_try_weights_on_says_so_in_every_part(data: str) -> None:
    app = AppTest.from_file(str(page.ROOT / "app.py"), default_timeout=120)
    app.query_params["data"] = data
    app.run().switch_page(HERE).run()
    for _ in range(100):
        if "Nobody here has" in shown(app):
            break
        time.sleep(0.05)
        app.run()
    for part in ("Along one dial", "Best for NDCG", "A or B"):
        closer(app, part)
        assert not app.exception
        assert not app.error
        assert "Nobody here has" in shown(app)


def test_panels_in_use_are_not_thrown_out_for_another(monkeypatch: pytest.MonkeyPatch, panel: Panel) -> None:
    monkeypatch.setattr(panels, "ROOM", panel.nbytes)
    monkeypatch.setattr(panels, "ROOM_FOR_ALL", 4 * panel.nbytes)
    every = panels._Panels()
    first = [every.get((name, "min_max"), lambda making: panel) for name in "abcd"]
    assert all(making.panel is panel for making in first)
    with pytest.raises(JobRefusedError, match="has its turn"):
        _ = every.get(("e", "min_max"), lambda making: panel).panel
    assert every.get(("a", "min_max"), lambda making: panel) is first[0]
    first[1].asked -= 2 * panels.IDLE  # nobody looked at it for long
    assert every.get(("e", "min_max"), lambda making: panel).panel is panel
    assert every.get(("a", "min_max"), lambda making: panel) is first[0]
    every.close()


def test_moving_a_dial_moves_the_price(app: AppTest) -> None:
    before = tables(app)
    app.slider(key="hybrid-w-popularity").set_value(0.0).run()
    assert tables(app) != before
    assert "no change" in tables(app)[0]  # the rating alone is the plain order


def test_filters_that_leave_hardly_anything_still_have_a_price(app: AppTest) -> None:
    app.session_state["hybrid-genres-sample"] = ["Western"]
    app.session_state["hybrid-min_ratings-sample"] = 60
    app.run()
    assert not app.exception
    assert tables(app) or "is left" in " ".join(each.value for each in app.info)


def test_one_dial_is_turned_from_end_to_end(app: AppTest) -> None:
    closer(app, "Along one dial")
    assert not app.exception
    assert any("What does “Popular” do to NDCG@10?" in each.value for each in app.subheader)


def test_the_best_weights_are_looked_for_when_asked_and_set_when_wanted(app: AppTest, panel: Panel) -> None:
    closer(app, "Best for NDCG")
    app.button(key="hybrid-best-go").click().run()
    filters = Filters(min_ratings=int(app.session_state["hybrid-min_ratings-sample"]))
    found = best(panel, Recipe(filters=filters))
    assert f"{found.n_tried} weights were tried on {found.n_validation} people" in shown(app)
    app.button(key="hybrid-best-use").click().run()
    assert not app.exception
    most = max(weight for _, weight in found.weights.pairs)
    for name, weight in found.weights.pairs:
        if f"hybrid-w-{name}" in app.session_state:
            assert app.session_state[f"hybrid-w-{name}"] == pytest.approx(weight / most)


def test_choices_set_nothing_before_one_says_so(app: AppTest) -> None:
    closer(app, "A or B")
    before = app.session_state["hybrid-w-rating"], app.session_state["hybrid-w-popularity"]
    assert "Nothing is known yet" in shown(app)
    for _ in range(FEWEST):
        app.button(key="hybrid-pairs-A").click().run()
    assert not app.exception
    assert f"of {FEWEST} choices" in shown(app)
    assert (app.session_state["hybrid-w-rating"], app.session_state["hybrid-w-popularity"]) == before
    app.button(key="hybrid-pairs-use").click().run()
    assert not app.exception
    app.button(key="hybrid-pairs-forget").click().run()
    assert "Nothing is known yet" in shown(app)


def test_a_paid_film_carries_its_mark_in_a_pair_too(app: AppTest) -> None:
    closer(app, "A or B")
    genre = "Drama"
    app.session_state["hybrid-pays-sample"] = "A genre"
    app.session_state["hybrid-paid-genre-sample"] = genre
    app.run()
    dramas = SAMPLE.catalogue.genres[:, SAMPLE.catalogue.genre_names.index(genre)]
    marked = 0
    for _ in range(6):
        for letter in "AB":
            label = app.button(key=f"hybrid-pairs-{letter}").label.replace("\\", "")
            title = label.removeprefix(f"{letter}: ").removeprefix("Paid · ")
            paid = any(dramas[i] for i in range(len(dramas)) if SAMPLE.catalogue.label(i) == title)
            assert ("Paid · " in label) == paid
            marked += paid
        app.button(key="hybrid-pairs-A").click().run()
    assert marked


# ---------------------------------------------------------------- charts and words


def test_the_chart_along_a_dial_says_what_its_table_says(panel: Panel) -> None:
    table = curve(panel, HybridWeights(rating=1), "popularity", (0.0, 0.5, 1.0)).table
    one = table[table["metric"] == "ndcg"]
    chart = along(one, "NDCG@10", "Popular", 0.5)
    assert f"{one['value'].iloc[-1]:.4f}" in chart.alt
    assert chart.table["change"].tolist() == one["change"].tolist()
    flat = along(one.assign(verdict="too small to tell"), "NDCG@10", "Popular", 0.5)
    assert "Nowhere can it be told" in flat.alt
    unsure = along(one.assign(low=float("nan"), high=float("nan")), "NDCG@10", "Popular", 0.5)
    assert "too few people" in unsure.alt


def test_the_chart_of_what_was_learned_names_what_moves_most() -> None:
    chart = learned(["Rating", "Fame"], np.array([0.2, 0.8]), np.array([0.1, 0.1]), np.array([1.0, 0.0]))
    assert "“Fame” (80%)" in chart.alt


def test_words_of_a_change(panel: Panel) -> None:
    found = price(panel, WEIGHTS)
    novelty = found.of("novelty")
    assert verdict(novelty) == ":red[worse]"
    noise = replace(novelty, difference=replace(novelty.difference, p_adjusted=0.2))
    assert verdict(noise) == "noise"
    unknown = replace(novelty, difference=replace(novelty.difference, p_adjusted=float("nan")))
    assert verdict(unknown) == "too few people"
    assert verdict(price(panel, HybridWeights()).of("ndcg")) == "no change"
