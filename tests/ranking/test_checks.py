"""What is repeated in a message: short, whatever it is, and never half a sign."""

from __future__ import annotations

import numpy as np
import pytest

from recsys_core.ranking.checks import LONGEST, is_count, said


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (3, "3"),
        (-0.5, "-0.5"),
        ("much", "'much'"),
        (None, "None"),
        ({"rating": 1}, "{'rating': 1}"),
        (10**30, "about 1e30"),
        (-(10**5000), "about -1e5000"),
        (chr(0xD800), "'\\ud800'"),
    ],
    ids=said,
)
def test_a_value_is_said_as_python_writes_it(value: object, words: str) -> None:
    assert said(value) == words


def test_nothing_is_too_long_or_too_deep_to_be_said() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert len(said(deep)) < LONGEST
    assert len(said("x" * 100_000)) <= LONGEST
    assert "\n" not in said(np.ones((5, 5)))
    while deep:  # taken apart from outside, for Python frees nested lists one within the other
        (deep,) = deep  # type: ignore[assignment]


@pytest.mark.parametrize(("value", "fits"), [(1, True), (10**9, True), (0, False), (10**9 + 1, False)])
def test_a_count_is_from_one_to_a_billion(value: int, fits: bool) -> None:
    assert is_count(value) is fits
    assert not is_count(True)
    assert not is_count(float(value))
