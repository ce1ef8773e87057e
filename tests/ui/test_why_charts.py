"""The charts of “Why this?”: what is drawn is what the library says, and nothing by colour alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.ranking import Asked, HybridWeights, Recipe, Why, hybrid, movement, signals, why
from ui.charts.why import likeness, score_steps, shift

SAMPLE = rc.load("sample")
UNITS = {name: signal.unit for name, signal in signals().items()}


@pytest.fixture(scope="module", params=["min_max", "z"])
def found(request: pytest.FixtureRequest) -> Why:
    model = rc.algorithm("als", n_factors=3, n_epochs=5).fit(SAMPLE.ratings)
    asked = Asked.of(model, SAMPLE, model.fold_in([3, 8, 20, 40], [5.0, 1.0, 4.0, 4.5]))
    weights = HybridWeights(rating=1, similarity=1, popularity=0.5, novelty=0.5)
    recipe = Recipe(weights, request.param, n=30)
    shown = hybrid(asked, recipe)
    return why(asked, recipe, shown, int(shown.items[-1]))


def label(item: int) -> str:
    return SAMPLE.catalogue.label(item)


def bars(figure: Any) -> tuple[list[float], list[float], list[str]]:
    """Where each bar begins, how long it is, and what is written at it."""
    hidden, drawn = figure["series"]
    return (
        hidden["data"],
        [piece["value"] for piece in drawn["data"]],
        [piece["label"]["formatter"] for piece in drawn["data"]],
    )


def test_the_steps_lead_to_the_score(found: Why) -> None:
    chart = score_steps(found, label(found.item), UNITS)
    assert chart.table["adds to the score"].sum() == pytest.approx(found.score, abs=1e-9)
    assert chart.table["share of the weights"].sum() == pytest.approx(1)
    begins, sizes, written = bars(chart.figure)
    assert sizes[:-1] == pytest.approx(np.abs(chart.table["adds to the score"]), abs=1e-6)
    assert sizes[-1] == pytest.approx(abs(found.score), abs=1e-6)
    assert min(begins) >= 0
    for k in range(len(sizes) - 2):  # each step touches the next
        ends = {round(begins[k], 5), round(begins[k] + sizes[k], 5)}
        assert ends & {round(begins[k + 1], 5), round(begins[k + 1] + sizes[k + 1], 5)}
    assert all(written), "no bar by colour alone"
    assert f"{found.score:.3f}" in chart.alt
    assert found.parts[0].title in chart.alt


def test_likeness_is_drawn_film_by_film_and_adds_up(found: Why) -> None:
    chart = likeness(found.liked, label(found.item), label)
    raw = next(part.raw for part in found.parts if part.signal == "similarity")
    assert chart.table["adds to the likeness"].sum() == pytest.approx(raw)
    assert sorted(chart.table["you liked"]) == sorted(label(item) for item in (3, 20, 40))


def test_what_moves_is_said_in_words_signs_and_table() -> None:
    chart = shift(movement([1, 2, 3, 4], [2, 1, 3, 9]), label, "without it")
    assert list(chart.table["moves"]) == ["up 1", "down 1", "stays", "enters", "leaves"]
    assert f"Would enter: {label(9)}. Would leave: {label(4)}." in chart.alt
    written = [line["data"][1]["label"]["formatter"] for line in chart.figure["series"]]  # type: ignore[index]
    for sign, text in zip(["(↑1)", "(↓1)", "(=)", "(new)", "out: "], written, strict=True):
        assert sign in text
    assert len({line["symbol"] for line in chart.figure["series"]}) == 5  # type: ignore[index]


def test_nothing_moving_is_said() -> None:
    assert shift(movement([1, 2], [1, 2]), label, "with 3").alt == "Nothing would move."
