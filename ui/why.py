"""Why this? A film of a list taken apart, what the list would be had a rating been another, less of a kind.

What the visitor wants less of is no rating of theirs: it is kept in the session alone, shown wherever it has
a part, and taken back with one click.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from recsys_core.algorithms import Share
from recsys_core.dataset import Dataset
from recsys_core.errors import RecsysError
from recsys_core.ranking import (
    Asked,
    Counterfactual,
    Ranking,
    Recipe,
    Signals,
    Why,
    changed,
    signals,
    why,
    without,
)
from recsys_core.ranking.counterfactual import holding
from recsys_core.ranking.hybrid import place_of
from recsys_core.ranking.retrieval import sources
from ui import page, safe
from ui.charts.because import because
from ui.charts.why import likeness, score_steps, shift

_FILM, _RATED, _VALUE = "why-film", "why-rated", "why-value"
_GONE = "not at all"
MOST_TRIED = 30
"""Of one's own ratings, those that are taken away in turn: about a millisecond each."""


@dataclass(frozen=True, eq=False)
class Shown:
    """A list on screen, with all that made it.

    Attributes:
        asked: for whom; with what they want less of.
        recipe: by what.
        ranking: the list.
        signals: what it was ranked by.
    """

    asked: Asked
    recipe: Recipe
    ranking: Ranking
    signals: Signals

    @property
    def data(self) -> Dataset:
        """What the list is of."""
        return self.asked.dataset

    def label(self, item: int) -> str:
        """Title and year, never without the mark of what is paid for."""
        title = self.data.catalogue.label(int(item))
        return f"Paid · {title}" if self.asked.payer_of(int(item)) else title


def panel(shown: Shown) -> None:
    """Choose a film of the list, and see everything that brought it there. To be drawn in a drawer."""
    items = [int(item) for item in shown.ranking.items]
    if not items:
        return
    if st.session_state.get(_FILM) not in items:
        st.session_state[_FILM] = items[0]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        item = st.selectbox(
            "Why is it here?",
            items,
            key=_FILM,
            format_func=lambda one: f"{items.index(one) + 1}. {shown.label(one)}",
            width=420,
        )
        if less_button(shown.data, item, shown.asked.model.folds_in):
            st.rerun()  # the list behind is another one now
    try:
        found = why(shown.asked, shown.recipe, shown.ranking, item, shown.signals)
    except RecsysError as exc:
        page.error(exc)
        return
    _told(shown, found)
    units = {name: signal.unit for name, signal in signals().items()}
    page.show(score_steps(found, shown.label(item), units), in_drawer=True)
    if any(part.signal == "rating" for part in found.parts):
        own_ratings(found, shown.label)
    if found.liked and any(part.signal in ("similarity", "dissimilarity") for part in found.parts):
        page.show(likeness(found.liked, shown.label(item), shown.label), in_drawer=True)
    if shown.asked.model.folds_in and len((shown.asked.whole or shown.asked).items):
        with page.on_demand("Which rating holds it here?", "why-holding", "push_pin") as is_open:
            if is_open:
                _holding(shown, item)
    what_if(shown)


def ask(item: int) -> None:
    """Ask about this film. For a callback."""
    st.session_state[_FILM] = item


def _told(shown: Shown, found: Why) -> None:
    """Who brought it, who paid for it, and how it is predicted if nobody rated it."""
    if payment := found.payment:
        moved = (
            f"It stands at place {payment.place:,}; had nobody paid, at {payment.place_without:,}."
            if payment.place != payment.place_without
            else f"The payment changes nothing: it stands at place {payment.place:,} either way."
        )
        adds = f" The payment adds {payment.contribution:.3f} to its score of {found.score:.3f}."
        st.info(
            f"**Paid by {safe.text(payment.payer)}.** {moved}{adds if payment.contribution else ''}",
            icon=":material/campaign:",
        )
    if found.brought:
        titles = [sources()[name].title for name in found.brought]
        st.caption(f"**Retrieved by** {safe.text(', '.join(titles))}.")
    if found.placed:
        st.caption(f"**Nobody rated it**: it is predicted by its {safe.text(found.placed)}.")


def own_ratings(found: Why, label: Callable[[int], str]) -> None:
    """The predicted rating, split among one's own ratings where the model can."""
    if found.no_split:
        st.caption(f"**Your ratings** have no bars here: {safe.text(found.no_split)}.")
        return
    shares = tuple(Share(one.item, one.rating, one.value) for one in found.own)
    less = [one.item for one in found.own if one.imagined]
    page.show(because(replace(found.prediction, shares=shares), label, found.item, less), in_drawer=True)
    if any(one.keep < 1 for one in found.own):
        st.caption("Each bar is what a rating still counts; the stars beside it are those you gave.")


def _holding(shown: Shown, item: int) -> None:
    """Each rating taken away in turn, and where the film would stand."""
    try:
        found = holding(shown.asked, shown.recipe, item, MOST_TRIED)
        now = place_of(shown.asked, shown.recipe, item, shown.signals)
    except RecsysError as exc:
        page.error(exc)
        return
    label, first = shown.label, found[0]
    if first.place is None:
        says = f"Without your {first.rating:g} for {label(first.item)} it would not be retrieved at all."
    elif now is not None and first.place > now:
        says = (
            f"Without your {first.rating:g} for {label(first.item)} it would stand at place {first.place:,} "
            f"instead of {now:,}: no other rating holds it more."
        )
    else:
        says = "No single rating of yours holds it here: without any one of them it would stand as high."
    st.markdown(safe.text(says))
    st.dataframe(
        pd.DataFrame(
            {
                "without your rating of": [label(hold.item) for hold in found],
                "you gave": [hold.rating for hold in found],
                "its place then": pd.array([hold.place for hold in found], dtype="Int64"),
            }
        ),
        hide_index=True,
        alt=says,
    )
    n = len((shown.asked.whole or shown.asked).items)
    tried = f"your last {len(found)} ratings" if n > len(found) else "each of your ratings"
    st.caption(f"By score, before any re-ranking; {tried} taken away in turn.")


# ---------------------------------------------------------------- what if


def what_if(shown: Shown) -> None:
    """Take away or change one rating, and see the list move. Nothing is kept."""
    asked = shown.asked.whole or shown.asked
    rated = asked.items.tolist()
    given = dict(zip(rated, asked.values.tolist(), strict=True))
    with st.container(border=True):
        page.heading("What if you had rated it differently?", in_drawer=True)
        if not asked.model.folds_in:
            st.caption("This model cannot place a person anew, so it cannot say.")
            return
        if not rated:
            first = f"Rate one {shown.data.catalogue.kind} first."
            st.caption(f"{first} Then one of your ratings can be changed here, and the list follows.")
            return
        if st.session_state.get(_RATED) not in rated:
            st.session_state[_RATED] = None
        item = st.selectbox(
            "One of your ratings",
            rated,
            key=_RATED,
            format_func=lambda one: f"{shown.label(one)}: {given[one]:g}",
            placeholder="Choose one of your ratings",
            on_change=lambda: st.session_state.update({_VALUE: _GONE}),
        )
        if item is None:
            return
        steps: list[object] = [_GONE, *shown.data.ratings.scale.choices]
        if st.session_state.get(_VALUE) not in steps:
            st.session_state[_VALUE] = _GONE
        value = st.segmented_control(
            "Had you rated it",
            steps,
            key=_VALUE,
            format_func=lambda one: safe.choice(one if isinstance(one, str) else f"{one:g}"),
            required=True,
        )
        found = imagined(shown, item, None if value == _GONE or value is None else float(str(value)))
    if found is not None:
        words = "without it" if value == _GONE else f"with {float(str(value)):g}"
        page.show(shift(found.movement, shown.label, words), in_drawer=True)


def imagined(shown: Shown, item: int, value: float | None) -> Counterfactual | None:
    """The list with that rating changed, or without it; None, with the reason in words, if there is none."""
    try:
        if value is None:
            return without(shown.asked, shown.recipe, item)
        return changed(shown.asked, shown.recipe, item, value)
    except RecsysError as exc:
        page.error(exc)
        return None


# ---------------------------------------------------------------- less like this


def less_of(data: Dataset) -> tuple[int, ...]:
    """The films the visitor wants less like, in the order asked."""
    kept: Iterable[int] = st.session_state.get(_key(data), ())
    return tuple(kept)


def ask_less(data: Dataset, item: int) -> None:
    """Want less like this film. For a callback."""
    st.session_state[_key(data)] = tuple(dict.fromkeys((*less_of(data), item)))


def take_back(data: Dataset, item: int) -> None:
    """Want it no more. For a callback."""
    st.session_state[_key(data)] = tuple(one for one in less_of(data) if one != item)


def less_button(data: Dataset, item: int, folds_in: bool) -> bool:
    """Ask for less like this film; whether that was just done."""
    return st.button(
        "Less like this",
        key="less-like",
        icon=":material/thumb_down:",
        disabled=not folds_in,
        on_click=ask_less,
        args=(data, item),
        help="The list is made as if you had given it the lowest rating, and it is shown no more. "
        "It is not kept among your ratings, and can be taken back.",
    )


def less_asked(data: Dataset) -> None:
    """What the visitor wants less of, each with a way back; nothing where there is none."""
    wanted = less_of(data)
    if not wanted:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="less-asked"):
        st.badge("Less like", icon=":material/thumb_down:", color="violet")
        for item in wanted:
            label = safe.text(data.catalogue.label(item))
            st.button(
                label,
                key=f"more-like-{item}",
                icon=":material/undo:",
                on_click=take_back,
                args=(data, item),
                help=f"Take it back: {label} counts no more against films like it",
            )


def _key(data: Dataset) -> str:
    return f"less:{data.name}"
