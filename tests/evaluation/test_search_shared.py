"""A search outlives the processes that work on it, and no two of them do a cell twice."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import recsys_core as rc
from recsys_core.evaluation.search import Cell, Range, SearchReport, ledger
from recsys_core.evaluation.search.ledger import Claim, Ledger
from recsys_core.evaluation.search.storage import SearchStorageError

ROOT = Path(__file__).resolve().parents[2]
GRID: dict[str, Any] = {"n_factors": [2, 3, 4], "learning_rate": [0.005, 0.02], "n_epochs": [2]}
SPACE: dict[str, Any] = {"n_factors": Range(2, 20), "n_epochs": [2]}

PROCESS = """
import os, signal, sys, time
from pathlib import Path
import recsys_core as rc
from recsys_core.evaluation.search import Range
from recsys_core.evaluation.search.ledger import Ledger
from recsys_core.evaluation.search.scoring import Scorer

role, sampler, storage, folder = sys.argv[1:]
folder, measure, enter = Path(folder), Scorer.__call__, Ledger.write
scored = 0

def killed_in_the_middle(self, model, fold):
    global scored
    scored += 1
    if scored == 6:  # the second fold of the third cell
        os.kill(os.getpid(), signal.SIGKILL)
    return measure(self, model, fold)

def noted(self, claim, cell):
    enter(self, claim, cell)
    with (folder / role).open("a") as log:
        log.write(f"{claim.number}\\n")
    deadline = time.monotonic() + 60
    while len(list(folder.iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)  # so that both have a share in it

if role == "killed":
    Scorer.__call__ = killed_in_the_middle
else:
    Ledger.write = noted
space = GRID if sampler == "grid" else SPACE
report = rc.search("svd", space, rc.load("sample"), sampler, 6, folds=2, test_share=0.2, storage=storage)
print(report.to_json())
""".replace("GRID", repr(GRID)).replace("SPACE", "{'n_factors': Range(2, 20), 'n_epochs': [2]}")


def start(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROCESS, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> SearchReport:
    out, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return SearchReport.from_json(out)


def numbers(report: SearchReport) -> pd.DataFrame:
    return report.table.drop(columns="fit seconds")


def here(sampler: str, storage: str | None = None) -> SearchReport:
    space = GRID if sampler == "grid" else SPACE
    return rc.search("svd", space, rc.load("sample"), sampler, 6, folds=2, test_share=0.2, storage=storage)  # type: ignore[arg-type]


@pytest.fixture(params=["sqlite", "postgresql"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database; PostgreSQL's is skipped where there is no server."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'searches.sqlite'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


# ---------------------------------------------------------------- whole searches


@pytest.mark.parametrize("sampler", ["grid", "random", "tpe"])
def test_a_search_killed_half_way_ends_with_the_same_table(sampler: str, tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 'searches.sqlite'}"
    process = start("killed", sampler, storage, tmp_path)
    process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL
    told: list[SearchReport] = []
    space = GRID if sampler == "grid" else SPACE
    begun = time.monotonic()
    report = rc.search(
        "svd",
        space,
        rc.load("sample"),
        sampler,  # type: ignore[arg-type]
        6,
        folds=2,
        test_share=0.2,
        storage=storage,
        progress=told.append,
    )
    assert time.monotonic() - begun < ledger.LEASE_SECONDS, "nobody waits for the dead of this machine"
    assert len(told[0].cells) == 2, "what was finished is not done again"
    uninterrupted = here(sampler)
    pd.testing.assert_frame_equal(numbers(report), numbers(uninterrupted), check_exact=True)
    assert report.test is not None
    assert uninterrupted.test is not None
    assert report.test.score == uninterrupted.test.score


def test_two_processes_share_a_grid_and_do_no_cell_twice(storage: str, tmp_path: Path) -> None:
    done = tmp_path / "done"
    done.mkdir()
    both = [start(name, "grid", storage, done) for name in ("one", "two")]
    reports = [finish(process) for process in both]
    shares = {name: (done / name).read_text().split() for name in ("one", "two")}
    assert all(shares.values()), "each did some"
    assert Counter(chain(*shares.values())) == Counter(map(str, range(6)))
    alone = here("grid")
    for report in reports:
        pd.testing.assert_frame_equal(numbers(report), numbers(alone), check_exact=True)
    openings = {report.test.opening for report in reports if report.test is not None}
    assert len(openings) == 1, "the test part was opened once for both"


def test_asking_again_opens_nothing_and_tries_nothing(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 'searches.sqlite'}"
    first, again = here("grid", storage), here("grid", storage)
    assert again.to_json() == first.to_json()  # times and all
    assert first.test is not None


def test_another_question_is_another_search(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 'searches.sqlite'}"
    sample = rc.load("sample")
    grid = {"n_factors": [2], "n_epochs": [1]}
    asked = [
        rc.grid_search("svd", grid, sample, 2, storage=storage),
        rc.grid_search("svd", grid, sample, 3, storage=storage),
        rc.grid_search("svd", grid, sample, 2, seed=1, storage=storage),
        rc.grid_search("svd", grid, sample, 2, metric="mae", storage=storage),
        rc.grid_search("svd", grid, sample, 2, test_share=0.2, storage=storage),
        rc.grid_search("funk_svd", grid, sample, 2, storage=storage),
        rc.search("svd", {"n_factors": [2], "n_epochs": [1]}, sample, "random", 1, folds=2, storage=storage),
    ]
    assert len({report.identity for report in asked}) == len(asked)
    assert len({report.cells[0].mean for report in asked[:6]}) == 6


def test_what_breaks_off_gives_its_cell_back_at_once(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 'searches.sqlite'}"

    def enough(report: SearchReport) -> None:
        if len(report.cells) == 2:
            raise KeyboardInterrupt

    sample = rc.load("sample")
    with pytest.raises(KeyboardInterrupt):
        rc.grid_search("svd", GRID, sample, 2, storage=storage, progress=enough)
    report = rc.grid_search("svd", GRID, sample, 2, storage=storage)
    assert len(report.cells) == 6
    assert set(report.table["state"]) == {"done"}


# ---------------------------------------------------------------- the ledger itself


def finished(number: int) -> Cell:
    return Cell(number, {}, "done", (1.0, 1.0))


@pytest.fixture
def ledgers(storage: str) -> Iterator[list[Ledger]]:
    """Four books of one search of 20 cells, as four processes have them."""
    opened = [Ledger("one", 20, "lower", storage) for _ in range(4)]
    yield opened
    for one in opened:
        one.close()


def take_all(book: Ledger) -> list[int]:
    """Do whatever is free; returns which cells that was."""
    got = []
    while (claim := book.claim()) is not None:
        got.append(claim.number)
        book.write(claim, finished(claim.number))
    return got


def test_many_at_once_get_each_cell_once(ledgers: list[Ledger]) -> None:
    with ThreadPoolExecutor(len(ledgers)) as pool:
        got = [number for numbers in pool.map(take_all, ledgers) for number in numbers]
    assert sorted(got) == list(range(20))
    assert all(book.is_settled() for book in ledgers)
    assert [cell.number for cell in ledgers[0].cells(())] == list(range(20))


def test_many_at_once_take_up_each_lost_cell_once(
    ledgers: list[Ledger], monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = Ledger("one", 20, "lower", ledgers[0]._url)
    lost._owner = {**lost._owner, "host": "another machine"}
    claims = [lost.claim() for _ in range(20)]
    assert all(book.claim() is None for book in ledgers), "its lease has not run out"
    monkeypatch.setattr(ledger, "LEASE_SECONDS", -1.0)

    with ThreadPoolExecutor(len(ledgers)) as pool:
        got = [number for numbers in pool.map(take_all, ledgers) for number in numbers]
    assert sorted(got) == list(range(20))
    late = claims[0]
    assert late is not None
    lost.write(late, Cell(late.number, {}, "done", (7.0, 7.0)))
    assert {cell.mean for cell in ledgers[0].cells(())} == {1.0}, "what a late owner says is not taken"
    lost.close()


def test_a_cell_that_ends_every_process_is_given_up() -> None:
    book = Ledger("one", 1, "lower")
    claim: Claim | None = None
    for attempt in range(1, ledger.MOST_ATTEMPTS + 1):
        book._owner = {"host": ledger.host(), "pid": 2**22 + attempt, "started": "1"}  # no such process
        claim = book.claim()
        assert claim is not None
        assert claim.attempt == attempt
    assert book.claim() is None
    (cell,) = book.cells(())
    assert cell.state == "failed"
    assert "died 3 times" in cell.error
    assert book.is_settled()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://somebody:hunter2@127.0.0.1:1/nowhere",
        "sqlite:////no/such/folder/searches.sqlite",
        "nonsense:hunter2",
    ],
)
def test_a_database_that_cannot_be_used_is_named_without_its_password(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recsys_core.evaluation.search.storage.ATTEMPTS", 1)
    with pytest.raises(SearchStorageError) as caught:
        Ledger("one", 1, "lower", url)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__suppress_context__
