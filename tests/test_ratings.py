"""Ratings: what is stored is what was given, grouped both ways, and nothing can change it."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys_core.errors import DataError
from recsys_core.ratings import Ratings, Scale

STARS = Scale(1, 5)


def build(users: Any, items: Any, values: Any, **more: Any) -> Ratings:
    return Ratings.from_arrays(users, items, values, more.pop("scale", STARS), **more)


@st.composite
def tables(draw: st.DrawFn) -> Ratings:
    n_users, n_items = draw(st.integers(0, 6)), draw(st.integers(0, 6))
    cells = [(u, i) for u in range(n_users) for i in range(n_items)]
    chosen = draw(st.lists(st.sampled_from(cells), unique=True)) if cells else []
    values = [draw(st.sampled_from(STARS.choices)) for _ in chosen]
    times = draw(st.none() | st.just(list(range(len(chosen)))))
    users, items = [u for u, _ in chosen], [i for _, i in chosen]
    return build(users, items, values, n_users=n_users, n_items=n_items, timestamps=times)


# ---------------------------------------------------------------- the grouped views


@given(ratings=tables())
def test_grouped_views_are_what_a_loop_over_the_file_finds(ratings: Ratings) -> None:
    file = list(zip(ratings.users.tolist(), ratings.items.tolist(), ratings.values.tolist(), strict=True))
    for view, n_rows, row_of, other_of in (
        (ratings.by_user, ratings.n_users, 0, 1),
        (ratings.by_item, ratings.n_items, 1, 0),
    ):
        assert view.counts.tolist() == [sum(r[row_of] == x for r in file) for x in range(n_rows)]
        for x in range(n_rows):
            positions = [n for n, r in enumerate(file) if r[row_of] == x]
            others, values = view.row(x)
            assert others.tolist() == [file[n][other_of] for n in positions]
            assert values.tolist() == [file[n][2] for n in positions]
            assert view.order[view.starts[x] : view.starts[x + 1]].tolist() == positions


@given(ratings=tables())
def test_mean_and_density_count_what_is_there(ratings: Ratings) -> None:
    cells = ratings.n_users * ratings.n_items
    if len(ratings):
        assert ratings.mean == pytest.approx(sum(ratings.values.tolist()) / len(ratings))
    else:
        assert math.isnan(ratings.mean)
    assert ratings.density == (
        pytest.approx(len(ratings) / cells) if cells else pytest.approx(math.nan, nan_ok=True)
    )


@given(ratings=tables(), data=st.data())
def test_taking_keeps_the_order_asked_for_and_the_sizes(ratings: Ratings, data: st.DataObject) -> None:
    positions = data.draw(st.lists(st.integers(0, len(ratings) - 1), unique=True)) if len(ratings) else []
    part = ratings.take(positions)
    assert part.users.tolist() == [ratings.users[n] for n in positions]
    assert part.values.tolist() == [ratings.values[n] for n in positions]
    assert (part.n_users, part.n_items, part.scale) == (ratings.n_users, ratings.n_items, ratings.scale)
    assert (part.timestamps is None) == (ratings.timestamps is None)
    mask = np.zeros(len(ratings), dtype=bool)
    mask[positions] = True
    assert ratings.take(mask).items.tolist() == [ratings.items[n] for n in sorted(positions)]


@given(ratings=tables(), data=st.data())
def test_a_part_knows_where_in_the_whole_it_stands(ratings: Ratings, data: st.DataObject) -> None:
    where = st.lists(st.integers(-len(ratings), len(ratings) - 1)) if len(ratings) else st.just([])
    part = ratings.take(data.draw(where), label="first")
    inner = data.draw(st.lists(st.integers(0, len(part) - 1))) if len(part) else []
    for taken, label in ((part, "first"), (part.take(inner), ""), (part.take(np.ones(len(part), bool)), "")):
        assert taken.whole is ratings
        assert taken.origin is not None
        assert taken.origin.label == label
        stands = taken.positions_in_whole(np.arange(len(taken)))
        assert ((stands >= 0) & (stands < max(1, len(ratings)))).all()
        for name in ("users", "items", "values"):
            assert getattr(ratings, name)[stands].tolist() == getattr(taken, name).tolist()
    assert ratings.whole is ratings
    assert ratings.origin is None


def test_what_is_kept_of_a_part_is_one_bit_a_rating_of_the_whole() -> None:
    ratings = build(range(9), [0] * 9, [3] * 9)
    assert ratings.memory == (ratings.fingerprint, None, "")
    fingerprint, bits, label = ratings.take([8, 0, 3], label="some").memory
    assert (fingerprint, label) == (ratings.fingerprint, "some")
    assert bits is not None
    assert [f"{byte:08b}" for byte in bits] == ["10010000", "10000000"]


# ---------------------------------------------------------------- nothing changes


def arrays(ratings: Ratings) -> dict[str, np.ndarray]:
    views = {"by_user": ratings.by_user, "by_item": ratings.by_item}
    found = {name: getattr(ratings, name) for name in ("users", "items", "values", "timestamps")}
    for name, view in views.items():
        found |= {f"{name}.{part}": getattr(view, part) for part in ("starts", "others", "values", "order")}
    return found


def test_every_array_is_read_only() -> None:
    ratings = build([0, 1], [0, 1], [3, 4], timestamps=[7, 8])
    for part in (ratings, ratings.take([1])):
        for name, array in arrays(part).items():
            assert not array.flags.writeable, name
    with pytest.raises(FrozenInstanceError):
        ratings.n_users = 5  # type: ignore[misc]


def test_the_callers_arrays_are_copied() -> None:
    values = np.array([3, 4], dtype=np.float32)
    users = np.array([0, 1], dtype=np.int32)
    ratings = build(users, [0, 1], values)
    values[0], users[0] = 1, 1
    assert ratings.values.tolist() == [3, 4]
    assert ratings.users.tolist() == [0, 1]


def test_stored_small() -> None:
    ratings = build([0, 1], [0, 1], [3.5, 4.0], timestamps=[7, 8])
    assert [a.dtype for a in (ratings.users, ratings.items, ratings.values, ratings.timestamps)] == [
        np.int32,
        np.int32,
        np.float32,
        np.int64,
    ]


# ---------------------------------------------------------------- the fingerprint

SAME: dict[str, Any] = {
    "users": [0, 1, 1],
    "items": [0, 0, 1],
    "values": [3, 4, 5],
    "scale": STARS,
    "n_users": 2,
    "n_items": 2,
    "timestamps": [7, 8, 9],
}
CHANGES: list[dict[str, Any]] = [
    {"users": [1, 0, 1]},
    {"items": [1, 0, 1]},
    {"values": [3, 4, 4]},
    {"scale": Scale(1, 5, 0.5)},
    {"scale": Scale(1, 10)},
    {"scale": Scale(0, 5)},
    {"n_users": 3},
    {"n_items": 3},
    {"timestamps": [7, 8, 10]},
    {"timestamps": None},
    {"users": [1, 0, 1], "items": [0, 0, 1], "values": [4, 3, 5], "timestamps": [8, 7, 9]},
    {"users": [0, 1], "items": [0, 0], "values": [3, 4], "timestamps": [7, 8]},
]


def test_equal_data_has_an_equal_fingerprint() -> None:
    assert build(**SAME).fingerprint == build(**SAME).fingerprint
    assert len(build(**SAME).fingerprint) == 64
    assert build(**SAME).take([0, 1, 2]).fingerprint == build(**SAME).fingerprint


def test_any_change_changes_the_fingerprint() -> None:
    prints = [build(**SAME | change).fingerprint for change in ({}, *CHANGES)]
    assert len(set(prints)) == len(prints)


# ---------------------------------------------------------------- what cannot be


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"users": [0, 1]}, "equally long"),
        ({"values": [3, 4]}, "equally long"),
        ({"timestamps": [7]}, "equally long"),
        ({"users": [0, -1, 1]}, r"Rating 1: user index -1 is outside 0 … 1 \(1 such"),
        ({"users": [0, 2, 2]}, r"Rating 1: user index 2 is outside 0 … 1 \(2 such"),
        ({"items": [0, 0, 2]}, "Rating 2: item index 2"),
        ({"users": np.array([0, 1, 2**32])}, "user index 4294967296"),
        ({"users": [0, 1, 2**80]}, "whole number"),
        ({"items": [0.0, 0.5, 1.0]}, r"item index must be a whole number; got float64"),
        ({"items": [0, math.nan, 1]}, "whole number"),
        ({"users": [True, False, False]}, "whole number"),
        ({"users": ["0", "1", "1"]}, "whole number"),
        ({"values": [3, 4, 5.5]}, "Rating 2 has the value 5.5, outside the scale 1 to 5 in steps of 1"),
        ({"values": [0.5, 4, 0]}, r"Rating 0 has the value 0.5.*\(2 such"),
        ({"values": [3, math.nan, 5]}, "Rating 1 has the value nan"),
        ({"values": [3, math.inf, 5]}, "Rating 1 has the value inf"),
        ({"users": [0, 1, 1], "items": [0, 1, 1]}, r"1 \(user, item\) pairs occur twice"),
    ],
)
def test_what_cannot_be_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        build(**SAME | change)


def test_sizes_are_the_largest_index_where_they_are_not_given() -> None:
    ratings = build([0, 4], [2, 0], [3, 4])
    assert (ratings.n_users, ratings.n_items) == (5, 3)
    empty = build([], [], [])
    assert (empty.n_users, empty.n_items, len(empty)) == (0, 0, 0)


# ---------------------------------------------------------------- the scale


@given(
    low=st.integers(-10, 10), span=st.integers(1, 20), step=st.sampled_from([0.1, 0.25, 0.5, 1, 2, 2.5, 3])
)
def test_choices_start_low_go_up_by_the_step_and_stay_on_the_scale(low: int, span: int, step: float) -> None:
    choices = Scale(low, low + span, step).choices
    assert choices[0] == low
    assert np.diff(choices) == pytest.approx(step)
    assert low + span - step < choices[-1] + 1e-9
    assert choices[-1] <= low + span + 1e-9


def test_half_stars() -> None:
    assert Scale(0.5, 5, 0.5).choices == (0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5)
    assert Scale(0.5, 5, 0.5).clip([-1, 2.2, 9]).tolist() == [0.5, 2.2, 5]
    assert str(Scale(0.5, 5, 0.5)) == "0.5 to 5 in steps of 0.5"


@pytest.mark.parametrize(
    ("low", "high", "step"), [(5, 1, 1), (3, 3, 1), (math.nan, 5, 1), (1, 5, 0), (1, 5, -1), (1, 5, math.nan)]
)
def test_a_scale_that_cannot_be_is_refused(low: float, high: float, step: float) -> None:
    with pytest.raises(DataError, match="scale"):
        Scale(low, high, step)
