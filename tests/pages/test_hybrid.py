"""The hybrid screen without a browser: what the dials do, what it says, and what cannot break it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import recsys_core as rc
from recsys_core.personas import personas, resolve
from recsys_core.profile import OwnRatings
from recsys_core.ranking import Asked, Filters, HybridWeights, Recipe, Sponsor, hybrid
from recsys_core.ranking.presets import PRESETS, from_text, to_json, to_text
from tests.pages import screens
from tests.pages.screens import shown
from ui import tiles
from ui.hybrid import recipe_state
from ui.hybrid.sponsor import PAYER

HERE = "pages/60_hybrid.py"
SAMPLE = rc.load("sample")
FOUND = resolve(next(p for p in personas() if p.name == "science_fiction"), SAMPLE)
OWN = OwnRatings(tuple(zip(FOUND.items.tolist(), FOUND.values.tolist(), strict=True)))
MINE = OWN.to_text(SAMPLE.catalogue)


opened = partial(screens.opened, HERE)


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


# ---------------------------------------------------------------- what is remembered, and started again


def test_another_screen_and_back_keeps_the_recipe() -> None:
    app = opened(ratings=MINE)
    app.slider(key="hybrid-w-popularity").set_value(0.85).run()
    app.session_state["hybrid-more"] = True
    app.run()
    app.slider(key="hybrid-w-novelty").set_value(0.25).run()
    before = recipe_of(app), listed(app)
    app.session_state["hybrid-more"] = False
    app.switch_page("pages/20_data.py").run()
    app.query_params.clear()  # as links of the menu do
    app.switch_page(HERE).run()
    assert not app.exception
    assert (recipe_of(app), listed(app)) == before


def test_start_again_is_the_recipe_one_began_with() -> None:
    app = opened(ratings=MINE, recipe="popularity~1_variety~0.5_n~3", sponsor="genre~Drama")
    app.button(key="hybrid-again").click().run()
    assert recipe_of(app) == recipe_state.opening(SAMPLE)
    assert "Paid" not in shown(app)


def test_weights_above_the_sliders_end_keep_their_proportions() -> None:
    app = opened(ratings=MINE, recipe="rating~4_popularity~1")
    assert recipe_of(app).weights.shares == HybridWeights(rating=4, popularity=1).shares
    assert listed(app) == labels(Recipe(HybridWeights(rating=4, popularity=1)))


# ---------------------------------------------------------------- who pays is never hidden


def test_a_push_for_paid_films_finds_a_payer_and_says_what_would_have_been() -> None:
    app = opened(ratings=MINE)
    app.button_group(key="hybrid-preset").set_value("advertiser").run()
    assert not app.exception
    badges = [str(e.value) for e in app.markdown if str(e.value).startswith(f":orange-badge[Paid by {PAYER}")]
    (said,) = [str(e.value).replace("\\", "") for e in app.info if "pays for" in str(e.value)]
    assert f"pays for {len(badges)} of these 10" in said
    assert len(badges) == 10
    model = rc.algorithm("als").fit(SAMPLE.ratings)
    asked = Asked.of(model, SAMPLE, model.fold_in(OWN.items, OWN.values), own=OWN)
    plain = hybrid(asked, replace(recipe_of(app), weights=HybridWeights())).items.tolist()
    places = [said.index(SAMPLE.catalogue.label(film)) for film in plain]
    assert places == sorted(places), "the plain list, in its order"


def test_what_is_paid_for_is_marked_at_any_weight() -> None:
    film = hybrid_first()
    app = opened(ratings=MINE, recipe="rating~1", sponsor=f"films~{SAMPLE.catalogue.item_ids[film]}")
    assert "sponsored" not in recipe_of(app).weights.active
    assert shown(app).count(f"badge[Paid by {PAYER}]") == 1
    charts = [str(chart.proto.spec) for chart in app.get("echarts_chart")[:2]]
    assert all("Paid " in chart for chart in charts), "in the bars and in what moved, too"


def hybrid_first() -> int:
    model = rc.algorithm("als").fit(SAMPLE.ratings)
    asked = Asked.of(model, SAMPLE, model.fold_in(OWN.items, OWN.values), own=OWN)
    return int(hybrid(asked, Recipe()).items[0])


def test_who_pays_is_chosen_and_in_the_address() -> None:
    app = opened(ratings=MINE)
    app.session_state["hybrid-payer"] = True
    app.run()
    app.selectbox(key="hybrid-pays-sample").select("A genre").run()
    app.selectbox(key="hybrid-paid-genre-sample").select("Comedy").run()
    assert not app.exception
    assert app.query_params["sponsor"] in ("genre~Comedy", ["genre~Comedy"])
    again = opened(ratings=MINE, recipe="sponsored~1", sponsor="genre~Comedy")
    assert all("Comedy" in tile for tile in listed(again))


# ---------------------------------------------------------------- cold, extreme and hostile


@pytest.mark.parametrize(
    ("ratings", "words"),
    [
        ("", "Not personal: no ratings given"),
        ("339~5", "folded in from 1 rating"),
        ("339~0.5_12~0.5_44~0.5", "none of your ratings is in the upper half of the scale"),
    ],
)
def test_cold_visitors_have_a_list_that_says_what_it_is(ratings: str, words: str) -> None:
    app = opened(ratings=ratings)
    assert words in shown(app)
    assert len(listed(app)) == 10


def test_a_list_without_a_dial_that_knows_the_visitor_is_not_called_personal() -> None:
    app = opened(ratings=MINE, recipe="popularity~1_release~0.2_sponsored~0.5")
    assert "The same for everyone, less what you rated" in shown(app)
    assert "Personal, folded in" not in shown(app)


def test_no_ratings_and_only_likeness_is_the_most_rated_and_says_so() -> None:
    app = opened(recipe="similarity~1")
    most = np.argsort(-SAMPLE.ratings.by_item.counts, kind="stable")[:10]
    assert [tile.split(", ")[0] for tile in listed(app)] == [SAMPLE.catalogue.label(film) for film in most]
    assert "the most rated come first" in shown(app)


def test_a_persona_is_offered_where_there_are_no_ratings() -> None:
    app = opened()
    app.button(key="hybrid-persona-science_fiction").click().run()
    assert not app.exception
    assert "Personal, folded in from 9 ratings" in shown(app)


def test_a_film_nobody_rated_carries_a_badge() -> None:
    cold = np.flatnonzero(SAMPLE.ratings.by_item.counts == 0)
    assert len(cold)
    years = {int(year) for year in SAMPLE.catalogue.years[cold]}
    recipe = Recipe(HybridWeights(novelty=1.0), filters=Filters(years=(min(years), max(years))))
    app = opened(ratings=MINE, recipe=to_text(recipe, SAMPLE))
    assert "Placed by genres" in shown(app)


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        ("rating~1_support~999999", "the number of ratings asked for took the last one away"),
        ("rating~1_genres~Western_years~1921-1922", "the years of release took the last one away"),
    ],
)
def test_an_empty_list_says_which_filter_emptied_it(recipe: str, words: str) -> None:
    app = opened(ratings=MINE, recipe=recipe)
    assert words in shown(app)
    assert not listed(app)
    app.button(key="hybrid-again").click().run()
    assert len(listed(app)) == 10


def test_who_rated_nothing_is_told_so_where_only_rated_ones_are_asked_for() -> None:
    app = opened(recipe="engaged~1_seen~seen")
    assert "You have rated nothing yet, and only films you rated before are asked for" in shown(app)
    assert "So the most rated come first" not in shown(app)


def test_all_weights_at_zero_are_refused_in_words_and_a_slider_brings_the_list_back() -> None:
    app = opened(ratings=MINE, recipe="rating~0")
    assert "Every weight is 0" in shown(app)
    assert not listed(app)
    app.slider(key="hybrid-w-popularity").set_value(0.5).run()
    assert len(listed(app)) == 10


@pytest.mark.parametrize(
    "junk",
    [
        "![x](http://evil.example/y.png)", "rating~nan", "rating~-1_n~1e99", "by~%00_seen~maybe", "~~~___---",
        "x" * 30_000,
    ],
)  # fmt: skip
def test_junk_in_the_address_is_reported_and_leaves_a_list(junk: str) -> None:
    app = opened(ratings=MINE, recipe=junk, sponsor=junk)
    assert app.warning
    assert not any("![x](" in str(one.value) for one in app.warning)
    assert recipe_of(app).filters.min_ratings == 21, "the usual list, not films that hardly anybody rated"
    app.slider(key="hybrid-w-popularity").set_value(0.5).run()
    assert not app.exception
    assert len(listed(app)) == 10


@pytest.mark.parametrize("name", ["lectures-movies", "lectures-albums"])
@pytest.mark.parametrize("preset", ["surprise", "advertiser"])
def test_teaching_tables_have_a_list(name: str, preset: str) -> None:
    app = opened(name)
    app.button_group(key="hybrid-preset").set_value(preset).run()
    assert not app.exception
    assert listed(app)


@pytest.mark.parametrize("model", ["popularity", "item_knn", "binary_cf"])
def test_models_without_stars_or_factors_have_a_list(model: str) -> None:
    app = opened(ratings=MINE, model=model, recipe="rating~1_similarity~0.5_novelty~0.2")
    assert len(listed(app)) == 10


# ---------------------------------------------------------------- files


def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    kept: dict[str, object] = {}
    monkeypatch.setattr(recipe_state.st, "session_state", kept)
    return kept


def test_a_saved_recipe_is_loaded_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    session(monkeypatch)
    recipe = Recipe(
        HybridWeights(rating=1.0, novelty=0.35), "z", Filters(("Drama",), (1970, 2000), 3), "all", (4, 9),
        0.25, 0.5, 3, 5, 2.5, 200, 12,
    )  # fmt: skip
    recipe_state.load(SAMPLE, to_json(recipe, SAMPLE).encode())
    assert recipe_state.read(SAMPLE) == recipe
    assert recipe_state.told() == ["The recipe was read\\."]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"\xff\xfe\x00junk", "not UTF-8"),
        (b"", "not JSON"),
        (b'{"kind": "recsys recipe", "weights": {"rating": NaN}}', "not JSON"),
        (b"[" * 50_000, "not JSON"),
        (b'{"kind": "something else"}', "no recipe"),
        (b'{"kind": "recsys recipe", "version": 1, "years": [2500, 1]}', "was taken"),
        (b" " * 200_000, "larger than 100 kB"),
        (b'{"kind": "recsys recipe", "version": 9, "weights": {"rating": -1}}', "newer version"),
        (b'{"kind": "recsys recipe", "version": 1, "n": 500, "magic": 1}', "too long"),
    ],
)
def test_what_a_file_is_not_is_said_and_changes_nothing(
    raw: bytes, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    session(monkeypatch)
    recipe_state.write(SAMPLE, recipe_state.opening(SAMPLE))
    recipe_state.load(SAMPLE, raw)
    assert any(words in said.replace("\\", "") for said in recipe_state.told())
    assert recipe_state.read(SAMPLE) == recipe_state.opening(SAMPLE)


# ---------------------------------------------------------------- whose goal


def test_what_the_payer_gets_and_what_it_costs_is_measured_against_both_lists_without_it() -> None:
    app = opened(ratings=MINE, recipe="rating~1_popularity~0.5_sponsored~0.5", sponsor="genre~Drama")
    app.button_group(key="hybrid-closer").set_value("Whose goal?").run()
    assert not app.exception
    model = rc.algorithm("als").fit(SAMPLE.ratings)
    person = model.fold_in(OWN.items, OWN.values)
    asked = Asked.of(model, SAMPLE, person, own=OWN)
    column = SAMPLE.catalogue.genre_names.index("Drama")
    paid = np.flatnonzero(SAMPLE.catalogue.genres[:, column])
    drama = Sponsor(PAYER, tuple(paid.tolist()))
    lists = [
        hybrid(replace(asked, sponsors=(drama,)), recipe_of(app)).items,
        hybrid(asked, Recipe(HybridWeights(rating=1, popularity=0.5))).items,
        hybrid(asked, Recipe()).items,
    ]
    now, free, plain = (int(np.isin(items, paid).sum()) for items in lists)
    said = shown(app)
    assert f"gets {now} of 10 places; by the same dials without a payment {free}, with" in said
    assert f"by predicted rating alone {plain}, with" in said
    means = [float(np.mean(model.predict(person, items))) for items in lists]
    values = [str(metric.value) for metric in app.metric]
    assert {"50%", "25%", f"{means[0]:.2f} ★"} <= set(values)
    assert f"alone it would be {means[2]:.2f}, by the same dials without a payment {means[1]:.2f}" in said
