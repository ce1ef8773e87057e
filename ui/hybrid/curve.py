"""One dial turned from one end to the other, and any metric on the way."""

from __future__ import annotations

import streamlit as st

from recsys_core.evaluation.panel import PRICED, curve
from recsys_core.evaluation.panel.curve import STEPS
from recsys_core.ranking import signals
from ui import page, safe
from ui.charts.price import along
from ui.hybrid import panels, price
from ui.hybrid.choose import View


def show(view: View) -> None:
    """Choose a dial and a metric, and see what the one does to the other."""
    st.caption(
        "The other dials stay as they are. Measured on the same people as the price; the lists are those "
        "your filters allow."
    )
    price.when_there(view, _draw, "curve")


def _draw(view: View, making: panels.Making) -> None:
    titles = {name: signal.title for name, signal in signals().items() if name != "engaged"}
    if not view.person.asked.sponsors:
        titles.pop("sponsored")
    k = view.recipe.n
    with st.container(horizontal=True):
        dial = st.selectbox(
            "Dial",
            list(titles),
            key="hybrid-along-dial",
            index=list(titles).index("popularity"),
            format_func=titles.__getitem__,
            persist_state="session",
            width=240,
        )
        metric = st.selectbox(
            "Metric",
            PRICED,
            key="hybrid-along-metric",
            format_func=lambda name: price.plain_name_of(name, k),
            persist_state="session",
            width=240,
        )
    dial, metric = dial or "popularity", metric or "ndcg"
    sponsors = view.person.asked.sponsors
    found = making.answer(
        ("curve", dial, *price.asked_without(view, dial)),
        lambda panel: curve(panel, view.recipe, dial, STEPS, sponsors=sponsors),
    )
    table = found.table
    now = view.recipe.weights.weights[dial]
    page.show(along(table[table["metric"] == metric], price.plain_name_of(metric, k), titles[dial], now))
    for note in found.prices[0].notes:
        st.caption(safe.text(note))
