"""Where the visitor says what they think of films: search, stars, "not seen", their own list.

No prediction is shown here: seeing one draws people towards it (Cosley et al., 2003).
"""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from recsys_core.asking import ask_next
from recsys_core.dataset import Dataset
from recsys_core.personas import offered
from recsys_core.profile import OwnRatings
from ui import compute, page, profile, safe, tiles

N_FOUND = 8
N_ASKED = 4
_STARS = 5
_TILE = 150
"""Width of a tile and of the stars beside it, in pixels: both fit beside each other on a phone."""


def panel(data: Dataset) -> list[int]:
    """Search and rate; without a search, films worth asking about.

    Returns:
        The films on the table: nobody should see their predictions while rating them.
    """
    own, kind = profile.current(data), data.catalogue.kind
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.text_input(
            f"Rate {kind}s: search {len(data.catalogue):,} titles, or begin with those below",
            key="search",
            placeholder="Find by title or year",
            icon=":material/search:",
            type="search",
            live="250ms",
            max_chars=80,
        )
        st.button(
            "Others",
            key="others",
            icon=":material/refresh:",
            disabled=bool(wanted),
            on_click=lambda: st.session_state.pop(_asked_key(data), None),
            help=f"Put these aside for now and ask about other {kind}s",
        )
    if wanted:
        return _found(data, wanted)
    on_table = asked_about(data, own)
    _rows(data, on_table)
    return on_table


def _found(data: Dataset, wanted: str) -> list[int]:
    hits = data.catalogue.find(wanted, limit=N_FOUND + 1, first=data.ratings.by_item.counts.astype(float))
    if not len(hits):
        st.caption(f"No {data.catalogue.kind} here has “{safe.text(wanted)}” in its title.")
    on_table: list[int] = hits[:N_FOUND].tolist()
    _rows(data, on_table)
    if len(hits) > N_FOUND:
        st.caption("There are more: add a word or the year.")
    return on_table


def _rows(data: Dataset, items: list[int]) -> None:
    grid = st.grid(4, min_column_width=200, border=True)
    for item in items:
        with grid.cell():
            row(data, item)


def _asked_key(data: Dataset) -> str:
    return f"asked:{data.name}"


def _n_asked(data: Dataset) -> int:
    """What lies on the table is not recommended, so in a small catalogue little lies there."""
    return max(1, min(N_ASKED, len(data.catalogue) // 5))


def asked_about(data: Dataset, own: OwnRatings) -> list[int]:
    """The films on the table: those shown before that were not put aside, filled up with new ones."""
    answered = profile.said(own)
    shown = [item for item in st.session_state.get(_asked_key(data), []) if item not in own.not_seen]
    values = compute.questions(data.fingerprint, data)
    exclude = np.concatenate([answered, np.array(shown, dtype=np.int32)])
    shown += ask_next(values, exclude, max(0, _n_asked(data) - len(shown))).tolist()
    st.session_state[_asked_key(data)] = shown
    return shown


def ask_about(data: Dataset, item: int) -> None:
    """Put a film on top of the table to be rated."""
    shown = [other for other in st.session_state.get(_asked_key(data), []) if other != item]
    st.session_state[_asked_key(data)] = [item, *shown][: _n_asked(data)]
    st.session_state["search"] = ""


def row(data: Dataset, item: int) -> None:
    """One film to rate: its tile, its stars under its name, and "not seen"."""
    own = profile.current(data)
    value = own.of(item)
    # On a phone the tile stands beside the stars, in a narrow column above them.
    with st.container(
        horizontal=True,
        horizontal_alignment="center",
        vertical_alignment="center",
        gap="small",
        key=f"rate-{item}",
    ):
        with st.container(width=_TILE):
            tiles.draw(data.catalogue, item)
        with st.container(width=_TILE, gap=None):
            st.markdown(f":small[**{safe.text(data.catalogue.label(item))}**]")
            stars(data, item, "stars")
            if value is not None and value != int(value):
                st.caption(f"{value:g} stars")
            _answer(data, own, item)


def _answer(data: Dataset, own: OwnRatings, item: int) -> None:
    label = data.catalogue.label(item)
    if item in own.not_seen:
        st.button(
            "Not seen",
            key=f"unsee-{item}",
            icon=":material/check:",
            type="tertiary",
            on_click=lambda: profile.change(data, lambda o: o.forget(item)),
            help=f"Take it back: say nothing about {safe.text(label)}",
        )
    else:
        st.button(
            "Not seen",
            key=f"unseen-{item}",
            icon=":material/visibility_off:",
            type="tertiary",
            on_click=lambda: profile.change(data, lambda o: o.mark_not_seen(item)),
            help=f"I have not seen {safe.text(label)}. This is not a low rating.",
        )


def stars(data: Dataset, item: int, prefix: str) -> None:
    """Stars on a five-star scale, else the scale's own steps; pressing the same again takes it back."""
    value = profile.current(data).of(item)
    key = f"{prefix}-{item}"
    scale = data.ratings.scale
    if scale.high == _STARS and scale.low > 0:
        # A half star lights the star it is part of; who draws the stars writes its exact value.
        st.session_state[key] = None if value is None else math.ceil(value) - 1
        st.feedback("stars", key=key, on_change=_rated, args=(data, item, key, 1))
    else:
        st.session_state[key] = value
        st.segmented_control(
            f"Rating of {safe.text(data.catalogue.label(item))}",
            scale.choices,
            key=key,
            format_func=lambda choice: safe.choice(f"{choice:g}"),
            label_visibility="collapsed",
            on_change=_rated,
            args=(data, item, key, 0),
        )


def _rated(data: Dataset, item: int, key: str, first: int) -> None:
    chosen = st.session_state[key]
    if chosen is None:
        profile.change(data, lambda own: own.forget(item))
    else:
        profile.change(data, lambda own: own.rate(item, float(chosen + first)))


def own_list(data: Dataset) -> None:
    """What the visitor has rated, to change or to take back; and the ratings as a file."""
    own = profile.current(data)
    with st.container(horizontal=True, vertical_alignment="center"):
        with page.on_demand(f"Your ratings ({len(own)})", "own-ratings", "star") as is_open:
            if is_open:
                _own_rows(data, own)
        st.button(
            "Undo",
            key="undo",
            icon=":material/undo:",
            type="tertiary",
            disabled=not profile.can_undo(data),
            on_click=profile.undo,
            args=(data,),
        )
        with page.on_demand("Start from", "start-from", "person") as is_open:
            if is_open:
                _personas(data)
        with page.on_demand("Keep or erase", "keep-or-erase", "save") as is_open:
            if is_open:
                _file(data, own)


def _own_rows(data: Dataset, own: OwnRatings) -> None:
    if not len(own):
        st.caption("Nothing rated yet.")
    for item, value in own.ratings:
        with st.container(horizontal=True, vertical_alignment="center", key=f"own-{item}"):
            st.markdown(safe.text(data.catalogue.label(item)), width="stretch")
            # Together, so that on a phone they go to a line of their own together.
            with st.container(horizontal=True, vertical_alignment="center", width="content", wrap=False):
                stars(data, item, "own-stars")
                st.caption(f"{value:g}", width=28)
                st.button(
                    "Remove",
                    key=f"remove-{item}",
                    icon=":material/close:",
                    type="tertiary",
                    on_click=lambda item=item: profile.change(data, lambda o: o.forget(item)),
                    help=f"Take back the rating of {safe.text(data.catalogue.label(item))}",
                )
    if own.not_seen:
        st.caption(f"Said not to have seen: {len(own.not_seen)}. This counts neither for nor against them.")


def _personas(data: Dataset) -> None:
    people = offered(data)
    if not people:
        st.caption("No ready-made person fits this small table.")
    else:
        st.caption("Somebody else's ratings replace yours; Undo brings yours back.")
    for person in people:
        st.button(
            safe.text(person.title),
            key=f"persona-{person.name}",
            help=safe.text(person.description),
            width="stretch",
            on_click=profile.become,
            args=(data, person),
        )


def _file(data: Dataset, own: OwnRatings) -> None:
    st.caption(
        "Your ratings are in this tab and in its address, and nowhere else. "
        "Whoever gets the address gets a copy of them."
    )
    st.download_button(
        "Download as CSV",
        safe.csv_bytes(own.to_frame(data.catalogue)),
        file_name="my-ratings.csv",
        mime="text/csv",
        key="download-own",
        icon=":material/download:",
        width="stretch",
        on_click="ignore",
        disabled=not (len(own) or own.not_seen),
    )
    uploads = st.session_state.setdefault("uploads", 0)
    st.file_uploader(
        "Load a CSV downloaded here",
        type="csv",
        key=f"upload-{uploads}",
        max_upload_size=1,
        on_change=_uploaded,
        args=(data, f"upload-{uploads}"),
    )
    st.button(
        "Erase all my ratings",
        key="erase",
        icon=":material/delete:",
        width="stretch",
        on_click=profile.erase,
        args=(data,),
    )


def _uploaded(data: Dataset, key: str) -> None:
    profile.load_file(data, st.session_state[key])
    st.session_state["uploads"] += 1  # a fresh uploader: the same file can be loaded again
