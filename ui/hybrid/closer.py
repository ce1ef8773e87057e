"""Look closer: what can be asked of a list beyond itself, drawn only when it is chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from ui import safe
from ui.hybrid import best, curve, funnel, goals, pairs, price
from ui.hybrid.choose import View


def always(view: View) -> bool:
    """Offered on every data set, of every model and list."""
    return True


@dataclass(frozen=True)
class Part:
    """One closer look.

    Attributes:
        name: what its choice is called.
        offered: whether this data set, model and list have it.
        show: draws it. The list may be empty; what the controls say is allowed.
    """

    name: str
    offered: Callable[[View], bool]
    show: Callable[[View], None]


BESIDE: tuple[Callable[[View], None], ...] = (price.show,)
"""Drawn always, right below the dials and the list, in this order; worked out after the list."""
PARTS: tuple[Part, ...] = (
    Part("Whose goal?", always, goals.show),
    Part(funnel.NAME, always, funnel.show),
    Part("Along one dial", always, curve.show),
    Part("Best for NDCG", always, best.show),
    Part("A or B", always, pairs.show),
)
"""In the order in which they are offered."""


def show(view: View) -> None:
    """Choose a part, and draw that one alone; at first none, for each holds the dials up."""
    offered = {part.name: part for part in PARTS if part.offered(view)}
    if st.session_state.get("hybrid-closer") not in offered:
        st.session_state["hybrid-closer"] = None
    name = st.segmented_control(
        "Look closer",
        list(offered),
        key="hybrid-closer",
        format_func=safe.choice,
        persist_state="session",
    )
    if name is not None:
        offered[str(name)].show(view)
