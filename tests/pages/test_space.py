"""Item space, without a browser: what it lists, what it says, and what a click does."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import recsys_core as rc
from ui import page
from ui.charts.map import Focus, Shade
from ui.space import honesty, picking, screen
from ui.space.choose import AVERAGE, FACTOR, RATINGS, YEAR, View, able
from ui.space.found import space
from ui.space.screen import TITLES

HERE = "pages/50_space.py"
SAMPLE = rc.load("sample")


def opened(data: str = "sample", **query: str) -> AppTest:
    app = AppTest.from_file(str(page.ROOT / "app.py"), default_timeout=120)
    app.query_params["data"] = data
    for name, value in query.items():
        app.query_params[name] = value
    app.run().switch_page(HERE).run()
    assert not app.exception
    return app


def shown(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error, *app.subheader]
    return " ".join(str(element.value) for element in parts).replace("\\", "")


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
    film = int(app.selectbox(key="space-film-sample").value)
    support = int(app.number_input(key="space-support-sample").value)
    near = rc.similar_items(model, film, 10, "cosine", ratings=SAMPLE.ratings, support=support)
    assert listed(app) == [SAMPLE.catalogue.label(item) for item in near.items.tolist()]
    assert near.support is not None
    for score, both in zip(near.scores, near.support, strict=True):
        assert f"cosine {score:.3f} · {both:,} rated both" in shown(app)


def test_it_opens_on_the_film_most_people_rated() -> None:
    assert int(opened().selectbox(key="space-film-sample").value) == int(
        np.argmax(SAMPLE.ratings.by_item.counts)
    )


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
    shares = honesty.kept(view, drawn.items[:3], "cosine")
    for item, share in zip(drawn.items[:3].tolist(), shares, strict=True):
        true = rc.similar_items(model, item, 10, "cosine").items
        apart = np.hypot(
            *(drawn.table[["x", "y"]] - drawn.table[["x", "y"]].iloc[drawn.row_of(item)]).T.to_numpy()
        )
        near = drawn.items[np.argsort(apart, kind="stable")[1:11]]
        assert share == pytest.approx(len(set(true.tolist()) & set(near.tolist())) / 10)
    assert "of this film's 10 true neighbours" in shown(opened())


def test_two_factors_lose_nothing_on_a_map() -> None:
    model = rc.algorithm("als", n_factors=2).fit(SAMPLE.ratings)
    drawn = space(SAMPLE.fingerprint, "als~2", SAMPLE, model)
    view = View(model, "als~2", drawn, Shade("average rating", drawn.table["average"].to_numpy()))
    assert honesty.average(SAMPLE.fingerprint, "als~2", "euclidean", view)[0] == pytest.approx(1.0, abs=0.01)


def test_your_ratings_put_you_on_the_map() -> None:
    ids = SAMPLE.catalogue.item_ids
    app = opened(ratings=f"{ids[0]}~5_{ids[1]}~1_{ids[2]}~4")
    charts = app.get("echarts_chart")
    assert "you" in str(charts[0].proto)
    assert "formatter" in str(charts[0].proto)


def test_the_lectures_distance_is_worked_out() -> None:
    app = opened("lectures-albums")
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
