"""A model comes back from the disk as it went there, or an error says why not; never a third thing."""

from __future__ import annotations

import dataclasses
import errno
import io
import json
import math
import os
import pickle
import shutil
import subprocess
import sys
import time
import tomllib
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import recsys_core as rc
from recsys_core.algorithms import Algorithm
from recsys_core.dataset import Catalogue, Dataset
from recsys_core.errors import DataError, NotFittedError, RecsysError
from recsys_core.evaluation.splits import k_fold
from recsys_core.features import Features
from recsys_core.ratings import Ratings
from recsys_core.store import SavedSplit, StoreError, arrays, manifest, models

ROOT = Path(__file__).resolve().parents[1]
ALL = rc.algorithms()
QUICK = {"n_factors": 5, "n_epochs": 3, "learning_rate": 0.001}


@pytest.fixture(scope="session")
def dataset(crowd: Ratings) -> Dataset:
    """The crowd with a catalogue and features of both sides."""
    rng = np.random.default_rng(3)
    catalogue = Catalogue(
        item_ids=tuple(str(i) for i in range(crowd.n_items)),
        titles=tuple(f"Film {i}" for i in range(crowd.n_items)),
        years=np.arange(1990, 1990 + crowd.n_items, dtype=np.int32),
        genre_names=("Comedy", "Drama"),
        genres=rng.random((crowd.n_items, 2)) < 0.5,
    )
    ages = Features(("age",), rng.normal(size=(crowd.n_users, 1)))
    ids = tuple(f"u{u}" for u in range(crowd.n_users))
    return Dataset("crowd", "Crowd", crowd, catalogue, ids, licence="none", citation="", user_features=ages)


def fitted(cls: type[Algorithm], dataset: Dataset, **wanted: Any) -> Algorithm:
    declared = cls.hyper_parameters()
    chosen = {name: value for name, value in (QUICK | wanted).items() if name in declared}
    return rc.algorithm(cls.name, **chosen).fit(dataset.ratings, dataset.side)


@pytest.fixture
def saved(dataset: Dataset, tmp_path: Path) -> Path:
    """A small saved model, to be damaged."""
    return rc.save_model(fitted(ALL["svd"], dataset), tmp_path / "models", dataset)


def answers(model: Algorithm) -> list[Any]:
    """All that a person can ask a model: predictions, scores, explanations, and all of it folded in."""
    items = np.arange(model.n_items_)
    everyone = range(model.n_users_)
    said: list[Any] = [model.predict(u, items) for u in everyone] + [model.scores(u) for u in everyone]
    said += [model.explain(u, i) for u in (0, 1, 39) for i in (0, 7, 24)]
    if model.folds_in:
        for given_items, values in (([], []), ([3], [4.5]), ([0, 5, 9, 24], [5.0, 0.5, 3.0, 4.0])):
            person = model.fold_in(given_items, values)
            said += [person.bias, person.vector, person.fallback]
            said += [model.predict(person, items), model.scores(person), model.explain(person, 7)]
    return said


def assert_same(one: list[Any], other: list[Any]) -> None:
    """Equal to the last bit."""
    assert len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        if isinstance(a, np.ndarray):
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)
        else:
            assert a == b


# ---------------------------------------------------------------- there and back


@pytest.mark.parametrize("cls", ALL.values(), ids=ALL)
def test_a_model_answers_after_loading_as_it_did_before(
    cls: type[Algorithm], dataset: Dataset, tmp_path: Path
) -> None:
    model = fitted(cls, dataset)
    loaded = rc.load_model(rc.save_model(model, tmp_path, dataset), dataset)
    assert type(loaded) is type(model)
    assert loaded.parameters() == model.parameters()
    assert vars(loaded).keys() == vars(model).keys()
    assert {name: type(value) for name, value in vars(loaded).items()} == {
        name: type(value) for name, value in vars(model).items()
    }
    assert_same(answers(model), answers(loaded))


CHOICES = [
    (cls, declared.name, choice)
    for cls in ALL.values()
    for declared in cls.hyper_parameters().values()
    for choice in (declared.choices or ((True, False) if declared.type is bool else ()))
]


@pytest.mark.parametrize(("cls", "name", "choice"), CHOICES, ids=lambda x: getattr(x, "name", str(x)))
def test_so_it_does_with_every_choice_of_its_hyper_parameters(
    cls: type[Algorithm], name: str, choice: Any, dataset: Dataset, tmp_path: Path
) -> None:
    model = fitted(cls, dataset, **{name: choice})
    loaded = rc.load_model(rc.save_model(model, tmp_path, dataset), dataset)
    assert_same(answers(model), answers(loaded))


def test_factors_padded_to_cache_lines_answer_alike_without_the_padding(tmp_path: Path) -> None:
    sample = rc.load("sample")
    model = rc.algorithm("svd", n_factors=27, n_epochs=1).fit(sample.ratings)
    assert not model.item_factors_.flags.c_contiguous
    loaded = rc.load_model(rc.save_model(model, tmp_path, sample), sample)
    for user in range(0, sample.ratings.n_users, 20):
        np.testing.assert_array_equal(loaded.scores(user), model.scores(user))
    person = [np.arange(40), np.tile([1.0, 4.5], 20)]
    one, other = model.fold_in(*person), loaded.fold_in(*person)
    np.testing.assert_array_equal(one.vector, other.vector)
    np.testing.assert_array_equal(model.scores(one), loaded.scores(other))


def test_loaded_arrays_are_read_only(saved: Path) -> None:
    loaded = rc.load_model(saved)
    learned = [value for value in vars(loaded).values() if isinstance(value, np.ndarray)]
    assert learned
    assert not any(array.flags.writeable for array in learned)


ELSEWHERE = """
import sys
import numpy as np
import recsys_core as rc
model = rc.load_model(sys.argv[1])
np.save(sys.argv[2], np.array([model.scores(u) for u in range(model.n_users_)]), allow_pickle=False)
"""


def test_another_process_finds_the_same_model(dataset: Dataset, saved: Path, tmp_path: Path) -> None:
    scores = tmp_path / "scores.npy"
    subprocess.run([sys.executable, "-c", ELSEWHERE, str(saved), str(scores)], cwd=ROOT, check=True)
    model = fitted(ALL["svd"], dataset)
    expected = [model.scores(u) for u in range(model.n_users_)]
    np.testing.assert_array_equal(np.load(scores, allow_pickle=False), expected)


def test_the_version_written_is_that_of_the_project(saved: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert json.loads((saved / "model.json").read_text())["library"] == project["version"]


# ---------------------------------------------------------------- what may be saved


def test_an_unfitted_model_is_not_saved(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(NotFittedError, match="nothing to save"):
        rc.save_model(rc.algorithm("als"), tmp_path, dataset)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "value",
    [
        {"a": 1},
        [1.0],
        ("text", 1),
        object(),
        np.float32(1.0),
        float("nan"),
        np.array([object()]),
        np.array(["text"]),
        np.array([1.0, np.inf]),
        np.ma.masked_array([1.0], [True]),
    ],
    ids=lambda value: type(value).__name__ + str(getattr(value, "dtype", "")),
)
def test_what_cannot_be_stored_is_named(value: object, dataset: Dataset, tmp_path: Path) -> None:
    model = fitted(ALL["bias"], dataset)
    model.odd_ = value  # type: ignore[attr-defined]
    with pytest.raises(StoreError, match="odd_"):
        rc.save_model(model, tmp_path, dataset)
    assert not list(tmp_path.iterdir())


def test_a_name_that_is_not_a_learned_one_is_refused(dataset: Dataset, tmp_path: Path) -> None:
    model = fitted(ALL["bias"], dataset)
    model.cache = 1  # type: ignore[attr-defined]
    with pytest.raises(StoreError, match="cache"):
        rc.save_model(model, tmp_path, dataset)


def test_a_copy_with_placed_items_is_refused_for_it_has_no_name(dataset: Dataset, tmp_path: Path) -> None:
    placed = rc.place_items_by_genre(fitted(ALL["svd"], dataset), dataset.catalogue.genres)  # type: ignore[type-var]
    with pytest.raises(StoreError, match="save the model it was made from"):
        rc.save_model(placed, tmp_path, dataset)


def test_data_of_other_sizes_are_refused(toy_dataset: Dataset, dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="give the data set it was trained on"):
        rc.save_model(fitted(ALL["bias"], dataset), tmp_path, toy_dataset)


# ---------------------------------------------------------------- which data, which split


def test_another_data_set_is_refused_at_loading(dataset: Dataset, saved: Path) -> None:
    renamed = dataclasses.replace(dataset, user_ids=tuple(reversed(dataset.user_ids)))
    with pytest.raises(DataError, match="trained on crowd"):
        rc.load_model(saved, renamed)
    rc.load_model(saved, dataset)


def test_the_split_is_remembered(dataset: Dataset, tmp_path: Path) -> None:
    first, second = list(k_fold(dataset.ratings, 5, seed=4))[:2]
    model = rc.algorithm("bias").fit(dataset.ratings.take(first.train))
    rc.save_model(model, tmp_path, dataset, first)
    (found,) = rc.saved_models(tmp_path)
    told = SavedSplit("k-fold", 0, 5, 4, dataset.ratings.fingerprint, first.identity)
    assert found.split == SavedSplit.of(first) == told
    assert found.split != SavedSplit.of(second)


def test_a_split_the_model_was_not_trained_on_is_refused(dataset: Dataset, tmp_path: Path) -> None:
    first, second = list(k_fold(dataset.ratings, 5, seed=4))[:2]
    model = rc.algorithm("bias").fit(dataset.ratings.take(first.train))
    with pytest.raises(StoreError, match="met other ratings"):
        rc.save_model(model, tmp_path, dataset, second)
    with pytest.raises(StoreError, match="met other ratings"):
        rc.save_model(fitted(ALL["bias"], dataset), tmp_path, dataset, first)
    swapped = first.train.copy()
    swapped[0] = first.test[0]
    rest = np.array([first.train[0], *first.test[1:]])
    with pytest.raises(StoreError, match="met other ratings"):
        rc.save_model(model, tmp_path, dataset, dataclasses.replace(first, train=swapped, test=rest))
    with pytest.raises(StoreError, match="not one of crowd"):
        rc.save_model(model, tmp_path, dataset, dataclasses.replace(first, fingerprint="0" * 64))


# ---------------------------------------------------------------- what is there


def test_the_list_says_what_is_there_newest_first(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([100.0, 300.0, 200.0])
    monkeypatch.setattr(models.time, "time", lambda: next(clock))
    names = ["bias", "popularity", "als"]
    paths = {name: rc.save_model(fitted(ALL[name], dataset), tmp_path, dataset) for name in names}
    found = rc.saved_models(tmp_path)
    assert [saved.algorithm for saved in found] == ["popularity", "als", "bias"]
    als = found[1]
    assert als.path == paths["als"]
    assert als.saved_at == 200.0
    assert als.hyper_parameters == fitted(ALL["als"], dataset).parameters()
    assert (als.dataset, als.fingerprint, als.split) == ("crowd", dataset.fingerprint, None)
    assert als.n_bytes == sum(file.stat().st_size for file in als.path.iterdir())


def test_what_cannot_be_read_is_listed_with_its_reason(saved: Path, dataset: Dataset) -> None:
    folder = saved.parent
    (folder / "holiday photos").mkdir()
    (folder / "README.txt").write_text("not a model")
    cut = rc.save_model(fitted(ALL["bias"], dataset), folder, dataset)
    (cut / "arrays.npz").write_bytes((cut / "arrays.npz").read_bytes()[:-1])
    errors = {found.path.name: found.error for found in rc.saved_models(folder)}
    assert errors.keys() == {saved.name, cut.name, "holiday photos"}
    assert errors[saved.name] is None
    assert "There is no model.json" in str(errors["holiday photos"])
    assert "instead of" in str(errors[cut.name])


def test_a_folder_that_is_not_there_holds_no_models(tmp_path: Path) -> None:
    assert rc.saved_models(tmp_path / "nowhere") == ()


# ---------------------------------------------------------------- damage


def rewrite(saved: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the description and make its checksum right again, as somebody with intent would."""
    body = json.loads((saved / "model.json").read_text())
    change(body)
    body.pop("checksum", None)
    body["checksum"] = manifest._digest(body)
    (saved / "model.json").write_text(json.dumps(body))


def replace_arrays(saved: Path, content: bytes) -> None:
    """Put another archive in place, with its size and checksum in the description."""
    (saved / "arrays.npz").write_bytes(content)
    with (saved / "arrays.npz").open("rb") as file:
        checksum = arrays.file_digest(file, "sha256").hexdigest()
    rewrite(saved, lambda body: body.update(arrays_file={"bytes": len(content), "sha256": checksum}))


def members(saved: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(saved / "arrays.npz") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def archive_of(contents: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return file.getvalue()


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, array)
    return file.getvalue()


@pytest.mark.parametrize("name", ["model.json", "arrays.npz"])
def test_a_missing_file_is_named(saved: Path, name: str) -> None:
    (saved / name).unlink()
    with pytest.raises(StoreError, match=f"There is no {name}"):
        rc.load_model(saved)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not JSON"),
        ("\x00\xff", "not JSON"),
        ("[1]", "not the description"),
        ("{}", "its format is None"),
        ('{"format": true}', "its format is True"),
        ('{"format": NaN}', "not JSON"),
        ('{"format": 1}', "names no algorithm"),
        ("[" * 100_000, "nested"),
        ('{"format": ' + "9" * 5000 + "}", "not JSON"),
        (" " * 2**20 + "{}", "longer than"),
    ],
    ids=range(10),
)
def test_a_foreign_description_is_refused(saved: Path, text: str, why: str) -> None:
    (saved / "model.json").write_text(text, encoding="latin-1")
    with pytest.raises(StoreError, match=why):
        rc.load_model(saved)
    assert why in str(rc.saved_models(saved.parent)[0].error)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"format": manifest.FORMAT + 1}, "update the library"),
        ({"algorithm": "oracle"}, "no algorithm 'oracle'"),
        ({"algorithm": ["svd"]}, "names no algorithm"),
        ({"hyper_parameters": {"n_factors": 5}}, "does not say what n_epochs was"),
        ({"hyper_parameters": {"n_factors": 10**9}}, "n_factors = 1000000000 is not allowed"),
        ({"hyper_parameters": {"depth": 3}}, "no hyper-parameter 'depth'"),
        ({"split": {"kind": "k-fold"}}, "does not hold"),
        ({"saved_at": 1e300}, "does not hold"),
        ({"data": None}, "does not hold"),
        ({"arrays": {"user_bias_": [[10**400], "<f8"]}}, "holds"),
        ({"arrays": {"predict": [[1], "<f8"]}}, "no name of something learned"),
        ({"learned": {"fitted_": True}}, "lacks scale_"),
    ],
    ids=lambda x: json.dumps(x)[:40] if isinstance(x, dict) else "",
)
def test_a_description_that_does_not_fit_is_refused_for_its_reason(
    saved: Path, change: dict[str, Any], why: str
) -> None:
    rewrite(saved, lambda body: body.update(change))
    with pytest.raises(StoreError, match=why):
        rc.load_model(saved)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"trained_fingerprint_": 3}, "trained_fingerprint_ is not text"),
        ({"trained_part_": None}, "trained_part_ is not text"),
        ({"trained_bits_": "all"}, "trained_bits_ is no array"),
    ],
    ids=str,
)
def test_what_a_model_was_trained_on_has_its_form(saved: Path, change: dict[str, Any], why: str) -> None:
    rewrite(saved, lambda body: body["learned"].update(change))
    with pytest.raises(StoreError, match=why):
        rc.load_model(saved)


def test_what_a_model_was_trained_on_takes_one_bit_a_rating(dataset: Dataset, tmp_path: Path) -> None:
    split = next(k_fold(dataset.ratings, 5))
    model = rc.algorithm("bias").fit(split.train_ratings(dataset.ratings))
    path = rc.save_model(model, tmp_path, dataset, split)
    loaded = rc.load_model(path, dataset)
    assert loaded.trained_part_ == split.words
    assert loaded.trained_bits_ is not None
    assert loaded.trained_bits_.nbytes == math.ceil(len(dataset.ratings) / 8)
    wide = loaded.trained_bits_.astype(np.int32)
    replace_arrays(path, archive_of(members(path) | {"trained_bits_.npy": npy(wide)}))
    rewrite(path, lambda body: body["arrays"].update(trained_bits_=[[len(wide)], "<i4"]))
    with pytest.raises(StoreError, match=r"trained_bits_ is .* of int32"):
        rc.load_model(path)


def test_a_newer_format_is_told_before_anything_else_in_it_is_judged(saved: Path) -> None:
    newer = {"format": 3, "algorithm": "of tomorrow", "arrays": "elsewhere"}
    (saved / "model.json").write_text(json.dumps(newer))
    with pytest.raises(StoreError, match="format 3, and this version reads up to 2: update the library"):
        rc.load_model(saved)


def test_a_changed_digit_is_noticed(saved: Path) -> None:
    body = json.loads((saved / "model.json").read_text())
    body["learned"]["mu_"] += 1e-12
    (saved / "model.json").write_text(json.dumps(body))
    with pytest.raises(StoreError, match="changed or damaged"):
        rc.load_model(saved)


def test_the_arrays_of_another_model_are_refused(saved: Path, dataset: Dataset) -> None:
    other = rc.save_model(fitted(ALL["svd"], dataset, seed=1), saved.parent, dataset)
    shutil.copy(other / "arrays.npz", saved / "arrays.npz")
    with pytest.raises(StoreError, match="checksum differs"):
        rc.load_model(saved)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda m: m.pop("item_bias_.npy"), "lacks the array item_bias_"),
        (lambda m: m.update({"../../evil.npy": npy(np.ones(1))}), "evil.npy.* not announce"),
        (lambda m: m.update({"item_bias_.npy": npy(np.ones(3))}), r"item_bias_ is \(3,\)"),
        (lambda m: m.update({"item_bias_.npy": npy(np.ones(25, "<f4"))}), "item_bias_ is .* of <f4"),
        (lambda m: m.update({"item_bias_.npy": npy(np.full(25, np.nan))}), "item_bias_ holds numbers that"),
        (lambda m: m.update({"item_bias_.npy": npy(np.ones(25))[:-8]}), "more or fewer numbers"),
        (lambda m: m.update({"item_bias_.npy": b"\x93NUMPY\x01\x00v\x00{'descr': ("}), "cannot be read"),
        (lambda m: m.update({"item_bias_.npy": b""}), "cannot be read"),
    ],
    ids=range(8),
)
def test_an_archive_that_does_not_fit_its_description_is_refused(
    saved: Path, change: Callable[[dict[str, bytes]], None], why: str
) -> None:
    contents = members(saved)
    change(contents)
    replace_arrays(saved, archive_of(contents))
    with pytest.raises(StoreError, match=why):
        rc.load_model(saved)


def test_sizes_that_do_not_fit_the_data_are_refused(saved: Path) -> None:
    contents = members(saved) | {"item_bias_.npy": npy(np.ones(7))}
    replace_arrays(saved, archive_of(contents))
    rewrite(saved, lambda body: body["arrays"].update(item_bias_=[[7], "<f8"]))
    with pytest.raises(StoreError, match=r"item_bias_ is \(7,\), but there are 25 items"):
        rc.load_model(saved)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda body: body["learned"].pop("scale_"), "lacks scale_"),
        (lambda body: body["learned"].update(remarks_=None), "lacks scale_ or remarks_"),
        (lambda body: body["learned"].update(fitted_=False), "fitted_ is False"),
        (lambda body: body["learned"].update(n_users_=41), "n_users_ is 41, and should be 40"),
        (lambda body: body["data"].update(n_items=7), "n_items_ is 25, and should be 7"),
        (lambda body: body["arrays"].pop("user_counts_"), "user_counts_.npy.*not announce"),
    ],
    ids=range(6),
)
def test_what_every_model_has_must_be_there(
    saved: Path, change: Callable[[dict[str, Any]], object], why: str
) -> None:
    rewrite(saved, change)
    with pytest.raises(StoreError, match=why):
        rc.load_model(saved)


def test_counts_must_be_there_though_nobody_announces_them(saved: Path) -> None:
    contents = members(saved)
    del contents["user_counts_.npy"]
    replace_arrays(saved, archive_of(contents))
    rewrite(saved, lambda body: body["arrays"].pop("user_counts_"))
    with pytest.raises(StoreError, match="lacks the array user_counts_"):
        rc.load_model(saved)


def test_numbers_no_model_is_made_of_are_refused(saved: Path) -> None:
    replace_arrays(saved, archive_of(members(saved) | {"item_bias_.npy": npy(np.ones(25, "<c16"))}))
    rewrite(saved, lambda body: body["arrays"].update(item_bias_=[[25], "<c16"]))
    with pytest.raises(StoreError, match=r"item_bias_ is .* of <c16"):
        rc.load_model(saved)


def test_nothing_compressed_is_unpacked_however_little_it_claims_to_be(saved: Path) -> None:
    contents, file = members(saved), io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in contents.items():
            packed = zipfile.ZIP_LZMA if name == "item_bias_.npy" else zipfile.ZIP_STORED
            archive.writestr(name, content, compress_type=packed)
    assert sum(map(len, contents.values())) < len(file.getvalue())
    replace_arrays(saved, file.getvalue())
    with pytest.raises(StoreError, match="is compressed"):
        rc.load_model(saved)


def test_a_directory_that_promises_more_than_the_file_has_is_not_believed(saved: Path) -> None:
    header, file = io.BytesIO(), io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (2**50,)})
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in (members(saved) | {"item_bias_.npy": header.getvalue()}).items():
            archive.writestr(name, content)
        archive.getinfo("item_bias_.npy").file_size += 8 * 2**50
    replace_arrays(saved, file.getvalue())
    rewrite(saved, lambda body: body["arrays"].update(item_bias_=[[2**50], "<f8"]))
    with pytest.raises(StoreError, match="unpacks to more"):
        rc.load_model(saved)


def test_a_header_that_promises_the_moon_allocates_nothing(saved: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (2**50,)})
    replace_arrays(saved, archive_of(members(saved) | {"item_bias_.npy": header.getvalue()}))
    rewrite(saved, lambda body: body["arrays"].update(item_bias_=[[2**50], "<f8"]))
    with pytest.raises(StoreError, match="more or fewer numbers"):
        rc.load_model(saved)


def test_files_over_the_limit_are_neither_written_nor_read(
    saved: Path, dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrays, "MAX_BYTES", 2**10)
    with pytest.raises(StoreError, match="more than 1,024"):
        rc.load_model(saved)
    with pytest.raises(StoreError, match="choose fewer factors"):
        rc.save_model(fitted(ALL["svd"], dataset), tmp_path / "other", dataset)
    assert not list((tmp_path / "other").iterdir())


class Bomb:
    """Leaves a mark wherever it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.mark,))


@pytest.mark.parametrize("how", ["array of objects", "bare pickle"])
def test_a_pickle_is_refused_and_not_executed(saved: Path, tmp_path: Path, how: str) -> None:
    mark = tmp_path / "executed"
    objects = np.array([Bomb(mark)], dtype=object)
    content = npy(objects) if how == "array of objects" else pickle.dumps(objects)
    pickle.loads(pickle.dumps(objects))  # noqa: S301  (the bomb works)
    mark.unlink()
    replace_arrays(saved, archive_of(members(saved) | {"item_bias_.npy": content}))
    for dtype in ("<f8", "|O"):
        rewrite(saved, lambda body, dtype=dtype: body["arrays"].update(item_bias_=[[1], dtype]))  # type: ignore[misc]
        with pytest.raises(StoreError):
            rc.load_model(saved)
    assert not mark.exists()


@pytest.fixture(scope="module")
def original(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Any]]:
    """A whole model and what it answers, of which damaged copies are made."""
    path = rc.save_model(fitted(ALL["item_knn"], dataset), tmp_path_factory.mktemp("whole"), dataset)
    return path, answers(rc.load_model(path))


def attempt(path: Path) -> tuple[Algorithm | None, str]:
    """The model, or what the library says against it; any other error passes through."""
    try:
        return rc.load_model(path), ""
    except RecsysError as error:
        return None, str(error)


def load_damaged(original: tuple[Path, list[Any]], name: str, content: bytes) -> None:
    """Load a copy with one file changed: a clear error, or else the same model to the last bit."""
    path, expected = original
    whole = (path / name).read_bytes()
    try:
        (path / name).write_bytes(content)
        (listed,) = rc.saved_models(path.parent)
        loaded, error = attempt(path)
        if loaded is None:
            assert str(path) in error
        else:
            assert listed.error is None
            assert_same(expected, answers(loaded))
    finally:
        (path / name).write_bytes(whole)


@settings(max_examples=150)
@given(data=st.data(), name=st.sampled_from(["model.json", "arrays.npz"]))
def test_flipped_bytes_never_make_another_model(
    original: tuple[Path, list[Any]], data: st.DataObject, name: str
) -> None:
    content = bytearray((original[0] / name).read_bytes())
    places = data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4))
    for place in places:
        content[place] = data.draw(st.integers(0, 255))
    load_damaged(original, name, bytes(content))


@settings(max_examples=60)
@given(data=st.data(), name=st.sampled_from(["model.json", "arrays.npz"]))
def test_a_cut_or_lengthened_file_never_makes_another_model(
    original: tuple[Path, list[Any]], data: st.DataObject, name: str
) -> None:
    content = (original[0] / name).read_bytes()
    end = data.draw(st.integers(0, len(content)))
    load_damaged(original, name, content[:end] + data.draw(st.binary(max_size=20)))


@settings(max_examples=150)
@given(data=st.data())
def test_even_an_archive_with_the_right_checksum_fails_clearly(
    original: tuple[Path, list[Any]], data: st.DataObject
) -> None:
    """The checksums are made right again, so that the reader of the archive itself is met."""
    path, _ = original
    before = {name: (path / name).read_bytes() for name in ("model.json", "arrays.npz")}
    content = bytearray(before["arrays.npz"])
    # Names, headers and the directory stand near the ends of the members.
    starts = [at for at in range(len(content)) if content[at : at + 2] in (b"PK", b"\x93N")]
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.sampled_from(starts)) + data.draw(st.integers(0, 127))
        content[min(place, len(content) - 1)] = data.draw(st.integers(0, 255))
    try:
        replace_arrays(path, bytes(content))
        loaded, error = attempt(path)
        assert loaded is not None or str(path) in error
    finally:
        for name, whole in before.items():
            (path / name).write_bytes(whole)


# ---------------------------------------------------------------- writing


def test_the_same_model_saved_again_is_the_same_folder(dataset: Dataset, saved: Path) -> None:
    assert rc.save_model(fitted(ALL["svd"], dataset), saved.parent, dataset) == saved
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


def test_saving_again_mends_a_damaged_model(dataset: Dataset, saved: Path) -> None:
    (saved / "arrays.npz").write_bytes(b"")
    assert rc.save_model(fitted(ALL["svd"], dataset), saved.parent, dataset) == saved
    assert_same(answers(rc.load_model(saved)), answers(fitted(ALL["svd"], dataset)))
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


@pytest.mark.parametrize("before", ["nothing", "a whole one", "a damaged one"])
def test_many_who_save_the_same_model_at_once_leave_one(
    before: str, dataset: Dataset, tmp_path: Path
) -> None:
    model = fitted(ALL["svd"], dataset)
    if before != "nothing":
        there = rc.save_model(model, tmp_path, dataset)
        if before == "a damaged one":
            (there / "model.json").write_text("{}")
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda _: rc.save_model(model, tmp_path, dataset), range(24)))
    assert len(set(paths)) == 1
    assert list(tmp_path.iterdir()) == paths[:1]
    assert_same(answers(rc.load_model(paths[0])), answers(model))


@pytest.mark.parametrize("fails_in", ["savez", "json", "fsync", "rename"])
def test_a_full_disk_leaves_nothing_behind(
    fails_in: str, dataset: Dataset, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def half(file: Any, **_: Any) -> None:
        file.write(b"PK half an archive")
        full()

    where = {
        "savez": (arrays.np, "savez", half),
        "json": (manifest.Manifest, "to_json", full),
        "fsync": (os, "fsync", full),
        "rename": (os, "rename", full),
    }
    with monkeypatch.context() as patch:
        patch.setattr(*where[fails_in])
        with pytest.raises(StoreError, match=r"No space left.*free some space"):
            rc.save_model(fitted(ALL["als"], dataset), saved.parent, dataset)
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]
    rc.load_model(saved)


def test_a_draft_is_no_model_and_an_old_one_is_swept_away(dataset: Dataset, saved: Path) -> None:
    killed, running = saved.parent / ".saving-old", saved.parent / ".saving-now"
    for draft in (killed, running):
        draft.mkdir()
    yesterday = time.time() - 2 * 24 * 3600
    os.utime(killed, (yesterday, yesterday))
    assert [found.path for found in rc.saved_models(saved.parent)] == [saved]
    rc.save_model(fitted(ALL["bias"], dataset), saved.parent, dataset)
    assert running.exists()
    assert not killed.exists()
