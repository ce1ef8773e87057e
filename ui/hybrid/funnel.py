"""The funnel: what would be ranked if candidates were retrieved first, who brings them, and what is lost."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from recsys_core.evaluation.panel import Panel
from recsys_core.evaluation.study.on_panel import (
    LIMITS,
    Loss,
    gather,
    retrieval_loss,
    weights_alone,
)
from recsys_core.ranking import Ranking, hybrid
from recsys_core.ratings import IntArray
from ui import page, safe
from ui.charts import funnel as charts
from ui.hybrid import panels, price, recipe_state
from ui.hybrid.choose import View

NAME = "The funnel"
USUAL = 100
_LIMIT = "hybrid-funnel-limit"


def show(view: View) -> None:
    """Choose how many candidates, and see where they come from."""
    kind = view.data.catalogue.kind
    st.caption(
        f"Large services cannot rank millions of {kind}s for every visit. First, cheap sources bring a few "
        f"hundred likely ones; only those are ranked. Here is what that would do to your list."
    )
    limit = _ask(view)
    made = {n: listed(view, n) for n in (None, *LIMITS)}
    ranking = made.get(limit) or listed(view, limit)
    found = ranking.retrieved
    if found is None or not len(ranking):
        st.info(f"No source brings a {kind} that your filters allow.", icon=":material/filter_alt_off:")
        return
    page.gallery(
        [charts.left_after(ranking, view.recipe.seen, kind), charts.who_brought(ranking, found, kind)]
    )
    st.caption(
        "Times are those of this very list, on this server. What each signal says was worked out before."
    )
    for note in found.notes:
        st.caption(safe.text(note))
    _films(view, ranking)
    price.when_there(view, partial(_quality, {n: one.items for n, one in made.items()}), "funnel")


def listed(view: View, limit: int | None) -> Ranking:
    """The list of the dials, had so many candidates been retrieved; None for everything."""
    if view.recipe.retrieve == limit:
        return view.ranking
    return hybrid(view.person.asked, replace(view.recipe, retrieve=limit), view.person.signals)


def _ask(view: View) -> int:
    """How many candidates; and whether the list above is to be made like that."""
    now = view.recipe.retrieve
    offered = sorted({*LIMITS, *([now] if now else [])})
    if st.session_state.get(_LIMIT) not in offered:
        st.session_state[_LIMIT] = now or USUAL
    with st.container(horizontal=True, vertical_alignment="bottom"):
        limit = st.segmented_control(
            "Candidates to retrieve",
            offered,
            key=_LIMIT,
            format_func=lambda n: safe.choice(f"{n:,}"),
            required=True,
            persist_state="session",
        )
        chosen = int(limit or USUAL)
        st.button(
            "Rank everything again" if now == chosen else f"Rank only these {chosen:,}",
            key="hybrid-funnel-apply",
            icon=":material/filter_alt:",
            on_click=_apply,
            args=(None if now == chosen else chosen,),
            help="Changes the list above: it is the dial “Rank only so many retrieved ones” under “Films”.",
        )
    return chosen


def _apply(limit: int | None) -> None:
    st.session_state[recipe_state.key("retrieve")] = limit or 0


def _films(view: View, ranking: Ranking) -> None:
    """Each film of that list, who brought it, and for what."""
    found, kind = ranking.retrieved, view.data.catalogue.kind
    rows = [
        {
            "place": place,
            "place above": _place(view, int(item)),
            kind: view.label(int(item), 36),
            "brought because it is": "; ".join(found.why(view.data, int(item))) if found else "",
        }
        for place, item in enumerate(ranking.items, start=1)
    ]
    with st.container(border=True):
        st.subheader(f"Who brought each {kind} of that list?", anchor=False)
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            alt=f"For each {kind} of the list, which source brought it and why",
        )


def _place(view: View, item: int) -> str:
    at = np.flatnonzero(view.ranking.items == item)
    return str(int(at[0]) + 1) if len(at) else "not listed"


def _quality(made: dict[int | None, IntArray], view: View, making: panels.Making) -> None:
    """What the candidates change, on the panel and for the visitor, whose lists are `made`."""
    recipe, sponsors = weights_alone(view.recipe), view.person.asked.sponsors

    def measured(panel: Panel) -> tuple[Loss, ...]:
        return retrieval_loss(panel, recipe, gather(panel, recipe), LIMITS, sponsors)

    with st.spinner("Retrieving for the people on the panel", show_time=False):
        found = making.answer(("retrieval", recipe, sponsors), measured)
    rows = [charts.Quality(one, int(np.isin(made[one.limit], made[None]).sum())) for one in found]
    n, n_people = view.recipe.n, found[0].ndcg.n
    page.show(charts.quality_lost(rows, n, len(made[None]), {one.limit or 0: verdict(one) for one in found}))
    st.caption(
        f"Measured on {n_people} people with something relevant hidden, for these weights and filters; what "
        "re-orders the list as a whole is left out. NDCG: how many of the films they would like are listed, "
        "and how high up; higher is better. The bar is a 95 % interval; noise may come from who was asked."
    )
    st.caption(safe.text(price.SELDOM_SEEN))


def verdict(one: Loss) -> str:
    """The change in a word."""
    change = one.change
    if change is None or (change.mean == 0 and change.low == change.high == 0):
        return "no change"
    if change.p != change.p:
        return "too few people"
    if not change.real:
        return "noise"
    return "better" if change.mean > 0 else "worse"
