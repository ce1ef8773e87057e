"""What the Compare screen says in words, and what a plan comes to: held to the report they are made of."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import recsys_core as rc
from recsys_core.cost import Size
from recsys_core.cost.machine import Speed
from recsys_core.evaluation import Report, Splitting
from recsys_core.evaluation.cross_validation import BASELINES
from recsys_core.evaluation.metrics import metrics
from recsys_core.jobs import Compare, Event, Job
from ui.compare import table
from ui.compare.answers import answer, left_out, means, no_better, trap, trivial
from ui.compare.closer import traded
from ui.compare.earlier import beside
from ui.compare.files import KINDS, TABLES, made
from ui.compare.following import how_far
from ui.compare.kept import protocol_in, report_in, run_of, title
from ui.compare.plan import FEWEST, MOST, OF_LISTS, OF_RATINGS, Plan, able, costs, share_done, spec, total
from ui.compare.plan import metrics as measured

APP = Path(__file__).parents[2] / "app.py"
SAMPLE = rc.load("sample")
CHOSEN = {"als": {}, "puresvd": {"n_factors": 5}}
PLAN = Plan(CHOSEN, Splitting("k-fold", folds=2), 10, 4.0, True)
SPEED = Speed(measured=True)


@pytest.fixture(scope="module")
def report() -> Report:
    """A real one, of what a visitor gets with two folds."""
    asked = spec(PLAN, SAMPLE)
    return rc.cross_validate(
        dict(asked.algorithms), SAMPLE, splitting=asked.how, metrics=asked.metrics, relevance=asked.relevance
    )


@pytest.fixture(scope="module")
def broken(report: Report) -> Report:
    """The same with one model whose predictions are not numbers, and one that failed."""
    lost, failed = report.labels[0], report.labels[1]
    cells = []
    for cell in report.cells:
        if cell.algorithm == lost:
            nan = dict.fromkeys(cell.values, math.nan)
            cell = replace(cell, values=nan, warnings=("Some are not a number (nan).",))
        if cell.algorithm == failed and cell.fold == 1:
            cell = replace(cell, values={}, error="It ran away.")
        cells.append(cell)
    return replace(report, cells=tuple(cells))


def job(asked: Compare, *events: Event, state: str = "running") -> Job:
    return Job("x" * 22, asked, "me", Path("nowhere"), state, events=events)  # type: ignore[arg-type]


# ---------------------------------------------------------------- the answer


@pytest.mark.parametrize(("name", "pick"), [("rmse", min), ("mae", min), ("ndcg", max), ("novelty", max)])
def test_the_answer_names_the_best_and_what_its_gap_is(name: str, pick: object, report: Report) -> None:
    found = means(report, name)
    said = answer(report, name)
    assert said is not None
    assert said.best == pick(found, key=found.__getitem__)  # type: ignore[operator]
    assert f"{found[said.best]:.4f}" in said.words
    assert said.next in said.words
    verdict = report.difference(said.best, said.next, name).words
    assert verdict in said.words


def test_a_metric_of_the_whole_has_an_answer_without_a_judgement(report: Report) -> None:
    said = answer(report, "coverage")
    assert said is not None
    assert "cannot be judged" in said.words


def test_of_a_report_kept_without_people_no_gap_is_judged(report: Report) -> None:
    bare = replace(report, people=None)
    said = answer(bare, "rmse")
    assert said is not None
    assert "cannot be judged" in said.words
    assert trap(bare) is None


def test_the_trap_is_set_when_the_two_bests_differ(report: Report) -> None:
    by_rmse, by_ndcg = (answer(report, name) for name in ("rmse", "ndcg"))
    caught = trap(report)
    assert by_rmse is not None
    assert by_ndcg is not None
    assert by_rmse.best != by_ndcg.best, "a pure SVD ranks well and predicts no stars"
    assert caught is not None
    assert (caught.by_rmse, caught.by_ndcg) == (by_rmse.best, by_ndcg.best)


def test_who_does_not_beat_the_trivial_is_named(report: Report) -> None:
    losers, floor = no_better(report)
    found = means(report, "rmse")
    beneath = {label: found[label] for label in trivial(report)}
    assert floor == min(beneath, key=beneath.__getitem__)
    assert losers == ["Pure SVD of a zero-filled table"]
    assert len(beneath) == len(BASELINES)


def test_what_is_no_number_is_never_the_best_and_is_said_to_be_none(broken: Report) -> None:
    lost, failed = broken.labels[:2]
    for name in broken.metrics:
        said = answer(broken, name)
        assert said is not None
        assert said.best not in {lost, failed}
    shown = table.frame(broken, "Errors")
    assert set(shown.loc[lost].iloc[1:]) == {"not a number"}
    assert set(shown.loc[failed].iloc[1:]) == {"failed"}
    assert any("not a number" in warning for warning in broken.warnings)


def test_people_with_nothing_to_find_are_counted_once_a_fold(report: Report) -> None:
    of_one = [cell for cell in report.cells if cell.algorithm == report.labels[0]]
    without = sum(cell.n_without or 0 for cell in of_one)
    assert left_out(report).startswith(f"{without:,} of {sum(cell.n_users for cell in of_one):,} ")


# ---------------------------------------------------------------- the table


@pytest.mark.parametrize("group", list(table.GROUPS))
def test_the_star_stands_at_the_best_of_its_column_alone(group: str, report: Report) -> None:
    shown = table.frame(report, group)
    names = [name for name in table.GROUPS[group] if name in report.metrics]
    assert len(shown) == len(report.labels)
    for name, column in zip(names, shown.columns[1:], strict=False):
        better, found = metrics()[name].better, means(report, name)
        best = (min if better == "lower" else max)(found.values())
        starred = [label for label, words in shown[column].items() if table.STAR in words]
        assert starred == ([] if better == "neither" else [n for n in shown.index if found[n] == best])


def test_the_table_has_mean_and_spread_best_first(report: Report) -> None:
    shown = table.frame(report, "Errors")
    assert list(shown.index) == list(report.table["rmse"].sort_values().index)
    best = shown.index[0]
    row = report.table.loc[best]
    assert shown.iloc[0, 1] == f"{row['rmse']:.4f} ± {row['rmse sd']:.4f} {table.STAR}"


def test_while_folds_are_missing_nobody_is_starred(report: Report) -> None:
    partial = replace(report, cells=report.cells[:7])
    shown = table.frame(partial, "Overview")
    assert table.STAR not in shown.to_string()
    assert set(shown["folds done"]) == {"1 of 2", "2 of 2"}


# ---------------------------------------------------------------- the plan


def test_the_job_measures_what_is_planned_with_the_trivial_ones_beside() -> None:
    asked = spec(PLAN, SAMPLE)
    assert {name for name, _ in asked.algorithms.values()} == {*CHOSEN, *BASELINES}
    assert asked.algorithms["Pure SVD of a zero-filled table"] == ("puresvd", {"n_factors": 5})
    assert asked.how == PLAN.splitting
    assert asked.metrics == (*OF_RATINGS, *OF_LISTS)
    assert measured(replace(PLAN, lists=False), SAMPLE) == OF_RATINGS
    assert set(OF_LISTS) | set(OF_RATINGS) <= set(metrics())


def test_too_few_and_too_many_are_told() -> None:
    names = able(SAMPLE, PLAN.splitting)
    for n in (0, FEWEST - 1, MOST + 1):
        assert replace(PLAN, chosen={name: {} for name in names[:n]}).missing
    for n in (FEWEST, MOST):
        assert not replace(PLAN, chosen={name: {} for name in names[:n]}).missing


def test_where_people_are_held_out_only_who_can_place_them_is_offered() -> None:
    whole = Splitting("held-out users")
    assert all(rc.algorithms()[name].folds_in for name in able(SAMPLE, whole))
    assert "surprise_normal_predictor" not in replace(PLAN, splitting=whole).contenders
    assert "binary_cf" not in able(SAMPLE, PLAN.splitting), "its errors are not stars"


def test_the_cost_knows_that_neighbours_take_long_over_lists() -> None:
    size = Size.of(SAMPLE.ratings, SAMPLE.side)
    neighbours = replace(PLAN, chosen={"item_knn": {}, "svd": {}})
    with_lists, without = (costs(replace(neighbours, lists=on), size, SPEED) for on in (True, False))
    assert with_lists["item_knn"].seconds > 5 * without["item_knn"].seconds
    assert total(neighbours, size, SPEED).seconds > sum(each.seconds for each in with_lists.values())


def test_twice_the_cuts_cost_twice_as_much() -> None:
    size = Size.of(SAMPLE.ratings, SAMPLE.side)
    once = costs(replace(PLAN, splitting=Splitting("repeated k-fold", folds=5)), size, SPEED)
    twice = costs(replace(PLAN, splitting=Splitting("repeated k-fold", folds=5, repeats=2)), size, SPEED)
    a_fifth = costs(replace(PLAN, splitting=Splitting("hold-out", share=0.2)), size, SPEED)
    for name in CHOSEN:
        assert twice[name].seconds == pytest.approx(2 * once[name].seconds)
        assert a_fifth[name].seconds == pytest.approx(once[name].seconds / 5)


def test_what_takes_long_counts_for_more_in_the_progress() -> None:
    weights = {"slow": 3.0, "quick": 1.0}
    order = ("slow", "quick")
    assert [share_done(weights, order, n, 2) for n in range(5)] == [0.0, 0.375, 0.5, 0.875, 1.0]
    assert share_done({}, (), 3, 2) == 0.0


def test_a_comparison_says_which_fold_of_which_model_it_is_at() -> None:
    asked = spec(PLAN, SAMPLE)
    n = len(asked.algorithms) * 2
    assert how_far(job(asked), SAMPLE).share == 0.0
    halfway = how_far(job(asked, Event(n // 2, n, 4.0, part="als, fold 2 of 2")), SAMPLE)
    assert halfway.share == pytest.approx(0.5)
    assert halfway.doing == "als, fold 2 of 2"
    assert halfway.seconds_left == pytest.approx(4.0)
    assert how_far(job(asked, Event(n, n, 8.0), state="done"), SAMPLE).share == 1.0


# ---------------------------------------------------------------- kept and passed on


def test_a_run_on_record_reads_back_as_the_report(report: Report) -> None:
    run = run_of(job(spec(PLAN, SAMPLE), Event(10, 10, 3.5)), report)
    assert run.seconds == 3.5
    assert "me" not in run.owner
    again = report_in(run)
    assert again.table.equals(report.table)
    assert again.differences("rmse") == report.differences("rmse")
    assert protocol_in(run) == report.protocol
    assert "5 models · 2-fold, seed 0" in title(run)


def test_runs_of_one_protocol_stand_in_one_table(report: Report) -> None:
    rows = beside({"one": report, "two": report})
    assert len(rows) == 2 * len(report.labels)
    assert set(rows["run"]) == {"one", "two"}
    assert rows["RMSE"][0] == f"{report.table['rmse'].iloc[0]:.4f}"


@pytest.mark.parametrize("kind", KINDS)
def test_every_file_can_be_made(kind: str, report: Report) -> None:
    for which in TABLES if kind in {"CSV", "Parquet"} else ("table",):
        content = made(report, kind, which)
        assert report.labels[0].encode() in content


# ---------------------------------------------------------------- how the table is read


def test_the_table_says_what_its_spread_is_and_that_one_cut_has_none(report: Report) -> None:
    assert "± their standard deviation" in table.legend(report)
    assert table.legend(report).endswith(" 2-fold, seed 0.")
    protocol = replace(report.protocol, splitting=Splitting("time"), split_identities=("only",))
    once = table.legend(replace(report, protocol=protocol))
    assert "±" not in once
    assert "single cut" in once


def test_a_repeated_cut_is_offered_twice_at_least() -> None:
    app = AppTest.from_file(APP, default_timeout=30)
    app.session_state["compare-cut"] = "repeated k-fold"
    app.switch_page("pages/40_compare.py")
    app.run()
    times = app.number_input("compare-repeats")
    assert times.value == times.min == 2


# ---------------------------------------------------------------- ratings too few to measure lists


@pytest.fixture(scope="module")
def tiny() -> Report:
    """Of four people: in some fold nobody has anything to find."""
    data = rc.load("lectures-albums")
    return rc.cross_validate(["als", "bias"], data, metrics=("rmse", "ndcg", "coverage"))


def test_why_lists_cannot_be_measured_is_said(tiny: Report, report: Report) -> None:
    empty = next(cell.fold + 1 for cell in tiny.cells if cell.n_without == cell.n_users)
    assert f"In fold {empty} that is everybody, so those figures are not a number" in left_out(tiny)
    assert "everybody" not in left_out(report)


def test_only_what_was_measured_can_be_traded(tiny: Report, report: Report) -> None:
    assert math.isnan(tiny.value("als", "ndcg"))
    assert {"rmse", "coverage", "fit seconds"} <= set(traded(tiny))
    assert "ndcg" not in traded(tiny)
    assert "ndcg" in traded(report)
