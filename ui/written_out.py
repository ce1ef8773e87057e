"""The prediction equation on screen: for whom, for which film, and how it comes about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from recsys_core.algorithms import Algorithm
from recsys_core.algorithms.base import User
from recsys_core.dataset import Dataset
from recsys_core.errors import RecsysError
from recsys_core.jobs import Train, trained
from recsys_core.personas import offered, resolve
from recsys_core.profile import OwnRatings
from ui import compute, profile, safe, watch
from ui.equation import Equation, equation, learned_from, rating_of

_YOU, _NUMBER, _PERSONA = "you", "number", "persona:"
_MOST_ROWS = 9
"""A longer table scrolls in itself."""


@dataclass(frozen=True, eq=False)
class Person:
    """Whom a prediction is for.

    Attributes:
        user: as the model takes them.
        name: "You", a persona's title, or "Person 12".
        own: the ratings they were placed by; None for a person of the data.
        imagined: whether one of those was not given but asked "what if" about.
    """

    user: User
    name: str
    own: OwnRatings | None = None
    imagined: bool = False


def panel(
    data: Dataset,
    model: Algorithm,
    film: int | None = None,
    own: OwnRatings | None = None,
    note: str = "",
) -> None:
    """A section, closed at first, that writes a prediction out.

    Args:
        data, model: whose prediction; the model knows this data.
        film: what to begin with, and to follow where it changes; None for the most rated film.
        own: the visitor's ratings where they are not those of the session.
        note: which model it is, where the screen does not say so beside it.
    """
    section = st.expander(
        "The prediction as an equation", icon=":material/function:", key="equation", on_change="rerun"
    )
    with section:
        if section.open:
            if note:
                st.caption(note)
            _draw(data, model, film, profile.current(data) if own is None else own)


def of_training(data: Dataset) -> None:
    """The same for the training being watched, at the epoch one looks back at."""
    job = watch.current()
    if job is None or job.state != "done" or not isinstance(job.spec, Train) or job.spec.dataset != data.name:
        return
    try:
        result = trained(job.folder)
        looked_at = st.session_state.get(watch.looked_at_key(job))
        epoch = looked_at if looked_at in result.snapshots else result.epoch
        model = compute.model_of_epoch(job.id, epoch, job.folder, data)
    except RecsysError:
        return  # looking back has said it already
    panel(data, model, note=f"The model as it was after epoch {epoch}." if epoch else "")


# ---------------------------------------------------------------- for whom, for what


def _draw(data: Dataset, model: Algorithm, film: int | None, own: OwnRatings) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        person = _pick_person(data, model, own)
        item = _pick_item(data, film)
    written = equation(model, data, person.user, item)
    st.latex(written.latex)
    prediction = float(written.table.iloc[-1, 1])
    st.markdown(_sentence(data, model, person, item, prediction))
    why = model.fallback(person.user, item)
    if why:
        st.caption(f"Not a personal prediction: {safe.text(why)}.")
    _parts(written)


def _parts(written: Equation) -> None:
    """Every addend in words, with titles and names; nothing of a long sum is left out here."""
    table = written.table
    if "likeness" in table:
        st.caption(
            "s is how alike two are, d how far the neighbour’s rating lies from where it is measured from; "
            "the table names the neighbours, with their ratings and their likeness."
        )
    st.dataframe(
        table,
        hide_index=True,
        height="content" if len(table) <= _MOST_ROWS else 340,
        column_config={
            "what": st.column_config.TextColumn(width=215),
            table.columns[1]: st.column_config.NumberColumn(format="%.4f"),
            "likeness": st.column_config.NumberColumn(format="%.3f"),
        },
        placeholder="",
        alt="The parts of this prediction and their sum",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Above, numbers are rounded to two places; the file has them in full.", width="stretch")
        st.download_button(
            "Download CSV",
            lambda: safe.csv_bytes(table),
            file_name="prediction.csv",
            mime="text/csv",
            key="equation-csv",
            icon=":material/download:",
            on_click="ignore",
        )


def _pick_person(data: Dataset, model: Algorithm, own: OwnRatings) -> Person:
    personas = {f"{_PERSONA}{each.name}": each for each in offered(data)} if model.folds_in else {}
    names = {_YOU: "You"} if model.folds_in else {}
    names |= {key: each.title for key, each in personas.items()}
    names[_NUMBER] = "Somebody in the data, by number"
    who = st.selectbox(
        "Prediction for",
        list(names),
        key=f"equation-who-{data.name}-{model.folds_in}",
        format_func=names.__getitem__,
        persist_state="session",
    )
    if who == _YOU:
        imagined = own != profile.current(data)
        return Person(model.fold_in(own.items, own.values), "You", own, imagined)
    if who in personas:
        found = resolve(personas[who], data)
        theirs = OwnRatings(tuple(zip(found.items.tolist(), found.values.tolist(), strict=True)))
        return Person(model.fold_in(theirs.items, theirs.values), personas[who].title, theirs)
    number = st.number_input(
        f"Number, 1 to {data.ratings.n_users}",
        1,
        data.ratings.n_users,
        key=f"equation-number-{data.name}",
        persist_state="session",
        help="In the order of the data.",
    )
    user = int(number) - 1
    return Person(user, f"Person {data.user_ids[user]}")


def _pick_item(data: Dataset, film: int | None) -> int:
    """Any film, found by typing; follows the one that is asked about elsewhere on the screen."""
    key, followed = f"equation-item-{data.name}", f"equation-followed-{data.name}"
    counts = data.ratings.by_item.counts
    if film is None and key not in st.session_state:
        st.session_state[key] = int(np.argmax(counts))
    elif film is not None and st.session_state.get(followed) != film:
        st.session_state[key] = st.session_state[followed] = film
    return st.selectbox(
        data.catalogue.kind.capitalize(),
        np.argsort(-counts, kind="stable").tolist(),
        key=key,
        format_func=data.catalogue.label,
        persist_state="session",
    )


# ---------------------------------------------------------------- what was given


def _sentence(data: Dataset, model: Algorithm, person: Person, item: int, prediction: float) -> str:
    name, title = safe.text(person.name), safe.text(data.catalogue.label(item))
    shown = f"{prediction:.0%} likely to be liked" if model.binary else f"{prediction:.2f}"
    predicted = f"**{title}: {shown}** for {'you' if person.name == 'You' else name}."
    have = "have" if person.name == "You" else "has"
    if person.own is not None:
        given = person.own.of(item)
        if given is None:
            return f"{predicted} {name} {have} not rated it."
        gave = "imagine to have given" if person.imagined else "gave"
        return (
            f"{predicted} {name} {gave} it **{given:g}**, and that is one of the ratings the model was told "
            f"to place {'you' if person.name == 'You' else 'this person'}: no test of it."
        )
    assert isinstance(person.user, int)  # noqa: S101
    found = rating_of(data, person.user, item)
    if found is None:
        return f"{predicted} {name} {have} not rated it."
    given, position = found
    told = {
        True: "The model was trained on that rating, so this is no test of it.",
        False: "That rating was kept from training.",
        None: "Whether the model was trained on that rating is not on record.",
    }[learned_from(model, data, position)]
    return f"{predicted} {name} gave it **{given:g}**. {told}"
