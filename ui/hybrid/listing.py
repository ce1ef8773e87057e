"""The list: how each score comes about, and a tile for each film."""

from __future__ import annotations

import streamlit as st

from recsys_core.ranking import signals
from ui import page, safe, tiles, why
from ui.charts.hybrid import score_bars
from ui.hybrid import why_this
from ui.hybrid.choose import View
from ui.why import less_asked

FILTERS = {
    "genres": "the genres chosen",
    "years": "the years of release",
    "min_ratings": "the number of ratings asked for",
    "exclude": "the list of what is never recommended",
    "seen": "the choice of rated before or not",
    "retrieval": "retrieval: no source brought anything",
}


def whose(view: View) -> None:
    """For whom this list is, what stood in, and what else there is to know of it."""
    n, model, user = len(view.person.asked.items), view.model, view.person.asked.user
    fallback = getattr(user, "fallback", "")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if not _knows_you(view):
            left_out = ", less what you rated" if n and view.recipe.seen == "new" else ""
            st.badge(f"The same for everyone{left_out}", icon=":material/groups:", color="orange")
        elif not model.personal:
            st.badge("This model says the same to everyone", icon=":material/groups:", color="orange")
        elif fallback:
            st.badge(f"Not personal: {fallback}", icon=":material/groups:", color="orange")
        else:
            words = f"Personal, folded in from {n} rating{'s' if n > 1 else ''}"
            words = words if n else "Personal, from what you want less like alone"
            st.badge(words, icon=":material/person_check:", color="green")
    less_asked(view.data)
    notes = list(view.ranking.notes) if len(view.ranking) else []
    if not n and fallback and "rating" in view.ranking.weights.active and len(view.ranking):
        notes.insert(0, "You have rated nothing, so every prediction is the one for anyone.")
    if 0 < len(view.ranking) < view.recipe.n:
        n, kind = len(view.ranking), view.data.catalogue.kind
        notes.insert(0, f"Only {n} {kind}{' is' if n == 1 else 's are'} left to list.")
    if view.recipe.reranks and len(view.ranking):
        notes.append("What is asked of the whole list moves the order and leaves every score as it is.")
    if notes:
        st.caption(" ".join(safe.text(note) for note in notes))


def _knows_you(view: View) -> bool:
    """Whether anything that is turned up depends on the person; a payment does not."""
    known = (name for name in view.ranking.weights.active if name != "sponsored")
    return bool(view.recipe.calibration) or any(signals()[name].personal for name in known)


def emptied(view: View) -> None:
    """Which filter left nothing, and what to do."""
    kind = view.data.catalogue.kind
    if view.ranking.emptied_by == "seen" and view.recipe.seen == "seen" and not len(view.person.asked.seen):
        st.info(
            f"You have rated nothing yet, and only {kind}s you rated before are asked for. Rate something, "
            "or ask for others under “Films”.",
            icon=":material/filter_alt_off:",
        )
        return
    which = FILTERS.get(view.ranking.emptied_by or "", "the filters together")
    st.info(
        f"No {kind} is left: {which} took the last one away. Widen that under “Films”, or start again.",
        icon=":material/filter_alt_off:",
    )


def bars(view: View) -> None:
    """Each score as a stack of its signals."""
    ranking = view.ranking
    labels = [view.label(int(item)) for item in ranking.items]
    page.show(score_bars(ranking, labels, view.person.signals.normalisation, view.data.catalogue.kind))


def wall(view: View) -> None:
    """A tile a film, with its place now and before."""
    grid = st.grid(5, min_column_width=150, border=True, key="hybrid-list")
    items = view.ranking.items
    for k, (item, value) in enumerate(zip(items.tolist(), view.predicted(items), strict=True)):
        with grid.cell(), st.container(gap="xsmall"):
            _tile(view, k, item, float(value))


def _tile(view: View, k: int, item: int, value: float) -> None:
    data, ranking = view.data, view.ranking
    tiles.draw(data.catalogue, item)
    said = f"{value:.0%} likely" if view.model.binary else f"{value:.1f} ★"
    n_raters = int(data.ratings.by_item.counts[item])
    st.markdown(f"**{k + 1}** {_moved(view, k + 1, item)}")
    st.caption(f"**{said}** · {n_raters:,} rating{'' if n_raters == 1 else 's'}")
    if payer := ranking.paid_by[k]:
        st.badge(f"Paid by {safe.badge(payer)}", color="orange")
    if ranking.placed[k]:
        by = view.person.asked.shared.placing.by
        st.badge(f"Placed by {by}", color="gray", help=f"Nobody rated it: its {by} say what to expect.")
    if st.button(
        ":primary[Why?]",
        key=f"hybrid-why-{item}",
        type="tertiary",
        on_click=why.ask,
        args=(item,),
        help=f"Why {safe.text(view.label(item))} is here",
    ):
        why_this.show(view)


def _moved(view: View, place: int, item: int) -> str:
    """From where in the plain order, in words and signs."""
    before = view.plain.place(item)
    if before == place:
        return ":gray[= unmoved]"
    return f":green[↑ from {before:,}]" if before > place else f":red[↓ from {before:,}]"
