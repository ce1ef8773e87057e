"""Look closer: what can be asked beyond the map and the list, drawn only when it is chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from recsys_core.dataset import Dataset
from ui import safe
from ui.space import address, albums, blending, honesty, lists, meaning, mixing, people, pulls, truth
from ui.space.choose import View


def always(data: Dataset, view: View) -> bool:
    """Offered on every data set and of every model."""
    return True


@dataclass(frozen=True)
class Part:
    """One closer look.

    Attributes:
        name: what its choice is called.
        offered: whether this data set and this model have it.
        show: draws it, for an item, a metric, and how many people must have rated both.
    """

    name: str
    offered: Callable[[Dataset, View], bool]
    show: Callable[[Dataset, View, int, str, int], None]


PARTS: tuple[Part, ...] = (
    Part("Side by side", always, lists.beside),
    Part(mixing.NAME, always, blending.show),
    Part("People like you", people.offered, people.show),
    Part("What a factor means", always, meaning.show),
    Part("Your pulls", always, pulls.show),
    Part("Learned and true", truth.offered, truth.show),
    Part("Half-steps", albums.offered, albums.show),
    Part("Trust in the map", honesty.offered, honesty.show),
)
"""In the order in which they are offered; the first is the one a visitor meets."""


def show(data: Dataset, view: View, film: int, metric: str, support: int) -> None:
    """Choose a part, and draw that one alone."""
    offered = {part.name: part for part in PARTS if part.offered(data, view)}
    address.settle_choice("closer", "closer look", "space-closer", list(offered), next(iter(offered)))
    address.warn()
    name = st.segmented_control(
        "Look closer",
        list(offered),
        key="space-closer",
        format_func=safe.choice,
        required=True,
        persist_state="session",
    )
    offered[str(name)].show(data, view, film, metric, support)
