"""The offline study, small: on people the model never saw, every figure one that can be computed again."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.__main__ import main
from recsys_core.errors import DataError, UnsupportedError
from recsys_core.evaluation.metrics import Lists, metric
from recsys_core.evaluation.panel import Panel, lists_of
from recsys_core.evaluation.splits import Splitting
from recsys_core.evaluation.study import Study, load, reading, save
from recsys_core.evaluation.study import study as measure
from recsys_core.evaluation.study.files import from_json, to_json
from recsys_core.evaluation.study.measure import BLEND, EVERYTHING, PLAIN
from recsys_core.evaluation.study.on_panel import gather, retrieval_loss, weights_alone
from recsys_core.evaluation.study.parts import Change, Estimate, Point, choose, estimates
from recsys_core.evaluation.study.words import moved
from recsys_core.ranking import Filters, HybridWeights, Recipe, rank

SMALL = {"n_factors": 6, "n_epochs": 2}
SHARE, GIVEN, SEED = 0.1, 15, 3


@pytest.fixture(scope="module")
def found() -> Study:
    data = rc.load("sample")
    return measure(data, "als", SMALL, share=SHARE, given=GIVEN, seed=SEED, limits=(50, 100, 10_000))


def test_the_figures_of_ranking_everything_can_be_computed_from_nothing_but_the_split(found: Study) -> None:
    data = rc.load("sample")
    how = Splitting("held-out users", share=SHARE, given=GIVEN, seed=SEED)
    split = next(how.splits(data.ratings))
    train, given, test = (
        part(data.ratings) for part in (split.train_ratings, split.given_ratings, split.test_ratings)
    )
    model = rc.algorithm("als", **SMALL).fit(train)
    people = np.unique(test.users)
    lists = []
    for user in people:
        items, values = given.by_user.row(int(user))
        may = np.flatnonzero((train.by_item.counts > 0) & ~np.isin(np.arange(train.n_items), items))
        lists.append(rank(model.scores(model.fold_in(items, values)), may.astype(np.int32), 10))
    rated = np.flatnonzero(train.by_item.counts > 0)
    judged = Lists.of(train, test, people, np.array(lists), candidates=rated)
    for point in (found.curve[0], found.blends[0]):
        for name in ("ndcg", "recall"):
            assert point.figures[name].mean == pytest.approx(metric(name).value(judged), abs=1e-12)
    assert found.n_people == len(people)
    assert found.n_without == judged.n_without
    assert found.protocol.split_identities == (split.identity,)


def test_the_points_are_what_was_asked_for(found: Study) -> None:
    assert [point.name for point in found.curve] == [EVERYTHING, "50", "100"]  # no more than there are
    assert [point.n_candidates for point in found.curve[1:]] == [50, 100]
    assert found.blends[0].name == PLAIN
    assert found.blend == BLEND
    for points in (found.curve, found.blended_curve, found.blends):
        assert not points[0].changes
        for point in points:
            assert 0 < point.milliseconds <= point.milliseconds_p95
            one = point.figures["ndcg"]
            assert one.low <= one.mean <= one.high
            assert one.n == found.n_people - found.n_without
        for point in points[1:]:
            gap = point.figures["ndcg"].mean - points[0].figures["ndcg"].mean
            assert point.changes["ndcg"].mean == pytest.approx(gap)


def test_more_candidates_hold_more_of_what_people_like_and_of_the_whole_list(found: Study) -> None:
    for curve in (found.curve, found.blended_curve):
        for figure in ("reach", "same"):
            values = [point.figures[figure].mean for point in curve]
            assert values[0] == 1.0
            assert values[1] < values[2] < 1.0
    blended = {point.name: point for point in found.blends}[BLEND]
    assert found.blended_curve[0].figures["ndcg"] == blended.figures["ndcg"]


def test_the_words_follow_the_numbers(found: Study) -> None:
    said = " ".join(reading(found))
    plain = found.blends[0].figures["ndcg"].mean
    assert f"NDCG@10 {plain:.4f}" in said
    assert moved(Change(0.02, 0.01, 0.03, 0.001)) == "0.0200 higher (0.0100 to 0.0300)"
    assert moved(Change(-0.02, -0.03, -0.01, 0.001)) == "0.0200 lower (0.0100 to 0.0300)"
    assert "too small to tell" in moved(Change(0.02, -0.01, 0.05, 0.3))
    # The same study with the gap turned round says the opposite.
    worse = [point_with(point, -abs(point.changes["ndcg"].mean) - 0.01) for point in found.blended_curve[1:]]
    turned = " ".join(reading(replace(found, blended_curve=(found.blended_curve[0], *worse))))
    assert "A real loss with 50 and 100 candidates" in turned
    slow = tuple(replace(p, milliseconds=99.0) if p.name == EVERYTHING else p for p in found.curve)
    assert "Retrieval saves time with 50 and 100" in " ".join(reading(replace(found, curve=slow)))
    assert "too small to retrieve fewer" in " ".join(reading(replace(found, curve=found.curve[:1])))


def point_with(point: Point, change: float) -> Point:
    return replace(point, changes={**point.changes, "ndcg": Change(change, change - 0.01, change / 2, 0.001)})


def test_an_interval_and_a_change_come_from_drawing_people_again() -> None:
    rng = np.random.default_rng(1)
    base = rng.random(200)
    rows = np.array([base, base + 0.1, base])
    rows[:, :20] = np.nan
    (first, second, _), (better, same) = estimates(rows)
    assert first.n == 180
    spread = 1.96 * np.nanstd(base[20:]) / np.sqrt(180)
    assert (first.high - first.low) / 2 == pytest.approx(spread, rel=0.15)
    assert second.mean - first.mean == pytest.approx(0.1)
    assert better.real
    assert better.low == pytest.approx(0.1)
    assert (same.mean, same.real) == (0.0, False)
    nothing, _ = estimates(np.full((2, 5), np.nan))
    assert nothing[0].n == 0
    assert isinstance(nothing[0], Estimate)
    assert np.isnan(nothing[0].mean)


def test_the_best_recipe_is_judged_on_people_it_was_not_chosen_on(found: Study) -> None:
    names = [point.name for point in found.blends]
    assert found.best.name in names
    assert found.best.ndcg.n == (found.n_people - found.n_without) // 2
    # Two recipes of pure luck: the one chosen is not better than chance on the others.
    rng = np.random.default_rng(5)
    lucky = rng.random((40, 60))
    chosen = choose([str(row) for row in range(40)], lucky, seed=1)
    assert chosen.name != "0"
    flattering = lucky[int(chosen.name)].mean() - lucky[0].mean()
    assert chosen.change is not None
    assert chosen.change.mean < flattering
    constant = choose(["plain", "worse"], np.array([np.ones(30), np.zeros(30)]), seed=1)
    assert (constant.name, constant.change) == ("plain", None)


def test_a_study_is_written_and_read_back_whole(found: Study, tmp_path: Path) -> None:
    page = save(found, tmp_path / "out").read_text(encoding="utf-8")
    again = load(tmp_path / "out")
    assert to_json(again) == to_json(found)
    assert again.curve[1].changes["ndcg"] == found.curve[1].changes["ndcg"]
    assert found.protocol.fingerprint in page
    assert "The audience of this data is simulated." in page
    rows = list(csv.DictReader((tmp_path / "out" / "blends.csv").open(encoding="utf-8")))
    assert [row["name"] for row in rows] == [point.name for point in found.blends]
    assert float(rows[0]["ndcg"]) == found.blends[0].figures["ndcg"].mean
    protocol = json.loads((tmp_path / "out" / "study.json").read_text())["protocol"]
    assert protocol["splitting"]["kind"] == "held-out users"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "protocol": 3}'])
def test_what_is_no_study_is_refused_in_words(text: str) -> None:
    with pytest.raises(DataError, match=r"study|protocol"):
        from_json(text)


def test_a_model_that_cannot_place_new_people_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="als, for one"):
        measure(rc.load("sample"), "surprise_nmf")


def test_the_command_writes_the_files_and_says_what_it_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "study"
    asked = ["study", "--data", "sample", "--model", "popularity", "--share", "0.05", "--out", str(out)]
    assert main(asked) == 0
    assert {file.name for file in out.iterdir()} == {
        "study.md", "study.json", "retrieval.csv", "retrieval_blend.csv", "blends.csv",
    }  # fmt: skip
    assert "Weights. The plain order" in capsys.readouterr().out
    assert main(["study", "--data", "sample", "--share", "7", "--out", str(out)]) == 1
    assert "share" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert main([*asked[:-1], str(tmp_path / "file")]) == 1
    assert "cannot be written to" in capsys.readouterr().err


@pytest.mark.parametrize("folder", sorted((Path(__file__).parents[2] / "docs" / "study").glob("*/")))
def test_what_the_repository_reports_is_what_its_own_figures_say(folder: Path) -> None:
    kept = load(folder)
    page = (folder / "study.md").read_text(encoding="utf-8")
    assert all(paragraph in page for paragraph in reading(kept))


# ---------------------------------------------------------------- on a panel, for the screen


@pytest.fixture(scope="module")
def panel() -> Panel:
    return Panel.make("als", dict(SMALL), rc.load("sample"), n_people=25)


@pytest.mark.parametrize(
    "weights",
    [
        HybridWeights(rating=1.0),
        HybridWeights(rating=1.0, similarity=0.4, popularity=0.3),
        HybridWeights(popularity=1.0, recency=0.5),
        HybridWeights(sponsored=1.0),  # says nothing here: what stands in is retrieved for as well
    ],
)
def test_lists_on_the_panel_are_those_of_the_hybrid_ranking(panel: Panel, weights: HybridWeights) -> None:
    recipe = Recipe(weights, filters=Filters(min_ratings=5), n=8)
    found = retrieval_loss(panel, recipe, gather(panel, recipe), (30, 60))
    assert [one.limit for one in found] == [None, 30, 60]
    for one in found:
        lists = lists_of(panel, replace(recipe, retrieve=one.limit))
        assert one.ndcg.mean == pytest.approx(metric("ndcg").value(lists), abs=1e-12)
    assert found[0].same == 1.0
    assert found[1].same <= found[2].same <= 1.0


def test_recipes_that_differ_only_in_what_is_left_out_share_an_answer() -> None:
    dials = Recipe(HybridWeights(rating=1.0, novelty=0.2), n=8)
    assert weights_alone(replace(dials, diversity=0.3, retrieve=50, half_life=9.0)) == weights_alone(dials)
    assert weights_alone(replace(dials, n=9)) != weights_alone(dials)
