"""Item space, without a browser: what it lists, what it says, and what a click does."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import recsys_core as rc
from recsys_core.space import Neighbours, analogy, blend_vector, similar_people, similar_to_blend
from tests.pages import screens
from tests.pages.screens import shown
from ui.charts import Chart
from ui.charts.map import Focus, Shade
from ui.space import blending, honesty, lists, mixing, picking, screen
from ui.space.choose import AVERAGE, FACTOR, RATINGS, YEAR, View, able
from ui.space.found import Space, space
from ui.space.screen import TITLES

HERE = "pages/50_space.py"
SAMPLE = rc.load("sample")


opened = partial(screens.opened, HERE)


def asked_about(app: AppTest) -> int:
    """The item whose neighbours are listed."""
    return int(app.session_state["space-film-sample"])


def listed(app: AppTest) -> list[str]:
    """Titles of the model's neighbours, without their rank."""
    return [
        str(button.label).replace("\\", "").split(maxsplit=1)[1]
        for button in app.button
        if str(button.key).startswith("space-near-")
    ]


def test_the_list_is_that_of_the_library_with_score_and_support() -> None:
    app = opened()
    model = rc.algorithm("als").fit(SAMPLE.ratings)
    film = asked_about(app)
    support = int(app.number_input(key="space-support-sample").value)
    near = rc.similar_items(model, film, 10, "cosine", ratings=SAMPLE.ratings, support=support)
    assert listed(app) == [SAMPLE.catalogue.label(item) for item in near.items.tolist()]
    assert near.support is not None
    for score, both in zip(near.scores, near.support, strict=True):
        assert f"cosine {score:.3f} · {both:,} rated both" in shown(app)


def test_it_opens_on_the_film_most_people_rated() -> None:
    assert asked_about(opened()) == int(np.argmax(SAMPLE.ratings.by_item.counts))


def test_a_neighbour_pressed_is_the_film_shown() -> None:
    app = opened()
    first = listed(app)[0]
    app.button(key="space-near-0").click().run()
    assert not app.exception
    assert f"Nearest to {first}" in shown(app)
    assert first not in listed(app), "nothing is its own neighbour"


@pytest.mark.parametrize("metric", TITLES)
def test_every_metric_has_a_list(metric: str) -> None:
    app = opened()
    app.selectbox(key="space-metric").select(metric).run()
    assert not app.exception
    assert len(listed(app)) == 10


def test_more_support_asked_for_is_kept_to() -> None:
    app = opened()
    app.number_input(key="space-support-sample").set_value(1000).run()
    assert listed(app) == []
    assert "None that so many people rated both" in shown(app)


@pytest.mark.parametrize("name", [n for n in able(SAMPLE) if n in {"als", "svd", "puresvd", "wals"}])
def test_other_models_have_other_maps(name: str) -> None:
    app = opened()
    app.selectbox(key="space-model").select(name).run()
    assert not app.exception
    assert len(listed(app)) == 10


@pytest.mark.parametrize("shading", [YEAR, AVERAGE, RATINGS, FACTOR])
def test_colours_can_say_something_else(shading: str) -> None:
    app = opened()
    app.selectbox(key="space-shade-sample").select(shading).run()
    assert not app.exception
    assert "to do with the place" in shown(app)


def test_the_lists_beside_it_say_what_they_share_with_the_models() -> None:
    app = opened()
    model = set(listed(app))
    for name in ("rated", "content"):
        found = [b for b in app.button if str(b.key).startswith(f"space-{name}-")]
        titles = [str(b.label).replace("\\", "").split(maxsplit=1)[1] for b in found]
        assert len(titles) == 10
        assert f"{len(model & set(titles))} of 10 are on the model's list, too" in shown(app)
        marked = [title for b, title in zip(found, titles, strict=True) if "too" in b.help]
        assert set(marked) == model & set(titles), "they are marked by a tick, too"


def test_it_says_how_far_to_trust_the_map() -> None:
    model = rc.algorithm("als").fit(SAMPLE.ratings)
    drawn = space(SAMPLE.fingerprint, "als", SAMPLE, model)
    view = View(model, "als", drawn, Shade("average rating", drawn.table["average"].to_numpy()))
    for row, item in enumerate(drawn.items[:3].tolist()):
        true = rc.similar_items(model, item, 10, "cosine").items
        apart = np.hypot(
            *(drawn.table[["x", "y"]] - drawn.table[["x", "y"]].iloc[drawn.row_of(item)]).T.to_numpy()
        )
        near = drawn.items[np.argsort(apart, kind="stable")[1:11]]
        share = len(set(true.tolist()) & set(near.tolist())) / 10
        assert honesty.kept(view, row, "cosine") == pytest.approx(share)
    assert "of this film's 10 true neighbours" in shown(opened())


def test_two_factors_lose_nothing_on_a_map() -> None:
    model = rc.algorithm("als", n_factors=2).fit(SAMPLE.ratings)
    drawn = space(SAMPLE.fingerprint, "als~2", SAMPLE, model)
    view = View(model, "als~2", drawn, Shade("average rating", drawn.table["average"].to_numpy()))
    trust = honesty.average(SAMPLE.fingerprint, "als~2", "euclidean", view)
    assert trust is not None
    assert trust.judged.share == pytest.approx(1.0, abs=0.01)


def test_your_ratings_put_you_on_the_map() -> None:
    ids = SAMPLE.catalogue.item_ids
    app = opened(ratings=f"{ids[0]}~5_{ids[1]}~1_{ids[2]}~4")
    charts = app.get("echarts_chart")
    assert "you" in str(charts[0].proto)
    assert "formatter" in str(charts[0].proto)


def test_the_lectures_distance_is_worked_out() -> None:
    app = opened("lectures-albums", closer="Half-steps")
    assert "= 2.016" in " ".join(element.value for element in app.latex)
    assert not opened("lectures-movies").latex


def test_a_click_on_a_mark_shows_it_also_when_it_takes_the_mark_away(monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, object] = {}
    monkeypatch.setattr(picking.st, "session_state", state)
    drawn = space(SAMPLE.fingerprint, "als", SAMPLE, rc.algorithm("als").fit(SAMPLE.ratings))
    for marked, shown_row in (([4], 4), ([9], 9), ([], 9), ([4], 4)):
        chosen = [{"series_index": 0, "data_indices": marked}] if marked else []
        picking.clicked({"selection": {"selected": chosen}}, SAMPLE, drawn)
        assert state["space-film-sample"] == drawn.items[shown_row]
        state["space-film-sample"] = -1


def test_what_is_seen_stays_while_neighbours_change_and_moves_to_what_is_searched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(screen.st, "session_state", {})
    model = rc.algorithm("als").fit(SAMPLE.ratings)
    drawn = space(SAMPLE.fingerprint, "als", SAMPLE, model)
    view = View(model, "als", drawn, Shade("average rating", drawn.table["average"].to_numpy()))
    places = drawn.table[["x", "y"]].to_numpy()
    apart = np.abs(places - places[0]).max(axis=1).argsort(kind="stable")
    near, far = int(apart[1]), int(apart[-1])
    first = screen._window(SAMPLE, view, Focus(0), 8)
    assert (first.x, first.y) == tuple(places[0])
    assert first.holds(*places[near]), "or this test tests nothing"
    assert screen._window(SAMPLE, view, Focus(near), 8) == first, "a click moves nothing"
    assert screen._window(SAMPLE, view, Focus(far), 8).holds(*places[far]), (
        "nothing asked about is out of sight"
    )
    screen._window(SAMPLE, view, Focus(0), 8)
    screen._centre()
    assert (screen._window(SAMPLE, view, Focus(near), 8).x) == places[near][0], "a search does"


def test_a_table_without_years_offers_none() -> None:
    app = opened("lectures-albums")
    assert YEAR not in app.selectbox(key="space-shade-lectures-albums").options
    assert "5 albums" in shown(app)


# ---------------------------------------------------------------- acting on the map


FIRST = int(np.argmax(SAMPLE.ratings.by_item.counts))


def in_address(app: AppTest, name: str) -> str:
    said = app.query_params[name]
    return said if isinstance(said, str) else said[0]


def part(app: AppTest, name: str) -> AppTest:
    app.segmented_control(key="space-closer").set_value(name).run()
    assert not app.exception
    return app


def test_a_rating_given_here_is_the_same_as_on_for_you_and_moves_you() -> None:
    ids = SAMPLE.catalogue.item_ids
    app = opened(ratings=f"{ids[0]}~5_{ids[1]}~1")
    assert "where you were" not in shown(app)
    app.feedback(key=f"space-asked-{FIRST}").set_value(0).run()
    assert not app.exception
    assert in_address(app, "ratings") == f"{ids[0]}~5_{ids[1]}~1_{ids[FIRST]}~1"
    assert "The dotted line comes from where you were" in shown(app)
    app.button(key="space-unseen-asked").click().run()
    assert in_address(app, "ratings") == f"{ids[0]}~5_{ids[1]}~1_{ids[FIRST]}~n"


def test_a_link_opens_the_same_view() -> None:
    item = 7
    app = opened(film=SAMPLE.catalogue.item_ids[item], alike="euclidean", zoom="8")
    assert asked_about(app) == item
    assert app.selectbox(key="space-metric").value == "euclidean"
    assert app.segmented_control(key="space-zoom").value == "8"
    app.selectbox(key="space-metric").select("dot").run()
    app.button(key="space-near-0").click().run()
    now = asked_about(app)
    assert now != item
    said = [in_address(app, name) for name in ("film", "alike", "zoom")]
    assert said == [SAMPLE.catalogue.item_ids[now], "dot", "8"]


def test_a_link_carries_the_model_its_colours_and_the_way_the_map_is_made() -> None:
    asked = {"map": "svd~n_factors=7", "colour": FACTOR, "factor": "3", "by": "pca", "axes": "3", "both": "5"}
    app = opened(**asked, closer="What a factor means")
    assert app.selectbox(key="space-model").value == "svd"
    assert app.selectbox(key="space-shade-sample").value == FACTOR
    assert app.number_input(key="space-factor-7").value == 3, "the model has the seven factors asked for"
    assert app.segmented_control(key="space-depth").value == 3
    assert app.number_input(key="space-support-sample").value == 5
    assert app.segmented_control(key="space-closer").value == "What a factor means"
    app.selectbox(key="space-model").select("als").run()
    app.segmented_control(key="space-depth").set_value(2).run()
    assert [in_address(app, name) for name in ("map", "axes", "factor")] == ["als", "2", "1"]


def test_junk_in_the_address_is_refused_in_words() -> None:
    junk = {"map": "svd~n_factors=1e9", "colour": "$x$", "by": "**", "axes": "7", "both": "-1"}
    app = opened(film="![](http://x)", alike="<b>", zoom="1e9", closer="`", **junk)
    words = " ".join(str(warning.value) for warning in app.warning).replace("\\", "")
    for what in (
        *("film", "meaning of alike", "zoom", "map of the model", "colour", "way of making a map"),
        *("number of axes", "number of people", "closer look"),
    ):
        assert f"asks for the {what} “" in words
    assert asked_about(app) == FIRST
    app.run()
    assert not app.warning, "said once"


def test_a_search_on_the_whole_map_zooms_to_what_was_searched() -> None:
    app = opened()
    app.selectbox(key="space-search-sample").select(7).run()
    assert asked_about(app) == 7
    assert app.selectbox(key="space-search-sample").value is None, "ready for the next search"
    assert app.segmented_control(key="space-zoom").value == "2"
    app.segmented_control(key="space-zoom").set_value("1").run()
    app.button(key="space-near-0").click().run()
    assert app.segmented_control(key="space-zoom").value == "1", "a neighbour pressed moves nothing"


def test_a_box_chooses_what_lies_in_it_and_a_lasso_too(monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, object] = {}
    monkeypatch.setattr(picking.st, "session_state", state)
    drawn = space(SAMPLE.fingerprint, "als", SAMPLE, rc.algorithm("als").fit(SAMPLE.ratings))
    places = drawn.table[["x", "y"]].to_numpy()
    x, y = np.median(places, axis=0)
    low = places.min() - 1
    want = {int(i) for i in drawn.items[(places[:, 0] <= x) & (places[:, 1] <= y)]}
    assert 0 < len(want) < len(drawn.items)
    corners = [[low, low], [x, low], [x, y], [low, y]]
    for kind, around in (("rect", [[low, x], [low, y]]), ("polygon", corners)):
        event = {
            "selection": {
                "selected": [{"series_index": 0, "data_indices": [3]}],
                "areas": [{"brush_index": 0, "brush_type": kind, "coord_range": around}],
            }
        }
        picking.clicked(event, SAMPLE, drawn)
        assert set(picking.chosen(SAMPLE, drawn)) - want <= _on_edge(drawn, x, y), kind
        assert want - set(picking.chosen(SAMPLE, drawn)) <= _on_edge(drawn, x, y), kind
        assert "space-film-sample" not in state, "drawing a box asks about nobody"
    assert picking.chart_key("map", SAMPLE, drawn) == "map-sample-2", "the box takes its leave each time"
    picking.clicked({"selection": {"selected": [{"data_indices": [3]}], "areas": []}}, SAMPLE, drawn)
    assert state["space-film-sample"] == drawn.items[3], "a mark inside can be clicked"
    assert picking.chosen(SAMPLE, drawn), "and those chosen stay"
    picking.clear(SAMPLE)
    assert picking.chosen(SAMPLE, drawn) == []


def _on_edge(drawn: Space, x: float, y: float) -> set[int]:
    """What lies on the border of a lasso may be told either way."""
    places = drawn.table[["x", "y"]].to_numpy()
    return {int(i) for i in drawn.items[(places[:, 0] == x) | (places[:, 1] == y)]}


def test_what_is_chosen_can_be_acted_on_by_keyboard_alone() -> None:
    app = opened(zoom="4")
    app.button(key="space-choose-seen").click().run()
    assert not app.exception
    one = app.selectbox(key="space-one")
    n = len(one.options)
    assert n > 1
    assert f"{n} films chosen on the map" in shown(app)
    second = [SAMPLE.catalogue.label(item) for item in range(len(SAMPLE.catalogue))].index(one.options[1])
    one.select(second).run()
    app.feedback(key=f"space-one-{second}").set_value(4).run()
    assert in_address(app, "ratings") == f"{SAMPLE.catalogue.item_ids[second]}~5"
    app.button(key="space-ask").click().run()
    assert f"Nearest to {one.options[1]}" in shown(app)
    app.button(key="space-clear").click().run()
    assert "chosen on the map" not in shown(app)


# ---------------------------------------------------------------- blends, analogies, people


def test_a_blend_is_that_of_the_library_in_plain_words_and_on_the_map() -> None:
    app = opened()
    app.button(key="space-blend-asked").click().run()
    assert "Choose two or more films" in shown(app)
    app.button(key="space-near-0").click().run()
    app.button(key="space-blend-asked").click().run()
    assert not app.exception
    films = [int(film) for film in app.multiselect(key="space-mixed-films-sample").value]
    assert films[0] == FIRST
    support = int(app.number_input(key="space-support-sample").value)
    model = rc.algorithm("als").fit(SAMPLE.ratings)
    near = similar_to_blend(model, films, 10, "cosine", support=support, ratings=SAMPLE.ratings)
    found = [
        str(b.label).replace("\\", "").split(maxsplit=1)[1]
        for b in app.button
        if str(b.key).startswith("space-mixed-")
    ]
    assert found == [SAMPLE.catalogue.label(item) for item in near.items.tolist()]
    one, other = (f"“{SAMPLE.catalogue.label(film)}”" for film in films)
    assert f"Equal parts of {one} and {other}." in shown(app)
    assert "The square is the point “blend”" in shown(app)
    app.button(key="space-blend-asked").click().run()
    assert app.multiselect(key="space-mixed-films-sample").value == [FIRST], "pressed again, it is taken out"


def test_an_analogy_is_that_of_the_library() -> None:
    app = part(opened(), "Blend and analogy")
    app.segmented_control(key="space-mixing").set_value("Analogy").run()
    assert "Choose three different films" in shown(app)
    app.number_input(key="space-support-sample").set_value(0).run()
    for name, film in (("a", 3), ("b", 5), ("c", 8)):
        app.selectbox(key=f"space-mixed-{name}-sample").select(film).run()
    assert not app.exception
    a, b, c = (f"“{SAMPLE.catalogue.label(film)}”" for film in (3, 5, 8))
    assert f"What {b} has beyond {a}, found beside {c}." in shown(app)
    model = rc.algorithm("als").fit(SAMPLE.ratings)
    near = analogy(model, 5, 3, 8, 10, "cosine", ratings=SAMPLE.ratings)
    first = next(b for b in app.button if b.key == "space-mixed-0")
    assert str(first.label).replace("\\", "") == f"1 {SAMPLE.catalogue.label(int(near.items[0]))}"


def test_a_blend_drawn_by_cosine_lies_as_far_out_as_its_films() -> None:
    model = rc.algorithm("als").fit(SAMPLE.ratings)
    drawn = space(SAMPLE.fingerprint, "als", SAMPLE, model)
    view = View(model, "als", drawn, Shade("average rating", drawn.table["average"].to_numpy()))
    alone = mixing.Recipe((FIRST, FIRST), (0.5, 0.5))
    for metric in TITLES:
        point = blend_vector(model, alone.films, np.array(alone.weights), metric)
        assert point is not None
        at = mixing._at_length(view, alone, point, metric)
        np.testing.assert_allclose(at, model.item_factors_[FIRST], atol=1e-5, err_msg=metric)


def test_it_says_so_when_nothing_is_near() -> None:
    def near(score: float, metric: str) -> Neighbours:
        return Neighbours(np.array([1], dtype=np.int32), np.array([score]), None, metric)

    assert blending._doubt(near(0.3, "cosine"), [0.9, 0.5], "cosine") is not None
    assert blending._doubt(near(0.6, "cosine"), [0.9, 0.5], "cosine") is None
    assert blending._doubt(near(2.0, "euclidean"), [1.0, 0.5], "euclidean") is not None
    assert blending._doubt(near(0.7, "euclidean"), [1.0, 0.5], "euclidean") is None


def test_people_like_you_are_those_of_the_library_and_have_no_names() -> None:
    ids = SAMPLE.catalogue.item_ids
    app = part(opened(), "People like you")
    assert "then you have a place among these people" in shown(app)
    app = part(opened(ratings=f"{ids[0]}~5_{ids[1]}~1_{ids[2]}~4"), "People like you")
    model = rc.algorithm("als").fit(SAMPLE.ratings)
    you = model.fold_in(np.array([0, 1, 2]), np.array([5.0, 1.0, 4.0]))
    near = similar_people(model, you, 5, "cosine")
    words = shown(app)
    for person, score in zip(near.items.tolist(), near.scores, strict=True):
        assert f"person {person + 1}" in words
        assert f"cosine {score:.3f}" in words
    rated, values = SAMPLE.ratings.by_user.row(int(near.items[0]))
    new = ~np.isin(rated, [0, 1, 2])
    best = SAMPLE.catalogue.label(int(rated[new][np.lexsort((rated[new], -values[new]))[0]]))
    assert f"**person {near.items[0] + 1}** · {best}: {values[new].max():g}" in words


def test_every_list_is_also_a_table_and_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [str(popover.proto.id) for popover in opened().get("popover")]
    for name in ("near", "rated", "content"):
        assert any(f"neighbours-{name}-numbers" in key for key in keys), name
    shown_as: list[Chart] = []
    monkeypatch.setattr(lists.page, "numbers", shown_as.append)
    near = rc.similar_items(rc.algorithm("als").fit(SAMPLE.ratings), FIRST, 4, ratings=SAMPLE.ratings)
    lists.numbers(SAMPLE, near, "Nearest", "near")
    table = shown_as[0].table
    assert list(table) == ["rank", "title", "cosine", "rated both"]
    assert table["title"].tolist() == [SAMPLE.catalogue.label(item) for item in near.items.tolist()]
    assert near.support is not None
    assert table["rated both"].tolist() == near.support.tolist()


def test_another_data_set_is_asked_about_without_complaint() -> None:
    app = opened(film=SAMPLE.catalogue.item_ids[7])
    app.selectbox(key="dataset_picker").select("lectures-movies").run()
    assert not app.exception
    assert not app.warning
    movies = rc.load("lectures-movies").catalogue
    assert in_address(app, "film") in movies.item_ids
