"""Searches find what GridSearchCV finds, fail cell by cell, and keep their hands off the test part."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import recsys_core as rc
from recsys_core.algorithms.svd import SVD
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError, HyperParameterError, LeakError, UnsupportedError
from recsys_core.evaluation import Splitting, hold_out
from recsys_core.evaluation.sealed import Sealed
from recsys_core.evaluation.search import Range, SearchReport, suggested, suggested_space
from recsys_core.evaluation.search.scoring import Fold, Scorer
from recsys_core.ratings import FloatArray

GRID = {"n_factors": [3, 6], "learning_rate": [0.005, 0.02], "n_epochs": [4]}
WIDE = {"n_factors": Range(2, 30, log=True), "learning_rate": Range(1e-3, 0.05, log=True), "n_epochs": [3]}


@pytest.fixture(scope="module")
def sample() -> Dataset:
    return rc.load("sample")


@pytest.fixture(scope="module")
def found(sample: Dataset) -> SearchReport:
    return rc.grid_search("svd", GRID, sample, test_share=0.2)


def numbers(report: SearchReport) -> pd.DataFrame:
    """All but the time it took."""
    return report.table.drop(columns="fit seconds")


# ---------------------------------------------------------------- the same as GridSearchCV


@pytest.fixture(scope="module")
def theirs(real: Callable[[str], Dataset]) -> Any:
    """Surprise's search, done."""
    import surprise
    from surprise.model_selection import GridSearchCV, KFold

    ratings = real("ml-100k").ratings
    frame = pd.DataFrame({"user": ratings.users, "item": ratings.items, "rating": ratings.values})
    grid = {"n_epochs": [2, 4], "lr_all": [0.005, 0.02], "n_factors": [10], "random_state": [0]}
    folds = KFold(3, random_state=5)
    search = GridSearchCV(surprise.SVD, grid, ["rmse", "mae"], cv=folds, return_train_measures=True)
    search.fit(surprise.Dataset.load_from_df(frame, surprise.Reader(rating_scale=(1, 5))))
    return search


@pytest.mark.real
@pytest.mark.parametrize("metric", ["rmse", "mae"])
@pytest.mark.parametrize("name", ["svd", "surprise_svd"])
def test_every_cell_is_that_of_grid_search_cv(
    name: str, metric: str, theirs: Any, real: Callable[[str], Dataset]
) -> None:
    grid = {"n_epochs": [2, 4], "learning_rate": [0.005, 0.02], "n_factors": [10]}
    report = rc.grid_search(name, grid, real("ml-100k"), folds=3, seed=5, metric=metric)
    columns = {"mean": f"mean_test_{metric}", "training": f"mean_train_{metric}"}
    columns |= {f"fold {k + 1}": f"split{k}_test_{metric}" for k in range(3)}
    for column, their_column in columns.items():
        same = pytest.approx(theirs.cv_results[their_column], abs=1e-9)
        assert report.table[column].to_numpy() == same, column
    assert report.best is not None
    assert report.best.score == pytest.approx(theirs.best_score[metric], abs=1e-9)
    n_epochs, rate, n_factors = report.best.parameters.values()
    chosen = {"n_epochs": n_epochs, "lr_all": rate, "n_factors": n_factors, "random_state": 0}
    assert chosen == theirs.best_params[metric]


def test_a_cell_is_what_it_would_be_alone(found: SearchReport, sample: Dataset) -> None:
    sealed = Sealed(sample.ratings, hold_out(sample.ratings, 0.2, 0))
    for cell in found.cells[1:3]:
        scores = []
        for split in Splitting(folds=3).splits(sealed.tuning):
            model = rc.algorithm("svd", **cell.parameters).fit(split.train_ratings(sealed.tuning))
            test = split.test_ratings(sealed.tuning)
            error = model.predict(test.users, test.items) - test.values
            scores.append(float(np.sqrt(np.mean(error**2))))
        assert cell.scores == pytest.approx(scores, abs=1e-12)
        assert cell.mean == pytest.approx(np.mean(scores), abs=1e-12)
        assert cell.sd == pytest.approx(np.std(scores, ddof=1), abs=1e-12)


def test_the_table_has_a_row_a_cell_in_the_order_of_the_grid(found: SearchReport) -> None:
    table = found.table
    assert list(zip(table["n_factors"], table["learning_rate"], strict=True)) == [
        (3, 0.005),
        (3, 0.02),
        (6, 0.005),
        (6, 0.02),
    ]
    assert set(table["state"]) == {"done"}
    assert (table["training"] < table["mean"]).all()
    assert found.best is not None
    assert found.best.score == table["mean"].min()


def test_best_is_the_largest_where_larger_is_better(sample: Dataset) -> None:
    report = rc.grid_search("svd", {"n_epochs": [1, 5]}, sample, folds=2, metric="ndcg")
    assert report.best is not None
    assert report.best.score == report.table["mean"].max()
    assert report.table["training"].isna().all()  # lists leave out what was trained on


def test_probabilities_are_searched_by_their_own_metrics(sample: Dataset) -> None:
    report = rc.grid_search("binary_cf", {"n_epochs": [2, 10]}, sample, folds=2, metric="log_loss")
    assert report.best is not None
    assert 0 < report.best.score < 1


def test_a_report_survives_json_to_the_last_digit(found: SearchReport, sample: Dataset) -> None:
    failing = rc.grid_search("svd", {"learning_rate": [0.005, 1.0]}, sample, folds=2)
    for report in (found, failing):
        again = SearchReport.from_json(report.to_json())
        pd.testing.assert_frame_equal(again.table, report.table, check_exact=True)
        assert again.best == report.best
        assert again.test == report.test
        assert again.protocol == report.protocol
        assert again.to_json() == report.to_json()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cells": 1}', "null", "[" * 100_000])
def test_other_text_is_no_report(text: str) -> None:
    with pytest.raises(DataError, match="not the text of a search"):
        SearchReport.from_json(text)


# ---------------------------------------------------------------- drawing cells


@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_the_same_seed_gives_the_same_table(sampler: Any, sample: Dataset) -> None:
    one, two, other = (
        numbers(rc.search("svd", WIDE, sample, sampler, 8, folds=2, seed=seed)) for seed in (3, 3, 4)
    )
    pd.testing.assert_frame_equal(one, two, check_exact=True)
    assert not one["n_factors"].equals(other["n_factors"])
    assert one["n_factors"].between(2, 30).all()
    assert one["learning_rate"].between(1e-3, 0.05).all()


def test_what_was_learned_leads_away_from_where_training_diverges(sample: Dataset) -> None:
    space = {"learning_rate": Range(0.005, 1, log=True), "n_epochs": [4], "n_factors": [4]}
    report = rc.search("svd", space, sample, "tpe", 24, folds=2)
    failed = report.table["state"] == "failed"
    assert failed[:8].any()
    assert failed[:12].sum() > failed[12:].sum()


def test_only_drawn_cells_are_stopped_early(sample: Dataset) -> None:
    drawn = rc.search("svd", WIDE, sample, "random", 16, folds=3)
    stopped = drawn.table["state"] == "stopped early"
    assert stopped.any()
    assert drawn.table.loc[stopped, "mean"].isna().all()
    assert drawn.table.loc[stopped, "fold 3"].isna().all()
    whole = rc.search("svd", WIDE, sample, "random", 16, folds=3, pruning=False)
    assert set(whole.table["state"]) == {"done"}
    same = drawn.table["state"] == "done"
    pd.testing.assert_frame_equal(numbers(drawn)[same], numbers(whole)[same], check_exact=True)
    assert drawn.best == whole.best
    grid = rc.grid_search(
        "svd", {"learning_rate": list(np.linspace(0.001, 0.1, 12)), "n_epochs": [2]}, sample
    )
    assert set(grid.table["state"]) == {"done"}


def test_threads_give_the_same_table(sample: Dataset) -> None:
    one, two = (numbers(rc.grid_search("svd", GRID, sample, threads=n)) for n in (1, 2))
    pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_suggestions_lie_around_the_default_and_within_bounds() -> None:
    for name, cls in rc.algorithms().items():
        for parameter, declared in cls.hyper_parameters().items():
            where = suggested(declared)
            assert suggested_space(name, [parameter]) == {parameter: where}
            ends = (where.low, where.high) if isinstance(where, Range) else where
            for value in ends:
                assert declared.check(value) == value
            if isinstance(where, Range):
                assert where.low <= float(declared.default) <= where.high
    assert suggested_space("svd", ["learning_rate"]) == {"learning_rate": Range(0.0005, 0.05, log=True)}


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("name", "space", "sampler", "sentence"),
    [
        ("nobody", {"n_factors": [1]}, "grid", "no algorithm 'nobody'"),
        ("svd", {}, "grid", "nothing to vary"),
        ("svd", {"depth": [1]}, "grid", "no hyper-parameter 'depth'"),
        ("svd", {"n_factors": [0, 5]}, "grid", "n_factors = 0 is not allowed"),
        ("svd", {"n_factors": []}, "grid", "no values"),
        ("svd", {"n_factors": [5, 5.0]}, "grid", "names a value twice"),
        ("svd", {"n_factors": 5}, "grid", "list the values"),
        ("svd", {"n_factors": Range(1, 10)}, "grid", "A grid lists its values"),
        ("svd", {"n_factors": Range(1, 1000)}, "random", "n_factors = 1000 is not allowed"),
        ("svd", {"n_epochs": list(range(1, 101)), "n_factors": list(range(1, 101))}, "grid", "too large"),
        ("svd", {"n_factors": [5]}, "sobol", "no sampler 'sobol'"),
        ("als", {"n_factors": [5]}, "grid", "no metric"),
    ],
)
def test_a_space_out_of_bounds_is_refused_before_anything_is_tried(
    name: str, space: Any, sampler: Any, sentence: str, sample: Dataset
) -> None:
    told: list[SearchReport] = []
    metric = "stars" if name == "als" else "rmse"
    with pytest.raises(HyperParameterError, match=sentence):
        rc.search(name, space, sample, sampler, metric=metric, progress=told.append)
    assert told == []


@pytest.mark.parametrize(("low", "high", "log"), [(2, 1, False), (0, 1, True), (0, float("inf"), False)])
def test_a_range_goes_up(low: float, high: float, log: bool) -> None:
    with pytest.raises(HyperParameterError, match="range"):
        Range(low, high, log)


@pytest.mark.parametrize(
    ("name", "metric", "sentence"),
    [
        ("svd", "log_loss", "predicts ratings"),
        ("binary_cf", "rmse", "predicts the probability"),
        ("svd", "popularity_lift", "only describes"),
    ],
)
def test_a_metric_that_does_not_fit_is_refused(
    name: str, metric: str, sentence: str, sample: Dataset
) -> None:
    with pytest.raises(HyperParameterError, match=sentence):
        rc.grid_search(name, {"n_epochs": [1]}, sample, metric=metric)


@pytest.mark.parametrize(
    "asked",
    [{"seed": -1}, {"seed": 2**32}, {"seed": 0.5}, {"threads": 0}, {"n_trials": 0}, {"n_trials": 10**6}],
)
def test_a_number_out_of_bounds_is_named(asked: dict[str, Any], sample: Dataset) -> None:
    (name,) = asked
    with pytest.raises((HyperParameterError, DataError), match=f"{name} = .* is not allowed"):
        rc.search("svd", WIDE, sample, "random", **{"splitting": Splitting(folds=2), **asked})


def test_people_held_out_whole_are_refused(sample: Dataset) -> None:
    with pytest.raises(UnsupportedError, match="held-out users"):
        rc.grid_search("svd", GRID, sample, splitting=Splitting("held-out users"))


# ---------------------------------------------------------------- cells that fail


def test_a_cell_that_diverges_is_a_row_that_says_so(sample: Dataset) -> None:
    report = rc.grid_search("svd", {"learning_rate": [1.0, 0.005]}, sample, folds=2)
    failed, fine = report.cells
    assert failed.state == "failed"
    assert "left the finite numbers" in failed.error
    assert np.isnan(failed.mean)
    assert fine.state == "done"
    assert report.best is not None
    assert report.best.number == fine.number


def test_predictions_that_are_no_numbers_never_win(sample: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = SVD._estimate

    def lost(self: SVD, users: Any, items: Any) -> FloatArray:
        return honest(self, users, items) * (np.nan if self.n_factors == 3 else 1.0)

    monkeypatch.setattr(SVD, "_estimate", lost)
    report = rc.grid_search("svd", GRID, sample, folds=2)
    assert list(report.table["state"]) == ["failed", "failed", "done", "done"]
    assert "finite numbers" in report.cells[0].error
    assert report.best is not None
    assert report.best.number >= 2


def test_what_nobody_foresaw_is_a_row_too_and_tells_no_secrets(
    sample: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = SVD._fit

    def broken(self: SVD, ratings: Any) -> None:
        if self.n_factors == 3:
            raise ValueError("/home/somebody/file")
        honest(self, ratings)

    monkeypatch.setattr(SVD, "_fit", broken)
    report = rc.grid_search("svd", GRID, sample, folds=2)
    assert report.cells[0].error == "Something unexpected stopped it (ValueError)."
    assert report.finished


def test_where_all_fail_there_is_no_best_and_the_test_stays_shut(sample: Dataset) -> None:
    report = rc.grid_search("svd", {"learning_rate": [1.0]}, sample, folds=2, test_share=0.2)
    assert report.finished
    assert report.best is None
    assert report.test is None
    with pytest.raises(DataError, match="never opened"):
        report.tested()
    with pytest.raises(DataError, match="No ratings were kept"):
        rc.grid_search("svd", {"n_epochs": [1]}, sample, folds=2).tested()


# ---------------------------------------------------------------- the test part


def test_the_test_part_is_opened_once_at_the_end_for_the_best(sample: Dataset) -> None:
    told: list[SearchReport] = []
    report = rc.grid_search("svd", GRID, sample, test_share=0.2, progress=told.append)
    assert [len(one.cells) for one in told] == [0, 1, 2, 3, 4]
    for one in told:
        with pytest.raises(LeakError, match="tuning on the test part"):
            one.tested()
    assert report.tested() == report.test
    assert report.test is not None
    assert report.best is not None
    split = hold_out(sample.ratings, 0.2, 0)
    assert report.test.opening.split == split.identity
    assert report.test.opening.closed_at <= report.test.opening.opened_at
    assert f"n_factors = {report.best.parameters['n_factors']}" in report.test.opening.chosen
    model = rc.algorithm("svd", **report.best.parameters).fit(split.train_ratings(sample.ratings))
    test = split.test_ratings(sample.ratings)
    error = model.predict(test.users, test.items) - test.values
    assert report.test.score == pytest.approx(float(np.sqrt(np.mean(error**2))), abs=1e-12)
    assert report.test.n_ratings == len(test)


def test_no_cell_sees_or_is_scored_on_the_sealed_part(
    sample: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = set(hold_out(sample.ratings, 0.2, 0).test.tolist())
    touched: list[bool] = []
    honest = Scorer.__call__

    def spy(self: Scorer, model: Any, fold: Fold) -> Any:
        used = np.concatenate([fold.split.train, fold.split.test])
        whole = fold.ratings.positions_in_whole(used)
        touched.append(not sealed.isdisjoint(whole.tolist()))
        return honest(self, model, fold)

    monkeypatch.setattr(Scorer, "__call__", spy)
    rc.grid_search("svd", GRID, sample, folds=2, test_share=0.2)
    assert touched == [False] * 8 + [True]  # the last one is the test itself


@pytest.mark.parametrize("share", [1.0, -0.1, 2.0, float("nan")])
def test_a_share_that_leaves_nothing_is_refused(share: float, sample: Dataset) -> None:
    with pytest.raises(DataError, match="share"):
        rc.grid_search("svd", GRID, sample, test_share=share)


# ---------------------------------------------------------------- manners


def test_nothing_is_printed_and_nothing_experimental_is_used(
    sample: Dataset, capfd: pytest.CaptureFixture[str], tmp_path: Any
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for sampler in ("random", "tpe"):
            storage = f"sqlite:///{tmp_path / 'searches.sqlite'}"
            rc.search("svd", WIDE, sample, sampler, 3, folds=2, storage=storage)  # type: ignore[arg-type]
    assert capfd.readouterr() == ("", "")


def test_importing_the_library_loads_no_optuna() -> None:
    import subprocess
    import sys

    code = "import sys, recsys_core; sys.exit('optuna' in sys.modules or 'sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
