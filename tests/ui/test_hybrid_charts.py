"""Pictures of a hybrid list: what they say, nothing by colour alone, and numbers that add up."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import recsys_core as rc
from recsys_core.evaluation.metrics import Lists
from recsys_core.evaluation.metrics.calibration import Calibration
from recsys_core.ranking import Asked, HybridWeights, Ranking, Recipe, hybrid, signals
from recsys_core.ranking.rerank.calibration import history_shares
from ui.charts import Chart, style
from ui.charts.hybrid import MOST, Move, genre_shares, rank_movement, score_bars
from ui.hybrid import goals

SAMPLE = rc.load("sample")
MODEL = rc.algorithm("als").fit(SAMPLE.ratings)
ASKED = Asked.of(MODEL, SAMPLE, 7)


def ranked(normalisation: str = "min_max", n: int = 10, **weights: float) -> tuple[Ranking, list[str]]:
    found = hybrid(ASKED, Recipe(HybridWeights(**weights), normalisation, n=n))
    return found, [SAMPLE.catalogue.label(item) for item in found.items.tolist()]


def figure(chart: Chart) -> dict[str, Any]:
    assert isinstance(chart.figure, dict)
    json.dumps(chart.figure, allow_nan=False)
    assert chart.question.endswith("?")
    assert chart.alt.endswith(".")
    return chart.figure


# ---------------------------------------------------------------- what makes a score


@pytest.mark.parametrize("normalisation", ["min_max", "z", "rank"])
def test_the_pieces_of_each_bar_and_the_columns_of_the_table_are_the_score(normalisation: str) -> None:
    ranking, labels = ranked(normalisation, rating=1.0, novelty=0.4, recency=0.2)
    chart = score_bars(ranking, labels, normalisation)
    *pieces, totals = figure(chart)["series"]
    drawn = np.sum([piece["data"] for piece in pieces], axis=0)
    assert drawn == pytest.approx(ranking.scores, abs=1e-5)
    assert chart.table.iloc[:, 2:].sum(axis=1).to_numpy() == pytest.approx(ranking.scores, abs=1e-9)
    assert [point["name"] for point in totals["data"]] == [f"{score:.2f}" for score in ranking.scores]


def test_every_signal_is_named_in_sight_however_narrow_the_picture() -> None:
    def bars_begin(weights: dict[str, float]) -> dict[int, int]:
        """By the width of the picture."""
        drawn = figure(score_bars(*ranked(**weights), "min_max"))
        assert "type" not in drawn["legend"], "a legend that scrolls hides names"
        assert drawn["legend"]["data"] == [signals()[name].title for name in weights]
        return {
            width: one["option"]["grid"]["top"]
            for one in drawn["media"]
            for width in range(one["query"]["minWidth"], one["query"]["maxWidth"] + 1)
        }

    few, many = bars_begin({"rating": 1.0}), bars_begin(dict.fromkeys(signals(), 1.0))
    assert list(few) == list(many) == list(range(240, 960))
    assert set(few.values()) == {34}
    assert many[320] > many[560] > many[959] >= 34


def test_a_longer_list_is_whole_in_the_table() -> None:
    ranking, labels = ranked(n=25, rating=1.0, popularity=0.5)
    chart = score_bars(ranking, labels, "min_max")
    assert len(chart.table) == 25
    assert len(figure(chart)["yAxis"]["data"]) == MOST


def test_every_signal_has_a_colour_and_a_pattern_of_its_own() -> None:
    names = list(signals())
    assert set(names) == set(style.SIGNALS) == set(style.PATTERNS)
    assert len({json.dumps(style.PATTERNS[name]) for name in names}) == len(names)
    assert len({style.SIGNALS[name] for name in names}) == len(names)


def test_the_take_away_names_the_largest_piece() -> None:
    ranking, labels = ranked(rating=0.1, popularity=1.0)
    alt = score_bars(ranking, labels, "min_max").alt
    assert alt.startswith(f"First is {labels[0]} with a score of {ranking.scores[0]:.3f}")
    assert "is “Popular”" in alt


# ---------------------------------------------------------------- what moved

MOVES = [Move("A", 1, 1), Move("B", 14, 2), Move("C", 2, 3), Move("D", 3, None)]


def test_what_entered_and_what_left_is_named() -> None:
    chart = rank_movement(MOVES, 3)
    assert "Entered: B (from 14). Left: D." in chart.alt
    assert chart.table["moved"].tolist() == ["unmoved", "entered", "down 1", "left"]


def test_a_line_says_its_way_by_a_word_a_sign_and_a_shape() -> None:
    ends = {line["name"]: line for line in figure(rank_movement(MOVES, 3))["series"]}
    said = {name: line["data"][1]["label"]["formatter"] for name, line in ends.items()}
    assert said == {"A": "1 = A", "B": "2 in B", "C": "3 ↓1 C", "D": "out D"}
    assert [line["lineStyle"]["type"] for line in ends.values()] == ["solid", "dotted", "solid", "dashed"]
    assert len({(line["symbol"], line["symbolRotate"]) for line in ends.values()}) == 4


def test_an_order_that_did_not_change_says_so() -> None:
    assert rank_movement([Move("A", 1, 1), Move("B", 2, 2)], 2).alt.startswith("Nothing moved")


@settings(max_examples=60, deadline=None)
@given(st.permutations(range(1, 31)), st.integers(1, 25))
def test_no_two_lines_begin_or_end_at_the_same_place(order: list[int], n: int) -> None:
    here = [Move(f"{before}", before, place) for place, before in enumerate(order[:n], start=1)]
    gone = [Move(f"{before}", before, None) for before in range(1, n + 1) if before not in order[:n]]
    drawn = figure(rank_movement(here + gone, n))
    for end in (0, 1):
        heights = [line["data"][end]["value"][1] for line in drawn["series"]]
        assert len(set(heights)) == len(heights)
        assert max(heights) <= drawn["yAxis"]["max"]


# ---------------------------------------------------------------- whose goal


def test_goals_share_out_every_signal_once() -> None:
    assert {signal.goal.capitalize() for signal in signals().values()} == set(goals.GOALS) == set(goals.MEANS)
    found = goals.goals(HybridWeights(rating=1, popularity=0.5, sponsored=0.5))
    assert found == pytest.approx({"Satisfaction": 0.5, "Attention": 0.25, "Revenue": 0.25})
    assert sum(goals.goals(HybridWeights(**dict.fromkeys(signals(), 0.3))).values()) == pytest.approx(1)


def test_exposure_is_discounted_as_in_ndcg() -> None:
    items = np.array([5, 3, 9], dtype=np.int32)
    found = goals.exposure(items, np.array([3, 9], dtype=np.int32))
    discounts = [1, 1 / np.log2(3), 1 / 2]
    assert found.places == 2
    assert found.share == pytest.approx((discounts[1] + discounts[2]) / sum(discounts))
    assert goals.exposure(items, items).share == pytest.approx(1)
    assert goals.exposure(items[:0], items) == goals.Exposure(0, 0.0)


def test_the_tail_is_the_least_rated_with_a_third_of_all_ratings() -> None:
    counts = SAMPLE.ratings.by_item.counts
    films = goals.tail(SAMPLE.fingerprint, SAMPLE)
    others = np.setdiff1d(np.arange(len(counts)), films)
    assert counts[films].max() < counts[others].min()
    assert counts[films].sum() == pytest.approx(counts.sum() / 3, rel=0.05)


def test_calibration_is_that_of_the_evaluation() -> None:
    items = hybrid(ASKED, Recipe()).items
    genres = SAMPLE.catalogue.genres
    mine = history_shares(genres, ASKED.items)
    assert mine is not None
    shares, apart = goals._of_list(genres, items, mine)
    lists = Lists.of(SAMPLE.ratings, SAMPLE.ratings, [7], items[None, :], genres=genres)
    assert apart == pytest.approx(float(Calibration().per_user(lists)[0]), abs=1e-9)
    assert shares.sum() == pytest.approx(1)


def test_most_over_and_under_shown_are_named() -> None:
    chart = genre_shares(["Crime", "Drama", "War"], np.array([0.5, 0.5, 0]), np.array([0.1, 0.6, 0.3]), 0.4)
    assert "Most over-shown: War with 30% of the list and 0% of your ratings" in chart.alt
    assert "most under-shown: Crime with 10% and 50%" in chart.alt
    figure(chart)
