"""A trained model on disk: what it learned, as arrays and plain numbers. Nothing is ever unpickled."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from recsys_core.algorithms import Algorithm, algorithm
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError
from recsys_core.ratings import frozen


def save_model(model: Algorithm, folder: Path, dataset: Dataset) -> Path:
    """Write `arrays.npz` and `model.json`.

    Raises:
        OSError: the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    learned = {k: v for k, v in vars(model).items() if k.endswith("_") and k not in model.parameters()}
    np.savez(folder / "arrays.npz", **{k: v for k, v in learned.items() if isinstance(v, np.ndarray)})  # type: ignore[arg-type]
    plain = {k: v for k, v in learned.items() if isinstance(v, (bool, int, float, tuple))}
    head = {"algorithm": model.name, "parameters": model.parameters(), "dataset": dataset.fingerprint}
    (folder / "model.json").write_text(json.dumps({**head, "learned": plain}), encoding="utf-8")
    return folder


def load_model(folder: Path, dataset: Dataset) -> Algorithm:
    """Read what `save_model` wrote.

    Raises:
        DataError: the files are missing or damaged, or are of another data set.
    """
    try:
        head = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        with np.load(folder / "arrays.npz", allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        model = algorithm(head["algorithm"], **head["parameters"])
        learned, fingerprint = head["learned"], head["dataset"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{folder.name} holds no model that can be read: train it again.") from error
    if fingerprint != dataset.fingerprint:
        raise DataError(f"This model was trained on other data than {dataset.title}: train it again.")
    for array in arrays.values():
        frozen(array)
    plain = {k: tuple(v) if isinstance(v, list) else v for k, v in learned.items()}
    vars(model).update(arrays | plain | {"scale_": dataset.ratings.scale, "side_": dataset.side})
    return model
