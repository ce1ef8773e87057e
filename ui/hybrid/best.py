"""The weights with the best NDCG, looked for on some people and reported on others."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from recsys_core.evaluation.panel import Best, best
from recsys_core.ranking import HybridWeights, signals
from ui import safe
from ui.hybrid import panels, price, recipe_state
from ui.hybrid.choose import View

SEED = 0


def show(view: View) -> None:
    """Look for them when asked, and say honestly what they are worth."""
    st.caption(
        "Weights are tried on one half of the panel; the best of them is tried once on the other half. "
        "Your filters hold; re-ranking and sponsors are left out."
    )
    price.when_there(view, _draw, "best")


def _draw(view: View, making: panels.Making) -> None:
    question = "best", view.recipe.filters, view.recipe.exclude, view.recipe.n
    here = making.panel.split.identity, making.panel.normalisation, view.model.name, question
    wanted = st.session_state.setdefault("hybrid-best-asked", set())
    if here not in wanted:
        st.button(
            "Look for the best weights",
            key="hybrid-best-go",
            icon=":material/search:",
            type="primary",
            on_click=wanted.add,
            args=(here,),
        )
        return
    with st.spinner("Trying weights …"):
        found = making.answer(question, lambda panel: best(panel, view.recipe, seed=SEED))
    st.markdown(safe.text(found.words))
    with st.container(horizontal=True, vertical_alignment="center"):
        for name, weight in found.weights.pairs:
            st.metric(signals()[name].title, f"{weight:.0%}", width="content")
    if found.weights != HybridWeights():
        st.button(
            "Set the dials so",
            key="hybrid-best-use",
            icon=":material/tune:",
            on_click=use,
            args=(view, found.weights),
        )
    _on_others(found)
    st.caption(
        f"On the {found.n_validation} people it was looked for on, NDCG was {found.validation:.4f} instead "
        f"of {found.validation_plain:.4f}: the best of so many tries always looks good there. "
        f"{price.SELDOM_SEEN} Seed {SEED}: looked for again, the same weights are found."
    )


def _on_others(found: Best) -> None:
    st.markdown(f"**What they do to the {found.test.n_people} people they were not looked for on**")
    price.table(found.test)


def use(view: View, weights: HybridWeights) -> None:
    """Set the dials to these weights, the largest to 1; the rest of the recipe stays. For a callback."""
    most = max(weight for _, weight in weights.pairs)
    dials = HybridWeights(**{name: weight / most for name, weight in weights.pairs})
    recipe_state.write(view.data, replace(recipe_state.read(view.data), weights=dials))
