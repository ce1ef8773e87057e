"""Trained models on disk: arrays as npz, everything else as JSON, never code."""

from recsys_core.store.manifest import SavedSplit, StoreError
from recsys_core.store.models import SavedModel, load_model, save_model, saved_models
from recsys_core.store.neighbours import load_neighbours, save_neighbours

__all__ = [
    "SavedModel",
    "SavedSplit",
    "StoreError",
    "load_model",
    "load_neighbours",
    "save_model",
    "save_neighbours",
    "saved_models",
]
