"""How the list differs from what the predicted rating alone would have listed."""

from __future__ import annotations

import streamlit as st

from ui import page, safe
from ui.charts.hybrid import Move, rank_movement
from ui.hybrid.choose import View

MOST = 10
"""Films that are drawn; the numbers behind the chart have all of them."""


def moves(view: View) -> list[Move]:
    """Every film of the list in its order, then those that left it, best predicted first."""
    listed = view.ranking.items.tolist()
    here = [
        Move(view.label(item), view.plain.place(item), place) for place, item in enumerate(listed, start=1)
    ]
    gone = [
        Move(view.label(item), place, None)
        for place, item in enumerate(view.without.tolist(), start=1)
        if item not in listed
    ]
    return here + gone


def plain(view: View) -> None:
    """The plain list, and what became of each."""
    now = {item: place for place, item in enumerate(view.ranking.items.tolist(), start=1)}
    with st.container(border=True, height="stretch", key="hybrid-plain"):
        st.subheader("By predicted rating alone", anchor=False)
        st.markdown(
            "\n".join(
                f"{place}. {safe.text(view.label(item))} :gray[→ {now.get(item, 'out')}]"
                for place, item in enumerate(view.without.tolist(), start=1)
            )
        )


def show(view: View) -> None:
    """The chart of what moved."""
    page.show(rank_movement(moves(view), len(view.without), view.data.catalogue.kind))


def unpaid(view: View) -> None:
    """What the plain ranking would have listed, wherever something paid for is shown."""
    paid = [item for item, payer in zip(view.ranking.items, view.ranking.paid_by, strict=True) if payer]
    if not paid:
        return
    payers = sorted({payer for payer in view.ranking.paid_by if payer})
    others = [view.label(int(item)) for item in view.without]
    st.info(
        f"{safe.text(' and '.join(payers))} pays for {len(paid)} of these {len(view.ranking)}. "
        f"By predicted rating alone the list would be: {safe.text('; '.join(others))}.",
        icon=":material/campaign:",
    )
