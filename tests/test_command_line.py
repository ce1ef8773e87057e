"""The command line: what it prints, where, and with which exit code; never a traceback."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import recsys_core.__main__ as command_line
from recsys_core.__main__ import main
from recsys_core.datasets import Source, sources
from recsys_core.errors import DownloadError

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def nothing_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No published set is on this machine, as far as these tests are concerned."""
    monkeypatch.setenv("RECSYS_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("RECSYS_CACHE_DIR", str(tmp_path / "cache"))


class Downloader:
    """Stands in for the network: notes what it was asked, and fails if it is told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, bool]] = []
        self.fails: BaseException | None = None

    def __call__(
        self, source: Source, *, consent: bool, on_progress: Callable[[int, int | None], None]
    ) -> Path:
        self.asked.append((source.name, consent))
        on_progress(500_000, 1_000_000)
        if self.fails is not None:
            raise self.fails
        return Path("/some/where/cache") / source.name


@pytest.fixture
def downloader(monkeypatch: pytest.MonkeyPatch) -> Downloader:
    stand_in = Downloader()
    monkeypatch.setattr(command_line, "download", stand_in)
    return stand_in


def answer(monkeypatch: pytest.MonkeyPatch, text: str | None) -> None:
    """What the person types; None for a closed input."""
    replies: Iterator[str] = iter([] if text is None else [text])

    def reply(_: str) -> str:
        try:
            return next(replies)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("builtins.input", reply)


def test_datasets_lists_each_with_what_one_must_know(capsys: Captured) -> None:
    assert main(["datasets"]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert set(lines) == set(sources())
    assert "not here" in lines["ml-100k"]
    assert "simulated" in lines["sample"]
    assert "not here" not in lines["sample"]
    assert "simulated" not in lines["ml-100k"]


def test_describe_gives_counts_licence_and_fingerprint(capsys: Captured) -> None:
    assert main(["describe", "lectures-movies"]) == 0
    out = capsys.readouterr().out
    for part in ("Ratings", "Density", "Licence", "Fingerprint", "15"):
        assert part in out


def test_describe_shows_every_remark(capsys: Captured, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "ml-latest-small"
    folder.mkdir(parents=True)
    (folder / "movies.csv").write_text("movieId,title,genres\n1,Emma (1996),Drama\n")
    (folder / "ratings.csv").write_text("userId,movieId,rating,timestamp\n1,1,4.0,7\n2,1,9.0,7\n")
    assert main(["describe", "ml-latest-small"]) == 0
    assert "1 row set aside" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["describe", "download"])
def test_an_unknown_name_is_answered_with_the_known_ones(command: str, capsys: Captured) -> None:
    assert main([command, "ml-0"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "'ml-0'" in err
    assert "ml-100k" in err


def test_describing_what_is_not_here_says_how_to_get_it(capsys: Captured) -> None:
    assert main(["describe", "ml-1m"]) == 1
    assert "download ml-1m" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["y", "Yes", " Y "])
def test_download_after_a_yes(
    text: str, downloader: Downloader, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    answer(monkeypatch, text)
    assert main(["download", "ml-100k"]) == 0
    out, err = capsys.readouterr()
    assert downloader.asked == [("ml-100k", True)]
    assert "no commercial use" in out
    assert "Harper" in out
    assert "cache/ml-100k" in out
    assert "/some/where" not in out
    assert "50%" in err


@pytest.mark.parametrize("text", ["", "n", "no", "maybe", None])
def test_anything_but_yes_downloads_nothing(
    text: str | None, downloader: Downloader, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    answer(monkeypatch, text)
    assert main(["download", "ml-100k"]) == 1
    assert downloader.asked == []
    assert "nothing was downloaded" in capsys.readouterr().err


def test_yes_on_the_command_line_still_shows_the_licence(downloader: Downloader, capsys: Captured) -> None:
    assert main(["download", "ml-100k", "--yes"]) == 0
    assert "no commercial use" in capsys.readouterr().out


def test_what_is_here_is_fetched_again_only_if_told(
    downloader: Downloader, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    here = replace(sources()["ml-100k"], is_here=lambda: True)
    monkeypatch.setattr(command_line, "sources", lambda: {"ml-100k": here})
    assert main(["download", "ml-100k", "--yes"]) == 0
    assert downloader.asked == []
    assert "--again" in capsys.readouterr().out
    assert main(["download", "ml-100k", "--yes", "--again"]) == 0
    assert len(downloader.asked) == 1


def test_a_failed_download_is_one_plain_message(downloader: Downloader, capsys: Captured) -> None:
    downloader.fails = DownloadError("The disk is full.")
    assert main(["download", "ml-100k", "--yes"]) == 1
    assert capsys.readouterr().err.endswith("\nThe disk is full.\n")


def test_an_interruption_is_no_traceback(downloader: Downloader, capsys: Captured) -> None:
    downloader.fails = KeyboardInterrupt()
    assert main(["download", "ml-100k", "--yes"]) == 130
    assert "Interrupted" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["describe"], ["download", "--maybe", "x"]])
def test_what_is_not_understood_ends_with_2(arguments: list[str], capsys: Captured) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_it_runs_as_a_module() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "recsys_core", "describe", "ml-0"],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )
    assert ran.returncode == 1
    assert ran.stdout == ""
    assert "Traceback" not in ran.stderr
