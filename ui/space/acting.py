"""Acting on items of the map: rate them, say "not seen", put them into a blend, ask for neighbours."""

from __future__ import annotations

import streamlit as st

from recsys_core.dataset import NO_YEAR, Dataset
from ui import page, profile, rating, safe
from ui.charts import Chart
from ui.space import picking
from ui.space.address import go_to
from ui.space.choose import View
from ui.space.mixing import MOST, add, mixed, replace, take_out

_SHOWN = 300
"""So many of those chosen are listed, the most rated first: nobody reads on."""


def bar(data: Dataset, film: int, where: str) -> None:
    """What can be done with one item. No prediction is shown: one would sway the rating."""
    label = safe.text(data.catalogue.label(film))
    with st.container(horizontal=True, vertical_alignment="center", key=f"space-act-{where}"):
        rating.stars(data, film, f"space-{where}")
        _not_seen(data, film, label, where)
        held = film in mixed(data)
        st.button(
            "Blended" if held else "Blend",
            key=f"space-blend-{where}",
            icon=":material/check:" if held else ":material/add:",
            type="tertiary",
            disabled=not held and len(mixed(data)) >= MOST,
            help=f"Take {label} out of the blend"
            if held
            else f"Put {label} into a blend of several: “Look closer” below shows what is near it.",
            on_click=take_out if held else add,
            args=(data, film),
        )


def _not_seen(data: Dataset, film: int, label: str, where: str) -> None:
    unseen = film in profile.current(data).not_seen
    st.button(
        "Not seen",
        key=f"space-unseen-{where}",
        icon=":material/check:" if unseen else ":material/visibility_off:",
        type="tertiary",
        help=f"Take it back: say nothing about {label}"
        if unseen
        else f"I have not seen {label}. This is not a low rating.",
        on_click=lambda: profile.change(data, lambda o: o.forget(film) if unseen else o.mark_not_seen(film)),
    )


def chosen(data: Dataset, view: View) -> None:
    """The items chosen on the map as a table, and one of them to act on."""
    items = picking.chosen(data, view.space)
    if not items:
        return
    kind, found = data.catalogue.kind, view.space
    rows = [found.row_of(item) for item in items]
    known = found.table.iloc[rows]
    table = known[["title", "year", "ratings", "average"]].reset_index(drop=True)
    table["average"] = table["average"].round(2)
    table["year"] = ["" if year == NO_YEAR else str(year) for year in table["year"]]
    n = f"{len(items):,} {kind}{'s' if len(items) > 1 else ''} chosen on the map"
    with st.container(border=True, key="space-chosen"):
        with st.container(horizontal=True, wrap=False, vertical_alignment="center"):
            st.subheader(n, anchor=False, width="stretch")
            page.numbers(Chart(n, {}, "", table, f"chosen-{data.name}"))
            st.button(
                "Clear", key="space-clear", icon=":material/close:", on_click=picking.clear, args=(data,)
            )
        shown = table.head(_SHOWN)
        st.dataframe(
            shown,
            hide_index=True,
            height=min(38 + 35 * len(shown), 250),
            alt=n,
        )
        if len(items) > _SHOWN:
            st.caption(f"These are the {_SHOWN} most rated of them; the file under Numbers has all.")
        _one_of(data, view, items[:_SHOWN])


def _one_of(data: Dataset, view: View, items: list[int]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if st.session_state.get("space-one") not in items:
            st.session_state["space-one"] = items[0]
        one = int(
            st.selectbox(
                "Act on one of them",
                items,
                key="space-one",
                format_func=view.space.labels.__getitem__,
                width=320,
            )
        )
        st.button(
            "Its neighbours",
            key="space-ask",
            icon=":material/hub:",
            on_click=go_to,
            args=(data, one),
        )
        if 2 <= len(items) <= MOST:
            st.button(
                f"Blend all {len(items)}",
                key="space-blend-all",
                icon=":material/add:",
                on_click=replace,
                args=(data, items),
            )
    bar(data, one, "one")
