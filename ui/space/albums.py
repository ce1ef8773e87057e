"""On the lecture's albums: a distance worked out by hand."""

from __future__ import annotations

import numpy as np
import streamlit as st

import recsys_core as rc
from recsys_core.ratings import FloatArray
from ui import safe

_LECTURE: tuple[tuple[str, FloatArray], ...] = (
    ("Ommazh", np.array([-1.44, -2.32])),
    ("Melt-Banana", np.array([-2.64, -0.70])),
)
"""The two albums whose learned factors the lecture states."""


def by_hand() -> None:
    """The lecture's distance between two albums, step by step."""
    (one, p), (other, q) = _LECTURE
    found = rc.similar_items(np.array([p, q]), 0, 1, "euclidean")
    st.markdown(f"**The lecture's own numbers.** How far apart are {safe.text(one)} and {safe.text(other)}?")
    steps = " + ".join(f"({a:.2f} - ({b:.2f}))^2" for a, b in zip(p, q, strict=True))
    squares = " + ".join(f"{(a - b) ** 2:.4f}" for a, b in zip(p, q, strict=True))
    st.latex(rf"d = \sqrt{{{steps}}} = \sqrt{{{squares}}} = {found.scores[0]:.3f}")
    st.caption(
        f"{one} lies at ({p[0]:.2f}, {p[1]:.2f}) and {other} at ({q[0]:.2f}, {q[1]:.2f}) in the two factors "
        "the lecture learned. Yours differ: a model may turn and mirror its axes, and distances stay."
    )
