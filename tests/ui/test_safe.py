"""Titles and cells from outside stay what they are: text."""

from __future__ import annotations

import csv
import io
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui import safe

JOINER = "\u2060"
PLAIN = re.compile(r"(?<!\\)(?:\\\\)*[!-/:-@\[-`{-~]")  # a sign of Markdown that is not escaped
NASTY = [
    "![x](http://evil/y.png)",
    ":red[x]",
    "$x$",
    "[x](javascript:alert(1))",
    "<b>x</b>",
    "# x",
    "`x`",
    "*x* _x_ ~~x~~",
    "- x",
    "1. x",
    "| a | b |",
    "\\",
    "&lt;",
]


def unescaped(text: str) -> str:
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text).replace(JOINER, "")


@pytest.mark.parametrize("title", NASTY)
def test_known_tricks_are_escaped(title: str) -> None:
    assert not PLAIN.search(re.sub(r"\\.", "", safe.text(title)))
    assert unescaped(safe.text(title)) == title


@given(st.text())
def test_every_sign_of_markdown_is_escaped_and_nothing_is_lost(raw: str) -> None:
    shown = safe.text(raw)
    assert not PLAIN.search(re.sub(r"\\.", "", shown))
    assert "\n" not in shown
    kept = re.sub(r"[\s\x00-\x1f\x7f\u2028\u2029]+", " ", raw).strip()
    assert unescaped(shown).replace(JOINER, "") == kept.replace(JOINER, "")


@pytest.mark.parametrize(
    "title", [":star:", ":material/star:", "a@b.org", "www.x.org", "http://x", "->", ">="]
)
def test_what_is_looked_for_after_markdown_is_parted(title: str) -> None:
    assert JOINER in safe.text(title)


def test_an_ordinary_title_is_not_parted() -> None:
    assert JOINER not in safe.text("Mission: Impossible - The Final One (2025)")


def test_a_badge_keeps_its_brackets() -> None:
    assert safe.badge("[x]") == "[x]"
    assert safe.badge(":red[x]") == r"\:red[x]"


@given(st.text())
def test_no_cell_is_a_formula(raw: str) -> None:
    value = str(safe.cell(raw))
    assert not value.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))
    assert value.endswith(raw)


@pytest.mark.parametrize("number", [-1, -1.5, 0, True, None])
def test_numbers_stay_numbers(number: object) -> None:
    assert safe.cell(number) is number


@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8")), st.integers(-9, 9)), max_size=5))
def test_a_download_reads_back_as_it_was_but_for_formulas(rows: list[tuple[str, int]]) -> None:
    frame = pd.DataFrame(rows, columns=["=title", "stars"])
    before = frame.copy()
    text = safe.csv_bytes(frame).decode("utf-8-sig")
    pd.testing.assert_frame_equal(frame, before)
    header, *body = csv.reader(io.StringIO(text, newline=""))
    assert header == ["'=title", "stars"]
    assert body == [[str(safe.cell(title)), str(stars)] for title, stars in rows]


def test_text_in_categories_is_neutralised_too() -> None:
    frame = pd.DataFrame({"title": pd.Categorical(["=1+1", "b"])})
    assert "'=1+1" in safe.csv_bytes(frame).decode()


def test_half_a_sign_is_shown_as_a_question_mark() -> None:
    assert safe.text("a\ud800b") == r"a\?b"
