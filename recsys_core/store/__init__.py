"""Trained models on disk: arrays as npz, everything else as JSON, never code."""

from recsys_core.store.manifest import SavedSplit, StoreError
from recsys_core.store.models import SavedModel, load_model, save_model, saved_models

__all__ = ["SavedModel", "SavedSplit", "StoreError", "load_model", "save_model", "saved_models"]
