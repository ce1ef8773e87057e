"""The charts of the funnel: what is drawn is what the library counted, and nothing by colour alone."""

from __future__ import annotations

import pytest

import recsys_core as rc
from recsys_core.evaluation.study.on_panel import Loss
from recsys_core.evaluation.study.parts import Change, Estimate
from recsys_core.ranking import Asked, Filters, Ranking, Recipe, hybrid
from recsys_core.ranking.retrieval import Retrieved
from ui.charts.funnel import Quality, left_after, quality_lost, who_brought

SAMPLE = rc.load("sample")


@pytest.fixture(scope="module")
def listed() -> Ranking:
    model = rc.algorithm("als", n_factors=3, n_epochs=3).fit(SAMPLE.ratings)
    recipe = Recipe(filters=Filters(min_ratings=30), retrieve=50, diversity=0.3)
    return hybrid(Asked.of(model, SAMPLE, 4), recipe)


@pytest.fixture(scope="module")
def found(listed: Ranking) -> Retrieved:
    assert listed.retrieved is not None
    return listed.retrieved


def test_every_step_is_a_bar_with_its_number(listed: Ranking) -> None:
    chart = left_after(listed, "new")
    steps = chart.figure["series"][0]["data"]
    assert chart.table["films left"].tolist() == [stage.n_left for stage in listed.stages]
    assert [step["name"].split(" · ")[0] for step in steps] == [f"{s.n_left:,}" for s in listed.stages]
    assert [step["value"] for step in steps] == [stage.n_left for stage in listed.stages]
    assert chart.table["step"].tolist()[-3:] == ["retrieved", "ranked best", "on the list"]
    assert "not rated yet" in chart.table["step"].tolist()
    assert f"From {len(SAMPLE.catalogue):,} films to 10" in chart.alt


def test_each_source_shows_what_it_brought_and_what_was_listed(listed: Ranking, found: Retrieved) -> None:
    chart = who_brought(listed, found)
    table = chart.table.set_index("source")
    for stage, (_, row) in zip(found.stages, table.iterrows(), strict=True):
        brought = {int(i) for i, by in zip(found.items, found.brought, strict=True) if stage.name in by}
        assert row["candidates"] == len(brought)
        assert row["on the list"] == len(brought & set(listed.items.tolist()))
        assert row["of them nobody else's"] <= row["candidates"] <= row["brought"]
    written = [point["name"] for point in chart.figure["series"][1]["data"]]
    assert written == [f"{n} on the list" for n in table["on the list"]]
    assert f"{len(found)} different candidates" in chart.alt


def loss(limit: int | None, mean: float, p: float = 0.01) -> Loss:
    change = None if limit is None else Change(mean, mean - 0.02, mean + 0.02, p)
    return Loss(limit, Estimate(0.3 + mean, 0.2, 0.4, 50), change, 0.9)


def test_what_is_lost_is_written_at_its_mark_and_in_the_words() -> None:
    rows = [Quality(loss(None, 0.0), 10), Quality(loss(50, -0.05), 4), Quality(loss(100, 0.0004), 7)]
    chart = quality_lost(rows, 10, 10, {0: "", 50: "worse", 100: "noise"})
    dots = [one for one in chart.figure["series"] if one["type"] == "scatter"]
    assert [dot["label"]["formatter"] for dot in dots] == ["−0.050 worse", "+0.0004 noise"]
    spans = [one for one in chart.figure["series"] if one["type"] == "line"]
    assert [end[0] for end in spans[0]["data"]] == pytest.approx([-0.07, -0.03])
    assert "with 50 NDCG@10 changes by −0.050 (worse) and 4 of your own 10 stay" in chart.alt
    assert chart.figure["xAxis"]["min"] < -0.07
    assert chart.table["change"].tolist()[1:] == [-0.05, 0.0004]


def test_too_few_people_leave_no_mark_rather_than_a_wrong_one() -> None:
    nan = float("nan")
    unknown = Loss(50, Estimate(nan, nan, nan, 0), Change(nan, nan, nan, nan), 1.0)
    chart = quality_lost([Quality(loss(None, 0.0), 10), Quality(unknown, 10)], 10, 10, {50: "too few people"})
    assert chart.figure["series"] == []
    assert chart.figure["xAxis"]["min"] < 0 < chart.figure["xAxis"]["max"]
