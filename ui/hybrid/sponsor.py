"""Somebody who pays for places: made up, chosen by the visitor, never hidden."""

from __future__ import annotations

from urllib.parse import quote, unquote

import numpy as np
import streamlit as st

from recsys_core.dataset import Dataset
from recsys_core.ranking import Sponsor
from ui import state
from ui.hybrid import recipe_state

PAYER = "Bluebird"
"""A distributor that does not exist."""
NOTHING, GENRE, FILMS = "Nothing", "A genre", "A few films"
ADDRESS = state.Value("sponsor", "sponsor", str, lambda text: len(text) <= 2000, place="hybrid-sponsor")
_PAYS = "hybrid-pays-"
MOST_FILMS = 10
MOST_OFFERED = 2000


def arrive(data: Dataset) -> None:
    """Once a session and data set, and at a step Back: what the address says is paid for."""
    if _kind(data) in st.session_state and not recipe_state.stepped():
        return
    first = recipe_state.stepped() or not any(str(name).startswith(_PAYS) for name in st.session_state)
    address = st.query_params.get(ADDRESS.key, "") if first else ""
    kind, _, said = (address if ADDRESS.allowed(address) else "?").partition("~")
    words = [unquote(word) for word in said.split("~")]
    index_of = data.catalogue.index_of
    films = [index_of[word] for word in words if word in index_of][:MOST_FILMS]
    if kind == "genre" and words[0] in data.catalogue.genre_names:
        st.session_state[_kind(data)], st.session_state[_genre(data)] = GENRE, words[0]
    elif kind == "films" and films:
        st.session_state[_kind(data)], st.session_state[_films(data)] = FILMS, films
    else:
        st.session_state[_kind(data)] = NOTHING
        if kind:
            recipe_state.say("What the address says is paid for is not in this data.")
        else:
            somebody_pays(data)


def found(data: Dataset) -> tuple[Sponsor, ...]:
    """Who pays for what."""
    kept, catalogue = st.session_state, data.catalogue
    kind = kept.get(_kind(data), NOTHING)
    items: tuple[int, ...] = ()
    if kind == GENRE and kept.get(_genre(data)) in catalogue.genre_names:
        column = catalogue.genre_names.index(kept[_genre(data)])
        items = tuple(np.flatnonzero(catalogue.genres[:, column]).tolist())
    elif kind == FILMS:
        items = tuple(int(item) for item in kept.get(_films(data), ()))
    return (Sponsor(PAYER, items),) if items else ()


def in_address(data: Dataset) -> tuple[state.Value, str]:
    """How it is written into the address; empty where nobody pays."""
    kept = st.session_state
    kind, sponsors = kept.get(_kind(data), NOTHING), found(data)
    if not sponsors:
        return ADDRESS, ""
    if kind == GENRE:
        return ADDRESS, f"genre~{quote(kept[_genre(data)], safe='')}"
    ids = data.catalogue.item_ids
    return ADDRESS, "~".join(["films", *(quote(str(ids[i]), safe="") for i in sponsors[0].items)])


def somebody_pays(data: Dataset) -> None:
    """A push for paid films needs some: where nobody pays yet, a genre is paid for. Before controls."""
    if st.session_state.get(recipe_state.weight_key("sponsored")) and not found(data):
        names = data.catalogue.genre_names
        if names:
            sizes = data.catalogue.genres.sum(axis=0)
            # A middling genre: not what the list is full of anyway, and not a handful of films.
            usual = names[int(np.argsort(sizes, kind="stable")[len(names) // 2])]
            st.session_state[_kind(data)], st.session_state[_genre(data)] = GENRE, usual
        else:
            most = int(np.argmin(data.ratings.by_item.counts))
            st.session_state[_kind(data)], st.session_state[_films(data)] = FILMS, [most]


def nobody(data: Dataset) -> None:
    """Nobody pays for anything. For a callback."""
    st.session_state[_kind(data)] = NOTHING


def control(data: Dataset) -> None:
    """What is paid for."""
    catalogue, kind = data.catalogue, data.catalogue.kind
    st.caption(
        f"{PAYER}, a distributor, is made up for this page. Whatever it pays for carries the mark “Paid” "
        "wherever it is shown, at any weight, and the page says what would have been shown instead."
    )
    kinds = [NOTHING, *([GENRE] if catalogue.genre_names else []), FILMS]
    chosen = st.selectbox(f"{PAYER} pays for", kinds, key=_kind(data), persist_state="session")
    if chosen == GENRE:
        st.selectbox("Genre", catalogue.genre_names, key=_genre(data), persist_state="session")
    elif chosen == FILMS:
        st.multiselect(
            f"Up to {MOST_FILMS} {kind}s",
            offered(data, st.session_state.get(_films(data), [])),
            key=_films(data),
            format_func=catalogue.label,
            max_selections=MOST_FILMS,
            persist_state="session",
        )


def offered(data: Dataset, also: list[int]) -> list[int]:
    """Films to choose from: the most rated ones, and those chosen already."""
    order = np.argsort(-data.ratings.by_item.counts, kind="stable")[:MOST_OFFERED].tolist()
    return [*dict.fromkeys([*also, *order])]


def _kind(data: Dataset) -> str:
    return f"{_PAYS}{data.name}"


def _genre(data: Dataset) -> str:
    return f"hybrid-paid-genre-{data.name}"


def _films(data: Dataset) -> str:
    return f"hybrid-paid-films-{data.name}"
