"""A number says how it was measured, and numbers measured differently are not put in one ranking."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import recsys_core as rc
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError
from recsys_core.evaluation import Protocol, Splitting, splittings

PLAIN = Protocol("sample", "f" * 64, 100, 10, 20, Splitting(), ("a" * 64, "b" * 64))

protocols = st.builds(
    Protocol,
    dataset=st.text(max_size=8),
    fingerprint=st.text("0123456789abcdef", max_size=8),
    n_ratings=st.integers(0, 10**9),
    n_users=st.integers(0, 10**6),
    n_items=st.integers(0, 10**6),
    splitting=st.builds(
        Splitting,
        kind=st.sampled_from(list(splittings())),
        folds=st.integers(2, 20),
        share=st.floats(0.01, 0.99),
        seed=st.integers(0, 2**32 - 1),
    ),
    split_identities=st.lists(st.text("0123456789abcdef", max_size=8)).map(tuple),
    k=st.integers(1, 100),
    relevance=st.floats(0, 5),
    candidates=st.text(max_size=8),
    filter=st.text(max_size=8),
)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return rc.load("sample")


def test_it_says_what_was_measured_in_one_sentence(dataset: Dataset) -> None:
    how = Splitting(folds=3, seed=7)
    protocol = Protocol.of(dataset, how, how.splits(dataset.ratings), k=5, relevance=3.5)
    n = dataset.ratings
    assert protocol.words == (
        f"sample: {len(n):,} ratings of {n.n_users:,} people for {n.n_items:,} items; 3-fold, seed 7; "
        "lists of 5 out of all items not rated in training; a rating of 3.5 or more counts as relevant."
    )
    assert protocol.split_identities == tuple(split.identity for split in how.splits(n))
    assert protocol.fingerprint == n.fingerprint
    filtered = dataclasses.replace(protocol, filter="films from 1990 on")
    assert filtered.words.startswith("sample, films from 1990 on: ")


@given(protocol=protocols)
def test_it_is_read_back_as_it_was_written(protocol: Protocol) -> None:
    again = Protocol.from_json(protocol.to_json())
    assert again == protocol
    assert again.identity == protocol.identity
    assert again.comparable_with(protocol)


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"fingerprint": "e" * 64}, "data: sample (ffffffffffff) against sample (eeeeeeeeeeee)"),
        ({"splitting": Splitting(seed=1)}, "cut: 5-fold, seed 0 against 5-fold, seed 1"),
        ({"split_identities": ("a" * 64,)}, "parts used: 2 cuts against 1 other cuts"),
        ({"k": 20}, "length of the lists: 10 against 20"),
        ({"relevance": 3.5}, "relevant from: 4.0 against 3.5"),
        ({"candidates": "100 drawn"}, "candidates: all items not rated in training against 100 drawn"),
        ({"filter": "recent"}, "filter: none against recent"),
    ],
    ids=lambda x: next(iter(x)) if isinstance(x, dict) else "",
)
def test_what_differs_is_not_compared_and_is_named(change: dict[str, Any], difference: str) -> None:
    other = dataclasses.replace(PLAIN, **change)
    assert not PLAIN.comparable_with(other)
    assert not other.comparable_with(PLAIN)
    assert PLAIN.differences(other) == (difference,)
    assert other.identity != PLAIN.identity


def test_the_name_of_the_data_makes_no_difference() -> None:
    renamed = dataclasses.replace(PLAIN, dataset="my copy of it")
    assert PLAIN.comparable_with(renamed)
    assert PLAIN.differences(renamed) == ()
    assert PLAIN.identity == renamed.identity


def test_cuts_of_other_ratings_are_refused(dataset: Dataset) -> None:
    part = dataset.ratings.take(range(100))
    with pytest.raises(DataError, match="cut them anew"):
        Protocol.of(dataset, Splitting(), Splitting().splits(part))


def test_four_stars_are_four_stars() -> None:
    assert dataclasses.replace(PLAIN, relevance=4).identity == PLAIN.identity


@pytest.mark.parametrize("wrong", [{"k": 0}, {"relevance": float("nan")}, {"relevance": float("inf")}])
def test_a_protocol_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(DataError):
        dataclasses.replace(PLAIN, **wrong)


@pytest.mark.parametrize(
    "change",
    [
        {"k": "10"},
        {"k": True},
        {"dataset": 3},
        {"split_identities": [1]},
        {"split_identities": "ab"},
        {"splitting": {"kind": "by weather"}},
        {"splitting": None},
        {"relevance": None},
        {"more": 1},
    ],
    ids=str,
)
def test_a_text_that_is_no_protocol_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(DataError):
        Protocol.from_json(json.dumps({**json.loads(PLAIN.to_json()), **change}))
    for text in ("", "[]", "{}", "[" * 10_000):
        with pytest.raises(DataError, match="not the text of a protocol"):
            Protocol.from_json(text)
