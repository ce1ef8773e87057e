"""The learned space beside the true one, where a simulated audience makes the truth known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from recsys_core import cost
from recsys_core.cost import machine
from recsys_core.dataset import Dataset
from recsys_core.datasets.simulate import AXES
from recsys_core.errors import RecsysError
from recsys_core.ratings import FloatArray
from recsys_core.space import Alignment, align, errors_by_chance
from ui import compute, page
from ui.charts.truth import nearest_to_truth, over_truth
from ui.space.choose import View, able
from ui.space.meaning import factors_of

N_DRAWN = 60
"""The most rated items; more lines hide each other."""
QUICK = 1.0
"""Seconds a training may be expected to take to be part of the comparison."""


@dataclass(frozen=True)
class Laid:
    """A learned space over the true one.

    Attributes:
        alignment: of all items somebody rated, in the order of the view's items.
        by_chance: the error that shuffled items stay above in 19 of 20 cases.
    """

    alignment: Alignment
    by_chance: float


def offered(data: Dataset, view: View) -> bool:
    """Whether the true factors are known."""
    return data.truth is not None


def show(data: Dataset, view: View, film: int, metric: str, support: int) -> None:
    """Draw the learned space over the true one, and compare models by how near they come."""
    kind = data.catalogue.kind
    try:
        laid = lay(data.fingerprint, view.name, data, view)
    except RecsysError as exc:
        page.error(exc)
        return
    left, right = st.columns([3, 2])
    with left:
        _map(data, view, laid, film)
    with right, st.container(border=True, height="stretch"):
        st.subheader("How near to the truth?", anchor=False)
        st.markdown(_in_words(data, view, laid))
        st.caption(
            f"A model finds factors only up to a turn, so its space is first turned, scaled and shifted as a "
            f"whole to lie as near as it can (Procrustes). The error is the share of the differences between "
            f"the true {kind}s that is then left; whatever the model holds beside them counts as error, too. "
            "The less there is in common, the smaller it is best scaled: so learned places may crowd in the "
            "middle."
        )
    _by_model(data)


@st.cache_resource(max_entries=40, show_spinner=False)
def lay(fingerprint: str, model_text: str, _data: Dataset, _view: View) -> Laid:
    """Turn the learned rows onto the true ones, for items with ratings."""
    assert _data.truth is not None  # noqa: S101 - `offered` says so
    items = _view.space.items
    return _laid(factors_of(_view)[items], _data.truth.item_factors[items])


def _laid(learned: FloatArray, true: FloatArray) -> Laid:
    return Laid(align(learned, true), float(np.quantile(errors_by_chance(learned, true), 0.05)))


def _in_words(data: Dataset, view: View, laid: Laid) -> str:
    error, kind = laid.alignment.error, data.catalogue.kind
    n_learned, n_true = factors_of(view).shape[1], laid.alignment.aligned.shape[1]
    words = (
        f"After the best turn, **{error:.0%}** of the true space is left unexplained. Were the {kind}s "
        f"shuffled, it would be {laid.by_chance:.0%} or more in 19 of 20 cases: "
    )
    words += "so it has learned some of the truth." if error < laid.by_chance else "no better than chance."
    if n_learned > n_true:
        words += (
            f" It has {n_learned} factors where the truth has {n_true}: the others hold what is not there."
        )
    if n_learned < n_true:
        words += f" It has {n_learned} factors where the truth has {n_true}: the rest it cannot hold."
    return words


def names_of(data: Dataset, n_true: int) -> list[str]:
    """What the true factors are called: the sample's have names."""
    if data.name == "sample" and len(AXES) == n_true:
        return list(AXES)
    return [f"factor {k + 1}" for k in range(n_true)]


def _map(data: Dataset, view: View, laid: Laid, film: int) -> None:
    assert data.truth is not None  # noqa: S101 - `offered` says so
    items, aligned, kind = view.space.items, laid.alignment.aligned, data.catalogue.kind
    true = data.truth.item_factors[items]
    names = names_of(data, true.shape[1])
    widest = np.argsort(-true.std(axis=0), kind="stable").tolist()
    with st.container(horizontal=True):
        x = _axis("Across", names, widest[0], data)
        y = _axis("Up", names, widest[1 % len(widest)], data)
    most = np.argsort(-data.ratings.by_item.counts[items], kind="stable")[:N_DRAWN].tolist()
    asked = view.space.row_of(film)
    rows = np.array(list(dict.fromkeys([*most, *([] if asked is None else [asked])])))
    titles = [data.catalogue.label(int(items[row])) for row in rows]
    told = [f"r = {_alike(aligned[:, k], true[:, k]):.2f} along {names[k]}" for k in dict.fromkeys((x, y))]
    words = (
        f"Each line leads from where a {kind} truly is to where the model has it, turned as well as can be; "
        f"drawn are the {len(most)} rated most, and by name the one asked about. Over all {len(items)}, "
        f"learned and true places go together with {' and '.join(told)}."
    )
    named = None if asked is None else int(np.flatnonzero(rows == asked)[0])
    places = [each[rows][:, [x, y]] for each in (true, aligned)]
    page.show(over_truth(titles, *places, (names[x], names[y]), words, named, kind))


def _axis(label: str, names: list[str], first: int, data: Dataset) -> int:
    return int(
        st.selectbox(
            label,
            range(len(names)),
            index=first,
            format_func=names.__getitem__,
            key=f"space-truth-{label.lower()}-{data.name}",
            persist_state="session",
            width=160,
        )
    )


def _alike(one: FloatArray, other: FloatArray) -> float:
    """Pearson's r; 0 where one side is all the same."""
    a, b = one - one.mean(), other - other.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 0 else 0.0


# ---------------------------------------------------------------- by model


def _by_model(data: Dataset) -> None:
    assert data.truth is not None  # noqa: S101 - `offered` says so
    n_factors = data.truth.item_factors.shape[1]
    quick, slow = candidates(data, n_factors)
    if not st.session_state.get(f"space-truth-compared-{data.name}"):
        with st.container(border=True):
            st.subheader("Which model comes nearest to the truth?", anchor=False)
            st.caption(f"Trains {len(quick)} models with {n_factors} factors each; a few seconds, once.")
            st.button("Compare models", key="space-truth-compare", on_click=_compare, args=(data,))
        return
    errors, by_chance, failed = {}, {}, []
    for name, title in quick.items():
        try:
            found = of_model(data.fingerprint, name, n_factors, data)
        except RecsysError:
            failed.append(title)
            continue
        errors[title], by_chance[title] = found.alignment.error, found.by_chance
    page.show(nearest_to_truth(errors, by_chance, n_factors, data.catalogue.kind))
    for why, titles in (("Left out, as they take longer to train", slow), ("Could not be trained", failed)):
        if titles:
            st.caption(f"{why}: {', '.join(titles)}.")


def _compare(data: Dataset) -> None:
    st.session_state[f"space-truth-compared-{data.name}"] = True


def candidates(data: Dataset, n_factors: int) -> tuple[dict[str, str], list[str]]:
    """Titles of the models that are trained in a moment, by name; and of those that are not."""
    size, speed = compute.data_size(data.fingerprint, data), machine.speed_so_far()
    quick, slow = {}, []
    for name, title in able(data).items():
        seconds = cost.estimate(name, {"n_factors": n_factors}, size, speed).seconds
        if seconds <= QUICK and not name.startswith("surprise_"):  # those keep the server to themselves
            quick[name] = title
        else:
            slow.append(title)
    return quick, slow


@st.cache_resource(max_entries=60, show_spinner=False)
def of_model(fingerprint: str, name: str, n_factors: int, _data: Dataset) -> Laid:
    """One model with so many factors over the truth.

    Raises:
        RecsysError: it cannot be trained.
    """
    assert _data.truth is not None  # noqa: S101 - `offered` says so
    model = compute.trained(_data, name, n_factors=n_factors).model
    rated = np.flatnonzero(model.item_counts_)
    learned: FloatArray = np.asarray(model.item_factors_[rated], dtype=np.float64)  # type: ignore[attr-defined]
    return _laid(learned, _data.truth.item_factors[rated])
