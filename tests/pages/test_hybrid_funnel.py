"""The funnel on the hybrid screen: the library's counts for this visitor, and the list made as it says."""

from __future__ import annotations

import time

import pytest
from streamlit.testing.v1 import AppTest

import recsys_core as rc
from recsys_core.ranking import Asked, Filters, HybridWeights, Recipe, hybrid
from recsys_core.ranking.presets import to_text
from ui import page
from ui.hybrid.funnel import NAME

HERE = "pages/60_hybrid.py"
SAMPLE = rc.load("sample")
OWN = {3: 5.0, 8: 1.0, 20: 4.0, 40: 4.5, 71: 5.0}


def opened(ratings: str = "", recipe: str = "rating~1_popularity~0.5") -> AppTest:
    app = AppTest.from_file(str(page.ROOT / "app.py"), default_timeout=120)
    app.query_params["data"], app.query_params["recipe"] = "sample", recipe
    if ratings:
        app.query_params["ratings"] = ratings
    app.run().switch_page(HERE).run()
    app.session_state["hybrid-closer"] = NAME
    app.run()
    for _ in range(100):
        if not any("does not wait" in each.value for each in app.caption):
            break
        time.sleep(0.1)
        app.run()
    assert not app.exception
    return app


@pytest.fixture(scope="module")
def ratings() -> str:
    return "_".join(f"{SAMPLE.catalogue.item_ids[item]}~{value:g}" for item, value in OWN.items())


def said(app: AppTest) -> str:
    return " ".join(str(each.value) for each in (*app.markdown, *app.caption, *app.info)).replace("\\", "")


def films(app: AppTest) -> list[str]:
    return next(t.value["film"].tolist() for t in app.dataframe if "brought because it is" in t.value)


def test_the_funnel_on_screen_is_that_of_the_library_and_can_be_applied(ratings: str) -> None:
    app = opened(ratings)
    least = int(app.session_state["hybrid-min_ratings-sample"])
    weights = HybridWeights(rating=1.0, popularity=0.5)
    model = rc.algorithm("als").fit(SAMPLE.ratings, SAMPLE.side)
    asked = Asked.of(model, SAMPLE, model.fold_in(list(OWN), list(OWN.values())))

    def labels(limit: int) -> list[str]:
        recipe = Recipe(weights, filters=Filters(min_ratings=least), retrieve=limit)
        return [SAMPLE.catalogue.label(int(item)) for item in hybrid(asked, recipe).items]

    assert [one[:20] for one in films(app)] == [one[:20] for one in labels(100)]
    assert "100 different candidates" in said(app)
    assert "of your own 10 stay" in said(app)
    app.session_state["hybrid-funnel-limit"] = 50
    app.run()
    assert [one[:20] for one in films(app)] == [one[:20] for one in labels(50)]
    app.button(key="hybrid-funnel-apply").click().run()
    assert app.session_state["hybrid-retrieve"] == 50
    assert app.button(key="hybrid-funnel-apply").label == "Rank everything again"
    app.button(key="hybrid-funnel-apply").click().run()
    assert app.session_state["hybrid-retrieve"] == 0
    assert not app.exception


def test_who_rated_nothing_sees_which_sources_have_nothing_to_bring_and_why() -> None:
    app = opened()
    assert "Similar to what you liked last: you have rated nothing yet." in said(app)
    assert "100 different candidates" in said(app)


def test_a_number_of_candidates_from_the_address_is_offered_as_well(ratings: str) -> None:
    app = opened(ratings, to_text(Recipe(retrieve=70, seen="seen", n=3), SAMPLE))
    assert app.session_state["hybrid-funnel-limit"] == 70
    assert app.button(key="hybrid-funnel-apply").label == "Rank everything again"
    assert {one.split(" (")[0] for one in films(app)} <= {
        SAMPLE.catalogue.label(item)[:36].split(" (")[0] for item in OWN
    }
