"""The map, the item asked about, and its neighbours."""

from __future__ import annotations

import numpy as np
import streamlit as st

import recsys_core as rc
from recsys_core.algorithms import Algorithm
from recsys_core.dataset import Dataset
from recsys_core.errors import RecsysError
from recsys_core.ratings import FloatArray
from recsys_core.space import METRICS, Neighbours
from ui import page, profile, safe
from ui.charts.map import Focus, Window, You, item_space
from ui.space import acting, address, closer, honesty, lists, mixing, picking, project
from ui.space.choose import View
from ui.space.found import Space

TITLES = {
    "euclidean": "Euclidean",
    "cosine": "Cosine",
    "dot": "Dot product",
    "adjusted_cosine": "Adjusted cosine",
}
MEANS = {
    "euclidean": "Distance in a straight line, as in the lectures: smaller is nearer.",
    "cosine": "Same direction, whatever the length: 1 is the same, 0 nothing in common, −1 the opposite.",
    "dot": "Same direction and long: much-liked, much-rated items come first for almost everything.",
    "adjusted_cosine": "Cosine measured from the average item: what all have in common does not count.",
}


@st.fragment
def show(data: Dataset, view: View) -> None:
    """Draw everything below the choice of a model."""
    view = project.mapped(data, view)
    found, kind = view.space, data.catalogue.kind
    profile.keep(data)  # a rating given here is in the address, too
    support_at = f"space-support-{data.name}"
    address.settle_choice("alike", "meaning of alike", address.METRIC, METRICS, "cosine")
    address.settle_choice("both", "number of people", support_at, range(1001), _enough(data))
    address.settle(data, found)
    metric, support = _ask(data, found, kind)
    film = address.film(data)
    try:
        near = rc.similar_items(
            view.model, film, lists.N_NEIGHBOURS, metric, ratings=data.ratings, support=support
        )
    except RecsysError as exc:
        page.error(exc)
        return
    focus = _focus(found, film, near)
    left, right = st.columns([3, 2])
    with right, st.container(border=True, key="space-list"):  # first, for it is what a click asks for
        lists.of_model(data, found, film, near)
    with left, st.container(border=True):
        _map(data, view, focus, metric)
        honesty.of_map(data, view, film, metric)
    acting.chosen(data, view)
    closer.show(data, view, film, metric, support)


def _map(data: Dataset, view: View, focus: Focus, metric: str) -> None:
    found, kind = view.space, data.catalogue.kind
    if found.n_axes == 3:
        project.in_depth(data, view, focus, _you(data, view))
        return
    heading, drawing = st.container(), st.container()
    window = _window(data, view, focus, _zoom(data, view, focus))
    chart = item_space(
        found.table,
        view.shade,
        found.axes.explained,
        window,
        focus,
        _you(data, view),
        kind,
        mixing.on_map(data, view, metric),
        [row for item in picking.chosen(data, found) if (row := found.row_of(item)) is not None],
    )
    with heading:
        with st.container(horizontal=True, wrap=False, vertical_alignment="center"):
            st.subheader(chart.question, anchor=False, width="stretch")
            page.numbers(chart)
        # Words, for the chart's own tools lie over whatever is right above it.
        st.caption(
            f"Click a mark to ask about that {kind}. To choose several, draw a box or a lasso with the "
            "buttons under the map."
        )
    key = picking.chart_key(chart.key, data, found)
    drawing.echarts_chart(
        chart.figure,
        key=key,
        alt=chart.alt,
        height=chart.height or "content",
        on_select=lambda: picking.clicked(st.session_state.get(key), data, found),
    )
    st.caption(safe.text(chart.alt))


def _zoom(data: Dataset, view: View, focus: Focus) -> int:
    with st.container(horizontal=True, vertical_alignment="center"):
        times = st.segmented_control(
            "Zoom",
            address.ZOOMS,
            key=address.ZOOM,
            format_func=lambda times: safe.choice(f"{times}×"),
            on_change=_centre,
            required=True,
            label_visibility="collapsed",
            persist_state="session",
        )
        st.button(
            "Choose what is seen",
            key="space-choose-seen",
            icon=":material/select_all:",
            type="tertiary",
            help="Like a box around this part of the map, without a mouse.",
            on_click=lambda: picking.choose_seen(
                data, view.space, _window(data, view, focus, int(st.session_state[address.ZOOM]))
            ),
        )
    return int(times)


# ---------------------------------------------------------------- what is asked


def _ask(data: Dataset, found: Space, kind: str) -> tuple[str, int]:
    """The metric, and how many people must have rated both; a search asks about another item at once."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        # Always empty after a search: were its value to follow every click, ten thousand titles would be
        # sent and laid out anew each time, a third of what a click waits for.
        st.selectbox(
            f"Search for one {kind}",
            list(found.labels),
            index=None,
            key=address.search_key(data),
            format_func=found.labels.__getitem__,
            placeholder="A part of its title",
            help=f"The list and the map turn to the {kind} you choose; or click a mark on the map.",
            on_change=_search,
            args=(data,),
            width=320,
        )
        metric = st.selectbox(
            "Alike means",
            METRICS,
            key=address.METRIC,
            format_func=TITLES.__getitem__,
            persist_state="session",
            width=180,
        )
        support = st.number_input(
            "Rated both, at least",
            0,
            1000,
            key=f"space-support-{data.name}",
            help="Leave out neighbours that fewer people rated together with this one: likeness that "
            "rests on a handful of people is often chance.",
            persist_state="session",
            width=150,
        )
    st.caption(MEANS[metric])
    return metric, int(support)


def _enough(data: Dataset) -> int:
    """So many people who rated both are asked for at first: none where there are few people at all."""
    return 20 if data.ratings.n_users >= 200 else 0


# ---------------------------------------------------------------- where one looks


def _centre() -> None:
    """Look at the item asked for from now on; a click on the map does not move what is seen."""
    st.session_state["space-centre"] = None


def _search(data: Dataset) -> None:
    """Ask about what was found and bring it to the middle; of the whole map, half is enough to see it."""
    if not address.search(data):
        return
    if st.session_state.get(address.ZOOM) == address.ZOOMS[0]:
        st.session_state[address.ZOOM] = address.ZOOMS[1]
    _centre()


def _window(data: Dataset, view: View, focus: Focus, zoom: int) -> Window:
    table, reach = view.space.table, view.space.reach
    if zoom == 1:
        return Window(0.0, 0.0, reach)
    x, y = (float(v) for v in table[["x", "y"]].iloc[focus.row])
    looked_at = (data.name, view.name, zoom)
    kept = st.session_state.get("space-centre")
    window = Window(kept[1][0], kept[1][1], reach / zoom) if kept and kept[0] == looked_at else None
    if window is None or not window.holds(x, y):
        window = Window(x, y, reach / zoom)
        st.session_state["space-centre"] = (looked_at, (x, y))
    return window


def _focus(found: Space, film: int, near: Neighbours) -> Focus:
    rows = (found.row_of(int(item)) for item in near.items)
    row = found.row_of(film)
    assert row is not None  # noqa: S101 - only what is on the map can be chosen
    return Focus(row, tuple(each for each in rows if each is not None))


def _you(data: Dataset, view: View) -> You | None:
    """Where the visitor's ratings put them; None without ratings, or where the model cannot tell."""
    own, model = profile.current(data), view.model
    if not len(own) or not isinstance(model, Algorithm) or not model.folds_in:
        return None
    try:
        person = model.fold_in(own.items, own.values)
    except RecsysError:
        return None
    if person.fallback or person.vector is None or person.vector.shape != view.space.axes.centre.shape:
        return None
    place: FloatArray = view.space.axes(person.vector[None, :])[0]
    return You(place, _before(f"space-you-{data.name}", (view.name, view.space.reach), place))


def _before(key: str, where: tuple[str, float], place: FloatArray) -> FloatArray | None:
    """Where the visitor was on this map before the last change; None on another map, or at first."""
    kept = st.session_state.get(key)
    if kept is None or kept[0] != where:
        kept = (where, place, None)
    elif not np.array_equal(kept[1], place):
        kept = (where, place, kept[1])
    st.session_state[key] = kept
    before: FloatArray | None = kept[2]
    return before
