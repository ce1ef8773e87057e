"""By hand: on a lecture's table every number of the model, one prediction, and one update at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from recsys_core.algorithms import Algorithm, Explanation
from recsys_core.algorithms.funk_svd import FunkSVD
from recsys_core.dataset import Dataset
from recsys_core.jobs import Job, Train, Trained
from recsys_core.jobs.kinds.train import split_of
from recsys_core.ratings import FloatArray, Ratings
from recsys_core.walkthrough import Update, Walk, Worked, lectures_update, walk
from ui import compute, safe
from ui.equation import equation

MOST_FACTORS = 10
"""More columns cannot be taken in at a glance."""
BESIDE = 4
"""With more factors than this P and Q stand one above the other."""
WORKED_ON = "lectures-albums"
"""The table whose lecture works an update out."""


@dataclass(frozen=True, eq=False)
class Epoch:
    """What the stepper steps through.

    Attributes:
        key: tells it from other epochs in the session.
        users, items: names of the rows of P and of Q.
        walk: the updates.
        model: its γ and λ.
        ends: what to say at the last update.
    """

    key: str
    users: tuple[str, ...]
    items: tuple[str, ...]
    walk: Walk
    model: FunkSVD
    ends: str


def show(data: Dataset, job: Job, result: Trained, model: Algorithm, epoch: int, *, playing: bool) -> None:
    """All numbers of a factor model after an epoch; the updates of that epoch unless it is being played."""
    if not model.learns_factors:
        return
    assert isinstance(job.spec, Train)  # noqa: S101
    split = split_of(job.folder, job.spec, data)
    learned_from = data.ratings if split is None else data.ratings.take(split.train)
    st.header(f"By hand: the numbers after epoch {epoch}", anchor=False)
    _factors(data, model)
    _predictions(data, model, learned_from)
    if not playing:
        _updates(data, job, result, model, learned_from, epoch)


def worked(data: Dataset) -> None:
    """The update that a lecture works out, on the table it belongs to."""
    if data.name != WORKED_ON:
        return
    st.header("The lecture's worked update", anchor=False)
    example = lectures_update()
    first = example.walk.updates[0]
    st.markdown(
        f"One step of gradient descent takes {safe.text(example.users[first.row])}'s first factor from "
        f"{first.old:.2f} to {first.new:.2f}. Press Next to see what the rest of that pass does."
    )
    st.fragment(_stepper)(_of(example))
    st.caption(example.ours)


def _of(example: Worked) -> Epoch:
    ends = "That is the whole pass: two numbers of the listener, six of the albums."
    return Epoch("lecture", example.users, example.items, example.walk, example.model, ends)


# ---------------------------------------------------------------- tables


def _factors(data: Dataset, model: Algorithm) -> None:
    P, Q = model.user_factors_, model.item_factors_
    n = P.shape[1]
    # Side by side there is room for few columns; the rest would have to be scrolled to.
    left, right = st.columns(2) if n <= BESIDE else (st.container(), st.container())
    with left:
        _table("P: what each person likes", _numbers(P[:, :MOST_FACTORS], data.user_ids))
    with right:
        _table(f"Q: what each {data.catalogue.kind} is like", _numbers(Q[:, :MOST_FACTORS], _titles(data)))
    if n > MOST_FACTORS:
        st.caption(
            f"The first {MOST_FACTORS} of {n} factors. Two are enough for this table: set them in Settings, "
            "and every number can be followed."
        )


def _predictions(data: Dataset, model: Algorithm, learned_from: Ratings) -> None:
    people, titles = data.user_ids, _titles(data)
    with st.container(horizontal=True):
        user = st.selectbox(
            "Predict for",
            range(len(people)),
            index=len(people) - 1,
            format_func=lambda u: people[u],
            key=f"by-hand-user-{data.name}",
        )
        item = st.selectbox(
            f"this {data.catalogue.kind}",
            range(len(titles)),
            format_func=lambda i: titles[i],
            key=f"by-hand-item-{data.name}",
        )
    users, items = np.divmod(np.arange(len(people) * len(titles)), len(titles))
    predicted = model.predict(users, items).reshape(len(people), len(titles)).T
    true = _true(data, learned_from)
    cells = [[f"{value:.2f}" for value in row] for row in predicted]
    for table in (true, cells):
        table[item][user] = _marked(table[item][user])
    left, right = st.columns(2)
    with left:
        _table("The true table", _frame(true, titles, people))
        aside = len(data.ratings) - len(learned_from)
        st.caption("? was never rated" + (f"; ({aside}) in brackets: kept from training." if aside else "."))
    with right:
        _table("The predicted table", _frame(cells, titles, people))
        st.caption("Predictions, held to the scale." if not model.binary else "Probabilities of a yes.")
    _one(data, model, user, item)


def _true(data: Dataset, learned_from: Ratings) -> list[list[str]]:
    """(n_items, n_users) the ratings as they are written."""
    cells = [["?"] * data.ratings.n_users for _ in range(data.ratings.n_items)]
    for ratings, form in ((data.ratings, "({:g})"), (learned_from, "{:g}")):
        for u, i, r in zip(ratings.users, ratings.items, ratings.values, strict=True):
            cells[i][u] = form.format(r)
    return cells


def _one(data: Dataset, model: Algorithm, user: int, item: int) -> None:
    """One prediction with every term of its equation."""
    why, person, title = model.explain(user, item), data.user_ids[user], data.catalogue.label(item)
    with st.container(border=True):
        st.subheader(f"{safe.text(person)}, {safe.text(title)}: {why.estimate:.2f}", anchor=False)
        st.latex(equation(model, data, user, item).latex)
        st.table(_terms(why, model.user_factors_[user], model.item_factors_[item]), border="horizontal")
        if why.fallback:
            st.caption(f"Not personal: {safe.text(why.fallback)}.")


def _terms(why: Explanation, p: FloatArray, q: FloatArray) -> pd.DataFrame:
    """A row a term; below the match of tastes a row for each factor, where that is a plain product."""
    rows = []
    for term in why.terms:
        rows.append((safe.text(f"{term.label}, {term.symbol}"), "", _cell(term.value)))
        products = q * p
        if term.symbol == "q_i·p_u" and np.isclose(products.sum(), term.value):
            rows += [
                (f"· factor {f + 1}", f"{_cell(q[f])} × {_cell(p[f])}", _cell(products[f]))
                for f in range(min(len(p), MOST_FACTORS))
            ]
            if len(p) > MOST_FACTORS:
                rest = float(products[MOST_FACTORS:].sum())
                rows.append((f"· the other {len(p) - MOST_FACTORS}", "", _cell(rest)))
    rows.append(("**prediction**", "", f"**{_cell(why.estimate)}**"))
    return pd.DataFrame(rows, columns=["term", "numbers", "value"]).set_index("term")


# ---------------------------------------------------------------- one update at a time


def _updates(
    data: Dataset, job: Job, result: Trained, model: Algorithm, learned_from: Ratings, epoch: int
) -> None:
    st.subheader(f"Inside epoch {epoch}, one update at a time", anchor=False)
    if not isinstance(model, FunkSVD):
        st.caption("Funk SVD can be followed update by update: choose it above and train it.")
    elif model.n_factors > MOST_FACTORS:
        st.caption(f"With at most {MOST_FACTORS} factors this epoch can be followed update by update.")
    elif epoch > 1 and epoch - 1 not in result.snapshots:
        st.caption(f"Epoch {epoch - 1} was not kept, so the updates that follow it cannot be shown.")
    else:
        if epoch == 1:
            P, Q = model.start(learned_from)
        else:
            before = compute.model_of_epoch(job.id, epoch - 1, job.folder, data)
            P, Q = before.user_factors_, before.item_factors_
        ends = f"That ends the epoch: these are the numbers after epoch {epoch}."
        taken = walk(model, learned_from, P, Q)
        st.fragment(_stepper)(Epoch(f"{job.id}-{epoch}", data.user_ids, _titles(data), taken, model, ends))


def _stepper(epoch: Epoch) -> None:
    key, n = f"update-{epoch.key}", len(epoch.walk.updates)
    at = min(int(st.session_state.get(key, 0)), n - 1)
    update = epoch.walk.updates[at]
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            _button("Back", "arrow_back", key, at - 1, disabled=at == 0)
            _button("Next", "arrow_forward", key, at + 1, disabled=at == n - 1)
            st.markdown(f"**Update {at + 1} of {n}.** {_said(epoch, update)}", width="stretch")
        left, right = st.columns(2)
        with left:
            _sum(epoch, update)
        with right:
            _before_and_after(epoch, update, at)
        if at == n - 1:
            st.caption(epoch.ends)


def _button(label: str, icon: str, key: str, to: int, *, disabled: bool) -> None:
    st.button(
        label,
        key=f"{key}-{label.lower()}",
        icon=f":material/{icon}:",
        disabled=disabled,
        on_click=lambda: st.session_state.update({key: to}),
    )


def _said(epoch: Epoch, update: Update) -> str:
    name = (epoch.users if update.side == "user" else epoch.items)[update.row]
    old, new = _apart(update.old, update.new)
    return f"{safe.text(name)}, factor {update.factor + 1}: {old} → {new}"


def _sum(epoch: Epoch, update: Update) -> None:
    """The errors, what weighs them, their sum, and the new number."""
    own, other, names = ("p", "q", epoch.items) if update.side == "user" else ("q", "p", epoch.users)
    rows = [
        (
            safe.text(names[pull.other]),
            f"{_cell(pull.estimate)} − {_cell(pull.rating)} = {_cell(pull.error)}",
            f"{_cell(pull.error)} × {_cell(pull.factor)} = {_cell(pull.product)}",
        )
        for pull in update.pulls
    ]
    rows.append(("**Σ**", "", f"**{_cell(update.pulled)}**"))
    columns = ["", "error e", f"e · {other}"]
    st.table(pd.DataFrame(rows, columns=columns).set_index(""), border="horizontal")
    gamma, lam = epoch.model.learning_rate, epoch.model.regularization
    rule = rf"{own} - \gamma \textstyle\sum e\,{other}"
    pulled = _number(update.pulled, brackets=True)
    if lam:
        times = rf"{len(update.pulls)}\," if len(update.pulls) > 1 else ""
        rule = rf"{own} - \gamma\,(\textstyle\sum e\,{other} + {times}\lambda\,{own})"
        pulled = f"({_number(update.pulled)} + {_number(update.shrink, brackets=True)})"
    st.latex(
        rf"\begin{{aligned}} {own} &\leftarrow {rule} \\ &= {_number(update.old)} - "
        rf"{gamma:g} \cdot {pulled} \\ &= {_number(update.new)} \end{{aligned}}"
    )
    penalty = f" λ = {lam:g} is the pull towards zero, once a rating." if lam else ""
    st.caption(
        f"Error e: predicted less rated, before this row moved. p and q are factor "
        f"{update.factor + 1} on either side. γ = {gamma:g} is the learning rate (the lecture writes α)."
        f"{penalty}"
    )


def _before_and_after(epoch: Epoch, update: Update, at: int) -> None:
    P, Q = epoch.walk.tables(at)
    for side, title, table, names in (("user", "P", P, epoch.users), ("item", "Q", Q, epoch.items)):
        frame = _numbers(table, names)
        if side == update.side:
            frame.iloc[update.row, update.factor] = _marked(" → ".join(_apart(update.old, update.new)))
        _table(title, frame)


# ---------------------------------------------------------------- how numbers and names are written


def _titles(data: Dataset) -> tuple[str, ...]:
    return tuple(data.catalogue.label(i) for i in range(data.ratings.n_items))


def _numbers(table: FloatArray, rows: Sequence[str]) -> pd.DataFrame:
    columns = [f"factor {f + 1}" for f in range(table.shape[1])]
    return _frame([[f"{value:.3f}".replace("-", "−") for value in row] for row in table], rows, columns)


def _frame(cells: list[list[str]], rows: Sequence[str], columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(
        cells,
        index=pd.Index([safe.text(name) for name in rows]),
        columns=pd.Index([safe.text(name) for name in columns]),
        dtype=object,
    )


def _table(title: str, frame: pd.DataFrame) -> None:
    st.markdown(f"**{title}**")
    st.table(frame, border="horizontal")


def _marked(text: str) -> str:
    """A cell that stands out by weight and ground."""
    return f":violet-background[**{text}**]"


def _number(value: float, *, brackets: bool = False) -> str:
    """At most four decimals, none that say nothing; in brackets if negative and asked for."""
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    text = "0" if text == "-0" else text
    return f"({text})" if brackets and text.startswith("-") else text


def _cell(value: float) -> str:
    """The same outside of an equation, where a hyphen would stand for the minus."""
    return _number(value).replace("-", "−")


def _apart(old: float, new: float) -> tuple[str, str]:
    """Both with as many decimals, two at least, as show that they differ."""
    for digits in (2, 3, 4, 5, 6):
        pair = f"{old:.{digits}f}".replace("-", "−"), f"{new:.{digits}f}".replace("-", "−")
        if pair[0] != pair[1]:
            break
    return pair
