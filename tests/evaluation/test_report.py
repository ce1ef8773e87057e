"""A report: what it keeps, what it passes on, and that its code makes it again."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import recsys_core as rc
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError
from recsys_core.evaluation import Report, cross_validate
from recsys_core.evaluation.report import files

EVIL = "=1+1<script>alert(1)</script>"
TWINS = {
    "svd": ("svd", {"n_factors": 4, "n_epochs": 3}),
    "their svd": ("surprise_svd", {"n_factors": 4, "n_epochs": 3, "seed": 9}),
    "svd++": ("svdpp", {"n_factors": 3, "n_epochs": 1}),
    "biases": ("bias", {"n_epochs": 4, "item_shrinkage": 3.0}),
    "baseline": ("surprise_baseline_only", {"optimizer": "sgd", "n_epochs": 3}),
    "nmf": ("surprise_nmf", {"n_factors": 3, "n_epochs": 5}),
    "slope": ("surprise_slope_one", {}),
    "clusters": ("surprise_co_clustering", {"n_epochs": 3, "seed": 2}),
    "basic": ("surprise_knn_basic", {"n_neighbors": 20}),
    "means": ("surprise_knn_with_means", {"similarity": "cosine", "user_based": False}),
    "z": ("surprise_knn_with_zscore", {"min_support": 3}),
    "knn": ("surprise_knn_baseline", {"similarity": "pearson_baseline", "shrinkage": 50.0}),
    "no twin": ("popularity", {}),
}


@pytest.fixture(scope="module")
def sample() -> Dataset:
    return rc.load("sample")


@pytest.fixture(scope="module")
def report(sample: Dataset) -> Report:
    failing = ("gradient_cf", {"optimizer": "gradient_descent", "learning_rate": 1.0, "n_epochs": 50})
    chosen = {"bias": "bias", EVIL: "popularity", "wild": failing, "whole stars": "surprise_slope_one"}
    return cross_validate(chosen, sample, folds=2, metrics=("rmse", "ndcg", "coverage"))


def same(one: Report, other: Report) -> None:
    for field in dataclasses.fields(Report):
        if field.name not in {"people", "cells", "parts"}:
            assert getattr(one, field.name) == getattr(other, field.name), field.name
    assert_frame_equal(one.table, other.table, check_exact=True)
    assert_frame_equal(one.folds, other.folds, check_exact=True)
    assert_frame_equal(one.slices(), other.slices(), check_exact=True)
    assert (one.warnings, one.errors) == (other.warnings, other.errors)


# ---------------------------------------------------------------- kept


def test_as_text_it_is_the_same_to_the_last_digit(report: Report) -> None:
    again = Report.from_json(report.to_json())
    same(again, report)
    assert_frame_equal(again.per_user, report.per_user, check_exact=True)
    assert str(again.differences("rmse")) == str(report.differences("rmse"))


def test_its_text_is_strict_json(report: Report) -> None:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    assert json.loads(report.to_json(), parse_constant=refuse)["format"] == files.FORMAT


def test_in_a_folder_figures_by_person_stand_beside_it(report: Report, tmp_path: Path) -> None:
    path = report.save(tmp_path / "here")
    again = Report.load(tmp_path / "here")
    same(again, report)
    assert_frame_equal(again.per_user, report.per_user, check_exact=True)
    assert path.stat().st_size < 100_000
    assert len(list((tmp_path / "here").iterdir())) == 2


def test_where_people_are_many_the_text_leaves_them_out(
    report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "INLINE", 1000)
    again = Report.from_json(report.to_json())
    same(again, report)
    with pytest.raises(DataError, match="saved without its figures by person"):
        _ = again.per_user
    assert "gap is" not in again.to_html()


def test_a_newer_report_takes_the_place_of_the_older_whole(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert report.people is not None
    half = replace(
        report,
        cells=report.cells[:2],
        people=replace(report.people, totals=report.people.totals / 2),
    )
    half.save(tmp_path)
    put = files._put

    def broken(path: Path, content: bytes) -> None:
        if path.name == files.NAME:
            raise OSError(28, "No space left on device")
        put(path, content)

    monkeypatch.setattr(files, "_put", broken)
    with pytest.raises(OSError, match="No space"):
        report.save(tmp_path)
    assert Report.load(tmp_path).cells[1].algorithm == half.cells[1].algorithm
    assert len(Report.load(tmp_path).cells) == 2
    monkeypatch.undo()
    report.save(tmp_path)
    assert len(Report.load(tmp_path).cells) == len(report.cells)
    assert sorted(file.suffix for file in tmp_path.iterdir()) == [".json", ".npz"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "report.json").write_text("{"),
        lambda folder: (folder / "report.json").write_text("[]"),
        lambda folder: (folder / "report.json").write_text('{"format": 99, "people_file": ""}'),
        lambda folder: (folder / "report.json").unlink(),
        lambda folder: next(folder.glob("*.npz")).write_bytes(b"PK"),
        lambda folder: next(folder.glob("*.npz")).unlink(),
    ],
)
def test_what_is_damaged_is_refused_with_a_sentence(
    damage: Callable[[Path], object], report: Report, tmp_path: Path
) -> None:
    report.save(tmp_path)
    damage(tmp_path)
    with pytest.raises(DataError):
        Report.load(tmp_path)


def test_it_cannot_be_changed(report: Report) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.cells = ()  # type: ignore[misc]
    assert report.people is not None
    with pytest.raises(ValueError, match="read-only"):
        report.people.totals[0] = 0


# ---------------------------------------------------------------- passed on


@pytest.mark.parametrize("which", ["table", "folds", "per_user", "slices", "differences"])
def test_tables_go_out_in_full_precision_and_disarmed(which: str, report: Report) -> None:
    rows = list(csv.reader(io.StringIO(report.to_csv(which))))
    text = [cell for row in rows for cell in row if not re.fullmatch(r"-?[\d.]+(e-?\d+)?", cell)]
    assert not [cell for cell in text if cell.lstrip(" ")[:1] in {"=", "+", "-", "@"}]
    assert any("'" + EVIL in cell for row in rows for cell in row)
    kept = pd.read_parquet(io.BytesIO(report.to_parquet(which)))
    assert len(kept) == len(rows) - 1
    assert kept.attrs["protocol"] == json.loads(report.protocol.to_json())
    if which == "table":
        assert float(rows[1][rows[0].index("rmse")]) == report.table.loc["bias", "rmse"]


def test_there_are_no_other_tables(report: Report) -> None:
    with pytest.raises(DataError, match="no table 'secrets'"):
        report.to_csv("secrets")


class Page(HTMLParser):
    """What a browser would find."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_runs_nothing_loads_nothing_and_escapes_everything(report: Report) -> None:
    page = Page(report.to_html())
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "form", "base"}
    for _, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name in {"src", "href"}]
    assert EVIL in page.text
    assert {"svg", "table", "pre"} <= names


def test_the_page_says_what_a_sceptic_needs(report: Report) -> None:
    text = Page(report.to_html()).text
    for wanted in (
        report.protocol.words,
        report.protocol.identity,
        f"{report.table.loc['bias', 'rmse']:.4f}",
        "Slope One of Surprise works with whole numbers",
        report.errors["wild"],
        report.code().ours,
        f"numpy {np.__version__}",
    ):
        assert wanted in text


# ---------------------------------------------------------------- made again


def run(program: str, capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, Any], str]:
    names: dict[str, Any] = {}
    exec(compile(program, "<program>", "exec"), names)  # noqa: S102 - the rule is that it runs
    return names, capsys.readouterr().out


def test_its_code_makes_it_again_here_and_in_surprise(
    sample: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    report = cross_validate(TWINS, sample, folds=2, seed=4, metrics=("rmse", "mae", "fcp", "coverage"))
    assert not report.errors
    code = report.code()
    names, shown = run(code.ours, capsys)
    assert all(str(column) in shown for column in report.table), "no column is left out of what it prints"
    assert names["report"].table[["rmse", "coverage"]].equals(report.table[["rmse", "coverage"]])
    assert names["report"].protocol == report.protocol
    _, printed = run(code.surprise, capsys)
    theirs = {
        (label, measure): float(value)
        for label, measure, value in re.findall(r"^(.+) (rmse|mae|fcp) (\S+)$", printed, re.M)
    }
    assert {label for label, _ in theirs} == set(TWINS) - {"no twin"}
    for (label, measure), value in theirs.items():
        assert report.table.loc[label, measure] == pytest.approx(value, abs=1e-9), (label, measure)


def test_other_cuts_are_made_again_here_and_not_in_surprise(
    sample: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    how = rc.Splitting("held-out users", share=0.1, given=3, seed=6)
    report = cross_validate({EVIL + "'\n": "bias"}, sample, splitting=how, metrics=("mae",), k=3)
    code = report.code()
    assert code.surprise == ""
    names, _ = run(code.ours, capsys)
    assert names["report"].table["mae"].equals(report.table["mae"])
    assert names["report"].protocol == report.protocol
