"""Charts of what the space means: what is marked, and what their words dare to say."""

from __future__ import annotations

import json
from typing import Any, cast

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.algorithms.alternating_regression import AlternatingRegression
from recsys_core.space import Correlation, HalfStep, Meaning, Pulls, half_steps, pulls_of
from ui.charts import Chart, style
from ui.charts.factor import correlations, norms, sentence
from ui.charts.half_steps import cost, standing
from ui.charts.pulls import N_DRAWN, arrows, strengths
from ui.charts.truth import nearest_to_truth, over_truth


def plain(chart: Chart) -> dict[str, Any]:
    """What goes to the browser beside a table: it must be JSON without nan."""
    assert isinstance(chart.figure, dict)
    figure = {key: part for key, part in chart.figure.items() if key != "dataset"}
    json.dumps(figure, allow_nan=False)
    assert chart.alt.endswith(".")
    assert chart.question.endswith("?")
    return figure


# ---------------------------------------------------------------- a factor


def meaning(**values: float) -> Meaning:
    kinds = {"year": "year", "popularity": "popularity", "average": "average"}
    found = [Correlation(kinds.get(name, "genre"), name, value, 50) for name, value in values.items()]
    found.sort(key=lambda c: -abs(c.value))
    return Meaning(0, np.array([1], np.int32), np.array([2], np.int32), tuple(found))


def test_what_is_no_more_than_chance_is_said_to_be_no_more() -> None:
    said = sentence("Factor 3", meaning(year=0.1, Drama=-0.12), floor=0.15)
    assert "goes along with nothing known here" in said
    assert "±0.15" in said
    assert "Drama (ρ = −0.12)" in said


@pytest.mark.parametrize(
    ("value", "how"), [(0.2, "weakly"), (-0.41, "moderately"), (0.8, "strongly")], ids=str
)
def test_the_strongest_is_named_with_its_strength_and_its_rival_of_the_other_kind(
    value: float, how: str
) -> None:
    said = sentence("Factor 3", meaning(year=value, popularity=0.15, Drama=0.13, Comedy=-0.11), floor=0.1)
    assert f"goes along {how} with year" in said
    assert "more than with any genre (the strongest there: Drama, +0.13)" in said


def test_a_genre_is_held_against_what_is_no_genre() -> None:
    said = sentence("Factor 1", meaning(Drama=0.5, Comedy=-0.4, average=0.2), floor=0.1)
    assert "with Drama (ρ = +0.50), more than with year, popularity or average rating" in said
    assert "average rating, +0.20" in said


def test_bars_within_the_band_of_chance_are_grey_and_the_table_says_so() -> None:
    chart = correlations("Factor 1", meaning(Drama=0.5, Comedy=-0.05, year=0.2), 0.1, "Not a meaning.")
    (bars,) = plain(chart)["series"]
    assert [bar["itemStyle"]["color"] for bar in bars["data"]] == [style.DATA, style.DATA, style.REFERENCE]
    assert bars["markArea"]["data"] == [[{"xAxis": -0.1}, {"xAxis": 0.1}]]
    assert chart.table["more than chance"].tolist() == ["yes", "yes", "no"]
    assert chart.alt.endswith("Not a meaning.")


def test_many_genres_are_all_in_the_table_and_year_is_always_drawn() -> None:
    many = {f"Genre {n}": 0.9 - n / 100 for n in range(20)}
    chart = correlations("Factor 1", meaning(**many, year=0.01), 0.1, "So.")
    names = plain(chart)["yAxis"]["data"]
    assert len(names) == 9
    assert names[-1] == "year"
    assert len(chart.table) == 21


def test_length_is_told_only_where_chance_would_not_do_as_much() -> None:
    random = np.random.default_rng(0)
    counts = random.integers(1, 200, 300)
    lengths = 0.1 * np.sqrt(counts)
    titles = [str(n) for n in range(300)]
    longer = norms(titles, counts, lengths, 1.0)
    plain(longer)
    assert "The more ratings, the longer the row" in longer.alt
    assert "favours much-rated ones" in longer.alt
    assert "Nothing to be told" in norms(titles, counts, lengths, 0.1).alt
    shorter = norms(titles, counts, lengths[::-1], -0.5).alt
    assert "the shorter the row" in shorter
    assert "favours" not in shorter


# ---------------------------------------------------------------- the truth


def test_each_line_leads_from_the_true_to_the_learned_place() -> None:
    true, learned = np.array([[0.0, 1.0], [2.0, 3.0]]), np.array([[0.5, 1.0], [2.0, 2.0]])
    chart = over_truth(["A", "B"], true, learned, ("thrills", "heart"), "Take-away.", named=1)
    lines, _, marks = plain(chart)["series"]
    assert [line["coords"] for line in lines["data"]] == [[[0, 1], [0.5, 1]], [[2, 3], [2, 2]]]
    assert [mark["label"]["show"] for mark in marks["data"]] == [False, True]
    assert chart.table["learned heart"].tolist() == [1.0, 2.0]


def test_models_are_ranked_from_the_nearest_with_the_level_of_chance() -> None:
    chart = nearest_to_truth({"A": 0.7, "B": 0.3, "C": 0.5}, {"A": 0.99, "B": 0.98, "C": 0.97}, 6, "film")
    figure = plain(chart)
    assert figure["yAxis"]["data"] == ["B", "C", "A"]
    assert "“B” leaves least of the true space unexplained: 30%" in chart.alt
    assert "“A” leaves most: 70%" in chart.alt
    assert "it would be 97% or more" in chart.alt
    assert chart.table["share unexplained"].tolist() == [0.3, 0.5, 0.7]


# ---------------------------------------------------------------- half-steps


@pytest.fixture(scope="module")
def steps() -> tuple[HalfStep, ...]:
    model = cast("AlternatingRegression", rc.algorithm("alternating_regression"))
    return half_steps(model, rc.load("lectures-albums").ratings)


def test_all_half_steps_are_drawn_in_one_frame_and_the_moved_leave_a_tail(
    steps: tuple[HalfStep, ...],
) -> None:
    albums, people = list("abcde"), list("wxyz")
    frames = set()
    for at in range(len(steps)):
        chart = standing(steps, at, albums, people)
        figure = plain(chart)
        frames.add((figure["xAxis"]["min"], figure["xAxis"]["max"], figure["yAxis"]["max"]))
        tails = figure["series"][2]["data"]
        assert len(tails) <= (5 if steps[at].moved == "items" else 4)
        moved = chart.table.groupby("what")["moved"].sum()
        stood = "people" if steps[at].moved == "items" else "albums"
        assert moved[stood] == 0
        assert f"miss the known ratings by {steps[at].rmse:.2f} stars" in chart.alt
    assert len(frames) == 1


def test_no_name_is_lost_where_marks_lie_on_each_other(steps: tuple[HalfStep, ...]) -> None:
    for at in (0, 7, len(steps) - 1):
        albums, people, _ = plain(standing(steps, at, list("abcde"), list("wxyz")))["series"]
        for side, names in ((albums, "abcde"), (people, "wxyz")):
            said = [mark["label"]["formatter"] for mark in side["data"] if mark["label"]["show"]]
            assert sorted("\n".join(said).split("\n")) == sorted(names)


def test_the_cost_is_told_with_what_it_did(steps: tuple[HalfStep, ...]) -> None:
    assert "no step raised it" in cost(steps, 3).alt
    assert plain(cost(steps, 3))["series"][1]["data"] == [[4, round(steps[3].loss, 3)]]
    assert "1 of them raised it" in cost(steps[:3] + steps[1:2], 0).alt


# ---------------------------------------------------------------- pulls


@pytest.fixture(scope="module")
def pulled() -> tuple[Pulls, list[str]]:
    data = rc.load("sample")
    model = rc.algorithm("als").fit(data.ratings)
    items = np.argsort(-data.ratings.by_item.counts)[:20].astype(np.int32)
    values = np.array([5, 1] * 10, np.float32)
    return pulls_of(model, items, values), [data.catalogue.label(int(item)) for item in items]


def test_the_longest_pull_comes_first_and_is_told(pulled: tuple[Pulls, list[str]]) -> None:
    pulls, titles = pulled
    chart = strengths(pulls, titles)
    assert chart.table["pull"].is_monotonic_decreasing
    assert len(chart.table) == 20
    first = chart.table.iloc[0]
    assert f"Your {first['rating']:g} for {first['film']} pulls most, {first['which way']}" in chart.alt
    bars = plain(chart)["series"]
    for towards, away in zip(bars[0]["data"], bars[1]["data"], strict=True):
        assert (towards is None) != (away is None), "a pull goes one way"
    assert len(bars[0]["data"]) == N_DRAWN


def test_all_arrows_end_where_you_are_and_the_share_seen_is_told(pulled: tuple[Pulls, list[str]]) -> None:
    pulls, titles = pulled
    chart = arrows(pulls, titles)
    series = plain(chart)["series"]
    drawn = [arrow["coords"] for one in series[:2] for arrow in one["data"]]
    assert len(drawn) == N_DRAWN
    assert all(end == [0, 0] for _, end in drawn)
    seen = (chart.table[["from x", "from y"]].to_numpy() ** 2).sum() / (pulls.lengths**2).sum()
    assert f"show most of the arrows: {seen:.0%}" in chart.alt
    assert f"the {N_DRAWN} longest of 20" in chart.alt


def test_two_factors_show_all_of_the_arrows() -> None:
    data = rc.load("lectures-albums")
    model = rc.algorithm("als", n_factors=2).fit(data.ratings)
    found = pulls_of(model, np.array([0, 2], np.int32), np.array([5, 1], np.float32))
    assert "arrows: 100%" in arrows(found, ["a", "b"], "album").alt
    alone = pulls_of(model, np.array([0], np.int32), np.array([5], np.float32))
    plain(arrows(alone, ["a"], "album"))
    plain(strengths(alone, ["a"], "album"))


def test_ratings_that_move_nothing_are_said_to_move_nothing() -> None:
    still = Pulls(
        np.array([0], np.int32), np.array([3.0], np.float32), np.zeros(4), np.zeros((1, 4)), np.zeros(1)
    )
    assert "None of your ratings moves you" in strengths(still, ["a"]).alt
    plain(arrows(still, ["a"]))
