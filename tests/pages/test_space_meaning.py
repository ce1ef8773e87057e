"""Item space, the closer looks at what it means: a factor, the truth, the albums, your pulls."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import recsys_core as rc
from recsys_core.space import align, factor_table, meaning_of_factor, pulls_of
from tests.pages import screens
from tests.pages.screens import shown
from ui.charts.map import Shade
from ui.space import albums, meaning, truth
from ui.space.choose import View
from ui.space.found import space

HERE = "pages/50_space.py"
SAMPLE = rc.load("sample")
IDS = SAMPLE.catalogue.item_ids


def opened(part: str, data: str = "sample", **query: str) -> AppTest:
    app = screens.opened(HERE, data, **query)
    app.segmented_control(key="space-closer").set_value(part).run()
    assert not app.exception
    return app


def parts(app: AppTest) -> str:
    return str(app.segmented_control(key="space-closer").options)


# ---------------------------------------------------------------- a factor


def test_a_factor_shows_its_ends_and_its_strongest_correlation_and_another_one_its_own() -> None:
    app = opened("What a factor means")
    model = rc.algorithm("als").fit(SAMPLE.ratings)
    for factor in (0, 7):
        app.selectbox(key="space-meant-50").select(factor).run()
        assert not app.exception
        told = meaning_of_factor(model, factor, SAMPLE.catalogue, SAMPLE.ratings, min_ratings=20)
        for end, items in (("high", told.high), ("low", told.low)):
            buttons = [b for b in app.button if str(b.key).startswith(f"space-end-{end}-")]
            labels = [str(b.label).replace("\\", "") for b in buttons]
            assert labels == [SAMPLE.catalogue.label(item) for item in items.tolist()]
        strongest = f"{told.correlations[0].value:+.2f}".replace("-", "−")
        assert f"(ρ = {strongest})" in shown(app)
        assert "by chance alone" in shown(app)
        assert "A correlation, not a meaning" in shown(app)


def test_of_few_items_none_is_at_both_ends() -> None:
    app = opened("What a factor means", "lectures-albums")
    ends = [str(b.label) for b in app.button if str(b.key).startswith("space-end-")]
    assert len(ends) == len(set(ends)) == 4


def test_a_film_at_an_end_can_be_asked_about() -> None:
    app = opened("What a factor means")
    assert len([b for b in app.button if str(b.key).startswith("space-end-")]) == 10
    button = app.button(key="space-end-high-0")
    button.click().run()
    assert not app.exception
    assert f"Nearest to {button.label!s}".replace("\\", "") in shown(app)


def test_the_axis_of_most_difference_makes_no_claim_of_turns() -> None:
    app = opened("What a factor means")
    app.selectbox(key="space-meant-50").select(-1).run()
    assert not app.exception
    assert "the axis is where the films differ most" in shown(app)
    assert "only up to a turn" not in shown(app)


def test_too_few_films_with_so_many_ratings_is_said() -> None:
    app = opened("What a factor means")
    app.number_input(key="space-meant-support-sample").set_value(1000).run()
    assert not app.exception
    assert "a correlation needs 3" in shown(app)


# ---------------------------------------------------------------- the truth


def test_the_alignment_error_is_that_of_the_library_beside_its_level_of_chance() -> None:
    app = opened("Learned and true")
    model = rc.algorithm("als").fit(SAMPLE.ratings)
    rated = SAMPLE.ratings.by_item.counts > 0
    assert SAMPLE.truth is not None
    error = align(model.item_factors_[rated], SAMPLE.truth.item_factors[rated]).error  # type: ignore[attr-defined]
    assert f"{error:.0%}** of the true space is left unexplained" in shown(app)
    assert "Were the films shuffled, it would be" in shown(app)
    assert "along gravity" in shown(app)
    assert "along thrills" in shown(app)
    assert not app.button(key="space-truth-compare").disabled, "nothing is trained until it is asked for"


def test_models_are_compared_when_asked_to(monkeypatch: pytest.MonkeyPatch) -> None:
    few = {"als": "Alternating least squares", "funk_svd": "Funk SVD"}
    monkeypatch.setattr(truth, "candidates", lambda data, n_factors: (few, ["Two-tower network"]))
    app = opened("Learned and true")
    app.button(key="space-truth-compare").click().run()
    assert not app.exception
    assert "leaves least of the true space unexplained" in shown(app)
    assert "take longer to train: Two-tower network" in shown(app)


def test_models_that_take_their_time_are_left_out() -> None:
    quick, slow = truth.candidates(SAMPLE, 6)
    assert {"als", "svd", "funk_svd"} <= set(quick)
    assert not [name for name in quick if name.startswith("surprise_")]
    assert "SVD (Surprise)" in slow


def test_it_is_offered_where_the_truth_is_known() -> None:
    assert "Learned and true" in parts(opened("Side by side"))
    assert "Learned and true" not in parts(opened("Side by side", "lectures-albums"))


def test_the_truth_itself_as_a_table_of_ones_own_leaves_nothing_unexplained() -> None:
    assert SAMPLE.truth is not None
    table, _ = factor_table(SAMPLE.truth.item_factors, SAMPLE.catalogue, SAMPLE.ratings)
    drawn = space(SAMPLE.fingerprint, "the truth", SAMPLE, table)
    view = View(table, "the truth", drawn, Shade("average rating", drawn.table["average"].to_numpy()))
    laid = truth.lay(SAMPLE.fingerprint, "the truth", SAMPLE, view)
    assert laid.alignment.error == pytest.approx(0, abs=1e-9)
    assert laid.by_chance > 0.9
    gravity = truth.names_of(SAMPLE, 6).index("gravity")
    told = meaning.told(SAMPLE.fingerprint, "the truth", gravity, 20, SAMPLE, view)
    assert abs(told.meaning.correlations[0].value) > told.floor, "the sample's axes were made from genres"


# ---------------------------------------------------------------- half-steps


def test_the_slider_goes_from_the_made_up_albums_to_the_lectures_styles() -> None:
    app = opened("Half-steps", "lectures-albums")
    assert app.slider(key="space-half-step").value == 1
    assert "the albums lie where chance put them" in shown(app)
    app.slider(key="space-half-step").set_value(20).run()
    assert not app.exception
    steps = albums.steps_from("", 0, rc.load("lectures-albums"))
    pairs = app.table[0].value
    assert len(pairs) == 10
    assert pairs["distance"].astype(float).is_monotonic_increasing
    two = pairs.loc[pairs["pair"].str.contains("Ommazh") & pairs["pair"].str.contains("Banana"), "distance"]
    assert two.tolist() == [f"{steps[-1].distances[0, 1]:.2f}"]
    assert "Ommazh – Melt-Banana; Melt-Banana – Ommazh" in shown(app)
    assert "the two lo-fi albums lie apart from the three of pop" in shown(app)
    assert "= 2.016" in " ".join(element.value for element in app.latex)


def test_another_start_is_another_walk() -> None:
    app = opened("Half-steps", "lectures-albums")
    first = str(app.table[0].value)
    app.number_input(key="space-half-step-start").set_value(3).run()
    assert not app.exception
    assert str(app.table[0].value) != first


def test_it_plays_until_it_is_paused() -> None:
    app = opened("Half-steps", "lectures-albums")
    app.button(key="half-steps-play").click().run()
    assert not app.exception
    assert not [slider for slider in app.slider if slider.key == "space-half-step"]
    app.button(key="half-steps-pause").click().run()
    assert not app.exception
    assert app.slider(key="space-half-step").value >= 1


def test_whether_the_styles_part_is_read_off_the_distances() -> None:
    titles = list(rc.load("lectures-albums").catalogue.titles)
    places = np.array([0.0, 1, 5, 6, 7])
    apart = np.abs(places[:, None] - places)
    assert "As in the lecture" in albums.nearest_in_words(titles, apart)
    mixed = np.array([0.0, 5, 1, 6, 7])
    assert "not every album" in albums.nearest_in_words(titles, np.abs(mixed[:, None] - mixed))


def test_a_play_that_was_left_is_found_paused() -> None:
    app = opened("Half-steps", "lectures-albums")
    app.button(key="half-steps-play").click().run()
    app.session_state["space-half-step-drawn"] = -10.0
    app.run()
    assert [button for button in app.button if button.key == "half-steps-play"]


def test_half_steps_are_those_of_the_albums_alone() -> None:
    assert "Half" not in parts(opened("Side by side"))


# ---------------------------------------------------------------- pulls


def test_the_strongest_pull_is_named_with_its_length() -> None:
    app = opened("Your pulls", ratings=f"{IDS[0]}~5_{IDS[1]}~1_{IDS[2]}~4")
    found = pulls_of(
        rc.algorithm("als").fit(SAMPLE.ratings), np.arange(3, dtype=np.int32), np.array([5, 1, 4], np.float32)
    )
    most = int(found.lengths.argmax())
    assert SAMPLE.catalogue.label(most) in shown(app)
    assert f"without it you would be {found.lengths[most]:.2f} from where you are" in shown(app)


def test_without_ratings_it_says_what_to_do() -> None:
    app = opened("Your pulls")
    assert "You have not rated anything yet" in shown(app)
    assert app.button(key="go-for_you")


def test_a_model_that_cannot_place_people_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rc.algorithms()["als"], "folds_in", False)
    app = opened("Your pulls", ratings=f"{IDS[0]}~5")
    assert "“Alternating least squares” cannot place a new person among its films" in shown(app)
