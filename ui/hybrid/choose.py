"""For whom is ranked and by which model; and everything of a person that moving a slider does not change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st

from recsys_core.algorithms import Algorithm
from recsys_core.dataset import Dataset
from recsys_core.personas import offered
from recsys_core.ranking import (
    Asked,
    HybridWeights,
    Ranking,
    Recipe,
    Shared,
    Signals,
    aged,
    hybrid,
    less_like,
    signals_of,
)
from recsys_core.ratings import FloatArray, IntArray
from ui import choice, compute, kept, page, profile, rating, safe, state
from ui.why import less_of

_PERSON, _PLAIN = "hybrid-person", "hybrid-plain"


@dataclass(frozen=True, eq=False)
class Chosen:
    """What the screen works with.

    Attributes:
        trained: the model.
        model: how it was asked for: equal models, equal text.
    """

    trained: compute.Trained
    model: state.Model


@dataclass(frozen=True, eq=False)
class Person:
    """The visitor, worked out once and weighed at every move of a slider.

    Attributes:
        key: equal for equal people, models, own ratings in force, normalisations and sponsors.
        asked: with all ratings.
        aged: with those that still count.
        signals: of `aged`.
    """

    key: tuple[Any, ...]
    asked: Asked
    aged: Asked
    signals: Signals


@dataclass(frozen=True, eq=False)
class Plain:
    """The order that the predicted rating alone would give to the same films.

    Attributes:
        items: (n_pool,) every film that may be listed, best predicted first.
        scores: (n_pool,) their scores.
    """

    items: IntArray
    scores: FloatArray

    def place(self, item: int) -> int:
        """Where a film stands, from 1."""
        return int(np.flatnonzero(self.items == item)[0]) + 1


@dataclass(frozen=True, eq=False)
class View:
    """A list and everything it came from: what each part of the screen is given.

    Attributes:
        data, chosen, person: for whom, and by which model.
        recipe: what the controls say.
        ranking: the list.
        plain: what the predicted rating alone would have listed.
    """

    data: Dataset
    chosen: Chosen
    person: Person
    recipe: Recipe
    ranking: Ranking
    plain: Plain

    @property
    def model(self) -> Algorithm:
        """The trained model."""
        return self.chosen.trained.model

    @property
    def without(self) -> IntArray:
        """(≤ n,) the plain list: as long as the ranking was asked to be."""
        return self.plain.items[: self.recipe.n]

    def predicted(self, items: IntArray) -> FloatArray:
        """(n,) what the model predicts for the person; where nobody rated a film, what its genres say."""
        found = np.asarray(self.model.predict(self.person.aged.user, items), dtype=np.float64)
        signals = self.person.signals
        if not (self.model.scores_are_ratings and signals.placed[items].any()):
            return found
        by_genres = self.model.prediction_scale.clip(signals.raw[signals.row("rating"), items])
        return np.where(signals.placed[items], by_genres, found)

    def label(self, item: int, most: int = 60) -> str:
        """Title and year, unescaped, never without the mark of what is paid for."""
        title = self.data.catalogue.label(item)
        title = title if len(title) <= most else f"{title[: most - 1]}…"
        return f"Paid · {title}" if self.person.asked.payer_of(item) else title


def choose(data: Dataset) -> Chosen:
    """Choose a model; say whose ratings are used, and offer some where there are none."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        model = choice.pick(data)
        if len(profile.current(data)):
            page.go("for_you", "Rate more", "star")
    trained, model = choice.trained(data, model)
    if model.kept:
        st.caption(f"{safe.text(kept.titled(model.kept))}.")
    rating.own_list(data)
    if not len(profile.current(data)):
        _offer(data)
    return Chosen(trained, model)


def _offer(data: Dataset) -> None:
    """Ways to be somebody."""
    st.info(
        "You have rated nothing yet, so the list is the same for everyone. Borrow somebody's taste, "
        "or rate a few films on “For you”: your ratings come with you.",
        icon=":material/person_add:",
    )
    with st.container(horizontal=True):
        page.go("for_you", "Rate some yourself", "star")
        for person in offered(data):
            st.button(
                safe.text(person.title),
                key=f"hybrid-persona-{person.name}",
                help=safe.text(person.description),
                on_click=profile.become,
                args=(data, person),
            )


# ---------------------------------------------------------------- worked out once


@st.cache_resource(max_entries=8, show_spinner=False)
def shared(fingerprint: str, model: str, _model: Algorithm, _data: Dataset) -> Shared:
    """What is the same for everyone, once for all sessions."""
    return Shared(_model, _data)


def person(data: Dataset, chosen: Chosen, recipe: Recipe, sponsors: tuple[Any, ...]) -> Person:
    """The visitor and their signals: from the session, where nothing of it changed.

    Raises:
        UnsupportedError: this model cannot let old ratings fade.
    """
    own, model, less = profile.current(data), chosen.trained.model, less_of(data)
    key = (
        data.fingerprint, chosen.model.text, id(model), own.ratings, less,
        recipe.recent, recipe.half_life, recipe.normalisation, sponsors,
    )  # fmt: skip
    kept = st.session_state.get(_PERSON)
    if kept is not None and kept.key == key:
        found: Person = kept
        return found
    everyone = shared(data.fingerprint, chosen.model.text, model, data)
    if everyone.model is not model:  # trained anew since: what is known of the earlier one is of no use
        everyone = Shared(model, data)
    asked = Asked.of(
        model, data, model.fold_in(own.items, own.values), own=own, sponsors=sponsors, shared=everyone
    )
    asked = less_like(asked, less)
    now = aged(asked, recipe.recent, recipe.half_life)
    found = Person(key, asked, now, signals_of(now, recipe.normalisation))
    st.session_state[_PERSON] = found
    return found


def plain(found: Person, recipe: Recipe) -> Plain:
    """The plain order under the same filters: from the session, where no filter changed."""
    whole = len(found.asked.dataset.catalogue)
    rated = replace(
        recipe, weights=HybridWeights(), diversity=0.0, calibration=0.0, most_per_genre=None, n=whole
    )
    key = (found.key, rated)
    kept = st.session_state.get(_PLAIN)
    if kept is None or kept[0] != key:
        unpaid = replace(found.asked, sponsors=())
        ranked = hybrid(unpaid, rated, found.signals)
        kept = st.session_state[_PLAIN] = (key, Plain(ranked.items, ranked.scores))
    order: Plain = kept[1]
    return order
