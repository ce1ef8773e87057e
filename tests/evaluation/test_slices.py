"""Slices: every test rating in one of each kind, measured by itself, and nothing quoted of too few."""

from __future__ import annotations

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.dataset import Dataset
from recsys_core.evaluation import Report, cross_validate, k_fold
from recsys_core.evaluation.lists import top_lists
from recsys_core.evaluation.metrics import Lists, metric
from recsys_core.evaluation.slices import FEWEST, LEVELS, Borders, SliceSum, slice_rows
from recsys_core.ratings import Ratings

METRICS = ("rmse", "mae", "r2", "fcp", "ndcg", "coverage")


@pytest.fixture(scope="module")
def sample() -> Dataset:
    return rc.load("sample")


@pytest.fixture(scope="module")
def report(sample: Dataset) -> Report:
    return cross_validate(["bias"], sample, folds=2, metrics=METRICS)


def test_users_are_cut_in_thirds_and_films_where_thirds_of_the_ratings_are(sample: Dataset) -> None:
    borders, r = Borders.of(sample.ratings), sample.ratings
    shares = np.bincount(np.searchsorted(borders.users, r.by_user.counts), minlength=3) / r.n_users
    assert shares == pytest.approx([1 / 3] * 3, abs=0.05)
    held = np.bincount(np.searchsorted(borders.items, r.by_item.counts), weights=r.by_item.counts)
    assert held / len(r) == pytest.approx([1 / 3] * 3, abs=0.05)
    n_films = np.bincount(np.searchsorted(borders.items, r.by_item.counts))
    assert n_films[0] > n_films[1] > n_films[2]  # the tail is most films


def test_each_slice_is_the_metric_of_its_own_ratings(sample: Dataset, report: Report) -> None:
    splits = list(k_fold(sample.ratings, 2, 0))
    borders = Borders.of(splits[0].train_ratings(sample.ratings))
    off: dict[tuple[str, str], list[float]] = {}
    for split in splits:
        train, test = split.train_ratings(sample.ratings), split.test_ratings(sample.ratings)
        errors = rc.algorithm("bias").fit(train).predict(test.users, test.items) - test.values
        n_user, n_item = train.by_user.counts, train.by_item.counts
        for u, i, e in zip(test.users, test.items, errors, strict=True):
            activity = int(n_user[u] > borders.users[0]) + int(n_user[u] > borders.users[1])
            popularity = int(n_item[i] > borders.items[0]) + int(n_item[i] > borders.items[1])
            off.setdefault(("user activity", LEVELS["user activity"][activity]), []).append(e)
            off.setdefault(("item popularity", LEVELS["item popularity"][popularity]), []).append(e)
    found = report.slices("rmse").set_index(["by", "slice"])
    assert len(found) == 6
    for key, errors in off.items():
        assert found.loc[key, "value"] == pytest.approx(np.sqrt(np.mean(np.square(errors))), rel=1e-9)
        assert found.loc[key, "n"] == len(errors)
    for _, part in report.slices("mae").groupby("by"):
        assert part["n"].sum() == len(sample.ratings)


def test_lists_are_cut_by_their_people_alone(sample: Dataset, report: Report) -> None:
    split = next(k_fold(sample.ratings, 2, 0))
    train, test = split.train_ratings(sample.ratings), split.test_ratings(sample.ratings)
    people = np.unique(test.users)
    model = rc.algorithm("bias").fit(train)
    lists = Lists.of(train, test, people, top_lists(model, train, people))
    values = metric("ndcg").per_user(lists)
    assert values is not None
    few = train.by_user.counts[people] <= Borders.of(train).users[0]
    part = next(p for p in report.parts if (p.metric, p.level) == ("ndcg", "few ratings"))
    assert part.total == pytest.approx(np.nansum(values[few]))
    assert part.n == np.isfinite(values[few]).sum()
    found = report.slices("ndcg")
    assert set(found["by"]) == {"user activity"}
    assert set(found["of"]) == {"lists"}
    assert report.slices("coverage").empty


@pytest.mark.parametrize("n", [0, FEWEST - 1, FEWEST])
def test_nothing_is_quoted_of_too_few(n: int) -> None:
    part = SliceSum("a", "user activity", "few ratings", "up to 3", "rmse", 4.0 * n, float(n), n, "lists")
    (row,) = slice_rows([part])
    assert row.n == n
    assert np.isnan(row.value) == (n < FEWEST)
    if n >= FEWEST:
        assert row.value == 2.0


def test_folds_are_added_up_not_averaged() -> None:
    parts = [
        SliceSum("a", "item popularity", "head", "9 or more", "mae", 10.0, 10.0, 10, "test ratings"),
        SliceSum("a", "item popularity", "head", "9 or more", "mae", 0.0, 30.0, 30, "test ratings"),
    ]
    (row,) = slice_rows(parts)
    assert (row.value, row.n) == (0.25, 40)


def test_every_number_says_what_it_is_of(toy: Ratings) -> None:
    borders = Borders.of(toy)
    texts = [borders.range(by, level) for by in LEVELS for level in range(3)]
    assert texts[0] == f"up to {borders.users[0]}"
    assert texts[5] == f"{borders.items[1] + 1} or more"
