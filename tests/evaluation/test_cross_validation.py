"""Cross-validation: the numbers of Surprise, the same folds for all, and nobody let off."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.algorithms import Algorithm, algorithms
from recsys_core.algorithms.base import Explanation, Profile, User
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError, HyperParameterError, LeakError
from recsys_core.evaluation import Report, Splitting, cross_validate, k_fold
from recsys_core.evaluation.cross_validation import BASELINES, Progress
from recsys_core.evaluation.lists import top_lists
from recsys_core.evaluation.metrics import Lists, Predicted, metric
from recsys_core.ratings import FloatArray, IntArray, Ratings

NEVER = {"yes and no": ("binary_cf", {"n_epochs": 3, "n_factors": 2})}


@pytest.fixture(scope="module")
def sample() -> Dataset:
    return rc.load("sample")


@pytest.fixture(scope="module")
def report(sample: Dataset) -> Report:
    names = ("rmse", "mae", "ndcg", "recall", "coverage")
    return cross_validate(["bias", "popularity"], sample, folds=3, seed=5, metrics=names, k=7)


@dataclass
class Odd(Algorithm):
    """Predicts 3 for everything, but what it must not for even people."""

    name: ClassVar[str] = "odd"
    title: ClassVar[str] = "Odd"
    summary: ClassVar[str] = "Goes wrong for even people."
    wrong: ClassVar[float] = np.nan

    def _fit(self, ratings: Ratings) -> None:
        pass

    def _estimate(self, users: IntArray | Profile, items: IntArray) -> FloatArray:
        return np.where(np.asarray(users) % 2, 3.0, self.wrong) + 0.0 * items

    def _explain(self, user: User, item: int) -> Explanation:
        raise NotImplementedError


class Cheat(Odd):
    """Learns from all ratings there are."""

    name: ClassVar[str] = "cheat"

    def fit(self, ratings: Ratings, side: Any = None) -> Cheat:
        return super().fit(ratings.whole, side)


class Breaks(Odd):
    """Divides by zero while it trains."""

    name: ClassVar[str] = "breaks"

    def _fit(self, ratings: Ratings) -> None:
        raise ZeroDivisionError("1 / 0")


# ---------------------------------------------------------------- right numbers


@pytest.mark.real
def test_the_numbers_are_surprises_own_fold_by_fold(real: Callable[[str], Dataset]) -> None:
    from surprise import SVD, BaselineOnly, KNNBaseline, Reader
    from surprise import Dataset as SurpriseDataset
    from surprise.model_selection import KFold
    from surprise.model_selection import cross_validate as surprise_cross_validate

    data, folds, seed = real("ml-100k"), 2, 3
    found = cross_validate(
        ["surprise_svd", "svd", "surprise_knn_baseline", "surprise_baseline_only", "bias"],
        data,
        folds=folds,
        seed=seed,
        metrics=("rmse", "mae", "mse", "fcp"),
    ).folds
    import pandas as pd

    r = data.ratings
    table = pd.DataFrame({"u": r.users, "i": r.items, "r": r.values.astype(float)})
    theirs = SurpriseDataset.load_from_df(table, Reader(rating_scale=(1, 5)))
    twins = {
        SVD(random_state=0): ("surprise_svd", "svd"),
        KNNBaseline(verbose=False): ("surprise_knn_baseline",),
        BaselineOnly(verbose=False): ("surprise_baseline_only", "bias"),
    }
    for twin, labels in twins.items():
        measured = surprise_cross_validate(
            twin, theirs, ["RMSE", "MAE", "MSE", "FCP"], cv=KFold(folds, random_state=seed)
        )
        for label in labels:
            ours = found[found["algorithm"] == label]
            for name in ("rmse", "mae", "mse", "fcp"):
                np.testing.assert_allclose(ours[name], measured[f"test_{name}"], rtol=0, atol=1e-9)


def test_every_cell_is_a_fit_on_the_training_part_judged_on_the_test_part(
    sample: Dataset, report: Report
) -> None:
    for split in k_fold(sample.ratings, 3, 5):
        train, test = split.train_ratings(sample.ratings), split.test_ratings(sample.ratings)
        people = np.unique(test.users)
        for name in ("bias", "popularity"):
            model = rc.algorithm(name).fit(train, sample.side)
            predicted = Predicted.of(test, model.predict(test.users, test.items))
            lists = Lists.of(train, test, people, top_lists(model, train, people, 7))
            cell = next(c for c in report.cells if (c.algorithm, c.fold) == (name, split.fold))
            for one in report.metrics:
                measure = metric(one)
                want = measure.value(lists if measure.of == "lists" else predicted)
                assert cell.values[one] == want
            assert cell.n_ratings == len(test)
            assert cell.n_users == len(people)
            assert cell.n_without == int(np.sum([not (test.by_user.row(u)[1] >= 4).any() for u in people]))


def test_the_table_is_the_mean_and_spread_of_the_folds(report: Report) -> None:
    for label in report.labels:
        rows = report.folds[report.folds["algorithm"] == label]
        for name in report.metrics:
            assert report.table.loc[label, name] == pytest.approx(np.mean(rows[name]), rel=1e-15)
            assert report.table.loc[label, name] == report.value(label, name)
            assert report.table.loc[label, f"{name} sd"] == pytest.approx(np.std(rows[name], ddof=1))
        assert report.table.loc[label, "folds"] == 3
    assert (report.table["fit seconds"] > 0).all()


def test_the_protocol_names_the_folds_that_were_used(sample: Dataset, report: Report) -> None:
    identities = tuple(split.identity for split in k_fold(sample.ratings, 3, 5))
    assert report.protocol.split_identities == identities
    assert (report.protocol.k, report.protocol.fingerprint) == (7, sample.ratings.fingerprint)
    assert report.complete


def test_figures_by_person_pool_to_the_figures_of_all(sample: Dataset, report: Report) -> None:
    assert report.people is not None
    squared = report.people.totals[0, 0].sum() / report.people.weights[0, 0].sum()
    off = []
    for split in k_fold(sample.ratings, 3, 5):
        model = rc.algorithm("bias").fit(split.train_ratings(sample.ratings))
        test = split.test_ratings(sample.ratings)
        off.append(model.predict(test.users, test.items) - test.values)
    assert squared == pytest.approx(np.mean(np.concatenate(off) ** 2), rel=1e-12)
    assert len(report.per_user) == 2 * len(report.people.users)
    one = report.per_user.set_index(["algorithm", "user"]).loc[("bias", 0)]
    theirs = np.concatenate(
        [
            off[fold][split.test_ratings(sample.ratings).users == 0]
            for fold, split in enumerate(k_fold(sample.ratings, 3, 5))
        ]
    )
    assert one["rmse"] == pytest.approx(np.sqrt(np.mean(theirs**2)))
    assert math.isnan(one["coverage"])  # of the whole catalogue: no person has a share in it


def test_held_out_people_are_placed_by_what_they_gave(sample: Dataset) -> None:
    how = Splitting("held-out users", share=0.1, given=5, seed=2)
    found = cross_validate(["als", "bias"], sample, splitting=how, metrics=("rmse", "ndcg"))
    split = next(how.splits(sample.ratings))
    train, given, test = (
        part(sample.ratings) for part in (split.train_ratings, split.given_ratings, split.test_ratings)
    )
    model = rc.algorithm("als").fit(train)
    off = []
    for user in np.unique(test.users):
        items, stars = test.by_user.row(int(user))
        profile = model.fold_in(*given.by_user.row(int(user)))
        off.append(model.predict(profile, items) - stars)
    assert found.value("als", "rmse") == pytest.approx(np.sqrt(np.mean(np.concatenate(off) ** 2)))
    assert 0 < found.value("als", "ndcg") <= 1


def test_who_cannot_place_new_people_has_a_row_that_says_so(sample: Dataset) -> None:
    how = Splitting("held-out users", share=0.1, given=0)
    found = cross_validate(["surprise_nmf", "bias"], sample, splitting=how, baselines=True)
    assert "cannot place people" in found.errors["surprise_nmf"]
    assert found.labels == ("surprise_nmf", "bias", "popularity")  # a random one could not be placed either
    assert found.value("bias", "rmse") > 0


def test_yes_and_no_are_measured_as_yes_and_no(sample: Dataset) -> None:
    found = cross_validate(NEVER, sample, folds=2, metrics=("log_loss", "auc", "brier", "ndcg"))
    split = next(k_fold(sample.ratings, 2, 0))
    model = rc.algorithm("binary_cf", n_epochs=3, n_factors=2).fit(split.train_ratings(sample.ratings))
    test = split.test_ratings(sample.ratings)
    off = model.predict(test.users, test.items) - (test.values >= 4)
    assert found.cells[0].values["brier"] == pytest.approx(np.mean(off**2))


# ---------------------------------------------------------------- nobody let off


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_predictions_that_are_no_numbers_give_no_number_and_a_warning(
    sample: Dataset, wrong: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Odd, "wrong", wrong)
    monkeypatch.setattr(Odd, "prediction_scale", NoScale())
    names = ("rmse", "mae", "r2", "ndcg", "coverage")
    found = cross_validate({"odd": Odd(), "bias": "bias"}, sample, folds=2, metrics=names)
    assert found.table.loc["odd", list(names)].isna().all()
    assert found.table.loc["bias", list(names)].notna().all()
    assert len([w for w in found.warnings if w.startswith("odd, fold") and "not finite numbers" in w]) == 4
    assert found.difference("odd", "bias", "rmse").words == "cannot be told"
    assert found.slices("rmse").query("algorithm == 'odd'")["value"].isna().all()
    of_even = found.per_user.query("algorithm == 'odd' and user % 2 == 0")
    assert of_even["rmse"].isna().all()


class NoScale:
    """Holds nothing to anything, so that what is infinite stays so."""

    def clip(self, values: FloatArray) -> FloatArray:
        return values


def test_one_that_fails_keeps_its_row_and_the_others_go_on(
    sample: Dataset, caplog: pytest.LogCaptureFixture
) -> None:
    wild = ("gradient_cf", {"optimizer": "gradient_descent", "learning_rate": 1.0, "n_epochs": 50})
    found = cross_validate({"wild": wild, "breaks": Breaks(), "bias": "bias"}, sample, folds=2)
    assert list(found.errors) == ["wild", "breaks"]
    assert "Fold 1" in found.errors["wild"]
    assert "ZeroDivisionError" in found.errors["breaks"]
    assert "Traceback" in caplog.text  # what nobody foresaw can be looked into
    assert found.table.loc[["wild", "breaks"], "rmse"].isna().all()
    assert found.table.loc["wild", "error"] == found.errors["wild"]
    assert [(c.algorithm, c.fold) for c in found.cells if not c.error] == [("bias", 0), ("bias", 1)]
    assert found.complete
    assert found.difference("bias", "wild", "rmse").words == "cannot be told"


def test_an_algorithm_that_learns_from_the_test_part_is_caught(sample: Dataset) -> None:
    with pytest.raises(LeakError, match="has learned from"):
        cross_validate({"cheat": Cheat()}, sample, folds=2)


@pytest.mark.parametrize(
    ("chosen", "options", "sentence"),
    [
        ([], {}, "at least one algorithm"),
        ("svd", {}, "as a list"),
        (["bias", "bias"], {}, "stands twice"),
        (["bias", *NEVER], {}, "no algorithm 'yes and no'"),
        ({"bias": "bias", **NEVER}, {}, "probabilities and 'bias' stars"),
        (NEVER, {}, "no measure of probabilities"),
        (["bias"], {"metrics": ("auc",)}, "no measure of stars"),
        (["bias"], {"metrics": ()}, "at least one metric"),
        (["bias"], {"metrics": ("best",)}, "no metric 'best'"),
        (NEVER, {"metrics": ("auc",), "relevance": 3.0}, "takes a rating of 4 as a yes"),
        ({"a": ("svd", {"n_factors": 0})}, {}, "n_factors = 0"),
        ({"a": 7}, {}, "must be a name"),
    ],
)
def test_what_makes_no_comparison_is_refused_before_anything_is_trained(
    chosen: Any, options: dict[str, Any], sentence: str, sample: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("trained")

    for cls in algorithms().values():
        monkeypatch.setattr(cls, "fit", refuse)
    with pytest.raises((DataError, HyperParameterError), match=sentence):
        cross_validate(chosen, sample, **options)


# ---------------------------------------------------------------- how it goes


def test_progress_tells_what_is_next_with_a_report_of_what_is_done(sample: Dataset) -> None:
    told: list[Progress] = []
    found = cross_validate(["bias", "popularity"], sample, folds=2, progress=told.append)
    cells = [("bias", 0), ("popularity", 0), ("bias", 1), ("popularity", 1)]
    assert [(now.algorithm, now.fold) for now in told] == [*cells, cells[-1]]
    assert [now.done for now in told] == [0, 1, 2, 3, 4]
    assert {(now.total, now.folds) for now in told} == {(4, 2)}
    for now in told:
        assert [(c.algorithm, c.fold) for c in now.report.cells] == cells[: now.done]
        assert now.report.complete == (now.done == 4)
    assert told[-1].report is found
    halves = told[1].report
    assert halves.table["folds"].tolist() == [1, 0]
    assert halves.difference("bias", "popularity", "rmse").words == "cannot be told"
    assert halves.people is not None
    assert not np.array_equal(halves.people.totals, found.people.totals)  # type: ignore[union-attr]


def test_trivial_baselines_are_added_where_they_are_not_there(sample: Dataset) -> None:
    found = cross_validate({"mine": "bias"}, sample, folds=2, baselines=True)
    assert found.labels == ("mine", *(name for name in BASELINES if name != "bias"))
    worst = found.table["rmse"].astype(float).idxmax()
    assert worst == "surprise_normal_predictor"


def test_a_model_of_ones_own_is_copied_not_touched(sample: Dataset) -> None:
    mine = rc.algorithm("svd", n_factors=3, n_epochs=2)
    found = cross_validate({"mine": mine}, sample, folds=2)
    assert not mine.is_fitted
    assert found.contenders[0].hyper_parameters["n_factors"] == 3
    again = cross_validate({"mine": ("svd", {"n_factors": 3, "n_epochs": 2})}, sample, folds=2)
    assert found.table["rmse"].equals(again.table["rmse"])


def test_a_large_table_shows_in_the_peak_of_memory(sample: Dataset) -> None:
    found = cross_validate({"hungry": Hungry(), "odd": Odd()}, sample, folds=2)
    if found.table["peak MB"].isna().any():
        pytest.skip("this system does not tell the highest resident set")
    hungry, odd = found.table["peak MB"].tolist()
    assert hungry > Hungry.megabytes * 0.9
    assert odd < Hungry.megabytes / 4


def test_where_the_system_does_not_tell_the_peak_is_not_known(
    sample: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recsys_core.evaluation._peak.MARK", tmp_path / "nowhere" / "clear_refs")
    found = cross_validate(["popularity"], sample, folds=2)
    assert found.table["peak MB"].isna().all()
    assert (found.table["fit seconds"] > 0).all()


class Hungry(Odd):
    """Takes memory while it trains, and gives it back."""

    name: ClassVar[str] = "hungry"
    megabytes: ClassVar[int] = 160

    def _fit(self, ratings: Ratings) -> None:
        if ratings.n_users > 100:
            np.ones(self.megabytes * 2**17)


def test_repeated_cuts_are_all_used(sample: Dataset) -> None:
    how = Splitting("repeated k-fold", folds=2, repeats=2, seed=1)
    found = cross_validate(["popularity"], sample, splitting=how)
    assert len(found.cells) == found.n_folds == 4
    assert len({split.identity for split in islice(how.splits(sample.ratings), 4)}) == 4
    assert found.complete


def test_of_very_many_people_the_figures_of_a_part_are_kept(
    sample: Dataset, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recsys_core.evaluation._cell.MOST_PEOPLE", 50)
    found = cross_validate(["bias", "popularity"], sample, folds=3, seed=5, metrics=report.metrics, k=7)
    assert found.people is not None
    assert report.people is not None
    assert (len(found.people.users), found.people.n_tested) == (50, len(report.people.users))
    at = np.searchsorted(report.people.users, found.people.users)
    np.testing.assert_array_equal(found.people.totals, report.people.totals[:, :, at])
    assert found.table["ndcg"].equals(report.table["ndcg"])
    assert found.slices().equals(report.slices())
    assert "50 of 600 people, drawn at random" in found.to_html()
