"""The hybrid screen without a browser: what the dials do, what it says, and what cannot break it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

import recsys_core as rc
from recsys_core.personas import personas, resolve
from recsys_core.profile import OwnRatings
from recsys_core.ranking import Asked, Filters, HybridWeights, Recipe, hybrid
from recsys_core.ranking.presets import PRESETS, from_text, to_text
from ui import page, tiles
from ui.hybrid import recipe_state

HERE = "pages/60_hybrid.py"
SAMPLE = rc.load("sample")
FOUND = resolve(next(p for p in personas() if p.name == "science_fiction"), SAMPLE)
OWN = OwnRatings(tuple(zip(FOUND.items.tolist(), FOUND.values.tolist(), strict=True)))
MINE = OWN.to_text(SAMPLE.catalogue)


def opened(data: str = "sample", **query: str) -> AppTest:
    """The screen, opened by a link."""
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
    """What the tiles say they show, in their order."""
    return [str(image.proto.imgs[0].alt) for image in app.get("image")]


def recipe_of(app: AppTest) -> Recipe:
    """What the address says."""
    text = app.query_params["recipe"]
    recipe, remarks = from_text(text[0] if isinstance(text, list) else text, SAMPLE)
    assert not remarks
    return recipe


def labels(recipe: Recipe, own: OwnRatings = OWN) -> list[str]:
    """What the tiles of the library's list would say."""
    model = rc.algorithm("als").fit(SAMPLE.ratings)
    asked = Asked.of(model, SAMPLE, model.fold_in(own.items, own.values), own=own)
    films, catalogue = hybrid(asked, recipe).items.tolist(), SAMPLE.catalogue
    return [", ".join((catalogue.label(film), *tiles.genres_of(catalogue, film))) for film in films]


def test_the_list_is_that_of_the_library() -> None:
    app = opened(ratings=MINE)
    assert recipe_of(app) == Recipe(recipe_state.OPENING, filters=Filters(min_ratings=21))
    assert listed(app) == labels(recipe_of(app))
    assert "Personal, folded in from 9 ratings" in shown(app)


def test_a_slider_re_ranks_and_is_in_the_address() -> None:
    app = opened(ratings=MINE)
    app.slider(key="hybrid-w-recency").set_value(0.9).run()
    assert not app.exception
    recipe = recipe_of(app)
    assert recipe.weights.weights["recency"] == 0.9
    assert listed(app) == labels(recipe)


def test_a_link_brings_its_recipe() -> None:
    recipe = replace(
        Recipe(HybridWeights(rating=0.5, novelty=1.0)),
        filters=Filters(("Comedy",), (1980, 1999), 5), normalisation="rank", n=7,
    )  # fmt: skip
    app = opened(ratings=MINE, recipe=to_text(recipe, SAMPLE))
    assert recipe_of(app) == recipe
    assert listed(app) == labels(recipe)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_set_and_marked(name: str) -> None:
    app = opened(ratings=MINE)
    app.button_group(key="hybrid-preset").set_value(name).run()
    assert not app.exception
    assert recipe_of(app).weights == PRESETS[name].recipe.weights
    assert PRESETS[name].help in shown(app)
