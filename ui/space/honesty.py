"""How far the map can be trusted: in words under it, and as a closer look."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from recsys_core.dataset import Dataset
from recsys_core.jobs import LayOut, laid_out
from recsys_core.jobs.kinds.layout import FEWEST
from recsys_core.ratings import IntArray
from recsys_core.space import Honesty, map_honesty
from recsys_core.space.metrics import directed
from ui import page, safe
from ui.charts.trust import Judged, by_method, over_items
from ui.space import found
from ui.space.choose import View
from ui.space.found import Space
from ui.space.project import BENT, TITLES, rows, table_fingerprint

_K = 10
_ASKED = 1000
"""So many items at most a map is judged on: about a second of work, and the words say how many."""


@dataclass(frozen=True, eq=False)
class Trust:
    """What a map keeps.

    Attributes:
        judged: on a sample of the items that can be compared; `items` are rows of the map.
        n: of those that can be compared.
        without_direction: rows of items that cannot, for want of a direction.
    """

    judged: Honesty
    n: int
    without_direction: IntArray


def of_map(data: Dataset, view: View, film: int, metric: str) -> None:
    """Say how many of the true neighbours are near on the map, for this item and on average."""
    if _k(len(view.space.items)) < 1:
        return
    kind, trust = data.catalogue.kind, average(data.fingerprint, view.name, metric, view)
    words = []
    row = view.space.row_of(film)
    if trust is None or row in trust.without_direction:
        words.append(f"This {kind} has no direction by this measure, so no true neighbours to look for.")
    else:
        k = trust.judged.k
        here = round(k * kept(view, row, metric))
        words.append(
            f"How far to trust the map: of this {kind}'s {k} true neighbours, however few people rated both, "
            f"{here} {'is' if here == 1 else 'are'} also among its {k} nearest on the map."
        )
    if trust is not None:
        share = trust.judged.share
        words.append(f"Over {_asked(trust, kind)} it is {share:.0%} on average. {_advice(trust.judged)}")
        words += _left_out(view, trust, kind)
    st.caption(safe.text(" ".join(words)))


def show(data: Dataset, view: View, film: int, metric: str, support: int) -> None:
    """Trustworthiness and continuity of the map shown, beside the other maps there are of these items."""
    kind, trust = data.catalogue.kind, average(data.fingerprint, view.name, metric, view)
    if trust is None:
        st.info(f"Too few {kind}s can be compared by this measure to judge a map.")
        return
    judged = trust.judged
    st.markdown(
        f"**{_title(view.space)}:** of the {judged.k} {kind}s nearest on the map, "
        f"{judged.k * judged.share:.1f} are truly among the {judged.k} nearest on average; on a map drawn at "
        f"random it would be {judged.k * judged.by_chance:.2g}."
    )
    one, other = st.columns(2)
    one.metric(
        "Trustworthiness",
        f"{judged.trustworthiness:.2f}",
        help="1: whatever is near on the map is near in truth. About 0.5: a map drawn at random. A false "
        "neighbour that is truly close by costs little, one from far away much.",
        border=True,
    )
    other.metric(
        "Continuity",
        f"{judged.continuity:.2f}",
        help="1: whatever is near in truth is near on the map. About 0.5: a map drawn at random. A true "
        "neighbour drawn close by costs little, one drawn far away much.",
        border=True,
    )
    st.caption(
        f"Measured on {_asked(trust, kind)}, each among all {trust.n:,}. Low trustworthiness: the map shows "
        "false neighbours. Low continuity: it tears apart what belongs together. Of "
        f"{kind}s equally near in truth, any counts as a neighbour."
    )
    maps = _maps(data, view)
    all_judged = [Judged(_title(each.space), t.judged) for each in maps if (t := _of(data, each, metric))]
    left, right = st.columns(2)
    with left:
        page.show(by_method(all_judged, _title(view.space), kind))
    with right:
        page.show(over_items(judged, _title(view.space), kind))
    made = {each.space.method for each in maps}
    missing = [TITLES[method] for method in BENT if method not in made and len(rows(view)) >= FEWEST]
    if missing:
        st.caption(f"Not made yet, so not judged: {' and '.join(missing)}. “Map by” above makes them.")


def offered(data: Dataset, view: View) -> bool:
    """Whether there are items enough to judge a map of."""
    return _k(len(view.space.items)) >= 1


# ---------------------------------------------------------------- measured


def average(fingerprint: str, model_text: str, metric: str, view: View) -> Trust | None:
    """The map of this view, judged; None where too few items can be compared."""
    return _trust(fingerprint, model_text, view.space.method, view.space.n_axes, metric, view)


def _of(data: Dataset, view: View, metric: str) -> Trust | None:
    return average(data.fingerprint, view.name, metric, view)


@st.cache_resource(max_entries=200, show_spinner="Judging the map …")
def _trust(
    fingerprint: str, model_text: str, method: str, n_axes: int, metric: str, _view: View
) -> Trust | None:
    factors, places = rows(_view), _view.space.places
    known = directed(factors, metric)
    k = _k(int(known.sum()))
    if k < 1:
        return None
    judged = map_honesty(factors[known], places[known], k, metric, sample=_ASKED)
    items = np.flatnonzero(known).astype(np.int32)[judged.items]
    without = np.flatnonzero(~known).astype(np.int32)
    return Trust(replace(judged, items=items), int(known.sum()), without)


def kept(view: View, row: int, metric: str) -> float:
    """Share of one item's true neighbours that are among as many nearest on the map, 0 to 1.

    Args:
        row: of the map; that of an item with a direction.
    """
    factors, places = rows(view), view.space.places
    known = directed(factors, metric)
    one = np.array([known[:row].sum()], dtype=np.int32)
    return map_honesty(factors[known], places[known], _k(int(known.sum())), metric, items=one).share


def _k(n: int) -> int:
    """Of few items, half: that all of them are near would say nothing."""
    return min(_K, (n - 1) // 2)


def _maps(data: Dataset, view: View) -> list[View]:
    """All maps there are of these items: those made in a moment, and those that somebody had made."""
    factors, flat = rows(view), view.space
    views = []
    for method in TITLES:
        for n_axes in (2, 3):
            if (method, n_axes) == (flat.method, flat.n_axes):  # of one factor too: its second axis is empty
                views.append(view)
                continue
            if n_axes > factors.shape[1] or (method == "factors" and factors.shape[1] != n_axes):
                continue
            places = None
            if method in BENT:
                spec = LayOut(table_fingerprint(data.fingerprint, view.name, factors), method, n_axes)
                places = laid_out(spec)
                if places is None or len(places) != len(factors):
                    continue
            space = found.laid_out(data.fingerprint, view.name, method, n_axes, flat, factors, places)
            views.append(replace(view, space=space))
    return views


# ---------------------------------------------------------------- in words


def _title(space: Space) -> str:
    return f"{TITLES[space.method]} in {space.n_axes}-D"


def _asked(trust: Trust, kind: str) -> str:
    asked = len(trust.judged.items)
    return f"all {asked:,} {kind}s" if asked == trust.n else f"{asked:,} {kind}s drawn at random"


def _advice(judged: Honesty) -> str:
    """Of very few items most are near each other on any map."""
    if judged.share < 0.5:
        return "Trust the list, not the map."
    if judged.share < 2 * judged.by_chance:
        return f"A map drawn at random would keep {judged.by_chance:.0%}: there is little to tell here."
    return "Here the map tells much of it."


def _left_out(view: View, trust: Trust, kind: str) -> list[str]:
    """Name those that cannot be judged: one or two by name, more by number."""
    titles = view.space.table["title"].iloc[trust.without_direction].tolist()
    if not titles:
        return []
    named = " and ".join(f"“{title}”" for title in titles[:2])
    if len(titles) > 2:
        named = f"{len(titles):,} {kind}s, such as {named},"
    return [
        f"Not judged: {named}: their factors are all zero, or the average of all: no direction to compare."
    ]
