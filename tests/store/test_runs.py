"""Runs come back as they were put on record, to their owner alone, from SQLite and from PostgreSQL."""

from __future__ import annotations

import dataclasses
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, inspect, make_url, text

from recsys_core.store import StoreError
from recsys_core.store.runs import KINDS, Run, Runs, owner_mark, record, shelf, storage_url
from recsys_core.store.runs.tables import VERSION_TABLE, metadata

ROOT = Path(__file__).resolve().parents[2]
ME, YOU = "session-of-mine", "session-of-yours"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'runs.sqlite'}"
    given: str = request.getfixturevalue("postgres_url")
    return given


@pytest.fixture
def runs(url: str) -> Runs:
    return Runs(url)


def a_run(owner: str = ME, **wanted: Any) -> Run:
    usual: dict[str, Any] = {
        "kind": "comparison",
        "dataset": "ml-100k",
        "fingerprint": "f" * 64,
        "protocol": {"splitting": {"kind": "k-fold", "folds": 5}},
        "spec": {"algorithms": ["svd", "bias"], "seed": 0},
        "report": {"rows": [{"algorithm": "svd", "rmse": 0.93}]},
        "seconds": 1.5,
    }
    return Run(owner=owner, **(usual | wanted))


def opened_badly(url: str | None = None) -> str:
    """What the refusal to open says."""
    with pytest.raises(StoreError) as refusal:
        Runs(url)
    return str(refusal.value)


# ---------------------------------------------------------------- what is kept


def test_a_run_comes_back_as_it_was_put(runs: Runs, url: str) -> None:
    run = runs.add(a_run(name="Évaluation ★", note="first\nsecond", class_room="B-12"))
    assert runs.get(run.id) == run
    assert Runs(url).get(run.id) == run, "also after it was opened again"


@given(
    report=st.dictionaries(
        st.text(max_size=5),
        st.none() | st.floats() | st.text(st.characters(codec=None), max_size=5),
        max_size=4,
    )
)
def test_any_report_becomes_json_that_a_database_takes(report: dict[str, Any]) -> None:
    run = a_run(report=report)
    assert json.loads(json.dumps(run.report, allow_nan=False)) == run.report
    assert "\0" not in str(run.report)
    assert dataclasses.replace(run) == run, "made plain once, it stays as it is"


def test_what_json_has_no_word_for_is_kept_too(runs: Runs) -> None:
    odd = {
        "not a number": float("nan"),
        "numpy": np.float32(0.5),
        "table": np.arange(4).reshape(2, 2),
        "pair": (1, "a\0b\ud800"),
        3: np.inf,
    }
    run = runs.add(a_run(report=odd))
    assert runs.get(run.id).report == {
        "not a number": None,
        "numpy": 0.5,
        "table": [[0, 1], [2, 3]],
        "pair": [1, "a\ufffdb\ufffd"],
        "3": None,
    }


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"kind": "holiday"}, "holiday.*comparison, search, training"),
        ({"owner": ""}, "owner"),
        ({"note": "n" * 2_001}, "2,001.*2,000"),
        ({"dataset": 3}, "dataset.*3.*text"),
        ({"seconds": float("inf")}, "seconds.*inf"),
        ({"created_at": -1.0}, "created_at"),
        ({"report": {"rows": [1, {"model": object()}]}}, r"report\.rows\[1\]\.model.*object"),
        ({"protocol": "{}"}, "protocol.*str"),
    ],
)
def test_what_is_no_run_is_refused_by_name(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(StoreError, match=says):
        a_run(**wrong)


def test_a_report_too_large_to_keep_is_refused_and_says_its_size(runs: Runs) -> None:
    with pytest.raises(StoreError, match=r"report 4,194,\d+.*4,194,304"):
        runs.add(a_run(report={"long": "x" * record.MAX_BYTES}))
    assert runs.find() == ()


def test_a_run_is_never_replaced_and_never_half(runs: Runs) -> None:
    run = runs.add(a_run())
    with pytest.raises(StoreError, match="already"):
        runs.add(dataclasses.replace(run, report={"other": 1}))
    with pytest.raises(StoreError, match="no report"):
        runs.add(a_run(report=None))
    assert runs.find(reports=True) == (run,)


# ---------------------------------------------------------------- finding


def test_newest_come_first_and_a_page_goes_on_where_the_last_one_ended(runs: Runs) -> None:
    moments = [10.0, 30.0, 20.0, 30.0, 40.0]
    put = [runs.add(a_run(created_at=moment)) for moment in moments]
    expected = [r.id for r in sorted(put, key=lambda r: (r.created_at, r.id), reverse=True)]
    first = runs.find(limit=2)
    second = runs.find(limit=2, before=first[-1])
    third = runs.find(limit=2, before=second[-1])
    assert [r.id for page in (first, second, third) for r in page] == expected


def test_runs_are_found_by_what_they_are(runs: Runs) -> None:
    wanted = {
        "owner": YOU,
        "dataset": "ml-1m",
        "fingerprint": "e" * 64,
        "kind": "search",
        "class_room": "B-12",
    }
    runs.add(a_run())
    odd = runs.add(a_run(**wanted))
    for name, value in wanted.items():
        assert [r.id for r in runs.find(**{name: value})] == [odd.id], name
    assert runs.find(owner=ME, kind="search") == ()
    assert {r.kind for r in runs.find()} < set(KINDS)


def test_a_list_of_runs_leaves_the_reports_where_they_are(runs: Runs) -> None:
    run = runs.add(a_run())
    assert runs.find() == (dataclasses.replace(run, report=None),)
    assert runs.find(reports=True) == (run,)


@pytest.mark.parametrize("limit", [0, -1, shelf.MOST_FOUND + 1])
def test_a_limit_out_of_bounds_is_refused(tmp_path: Path, limit: int) -> None:
    with pytest.raises(StoreError, match=f"{limit}.*1 to 500"):
        Runs(f"sqlite:///{tmp_path / 'r'}").find(limit=limit)


def test_text_from_a_stranger_is_a_value_and_never_a_command(runs: Runs) -> None:
    nasty = "'; DROP TABLE recsys_runs; --"
    run = runs.add(a_run(owner=nasty, dataset=nasty, name=nasty))
    assert [r.id for r in runs.find(dataset=nasty, owner=nasty)] == [run.id]
    with pytest.raises(StoreError, match="No run"):
        runs.get(nasty)


# ---------------------------------------------------------------- whose they are


def test_the_session_is_in_no_row_only_its_mark(runs: Runs, url: str) -> None:
    run = runs.add(a_run())
    with create_engine(url).connect() as connection:
        row = connection.execute(text("SELECT * FROM recsys_runs")).one()
    assert ME not in str(row)
    assert run.owner == row.owner == owner_mark(ME)
    assert runs.find(owner=run.owner) == (), "who has read the mark is not its owner"
    assert runs.erase(run.owner) == 0


def test_only_the_owner_names_notes_exports_and_erases(runs: Runs) -> None:
    mine, yours = runs.add(a_run()), runs.add(a_run(YOU))
    for change in (runs.rename, runs.note):
        with pytest.raises(StoreError, match="only its owner"):
            change(YOU, mine.id, "mine now")
    runs.rename(ME, mine.id, "baseline")
    runs.note(ME, mine.id, "before the new seed")
    changed = dataclasses.replace(mine, name="baseline", note="before the new seed")
    assert runs.get(mine.id) == changed
    assert runs.erase(YOU, mine.id) == 0
    assert [r["id"] for r in runs.export(YOU)["runs"]] == [yours.id]
    assert runs.erase(YOU) == 1
    assert runs.find(reports=True) == (changed,)


def test_an_export_is_json_and_holds_all_of_every_run(runs: Runs) -> None:
    put = [runs.add(a_run(created_at=float(n), report={"n": n, "nan": float("nan")})) for n in range(3)]
    export = json.loads(json.dumps(runs.export(ME), allow_nan=False))
    assert [Run(**values) for values in export["runs"]] == put[::-1]
    assert export["owner"] == owner_mark(ME)


def test_one_run_can_be_erased_and_then_all(runs: Runs) -> None:
    first, second, third = (runs.add(a_run()) for _ in range(3))
    assert runs.erase(ME, second.id) == 1
    assert {r.id for r in runs.find()} == {first.id, third.id}
    assert runs.erase(ME) == 2
    assert runs.export(ME)["runs"] == []
    with pytest.raises(StoreError, match="erased"):
        runs.get(first.id)


def test_what_was_erased_is_in_no_file_of_sqlite_even_while_others_hold_it_open(tmp_path: Path) -> None:
    file = tmp_path / "runs.sqlite"
    runs = Runs(f"sqlite:///{file}")
    other = sqlite3.connect(file)
    other.execute("SELECT count(*) FROM recsys_runs").fetchall()  # keeps SQLite's log from being removed
    runs.add(a_run(note="a word nobody else uses"))
    held = [f.read_bytes() for f in tmp_path.iterdir()]
    assert any(b"a word nobody else uses" in content for content in held)
    assert runs.erase(ME) == 1
    assert not any(b"a word nobody else uses" in f.read_bytes() for f in tmp_path.iterdir())
    other.close()


# ---------------------------------------------------------------- opening


def test_by_default_it_is_a_file_in_the_cache_for_its_owners_eyes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECSYS_CACHE_DIR", str(tmp_path / "new" / "100% cache"))
    monkeypatch.delenv("RECSYS_DATABASE_URL", raising=False)
    Runs().add(a_run())
    file = tmp_path / "new" / "100% cache" / "runs.sqlite"
    assert file.stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    optuna.create_study(storage=storage_url())
    assert {"runs.sqlite", "searches.sqlite"} <= {f.name for f in file.parent.iterdir()}


def test_the_setting_names_the_database_of_runs_and_of_searches(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECSYS_DATABASE_URL", url.replace("postgresql+psycopg:", "postgres:"))
    run = Runs().add(a_run())
    assert Runs(url).get(run.id) == run
    assert make_url(storage_url()) == make_url(url)


def test_runs_and_searches_get_along_in_one_database(url: str) -> None:
    run = Runs(url).add(a_run())
    study = optuna.create_study(storage=url, study_name="one")
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)
    assert Runs(url).get(run.id) == run
    assert len(optuna.load_study(study_name="one", storage=url).trials) == 2


def test_the_migrations_make_the_tables_that_the_code_means(url: str) -> None:
    Runs(url)
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []
    assert set(inspect(engine).get_table_names()) == {"recsys_runs", VERSION_TABLE}


OPEN_AT_ONCE = """
import sys
from recsys_core.store.runs import Run, Runs
import alembic.command, alembic.config, alembic.migration, alembic.script
print("ready", flush=True)
sys.stdin.readline()
for n in range(5):
    Runs(sys.argv[1]).add(Run("training", sys.argv[2], "sample", "f", report={"n": n}))
"""


def test_processes_that_open_it_at_once_all_find_it_ready(url: str) -> None:
    def start(n: int) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", OPEN_AT_ONCE, url, f"process {n}"]
        return subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    started = [start(n) for n in range(4)]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    errors = [process.communicate(timeout=60)[1] for process in started]
    assert errors == [""] * 4
    assert len(Runs(url).find()) == 20


def test_threads_share_one(runs: Runs) -> None:
    with ThreadPoolExecutor(8) as pool:
        put = list(pool.map(lambda n: runs.add(a_run(created_at=float(n))), range(40)))
    assert runs.find(reports=True) == tuple(put[::-1])


def test_the_library_alone_loads_no_database() -> None:
    code = "import sys, recsys_core, recsys_core.store; print({'sqlalchemy', 'alembic'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# ---------------------------------------------------------------- what can be wrong


def test_a_database_of_a_newer_version_is_left_alone(url: str) -> None:
    Runs(url)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE recsys_version SET version_num = '9999'"))
    assert "newer version" in (said := opened_badly(url))
    assert "'9999'" in said
    assert "update the program" in said
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM recsys_version")).scalar() == "9999"


def damaged_text(file: Path) -> None:
    file.write_text("this is no database\n" * 200)


def damaged_pages(file: Path) -> None:
    Runs(f"sqlite:///{file}")
    content = bytearray(file.read_bytes())
    content[100:] = bytes(b ^ 0x5A for b in content[100:])
    file.write_bytes(content)


@pytest.mark.parametrize("damage", [damaged_text, damaged_pages])
def test_a_damaged_file_is_named_and_not_touched(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    file = tmp_path / "runs.sqlite"
    damage(file)
    before = file.read_bytes()
    said = opened_badly(f"sqlite:///{file}")
    assert str(file) in said
    assert "damaged" in said
    assert file.read_bytes() == before


def test_a_run_damaged_in_place_is_an_error_and_not_a_run(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'runs.sqlite'}"
    run = Runs(url).add(a_run())
    with create_engine(url).begin() as connection:
        connection.execute(text("UPDATE recsys_runs SET report = '{half'"))
    with pytest.raises(StoreError, match="damaged or changed by hand"):
        Runs(url).get(run.id)


def test_missing_tables_are_an_error_in_words(runs: Runs, url: str) -> None:
    with create_engine(url).begin() as connection:
        connection.execute(text("DROP TABLE recsys_runs"))
    with pytest.raises(StoreError, match=r"refuses.*recsys_runs"):
        runs.find()


def test_a_file_that_cannot_be_written_can_be_read_and_says_so(tmp_path: Path) -> None:
    file = tmp_path / "runs.sqlite"
    run = Runs(f"sqlite:///{file}").add(a_run())
    only_read = Runs(f"sqlite:///file:{file}?mode=ro&uri=true")
    assert only_read.get(run.id) == run
    with pytest.raises(StoreError, match="cannot be written: allow writing") as refusal:
        only_read.add(a_run())
    assert str(file) in str(refusal.value)
    assert "cannot be written" in opened_badly(f"sqlite:///file:{empty(tmp_path)}?mode=ro&uri=true")


def empty(folder: Path) -> Path:
    """A file without a table yet."""
    (folder / "empty.sqlite").touch()
    return folder / "empty.sqlite"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert "cannot be opened: allow" in opened_badly(f"sqlite:///{tmp_path / 'runs.sqlite'}")


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("RECSYS_CACHE_DIR", str(tmp_path / "file" / "cache"))
    assert "RECSYS_CACHE_DIR" in opened_badly()
    with pytest.raises(StoreError, match="RECSYS_CACHE_DIR"):
        storage_url()


def test_a_folder_in_the_place_of_the_file_says_so(tmp_path: Path) -> None:
    assert "cannot be opened" in opened_badly(f"sqlite:///{tmp_path}")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://user:hush@127.0.0.1:1/runs", "127.0.0.1, cannot be reached"),
        ("postgresql:///runs?host=/nowhere&password=hush", "/nowhere, cannot be reached"),
        ("postgresql://user:hu@sh@host/runs", "%40"),
        ("postgresql://user:x@hu:sh@host/runs", "%40"),
        ("postgresql://us/er:hush@host/runs", "%2F"),
        ("postgresql://user:pass@host:hush/runs", "cannot be read as an address"),
        ("user:hush@host/runs", "cannot be read as an address"),
        ("mysql://user:hush@host/runs", "SQLite or PostgreSQL"),
        ("postgresql://user:hush@127.0.0.1:1/runs?hush=1", "PostgreSQL"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused_without_its_password(url: str, says: str) -> None:
    said = opened_badly(url)
    assert says in said
    assert not [part for part in ("hush", "hu@", "hu:", "@sh", ":sh@") if part in said]


def test_a_wrong_password_is_refused_and_not_repeated(postgres_url: str) -> None:
    before, after = postgres_url.split("@/")
    wrong = f"{before[::-1].split(':', 1)[1][::-1]}:hush@/{after}"
    said = opened_badly(wrong)
    assert "cannot be reached" in said
    assert "password authentication failed" in said
    assert "hush" not in said
