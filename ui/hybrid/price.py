"""The price of the dial: what these weights do to the lists of a panel of people, beside the list itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING

import streamlit as st

from recsys_core.errors import DataError, JobRefusedError, RecsysError, UnsupportedError
from recsys_core.evaluation.metrics import metrics
from recsys_core.evaluation.panel import PREDICTED, PRICED, Change, Panel, Price, price
from recsys_core.ranking import HybridWeights
from ui import page, safe
from ui.hybrid import panels
from ui.hybrid.choose import View

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

POLL_SECONDS = 0.5
SELDOM_SEEN = (
    "Hidden ratings are of films people chose to watch, and many chose the well-known ones: NDCG and recall "
    "therefore favour popular films more than the people themselves might."
)
_PREDICTED = (
    "Predicted rating",
    "The rating the model predicts for the films of a list, on average.",
    "stars",
)


_PLACES = {"novelty": 2, PREDICTED: 2, "calibration": 2, "popularity_lift": 2}


def show(view: View) -> None:
    """The price, compactly; follows every move of a dial."""
    with st.container(border=True, key="hybrid-price"):
        head = st.container(horizontal=True, wrap=False, vertical_alignment="center")
        head.subheader("What does this cost?", anchor=False, width="stretch")
        when_there(view, partial(_draw, head), "price")


def when_there(view: View, draw: Callable[[View, panels.Making], None], key: str) -> None:
    """Draw with the panel; until it is there say so, look in again, and leave the rest of the page alone."""
    making = panels.of(view)
    if making.is_there:
        _or_why_not(view, making, draw)
    else:
        st.fragment(_wait, run_every=POLL_SECONDS)(view, making, draw, key)


def _wait(view: View, making: panels.Making, draw: Callable[[View, panels.Making], None], key: str) -> None:
    if making.is_there:
        st.session_state[f"hybrid-panel-{key}"] = True
        st.rerun()  # which ends the looking in
    st.caption(f":material/hourglass_top: {safe.text(making.doing)} … The list does not wait for it.")


def _or_why_not(view: View, making: panels.Making, draw: Callable[[View, panels.Making], None]) -> None:
    try:
        draw(view, making)
    except (DataError, JobRefusedError, UnsupportedError) as exc:  # nothing went wrong: it cannot be had
        st.info(safe.text(exc), icon=":material/info:")
    except RecsysError as exc:
        page.error(exc)


def asked(view: View) -> tuple[object, ...]:
    """What an answer of the panel depends on."""
    return view.recipe, view.person.asked.sponsors


def asked_without(view: View, dial: str) -> tuple[object, ...]:
    """The same for an answer that does not depend on where one dial stands."""
    weights = HybridWeights(**{**view.recipe.weights.weights, dial: 0.0})
    return replace(view.recipe, weights=weights), view.person.asked.sponsors


def _draw(head: DeltaGenerator, view: View, making: panels.Making) -> None:
    sponsors = view.person.asked.sponsors
    found = making.answer(("price", *asked(view)), lambda panel: price(panel, view.recipe, sponsors=sponsors))
    with head:
        _what_is_this(making.panel, found)
    table(found, n_columns=1)
    rests_on = f"{found.n_people} people, lists of {found.k}, 95 % intervals, against the plain rating order."
    st.caption(" ".join([rests_on, *map(safe.text, found.notes)]))


def table(found: Price, n_columns: int = 2) -> None:
    """All metrics: now, the change from the plain order, and what it means; in tables side by side."""
    deep = -(-len(found.changes) // n_columns)
    for place, column in enumerate(st.columns(n_columns)):
        lines = ["| | Now | Change |", "|:--|--:|:--|"]
        lines += [
            f"| {name_of(change.metric)} | {number(change.value, change.metric)} "
            f"| {moved(change)} {verdict(change)} |"
            for change in found.changes[place * deep : (place + 1) * deep]
        ]
        column.markdown("\n".join(lines))


def _what_is_this(panel: Panel, found: Price) -> None:
    """What the numbers rest on, and what each of them is."""
    with page.on_demand("What is this?", "hybrid-price-what", "help") as is_open:
        if is_open:
            st.markdown(
                f"Everything is measured on {safe.text(panel.words)}. Each list has {found.k} of the films "
                "a person has not rated. **Change** is against the order of the predicted rating alone, "
                "through the same filters; after ± stands half of an interval that holds the true change 95 "
                "times of 100. A change that could come from who happens to be on the panel is called "
                f"*noise*. That is corrected for the {len(PRICED)} numbers shown at once, but not for how "
                f"often you try. NDCG and recall speak of the {found.n_judged} people with something "
                f"relevant hidden. {SELDOM_SEEN}"
            )
            for name in PRICED:
                st.markdown(f"- **{name_of(name)}.** {_says(name)}")


@cache
def plain_name_of(name: str, k: int) -> str:
    """What a metric is called, with the length of the lists."""
    return _PREDICTED[0] if name == PREDICTED else metrics()[name].title.replace("@k", f"@{k}")


@cache
def name_of(name: str) -> str:
    """The same without the length, where Markdown is read."""
    return safe.text(_PREDICTED[0] if name == PREDICTED else metrics()[name].title.removesuffix("@k"))


def _says(name: str) -> str:
    return safe.text(_PREDICTED[1] if name == PREDICTED else metrics()[name].summary)


def number(value: float, name: str) -> str:
    """A value as it is read best."""
    if value != value:
        return "–"
    if name == "coverage":
        return f"{value:.1%}"
    return f"{value:.{_PLACES.get(name, 3)}f}".replace("-", "−")


def moved(change: Change) -> str:
    """The change with its uncertainty: "+0.042 ± 0.014", coverage in percentage points."""
    d = change.difference
    if d.mean != d.mean:
        return "–"
    if change.verdict == "the same":
        return "0"
    scale, places = (100, 1) if change.metric == "coverage" else (1, 3)
    told = f"{scale * d.mean:+.{places}f}".replace("-", "−")
    if d.low == d.low:
        told += f" ± {scale * (d.high - d.low) / 2:.{places}f}"
    told += " points" if change.metric == "coverage" else ""
    return told.replace(" ", "\N{NO-BREAK SPACE}")


def verdict(change: Change) -> str:
    """In a word; better and worse only where the metric knows which way is better."""
    said = change.verdict
    if said in {"higher", "lower"}:
        wanted = "neither" if change.metric == PREDICTED else metrics()[change.metric].better
        if wanted == "neither":
            return said
        return ":green[better]" if said == wanted else ":red[worse]"
    return {"the same": "no change", "too small to tell": "noise", "cannot be told": "too few people"}[said]
