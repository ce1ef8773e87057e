"""Item space, without a browser: what it lists, what it says, and what a click does."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import recsys_core as rc
from ui import page
from ui.space.choose import AVERAGE, FACTOR, RATINGS, YEAR, able
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


def test_a_table_without_years_offers_none() -> None:
    app = opened("lectures-albums")
    assert YEAR not in app.selectbox(key="space-shade-lectures-albums").options
    assert "5 albums" in shown(app)
