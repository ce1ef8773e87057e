"""Likeness of two rows: by hand, as it is written against the kernels, and Surprise's own matrices."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import surprise

import recsys_core as rc
from recsys_core import similarity
from recsys_core.dataset import Dataset
from recsys_core.ratings import FloatArray, Grouped, Ratings
from recsys_core.similarity import MEASURES, Table, Triangle, all_pairs, one_row

A, B = np.array([5.0, 3.0, 1.0]), np.array([4.0, 3.0, 2.0])


def test_by_hand() -> None:
    """Σab = 31, Σa² = 35, Σb² = 29; differences 1, 0, −1; both fall in step."""
    assert similarity.cosine(A, B) == pytest.approx(31 / np.sqrt(35 * 29))
    assert similarity.msd(A, B) == pytest.approx(1 / (1 + 2 / 3))
    assert similarity.pearson(A, B) == pytest.approx(1)
    assert similarity.pearson(A, -B) == pytest.approx(-1)
    # From the baselines 3 and 3: Σab = 2·1 + 2·1 = 4, Σa² = 8, Σb² = 2, and (3 − 1) / (3 − 1 + 2)
    assert similarity.pearson_baseline(A - 3, B - 3, shrinkage=2) == pytest.approx(4 / 4 * 0.5)


def test_nothing_to_go_by_is_no_likeness() -> None:
    zeros, threes = np.zeros(3), np.full(3, 3.0)
    assert similarity.cosine(zeros, A) == 0
    assert similarity.pearson(threes, A) == 0, "who always says the same goes up and down with nobody"
    assert similarity.pearson_baseline(zeros, A) == 0
    assert similarity.pearson_baseline(A[:1], B[:1], 0) == 0, "one common rating is none"


def test_a_triangle_gives_its_rows_and_its_square() -> None:
    triangle = Triangle(4, np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]))
    square = [[1, 0.1, 0.2, 0.4], [0.1, 1, 0.3, 0.5], [0.2, 0.3, 1, 0.6], [0.4, 0.5, 0.6, 1]]
    assert triangle.full().tolist() == square
    assert [triangle.row(x).tolist() for x in range(4)] == square


# ---------------------------------------------------------------- the kernels, as it is written


def written(
    rows: Grouped, values: FloatArray, measure: str, min_support: int, shrinkage: float
) -> FloatArray:
    """All pairs by the one-pair functions."""
    n_rows = len(rows.starts) - 1
    ratings = [
        dict(zip(rows.others[part].tolist(), values[part].tolist(), strict=True))
        for part in (slice(rows.starts[x], rows.starts[x + 1]) for x in range(n_rows))
    ]
    s = np.eye(n_rows)
    for x in range(n_rows):
        for v in range(n_rows):
            common = [y for y in ratings[x] if y in ratings[v]]
            if x == v or len(common) < min_support:
                continue
            a, b = (np.array([ratings[row][y] for y in common]) for row in (x, v))
            more = (shrinkage,) if measure == "pearson_baseline" else ()
            s[x, v] = getattr(similarity, measure)(a, b, *more)
    return s


def sides(ratings: Ratings) -> list[tuple[Grouped, int]]:
    return [(ratings.by_user, ratings.n_items), (ratings.by_item, ratings.n_users)]


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(("min_support", "shrinkage"), [(1, 100.0), (6, 3.0), (1, 0.0)])
def test_the_kernels_compare_as_it_is_written(
    measure: str, min_support: int, shrinkage: float, crowd: Ratings
) -> None:
    for rows, n_columns in sides(crowd):
        values = rows.values.astype(np.float64) - (3.1 if measure == "pearson_baseline" else 0)
        triangle = all_pairs(
            Table(rows.starts, rows.others, values),
            n_columns,
            measure,
            min_support=min_support,
            shrinkage=shrinkage,
        )
        expected = written(rows, values, measure, min_support, shrinkage)
        np.testing.assert_allclose(triangle.full(), expected, rtol=0, atol=1e-12)
        assert not triangle.values.flags.writeable


@pytest.mark.parametrize("measure", MEASURES)
def test_a_new_row_is_compared_like_the_last_row_of_all(measure: str, crowd: Ratings) -> None:
    """The last one in a table of all is the new one to a table of the others."""
    for rows, n_columns in sides(crowd):
        values = rows.values.astype(np.float64)
        last = int(np.flatnonzero(rows.counts)[-1])
        begin, end = rows.starts[last], rows.starts[last + 1]
        everyone = all_pairs(
            Table(rows.starts[: last + 2], rows.others[:end], values[:end]), n_columns, measure
        )
        columns = [np.flatnonzero(rows.others[:begin] == y) for y in rows.others[begin:end]]
        row_of = np.repeat(np.arange(last), np.diff(rows.starts[: last + 1])).astype(np.int32)
        places = np.concatenate(columns)
        table = Table(
            np.concatenate(([0], np.cumsum([len(c) for c in columns]))),
            row_of[places],
            values[:begin][places],
        )
        new = one_row(values[begin:end].copy(), table, last, measure)
        np.testing.assert_array_equal(new, everyone.row(last)[:last])


@pytest.mark.parametrize("measure", MEASURES)
def test_nobody_is_like_a_row_without_ratings(measure: str, crowd: Ratings) -> None:
    rows = crowd.by_user
    triangle = all_pairs(Table(rows.starts, rows.others, rows.values.astype(float)), crowd.n_items, measure)
    assert triangle.row(39).tolist() == [0.0] * 39 + [1.0]
    nobody = Table(np.zeros(1, dtype=np.int64), np.empty(0, dtype=np.int32), np.empty(0))
    assert one_row(np.empty(0), nobody, 40, measure).tolist() == [0.0] * 40


@pytest.mark.parametrize("measure", MEASURES)
def test_likeness_lies_between_minus_one_and_one(measure: str, crowd: Ratings) -> None:
    for rows, n_columns in sides(crowd):
        values = rows.values.astype(np.float64) - 3
        s = all_pairs(Table(rows.starts, rows.others, values), n_columns, measure, shrinkage=0).values
        assert np.abs(s).max() <= 1 + 1e-12
        assert s.max() > 0.5


# ---------------------------------------------------------------- Surprise's own


@pytest.mark.real
@pytest.mark.parametrize("side", ["user_knn", "item_knn"])
@pytest.mark.parametrize("measure", MEASURES)
def test_the_matrices_are_surprises(side: str, measure: str, real: Callable[[str], Dataset]) -> None:
    ratings = real("ml-100k").ratings
    frame = pd.DataFrame(
        {"user": ratings.users, "item": ratings.items, "rating": ratings.values.astype(float)}
    )
    known = surprise.Dataset.load_from_df(frame, surprise.Reader(rating_scale=(1, 5))).build_full_trainset()
    options = {"name": measure, "user_based": side == "user_knn"}
    theirs = surprise.KNNBasic(sim_options=options, verbose=False).fit(known).sim
    model = rc.algorithm(side, similarity=measure).fit(ratings)
    inner_of = known.to_inner_uid if side == "user_knn" else known.to_inner_iid
    places = [inner_of(x) for x in range(len(theirs))]
    ours = Triangle(len(theirs), model.similarities_).full()
    np.testing.assert_allclose(ours, theirs[np.ix_(places, places)], rtol=0, atol=1e-12)
