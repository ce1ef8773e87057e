"""A or B: weights learned from what the visitor would rather see."""

from __future__ import annotations

import numpy as np
import streamlit as st

from recsys_core.dataset import Dataset
from recsys_core.ranking import HybridWeights, candidates, signals
from recsys_core.ranking.learned import FEWEST, Choice, Learned, learn, next_pair, pool_of
from recsys_core.ratings import FloatArray
from ui import page, safe, tiles
from ui.charts.price import learned as drawn
from ui.hybrid import best
from ui.hybrid.choose import View

LEFT_OUT = ("engaged", "sponsored")
KNOWN = 200
"""Asked about are so many of the best-known films that the filters allow: who knows neither cannot choose."""


def show(view: View) -> None:
    """Two films at a time; the dials they speak for; and whether that can be believed yet."""
    st.caption(
        "Which of the two would you rather see? They are chosen so that the dials disagree about them. "
        "Your answers stay in this session, and set nothing before you say so."
    )
    names, values, shares = _signals(view)
    choices = _choices(view.data)
    found = learn(values, choices, shares)
    known = _known(view)
    pair = next_pair(values, choices, shares, pool_of(values, known), _passed(view.data))
    left, right = st.columns([3, 2])
    with left:
        if pair is None:
            st.info("There is no further pair to ask about among these films.", icon=":material/done_all:")
        else:
            _ask(view, pair)
    with right:
        st.progress(min(1.0, len(choices) / FEWEST) if len(choices) < FEWEST else 1.0, _how_many(choices))
        st.markdown(safe.text(found.words))
        with st.container(horizontal=True):
            if found.n_choices >= FEWEST:
                st.button(
                    "Set the dials so",
                    key="hybrid-pairs-use",
                    icon=":material/tune:",
                    type="primary" if found.knows else "secondary",
                    on_click=best.use,
                    args=(view, _weights(names, found)),
                )
            if choices:
                st.button(
                    "Forget my choices",
                    key="hybrid-pairs-forget",
                    icon=":material/delete:",
                    type="tertiary",
                    on_click=_forget,
                    args=(view.data,),
                )
    if found.n_choices >= FEWEST:
        page.show(drawn([signals()[name].title for name in names], found.shares, found.spread, shares))


def _ask(view: View, pair: tuple[int, int]) -> None:
    data = view.data
    for column, letter, item, other in zip(st.columns(2), "AB", pair, pair[::-1], strict=True):
        with column:
            tiles.draw(data.catalogue, item)
            if payer := view.person.asked.payer_of(item):
                st.badge(f"Paid by {safe.badge(payer)}", icon=":material/campaign:", color="orange")
            st.button(
                f"{letter}: {safe.text(view.label(item))}",
                key=f"hybrid-pairs-{letter}",
                width="stretch",
                on_click=_choose,
                args=(data, item, other),
            )
    st.button(
        "I cannot say",
        key="hybrid-pairs-skip",
        icon=":material/skip_next:",
        type="tertiary",
        on_click=_skip,
        args=(data, *pair),
    )


def _how_many(choices: list[Choice]) -> str:
    n = len(choices)
    return f"{n} choice{'s' * (n != 1)} made" + (f"; the first {FEWEST} tell nothing" if n < FEWEST else "")


def _signals(view: View) -> tuple[tuple[str, ...], FloatArray, FloatArray]:
    """The signals one can choose by, that say anything, and the dials' shares among them."""
    found = view.person.signals
    names = tuple(n for n in found.names if n not in LEFT_OUT and n not in found.silent)
    values = found.values[[found.row(name) for name in names]]
    shares = np.array([view.recipe.weights.weights[name] for name in names])
    if not shares.sum() > 0:
        shares = np.full(len(names), 1.0)
    return names, values, shares / shares.sum()


def _weights(names: tuple[str, ...], found: Learned) -> HybridWeights:
    return HybridWeights(**dict(zip(names, found.shares.round(2).tolist(), strict=True)))


def _known(view: View) -> list[int]:
    """Well-known films that the filters allow; rated ones too, for one knows best what one has seen."""
    allowed = candidates(view.data, view.recipe.filters, view.recipe.exclude)
    popular = np.argsort(-view.data.ratings.by_item.counts[allowed], kind="stable")[:KNOWN]
    return [int(item) for item in allowed[popular]]


# ---------------------------------------------------------------- what the session remembers


def _choices(data: Dataset) -> list[Choice]:
    kept: list[Choice] = st.session_state.setdefault(f"hybrid-pairs-{data.name}", [])
    return kept


def _passed(data: Dataset) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = st.session_state.setdefault(f"hybrid-pairs-passed-{data.name}", [])
    return kept


def _choose(data: Dataset, taken: int, left: int) -> None:
    _choices(data).append(Choice(taken, left))


def _skip(data: Dataset, one: int, other: int) -> None:
    _passed(data).append((one, other))


def _forget(data: Dataset) -> None:
    _choices(data).clear()
    _passed(data).clear()
