"""Kept models: the very model of the training, for as long as nobody deletes it, and never too many."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.errors import RecsysError
from recsys_core.jobs import Job, Train, model_at, trained
from recsys_core.jobs.base import Work
from recsys_core.store import StoreError
from ui import kept

SAMPLE = rc.load("sample")
Maker = Callable[..., Job]


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty shelf of the test's own."""
    monkeypatch.setenv("RECSYS_CACHE_DIR", str(tmp_path / "cache"))
    kept._loaded.clear()
    return tmp_path / "cache" / "kept"


@pytest.fixture
def finished(tmp_path: Path) -> Maker:
    """A finished training, done here instead of in a process of its own."""

    def make(
        data: str = "sample", name: str = "svd", share: float = 0.0, patience: int = 0, **given: int
    ) -> Job:
        hyper_parameters = {"n_epochs": 3, "n_factors": 2, **given}
        spec = Train(data, name, hyper_parameters, validation_share=share, patience=patience)
        folder = tmp_path / f"job{len(list(tmp_path.glob('job*')))}"
        folder.mkdir()
        spec.run(Work(folder, lambda message: None))
        return Job("a" * 22, spec, "me", folder, state="done")

    return make


def test_what_is_kept_is_the_very_model_also_when_its_training_is_gone(finished: Maker) -> None:
    job = finished(share=0.2)
    before = model_at(job.folder, SAMPLE)
    one = kept.keep(job, SAMPLE, "me")
    shutil.rmtree(job.folder)
    kept._loaded.clear()  # as after a restart of the server
    loaded = kept.load(one.id, SAMPLE)
    users, items = SAMPLE.ratings.users[:500], SAMPLE.ratings.items[:500]
    np.testing.assert_array_equal(loaded.predict(users, items), before.predict(users, items))
    assert kept.load(one.id, SAMPLE) is loaded, "read once for all sessions"


def test_it_tells_what_it_is_and_what_it_learned_from(finished: Maker) -> None:
    whole, part = (
        kept.keep(finished(), SAMPLE, "me"),
        kept.keep(finished(share=0.25, n_factors=3), SAMPLE, "me"),
    )
    assert whole.title == "SVD by gradient descent, 3 epochs"
    assert whole.learned_from == "learned from all ratings"
    learned = len(SAMPLE.ratings) - round(0.25 * len(SAMPLE.ratings))
    assert part.learned_from == f"learned from {learned:,} ratings, the training part of a hold-out (seed 0)"
    assert part.settings == "n_factors 3, n_epochs 3"
    assert part.label != whole.label
    assert [each.id for each in kept.everything()] == [part.id, whole.id], "the newest first"


def test_a_training_stopped_early_is_named_by_the_epoch_it_kept(finished: Maker) -> None:
    job = finished(share=0.2, patience=1, n_epochs=200, n_factors=30)
    result = trained(job.folder)
    assert result.stopped_early
    assert kept.keep(job, SAMPLE, "me").title == f"SVD by gradient descent, epoch {result.epoch} of 200"


def test_the_same_model_is_kept_once(finished: Maker) -> None:
    job = finished()
    assert kept.keep(job, SAMPLE, "me").id == kept.keep(job, SAMPLE, "me").id
    assert len(kept.everything()) == 1


# ---------------------------------------------------------------- room


def test_a_full_shelf_refuses_and_throws_nothing_away(
    finished: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MOST_MODELS", 1)
    job = finished()
    first = kept.keep(job, SAMPLE, "me")
    with pytest.raises(StoreError, match=r"room for 1: .* delete one of yours"):
        kept.keep(finished(n_factors=3), SAMPLE, "me")
    assert [each.id for each in kept.everything()] == [first.id]
    assert kept.keep(job, SAMPLE, "me").id == first.id, "what is there already needs no room"
    kept.delete(first.id, "me")
    kept.keep(finished(n_factors=3), SAMPLE, "me")


def test_a_model_too_large_for_what_is_left_is_refused(
    finished: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = kept.keep(finished(), SAMPLE, "me")
    monkeypatch.setattr(kept, "MOST_BYTES", first.saved.n_bytes + 1000)
    with pytest.raises(StoreError, match="delete some of yours"):
        kept.keep(finished(n_factors=3), SAMPLE, "me")
    assert len(kept.everything()) == 1


def test_two_who_keep_at_once_do_not_both_take_the_last_place(
    finished: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MOST_MODELS", 1)
    trainings, refused = [finished(n_factors=k) for k in (1, 2, 3)], []

    def keep(job: Job) -> None:
        try:
            kept.keep(job, SAMPLE, "me")
        except StoreError as error:
            refused.append(error)

    threads = [threading.Thread(target=keep, args=(job,)) for job in trainings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept.everything()) == 1
    assert len(refused) == 2


def test_a_disk_that_refuses_is_told_of_in_words(finished: Maker, shelf: Path) -> None:
    shelf.parent.mkdir(parents=True, exist_ok=True)
    shelf.write_text("in the way", encoding="utf-8")
    with pytest.raises(StoreError, match="could not be saved"):
        kept.keep(finished(), SAMPLE, "me")


# ---------------------------------------------------------------- what is not as it should be


@pytest.mark.parametrize("damage", ["model.json", "arrays.npz"])
def test_what_cannot_be_read_is_listed_with_its_error_and_can_be_deleted(
    finished: Maker, damage: str
) -> None:
    one = kept.keep(finished(), SAMPLE, "me")
    (one.saved.path / damage).write_bytes(b"{}")
    (listed,) = kept.everything()
    assert listed.saved.error
    assert not kept.of(SAMPLE)
    with pytest.raises(StoreError):
        kept.load(one.id, SAMPLE)
    kept.delete(one.id, "me")
    assert not kept.everything()


def test_damage_inside_the_numbers_shows_when_the_model_is_loaded(finished: Maker) -> None:
    one = kept.keep(finished(), SAMPLE, "me")
    file = one.saved.path / "arrays.npz"
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 255
    file.write_bytes(raw)
    with pytest.raises(StoreError, match="checksum"):
        kept.load(one.id, SAMPLE)


def test_a_model_of_other_data_is_not_offered(finished: Maker) -> None:
    other = rc.load("lectures-movies")
    one = kept.keep(finished(data="lectures-movies"), other, "me")
    assert kept.of(SAMPLE) == ()
    assert [each.id for each in kept.of(other)] == [one.id]
    with pytest.raises(RecsysError, match="lectures-movies"):
        kept.load(one.id, SAMPLE)


@pytest.mark.parametrize(
    "note", [b"", b"\xff", b"[1]", b'{"epoch": "7"}', b'{"epoch": -1, "keeper": 7}', b"[" * 5000]
)
def test_a_damaged_note_only_makes_the_title_less_exact(finished: Maker, note: bytes) -> None:
    one = kept.keep(finished(share=0.2), SAMPLE, "me")
    (one.saved.path / "note.json").write_bytes(note)
    (listed,) = kept.everything()
    assert (listed.epoch, listed.n_ratings, listed.keeper) == (None, None, None)
    assert not listed.may_delete("me")
    assert listed.title == "SVD by gradient descent, 3 epochs"
    assert listed.learned_from == "learned from the training part of a hold-out (seed 0)"


# ---------------------------------------------------------------- deleting


def test_only_the_session_that_kept_a_model_deletes_it_until_it_is_a_week_old(
    finished: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = kept.keep(finished(), SAMPLE, "me")
    with pytest.raises(StoreError, match=r"Another tab .* from \d+ \w+ \d{4}"):
        kept.delete(one.id, "another")
    assert [each.id for each in kept.everything()] == [one.id]
    week_old = one.saved.saved_at + 7 * 24 * 3600
    for second, may in ((week_old - 1, False), (week_old, True)):
        monkeypatch.setattr("ui.kept.time.time", lambda second=second: second)
        assert kept.everything()[0].may_delete("another") == may
    kept.delete(one.id, "another")
    assert not kept.everything()


def test_keeping_what_is_kept_already_does_not_make_it_ones_own(finished: Maker) -> None:
    job = finished()
    one = kept.keep(job, SAMPLE, "me")
    assert kept.keep(job, SAMPLE, "another").keeper == "me"
    (one.saved.path / "note.json").write_text("{}", encoding="utf-8")
    assert kept.keep(job, SAMPLE, "another").keeper is None, "not of a model whose keeper is not known either"


def test_who_deletes_second_finds_it_done(finished: Maker) -> None:
    one = kept.keep(finished(), SAMPLE, "me")
    kept.delete(one.id, "me")
    kept.delete(one.id, "me")
    with pytest.raises(StoreError, match="has been deleted"):
        kept.load(one.id, SAMPLE)
    assert kept.titled(one.id) == "A kept model"


@pytest.mark.parametrize("id", ["..", "../jobs", "", ".", "/"])
def test_nothing_but_kept_models_can_be_deleted(finished: Maker, shelf: Path, id: str) -> None:
    one = kept.keep(finished(), SAMPLE, "me")
    beside = shelf.parent / "jobs"
    beside.mkdir(exist_ok=True)
    kept.delete(id, "me")
    assert beside.exists()
    assert [each.id for each in kept.everything()] == [one.id]


def test_a_training_whose_model_is_gone_says_to_train_again(finished: Maker) -> None:
    job = finished()
    shutil.rmtree(job.folder / "model")
    with pytest.raises(RecsysError, match="train again"):
        kept.keep(job, SAMPLE, "me")
