"""The one door from the screens to cached and long work."""

from __future__ import annotations

import streamlit as st

import recsys_core as rc
from recsys_core.dataset import Dataset


@st.cache_resource(max_entries=6, show_spinner="Reading the ratings …")
def dataset(name: str) -> Dataset:
    """A data set by name, read once for all sessions; its arrays are read-only.

    Raises:
        DataNotFoundError: it is not on this machine yet.
    """
    return rc.load(name)
