"""A map laid out in a process of its own: the one `lay_out` makes, found by all, refused when too dear."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from recsys_core import cost
from recsys_core.errors import DataError, JobRefusedError
from recsys_core.jobs import Job, Jobs, LayOut, keep_rows, laid_out
from recsys_core.jobs.base import Work
from recsys_core.jobs.kinds import layout
from recsys_core.space import lay_out

ROWS = np.random.default_rng(2).normal(size=(80, 5))


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RECSYS_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "layouts"


def done_here(spec: LayOut, folder: Path) -> list[dict[str, object]]:
    """Do it without a process; what it told."""
    told: list[dict[str, object]] = []
    spec.run(Work(folder, told.append))
    return told


def test_the_map_is_the_librarys_and_everybody_finds_it(jobs: Jobs, wait: Callable[..., Job]) -> None:
    spec = LayOut(keep_rows(ROWS))
    assert laid_out(spec) is None
    job = wait(jobs, jobs.submit(spec, "me"), seconds=120)
    assert job.state == "done", job.error
    places = laid_out(LayOut(layout.fingerprint(ROWS.copy())))
    assert places is not None
    # A worker computes on one thread, so that the last bits may differ.
    expected = lay_out(ROWS, "tsne", perplexity=20)
    assert places.shape == (80, 2)
    assert np.corrcoef(places[:, 0], expected.places[:, 0])[0, 1] > 0.99
    shares = [event.epoch / event.n_epochs for event in job.events]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] == 1


def test_what_is_laid_out_already_is_not_laid_out_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = LayOut(keep_rows(ROWS), "tsne", seed=5)
    assert len(done_here(spec, tmp_path)) > 2
    made = laid_out(spec)
    monkeypatch.setattr(layout, "lay_out", None)  # calling it would fail
    assert [each["epoch"] for each in done_here(spec, tmp_path)] == [0, 1]
    assert made is not None
    assert made.shape == (80, 2)
    assert laid_out(LayOut(spec.rows, "tsne", seed=6)) is None, "another seed is another map"


def test_a_job_cancelled_leaves_no_map(jobs: Jobs, wait: Callable[..., Job]) -> None:
    rows = np.random.default_rng(3).normal(size=(4000, 20))
    spec = LayOut(keep_rows(rows), "tsne", 3)
    job = wait(jobs, jobs.submit(spec, "me"), until=lambda now: len(now.events) > 0)
    assert jobs.cancel(job.id)
    assert wait(jobs, job).state == "cancelled"
    assert laid_out(spec) is None


def test_damaged_foreign_and_missing_files_are_no_maps(own_folder: Path, tmp_path: Path) -> None:
    spec = LayOut(keep_rows(ROWS))
    for junk in (b"", b"junk", b"PK\x03\x04 half a file"):
        (own_folder / f"{spec._name}.npz").write_bytes(junk)
        assert laid_out(spec) is None
    np.savez(own_folder / f"{spec._name}.npz", places=np.array([[{}]], dtype=object))
    assert laid_out(spec) is None, "nothing is ever unpickled"
    np.savez(own_folder / f"{spec._name}.npz", places=np.full((80, 2), np.nan))
    assert laid_out(spec) is None
    with pytest.raises(DataError, match="not kept any more"):
        done_here(LayOut("0" * 64), tmp_path)
    with pytest.raises(DataError, match="fingerprint of no table"):
        laid_out(LayOut("../../../etc/passwd"))
    with pytest.raises(DataError, match="too few"):
        done_here(LayOut(keep_rows(ROWS[:20])), tmp_path)
    with pytest.raises(DataError, match="tsne or umap"):
        done_here(LayOut(spec.rows, "pca"), tmp_path)


def test_whatever_a_damaged_file_fails_in_it_is_no_map(own_folder: Path) -> None:
    file = own_folder / f"{keep_rows(ROWS)}.npz"
    whole, seen = file.read_bytes(), set()
    for at in (*range(200), *range(len(whole) - 130, len(whole))):
        for flipped in (0x00, 0x07, 0x0A, 0xFF):
            file.write_bytes(whole[:at] + bytes([flipped]) + whole[at + 1 :])
            seen.add(layout._read(file, "rows") is None)
    assert seen == {True, False}, "some bytes do not matter"


def test_there_is_an_end_to_what_is_kept(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "ROOM", 3 * ROWS.nbytes)
    names = [keep_rows(ROWS + k) for k in range(5)]
    kept = {file.stem for file in own_folder.iterdir()}
    assert len(kept) == 2
    assert names[-1] in kept


def test_the_dear_is_foretold_and_the_too_dear_refused() -> None:
    speed = cost.machine.Speed()
    limits = cost.Limits(600, 2e9)
    small, large, huge = (cost.of_layout("tsne", n, 50, 2, speed) for n in (1000, 10_000, 1_000_000))
    assert small.seconds < large.seconds < huge.seconds
    assert cost.of_layout("tsne", 10_000, 50, 3, speed).seconds > large.seconds
    assert (
        cost.of_layout("umap", 10_000, 50, 2, speed).seconds
        > cost.of_layout("umap", 2000, 50, 2, speed).seconds
    )
    cost.admit(large, limits)
    with pytest.raises(JobRefusedError, match="would take about"):
        cost.admit(huge, limits)
    with pytest.raises(DataError, match="tsne or umap"):
        cost.of_layout("pca", 10, 2, 2, speed)
