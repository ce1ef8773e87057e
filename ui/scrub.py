"""Look back: one slider through the epochs, with the map, you, and your list at each of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from recsys_core.algorithms import Algorithm, Profile
from recsys_core.dataset import Dataset
from recsys_core.errors import RecsysError
from recsys_core.jobs import Job, Train, Trained, trained
from recsys_core.ranking import candidates, recommend
from ui import compute, page, profile, safe, watch
from ui.charts.space import item_map
from ui.recommendations import N_SHOWN, movement, preset

N_MAPPED = 400
"""The map shows the films most people rated: more points hide each other."""


@dataclass(frozen=True)
class Moment:
    """The model as it was after one epoch, and what it would have recommended."""

    epoch: int
    model: Algorithm
    person: Profile
    listed: tuple[int, ...]


def back(data: Dataset) -> None:
    """The slider and what it moves, for the training being watched, once it is done."""
    job = watch.current()
    if job is None or job.state != "done":
        return
    assert isinstance(job.spec, Train)  # noqa: S101
    if job.spec.dataset != data.name:
        st.caption("This training is on another data set; choose that one to look back at it.")
        return
    try:
        _look(data, job, trained(job.folder))
    except RecsysError as exc:
        page.error(exc)


def _look(data: Dataset, job: Job, result: Trained) -> None:
    if len(result.snapshots) < 2:
        return
    st.header("Look back", anchor=False)
    epoch = st.select_slider(
        "After epoch",
        result.snapshots,
        value=result.epoch,
        key=watch.looked_at_key(job),
        help="Drag it, or use the arrow keys: the list and the map are those of that moment.",
    )
    k = result.snapshots.index(epoch)
    now = _moment(data, job, epoch)
    before = _moment(data, job, result.snapshots[k - 1]) if k else None
    listed, shown = st.columns([2, 3])
    with listed.container(border=True, height="stretch"):
        _list(data, now, before)
    if now.model.learns_factors:
        with shown:
            _map(data, job, result, now)


def _moment(data: Dataset, job: Job, epoch: int) -> Moment:
    model = compute.model_of_epoch(job.id, epoch, job.folder, data)
    own = profile.current(data)
    person = model.fold_in(own.items, own.values)
    allowed = candidates(data, preset(data), exclude=own.items)
    rows = recommend(model, data, person, N_SHOWN, candidates=allowed)
    return Moment(epoch, model, person, tuple(int(item) for item in rows["item"]))


def _list(data: Dataset, now: Moment, before: Moment | None) -> None:
    st.subheader(f"Your list after epoch {now.epoch}", anchor=False)
    if now.person.fallback:
        st.caption(f"Not personal: {now.person.fallback}. Rate films on “For you”, and they move it here.")
    else:
        st.caption(f"For your {len(now.person)} ratings. Arrows: since the epoch before on the slider.")
    earlier = before.listed if before is not None else None
    for place, item in enumerate(now.listed, start=1):
        label = safe.text(data.catalogue.label(item))
        st.markdown(f"{place}. {label} {movement(earlier, place, item)}")


def _map(data: Dataset, job: Job, result: Trained, now: Moment) -> None:
    known = np.argsort(-data.ratings.by_item.counts, kind="stable")[:N_MAPPED]
    items = np.array(list(dict.fromkeys([*now.listed, *known.tolist()])), dtype=np.int32)
    axes, reach = compute.map_axes(job.id, result.epoch, job.folder, data, known)
    you = now.person.vector
    chart = item_map(
        places=axes(now.model.item_factors_[items]),
        titles=[data.catalogue.label(int(item)) for item in items],
        listed=list(range(len(now.listed))),
        you=axes(you[None])[0] if you is not None and len(now.person) else None,
        reach=reach,
        explained=axes.explained,
    )
    page.show(chart)
