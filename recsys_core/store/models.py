"""Save a trained model, load it again, and see which are there.

    <folder>/<algorithm>-<identity>/model.json     what it is: see `manifest.py`
    <folder>/<algorithm>-<identity>/arrays.npz     what it learned

The identity is made from the content: the same model is the same place, so saving never
writes over another one, and two that save it at once leave one. Loading checks that the
files are whole and belong together; it does not make a stranger's numbers right, so load
from folders that only you write to.
"""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from recsys_core.algorithms import Algorithm, algorithm, algorithms
from recsys_core.algorithms.base import HyperValue
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError, LeakError, NotFittedError, RecsysError
from recsys_core.evaluation.guard import seen
from recsys_core.evaluation.splits import Split
from recsys_core.ratings import Scale
from recsys_core.store.arrays import DTYPES, Arrays, entry_of, read_arrays, write_arrays
from recsys_core.store.manifest import Manifest, Plain, SavedData, SavedSplit, StoreError, read_manifest

MODEL, ARRAYS = "model.json", "arrays.npz"

_DRAFT = ".saving-"
_FORGOTTEN_TRAINING = {"trained_fingerprint_": "", "trained_bits_": None, "trained_part_": ""}
"""What a model of format 1 remembers of its training: nothing."""

_FORGOTTEN = 24 * 3600.0
"""Seconds after which a draft belongs to a process that was killed."""


@dataclass(frozen=True)
class SavedModel:
    """What lies in one folder of saved models.

    Attributes:
        path: the folder, for `load_model`.
        saved_at: seconds since 1970; of an unreadable one, when its folder was last changed.
        n_bytes: size of both files.
        algorithm: its name, or "" if unreadable.
        hyper_parameters: in force when it was trained.
        dataset, fingerprint: name and fingerprint of the data set, or "".
        split: which split trained it; None if it was not said: then every rating counts as seen.
        error: why it cannot be read, for a person; None if it can.
    """

    path: Path
    saved_at: float
    n_bytes: int
    algorithm: str = ""
    hyper_parameters: Mapping[str, HyperValue] = field(default_factory=dict)
    dataset: str = ""
    fingerprint: str = ""
    split: SavedSplit | None = None
    error: str | None = None


# ---------------------------------------------------------------- saving


def save_model(model: Algorithm, folder: Path | str, dataset: Dataset, split: Split | None = None) -> Path:
    """Save a trained model below `folder`, in one step: nobody ever sees a half.

    Args:
        model: fitted; while it is training, what it has learned so far is saved.
        folder: where saved models are; made if missing.
        dataset: what it was trained on.
        split: the split of `dataset.ratings` whose training part it learned from, if it was one.

    Returns:
        The folder of this model, for `load_model`. The same model saved again is the same folder.

    Raises:
        NotFittedError: nothing was learned yet.
        StoreError: the model holds something that cannot be stored, was not trained on this data
            or split, or cannot be written; nothing is left behind.
        HyperParameterError: a hyper-parameter was set to something not allowed since.

    Cost: writes the arrays once and reads them once, about 1 s for 300 MB.
    """
    learned, arrays = _parts(model)
    settings = {name: h.check(getattr(model, name)) for name, h in model.hyper_parameters().items()}
    _check_origin(model, dataset, split)
    folder = Path(folder)
    draft = folder / f"{_DRAFT}{uuid4().hex}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        draft.mkdir()
        n_bytes, checksum = write_arrays(draft / ARRAYS, arrays)
        manifest = Manifest(
            algorithm=model.name,
            hyper_parameters=settings,
            learned=learned,
            arrays={name: entry_of(array) for name, array in arrays.items()},
            arrays_bytes=n_bytes,
            arrays_sha256=checksum,
            data=_data(dataset),
            split=None if split is None else SavedSplit.of(split),
            saved_at=time.time(),
        )
        with (draft / MODEL).open("xb") as file:
            file.write(manifest.to_json())
            file.flush()
            os.fsync(file.fileno())
        return _put(draft, folder / f"{model.name}-{manifest.identity()[:16]}", manifest)
    except OSError as error:
        raise StoreError(
            f"The model could not be saved in {folder} ({error.strerror or error}): "
            "free some space there or choose another folder."
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _parts(model: Algorithm) -> tuple[dict[str, Plain], Arrays]:
    """Everything the model learned: what goes to JSON, and what goes to npz, both sorted by name."""
    if not model.is_fitted:
        raise NotFittedError(f"{model.title} has not been fitted, so there is nothing to save.")
    if algorithms().get(model.name) is not type(model):
        raise StoreError(
            f"A {type(model).__name__} is none of the algorithms by name, so it could not be built again: "
            "save the model it was made from."
        )
    learned: dict[str, Plain] = {}
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    for name in sorted(vars(model).keys() - model.parameters().keys()):
        value = getattr(model, name)
        if not name.endswith("_"):
            raise _unfit(model, name, "is neither a hyper-parameter nor a learned name, which end in _")
        if type(value) is np.ndarray:
            if value.dtype.str not in DTYPES:
                raise _unfit(
                    model, name, f"is an array of {value.dtype}; use bool, uint8, int or float of 32 or 64"
                )
            if not np.isfinite(value).all():
                raise _unfit(model, name, "holds numbers that are not finite")
            arrays[name] = value
        elif isinstance(value, float) and not np.isfinite(value):
            raise _unfit(model, name, f"is {value}, which is not finite")
        elif _is_plain(value):
            learned[name] = value
        else:
            raise _unfit(model, name, f"is a {type(value).__name__}: keep arrays, numbers or text")
    return learned, arrays


def _is_plain(value: object) -> bool:
    if isinstance(value, tuple):
        return all(isinstance(text, str) for text in value)
    return value is None or isinstance(value, (bool, int, float, str, Scale))


def _unfit(model: Algorithm, name: str, why: str) -> StoreError:
    return StoreError(f"{model.title} cannot be saved: its attribute {name} {why}.")


def _check_origin(model: Algorithm, dataset: Dataset, split: Split | None) -> None:
    """That the model can have come from this data; of a split, that it met just these ratings."""
    ratings = dataset.ratings
    sizes = (model.n_users_, model.n_items_)
    if sizes != (ratings.n_users, ratings.n_items):
        raise StoreError(
            f"The model knows {sizes[0]} users and {sizes[1]} items, but {dataset.name} has "
            f"{ratings.n_users} and {ratings.n_items}: give the data set it was trained on."
        )
    if split is None:
        return
    if split.fingerprint != ratings.fingerprint:
        raise StoreError(f"The split is not one of {dataset.name}: give the split the model was trained on.")
    try:
        learned = bool(seen(model, ratings, split.train).all())
        spared = not seen(model, ratings, np.concatenate([split.test, split.given])).any()
    except LeakError:
        learned = spared = False
    if not (learned and spared):
        raise StoreError(
            f"The model was not trained on the training part of fold {split.fold}: it met other ratings. "
            "Give the split it was trained on, or none."
        )


def _data(dataset: Dataset) -> SavedData:
    ratings = dataset.ratings
    return SavedData(dataset.name, dataset.fingerprint, ratings.n_users, ratings.n_items, len(ratings))


def _put(draft: Path, target: Path, manifest: Manifest) -> Path:
    """Move the draft to its place; whoever comes second finds the same model there."""
    while True:
        try:
            os.rename(draft, target)
            return target
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise
        if _holds(target, manifest):
            return target
        broken = draft.with_name(f"{_DRAFT}{uuid4().hex}")
        with suppress(FileNotFoundError):  # somebody else is mending it too
            os.rename(target, broken)
            shutil.rmtree(broken, ignore_errors=True)


def _holds(target: Path, manifest: Manifest) -> bool:
    """Whether this very model is there already, and whole."""
    try:
        load_model(target)
        return read_manifest(target / MODEL).identity() == manifest.identity()
    except (RecsysError, OSError):
        return False


def _sweep(folder: Path) -> None:
    """Throw away drafts that a killed process left."""
    for draft in folder.glob(f"{_DRAFT}*"):
        with suppress(OSError):
            if time.time() - draft.stat().st_mtime > _FORGOTTEN:
                shutil.rmtree(draft, ignore_errors=True)


# ---------------------------------------------------------------- loading


def load_model(folder: Path | str, dataset: Dataset | None = None) -> Algorithm:
    """The model saved in `folder`, which predicts to the last bit what it predicted then.

    Args:
        folder: as `save_model` returned it, or `SavedModel.path`.
        dataset: what it is going to be used with; None if its indices are all you need.

    Returns:
        The fitted model; its arrays are read-only.

    Raises:
        StoreError: a file is missing, damaged, foreign or of a newer version.
        DataError: it was trained on another data set than `dataset`.

    Cost: reads the arrays twice, once for the checksum.
    """
    path = Path(folder)
    try:
        _require_files(path)
        manifest = read_manifest(path / MODEL)
        arrays = read_arrays(path / ARRAYS, manifest)
    except OSError as error:
        raise StoreError(
            f"The model in {path} could not be read ({error.strerror or error}): "
            "look at the folder's permissions, or train the model again."
        ) from error
    _check_sizes(path, manifest, arrays)
    if dataset is not None and dataset.fingerprint != manifest.data.fingerprint:
        raise DataError(
            f"The model in {path} was trained on {manifest.data.name} with the fingerprint "
            f"{manifest.data.fingerprint[:12]}, but {dataset.name} has {dataset.fingerprint[:12]}: "
            "load the data set it was trained on, or train it again on this one."
        )
    model = algorithm(manifest.algorithm, **manifest.hyper_parameters)
    vars(model).update(_FORGOTTEN_TRAINING, **manifest.learned)
    vars(model).update(arrays)
    return model


def _require_files(path: Path) -> None:
    for name in (MODEL, ARRAYS):
        if not (path / name).is_file():
            raise StoreError(f"There is no {name} in {path}: choose the folder of a saved model.")


def _check_sizes(path: Path, manifest: Manifest, arrays: Arrays) -> None:
    """What every model has, and what the protocol says of its shape."""
    n_users, n_items = manifest.data.n_users, manifest.data.n_items
    wanted = {"fitted_": True, "n_users_": n_users, "n_items_": n_items}
    learned = manifest.learned
    if not isinstance(learned.get("scale_"), Scale) or not isinstance(learned.get("remarks_"), tuple):
        raise StoreError(f"{path / MODEL} lacks scale_ or remarks_: train the model again.")
    for name, value in wanted.items():
        if learned.get(name) != value:
            raise StoreError(f"{path / MODEL}: {name} is {learned.get(name)!r}, and should be {value}.")
    for name in ("trained_fingerprint_", "trained_part_"):
        if not isinstance(learned.get(name, ""), str):
            raise StoreError(f"{path / MODEL}: {name} is not text: train the model again.")
    bits = arrays.get("trained_bits_")
    if "trained_bits_" in learned and learned["trained_bits_"] is not None:
        raise StoreError(f"{path / MODEL}: trained_bits_ is no array: train the model again.")
    if bits is not None and (bits.dtype != np.uint8 or bits.ndim != 1):
        raise StoreError(f"{path / ARRAYS}: trained_bits_ is {bits.shape} of {bits.dtype}: train it again.")
    for side, size in (("user", n_users), ("item", n_items)):
        counts = f"{side}_counts_"
        if counts not in arrays:
            raise StoreError(f"{path / ARRAYS} lacks the array {counts}: train the model again.")
        for name, n_axes in ((counts, 1), (f"{side}_bias_", 1), (f"{side}_factors_", 2)):
            shape = arrays[name].shape if name in arrays else (size,) * n_axes
            if len(shape) != n_axes or shape[0] != size:
                raise StoreError(f"{path / ARRAYS}: {name} is {shape}, but there are {size} {side}s.")


# ---------------------------------------------------------------- what is there


def saved_models(folder: Path | str) -> tuple[SavedModel, ...]:
    """What lies in `folder`, newest first; what cannot be read is listed with its `error`.

    Only descriptions are read, so damage inside the arrays shows when the model is loaded.
    Nothing is raised; a folder that is not there holds no models.
    """
    place = Path(folder)
    try:
        found = [path for path in place.iterdir() if path.is_dir() and not path.name.startswith(".")]
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except OSError as error:
        return (SavedModel(place, 0.0, 0, error=f"{place} cannot be read: {error.strerror or error}."),)
    return tuple(
        sorted((_described(path) for path in found), key=lambda saved: (-saved.saved_at, saved.path))
    )


def _described(path: Path) -> SavedModel:
    changed, n_bytes = 0.0, 0
    try:
        changed = path.stat().st_mtime
        _require_files(path)
        n_arrays = (path / ARRAYS).stat().st_size
        n_bytes = (path / MODEL).stat().st_size + n_arrays
        manifest = read_manifest(path / MODEL)
        if n_arrays != manifest.arrays_bytes:
            raise StoreError(
                f"{path / ARRAYS} has {n_arrays:,} bytes instead of {manifest.arrays_bytes:,}: "
                "train the model again."
            )
    except (RecsysError, OSError) as error:
        return SavedModel(path, changed, n_bytes, error=str(error))
    return SavedModel(
        path=path,
        saved_at=manifest.saved_at,
        n_bytes=n_bytes,
        algorithm=manifest.algorithm,
        hyper_parameters=manifest.hyper_parameters,
        dataset=manifest.data.name,
        fingerprint=manifest.data.fingerprint,
        split=manifest.split,
    )
