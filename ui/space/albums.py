"""On the lecture's albums: regressions by turns, half-step by half-step, and a distance by hand."""

from __future__ import annotations

import time
from typing import cast

import numpy as np
import pandas as pd
import streamlit as st

import recsys_core as rc
from recsys_core.algorithms.alternating_regression import AlternatingRegression
from recsys_core.dataset import Dataset
from recsys_core.ratings import FloatArray
from recsys_core.space import HalfStep, half_steps
from ui import page, safe
from ui.charts import half_steps as charts
from ui.space.choose import View

WORKED_ON = "lectures-albums"
FRAME_SECONDS = 0.8
_LECTURE: tuple[tuple[str, FloatArray], ...] = (
    ("Ommazh", np.array([-1.44, -2.32])),
    ("Melt-Banana", np.array([-2.64, -0.70])),
)
"""The two albums whose learned factors the lecture states."""
_AT, _LAST, _START = "space-half-step", "space-half-steps", "space-half-step-start"
_PLAYING, _DUE, _DRAWN = "space-half-step-playing", "space-half-step-due", "space-half-step-drawn"
_GONE_SECONDS = 3.0
"""A play that drew nothing for so long was left: whoever comes back finds it paused."""


def offered(data: Dataset, view: View) -> bool:
    """Whether this is the table the lecture works on."""
    return data.name == WORKED_ON


def show(data: Dataset, view: View, film: int, metric: str, support: int) -> None:
    """Step through the half-steps, or let them play."""
    st.markdown(
        "The lecture makes up random numbers for the albums, regresses the listeners on them, then the "
        "albums on the listeners, and so on by turns. This is that, with two factors and usual settings, "
        "whichever model is chosen above."
    )
    if time.monotonic() - st.session_state.get(_DRAWN, 0.0) > _GONE_SECONDS:
        _pause()
    playing = bool(st.session_state.get(_PLAYING))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if playing:
            st.button("Pause", key="half-steps-pause", icon=":material/pause:", on_click=_pause)
        else:
            st.button("Play", key="half-steps-play", icon=":material/play_arrow:", on_click=_play)
        start = st.number_input(
            "Random start",
            0,
            99,
            0,
            key=_START,
            help="Another number, other made-up albums to begin with: some starts end in a worse place.",
            on_change=_pause,
            persist_state="session",
            width=150,
        )
    steps = steps_from(data.fingerprint, int(start), data)
    if playing:
        st.fragment(_frame, run_every=FRAME_SECONDS)(data, steps)
    else:
        with st.container():  # a fragment has one too: nothing on screen is made anew when it begins
            _look(data, steps, playing=False)
    with st.container(border=True):
        _by_hand()


@st.cache_resource(max_entries=20, show_spinner=False)
def steps_from(fingerprint: str, start: int, _data: Dataset) -> tuple[HalfStep, ...]:
    """All half-steps of the lecture's two factors from one random start."""
    model = rc.algorithm("alternating_regression", n_factors=2, seed=start)
    return half_steps(cast("AlternatingRegression", model), _data.ratings)


# ---------------------------------------------------------------- play and pause


def _play() -> None:
    """From where the slider stands; from its end, once more from the beginning."""
    at, last = st.session_state.get(_AT, 1), st.session_state.get(_LAST, 1)
    st.session_state[_PLAYING] = True
    st.session_state[_DRAWN] = time.monotonic()
    st.session_state[_DUE] = 1 if at >= last else at


def _pause() -> None:
    st.session_state.pop(_PLAYING, None)


def _frame(data: Dataset, steps: tuple[HalfStep, ...]) -> None:
    """Draw the half-step that is due; after the last one the slider stands there."""
    due = int(st.session_state.get(_DUE, 1))
    if not st.session_state.get(_PLAYING) or due > len(steps):
        _pause()
        st.rerun()
    st.session_state[_DRAWN] = time.monotonic()
    st.session_state[_AT] = due
    st.session_state[_DUE] = due + 1
    _look(data, steps, playing=True)


# ---------------------------------------------------------------- one half-step


def _look(data: Dataset, steps: tuple[HalfStep, ...], *, playing: bool) -> None:
    last = st.session_state[_LAST] = len(steps)
    number = min(int(st.session_state.get(_AT, 1)), last)
    if playing:  # no slider: a hand on it and the frames would be at odds
        st.progress(number / last, f"Half-step {number} of {last}")
    else:
        st.session_state[_AT] = number
        number = int(st.slider("After half-step", 1, last, key=_AT))
    at, kind = number - 1, data.catalogue.kind
    titles = [data.catalogue.label(item) for item in range(len(data.catalogue))]
    left, right = st.columns(2)
    with left:
        page.show(charts.standing(steps, at, titles, list(data.user_ids), kind))
    with right:
        page.show(charts.cost(steps, at))
        with st.container(border=True):
            st.subheader(f"How far apart are the {kind}s?", anchor=False)
            st.table(
                ranked(titles, steps[at].distances),
                border="horizontal",
                hide_index=True,
                alt=f"Distances between the {kind}s after half-step {number}, nearest first",
            )
            st.caption(safe.text(nearest_in_words(titles, steps[at].distances)))


def ranked(titles: list[str], distances: FloatArray) -> pd.DataFrame:
    """Every pair and its distance, the nearest first."""
    one, other = np.triu_indices(len(titles), 1)
    order = np.argsort(distances[one, other], kind="stable")
    return pd.DataFrame(
        {
            "pair": [safe.text(f"{titles[one[k]]} – {titles[other[k]]}") for k in order],
            "distance": [f"{distances[one[k], other[k]]:.2f}" for k in order],
        }
    )


def nearest_in_words(titles: list[str], distances: FloatArray) -> str:
    """Who is nearest to whom, and whether the two styles part as they do in the lecture."""
    nearest = (distances + np.diag(np.full(len(distances), np.inf))).argmin(axis=1)
    listed = "; ".join(f"{title} – {titles[near]}" for title, near in zip(titles, nearest, strict=True))
    lo_fi = [row for row, title in enumerate(titles) if title in dict(_LECTURE)]
    parted = all((int(near) in lo_fi) == (row in lo_fi) for row, near in enumerate(nearest))
    words = f"The nearest to each: {listed}. "
    if parted:
        return f"{words}As in the lecture, the two lo-fi albums lie apart from the three of pop."
    return (
        f"{words}In the lecture the two lo-fi albums lie apart from the three of pop; here not every album "
        "has its nearest in its own style."
    )


def _by_hand() -> None:
    """The lecture's distance between two albums, step by step."""
    (one, p), (other, q) = _LECTURE
    found = rc.similar_items(np.array([p, q]), 0, 1, "euclidean")
    st.markdown(f"**The lecture's own numbers.** How far apart are {safe.text(one)} and {safe.text(other)}?")
    # One step a line: it is to be read on a phone, too.
    steps = r" \\ &\quad + ".join(f"({a:.2f} - ({b:.2f}))^2" for a, b in zip(p, q, strict=True))
    squares = " + ".join(f"{(a - b) ** 2:.4f}" for a, b in zip(p, q, strict=True))
    whole = float(((p - q) ** 2).sum())
    st.latex(
        rf"\begin{{aligned}} d^2 &= {steps} \\ &= {squares} \\ &= {whole:.4f} \\ "
        rf"d &= \sqrt{{{whole:.4f}}} = {found.scores[0]:.3f} \end{{aligned}}"
    )
    st.caption(
        f"{one} lies at ({p[0]:.2f}, {p[1]:.2f}) and {other} at ({q[0]:.2f}, {q[1]:.2f}) in the two factors "
        "the lecture learned. Yours differ: a model may turn and mirror its axes, and distances stay."
    )
