"""NOTATION.md is the dictionary: every letter shown to a person stands in it, once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import recsys_core as rc
from recsys_core.algorithms import Algorithm
from recsys_core.dataset import Dataset

ALL = rc.algorithms()
every = pytest.mark.parametrize("cls", ALL.values(), ids=ALL)

SHEET = (Path(rc.__file__).parent / "NOTATION.md").read_text(encoding="utf-8")
OURS, _, TRANSLATION = SHEET.partition("## The same thing in other books")


def rows(text: str) -> list[list[str]]:
    """The cells of every table row; an escaped bar is no border."""
    lines = [line for line in text.splitlines() if line.startswith("|") and not line.startswith("|-")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def names_by_symbol() -> dict[str, str]:
    """Symbol → the cell with its names in code."""
    found: dict[str, str] = {}
    for cells in rows(OURS):
        for symbol in cells[0].split(", "):
            if symbol != "symbol":
                assert symbol not in found, f"{symbol} has two meanings"
                found[symbol] = cells[1]
    return found


@every
def test_every_hyper_parameter_stands_beside_its_symbol(cls: type[Algorithm]) -> None:
    sheet = names_by_symbol()
    for name, declared in cls.hyper_parameters().items():
        assert declared.symbol in sheet, f"{cls.name}: {declared.symbol} ({name}) is not in NOTATION.md"
        assert f"`{name}`" in sheet[declared.symbol], (
            f"{cls.name}: {declared.symbol} is not the letter of {name}"
        )


@every
def test_every_term_of_an_explanation_stands_in_the_sheet(cls: type[Algorithm], toy_dataset: Dataset) -> None:
    declared = cls.hyper_parameters()
    small = {name: value for name, value in {"n_factors": 2, "n_epochs": 3}.items() if name in declared}
    model = rc.algorithm(cls.name, **small).fit(toy_dataset.ratings, toy_dataset.side)
    used = {term.symbol for user in range(4) for item in range(5) for term in model.explain(user, item).terms}
    assert used <= set(names_by_symbol())


def test_the_letters_of_the_three_books_are_translated() -> None:
    header, *body = rows(TRANSLATION)
    assert header == ["here", "Ng, lectures", "Koren 2009, 2010", "Surprise"]
    columns = [" ".join(cells[n] for cells in body) for n in range(4)]
    for letters, column in (
        (("w⁽ʲ⁾", "b⁽ʲ⁾", "x⁽ⁱ⁾", "y⁽ⁱʲ⁾", "r(i, j)"), columns[1]),
        (("μ", "b_u", "b_i", "p_u", "q_i"), columns[2]),
        (("`pu`", "`qi`", "`bu`", "`bi`"), columns[3]),
    ):
        assert [letter for letter in letters if letter not in column] == []
    symbols = set(names_by_symbol())
    ours = [symbol for cells in body for symbol in re.sub(r'"[^"]*"|\([^)]*\)', "", cells[0]).split(", ")]
    assert [symbol.strip() for symbol in ours if symbol.strip() and symbol.strip() not in symbols] == []
