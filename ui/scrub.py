"""Look back: one slider through the epochs, with the map, you, and your list at each of them.

Moved by hand, the slider draws the whole screen, so that the large curve is marked too. Played,
a fragment draws frame after frame of this part alone; the large curve then stands still and is
not marked, and the small one here shows the place.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import streamlit as st

from recsys_core.algorithms import Algorithm, Profile
from recsys_core.dataset import Dataset
from recsys_core.errors import RecsysError
from recsys_core.jobs import Job, Train, Trained, trained
from recsys_core.ranking import candidates, recommend
from ui import compute, page, profile, safe, steps, watch
from ui.charts.moment import place_on_curve, your_vector
from ui.charts.space import item_map
from ui.recommendations import N_SHOWN, movement, preset

N_MAPPED = 400
"""The map shows the films most people rated: more points hide each other."""
FRAME_SECONDS = 0.4
MOST_FRAMES = 60
"""A long training is played in even strides, so that it is over within half a minute."""
_REMEMBERED = 2
"""Of the frames shown: a browser's slider may be one behind when it is asked."""


@dataclass(frozen=True)
class Moment:
    """The model as it was after one epoch, and what it would have recommended."""

    epoch: int
    model: Algorithm
    person: Profile
    listed: tuple[int, ...]


def begin(data: Dataset) -> None:
    """Settle which epoch is looked at; to be called above the curve that marks it."""
    job = watch.current()
    if job is None or job.state != "done" or not _is_of(data, job):
        return
    if _playing(job) is not None:
        st.session_state.pop(watch.looked_at_key(job), None)  # no mark on a curve that stands still
        return
    with suppress(RecsysError):  # `back` says what is wrong
        _settle(job, trained(job.folder))


def back(data: Dataset) -> None:
    """The slider and what it moves, for the training being watched, once it is done."""
    job = watch.current()
    try:
        if job is not None and job.state == "done":
            _back(data, job)
    except RecsysError as exc:
        page.error(exc)
    steps.worked(data)


def _back(data: Dataset, job: Job) -> None:
    if not _is_of(data, job):
        st.caption("This training is on another data set; choose that one to look back at it.")
        return
    result = trained(job.folder)
    if len(result.snapshots) < 2:
        return
    st.header("Look back", anchor=False)
    if _playing(job) is None:
        _settle(job, result)
        with st.container():  # a fragment has one too: nothing on screen is made anew when it begins
            _look(data, job, result)
    else:
        st.fragment(_frame, run_every=FRAME_SECONDS)(data, job, result)


def _is_of(data: Dataset, job: Job) -> bool:
    return isinstance(job.spec, Train) and job.spec.dataset == data.name


# ---------------------------------------------------------------- play and pause


def frames(epochs: tuple[int, ...]) -> tuple[int, ...]:
    """The epochs that are played, rising: all that were kept, or an even choice with both ends."""
    if len(epochs) <= MOST_FRAMES:
        return epochs
    return tuple(epochs[k] for k in np.linspace(0, len(epochs) - 1, MOST_FRAMES).round().astype(int))


@dataclass(frozen=True)
class Playing:
    """Where the animation stands.

    Attributes:
        due: the epoch the next frame shows.
        shown: the epochs the slider has stood at lately, the last one last.
    """

    due: int
    shown: tuple[int, ...]


def _key(job: Job) -> str:
    return f"playing-{job.id}"


def _playing(job: Job) -> Playing | None:
    """Where the animation stands; None where nothing is played."""
    playing: Playing | None = st.session_state.get(_key(job))
    return playing


def _play(job: Job, result: Trained) -> None:
    at = st.session_state.get(watch.looked_at_key(job), result.epoch)
    due = result.snapshots[0] if at >= result.snapshots[-1] else at
    st.session_state[_key(job)] = Playing(due, (at,))


def _pause(job: Job) -> None:
    playing = _playing(job)
    if playing is not None:
        _end(job, playing.shown[-1])


def _moved(job: Job) -> None:
    """The slider is not where it was put: by a hand, unless it only lags behind the frames."""
    epoch, playing = st.session_state[watch.looked_at_key(job)], _playing(job)
    if playing is not None and epoch not in playing.shown:
        _end(job, epoch)


def _end(job: Job, epoch: int) -> None:
    """Play no more; the epoch is kept until the whole screen is drawn."""
    del st.session_state[_key(job)]
    st.session_state[_ended_key(job)] = epoch


def _ended_key(job: Job) -> str:
    return f"played-to-{job.id}"


def _settle(job: Job, result: Trained) -> None:
    """Put the slider where a play ended, for a browser may have heard of another frame since."""
    epoch = st.session_state.pop(_ended_key(job), None)
    if epoch is not None:
        st.session_state[watch.looked_at_key(job)] = epoch
    else:
        st.session_state.setdefault(watch.looked_at_key(job), result.epoch)


def _frame(data: Dataset, job: Job, result: Trained) -> None:
    """Draw the epoch that is due, and say which is next; the whole screen follows at the end."""
    playing = _playing(job)
    if playing is None:
        st.rerun()
    epoch = st.session_state[watch.looked_at_key(job)] = playing.due
    shown = (*playing.shown, epoch)[-_REMEMBERED:]
    st.session_state[_key(job)] = Playing(epoch, shown)
    _look(data, job, result)
    later = [frame for frame in frames(result.snapshots) if frame > epoch]
    if not later:
        _end(job, epoch)
        st.rerun()
    st.session_state[_key(job)] = Playing(later[0], shown)


# ---------------------------------------------------------------- one moment


def _look(data: Dataset, job: Job, result: Trained) -> None:
    epoch = _controls(job, result)
    k = result.snapshots.index(epoch)
    now = _moment(data, job, epoch)
    before = _moment(data, job, result.snapshots[k - 1]) if k else None
    left, right = st.columns([2, 3])
    with left:
        page.show(place_on_curve(job.events, epoch))
        with st.container(border=True, height="stretch"):
            _list(data, now, before)
    if now.model.learns_factors:
        with right:
            _map(data, job, result, now)
            _vector(data, job, result, now)
    if page.is_lecture(data):
        steps.show(data, job, result, now.model, epoch, playing=_playing(job) is not None)


def _controls(job: Job, result: Trained) -> int:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if _playing(job) is None:
            st.button(
                "Play",
                key="replay-play",
                icon=":material/play_arrow:",
                on_click=_play,
                args=(job, result),
                help="Goes through the epochs by itself; from the last one it begins again.",
            )
        else:
            st.button("Pause", key="replay-pause", icon=":material/pause:", on_click=_pause, args=(job,))
        epoch: int = st.select_slider(
            "After epoch",
            result.snapshots,
            key=watch.looked_at_key(job),
            on_change=_moved,
            args=(job,),
            help="Drag it, or use the arrow keys: the list and the map are those of that moment.",
        )
    if len(result.snapshots) < result.epochs_run:
        st.caption(
            f"Of {result.epochs_run} epochs {len(result.snapshots)} were kept, within "
            f"{_room(job)} MB: the slider goes from one of these to the next."
        )
    if result.epoch < result.epochs_run:
        st.caption(
            f"The model kept is that of epoch {result.epoch}, where its error on ratings kept from it was "
            f"lowest; it went on to epoch {result.epochs_run}."
        )
    return epoch


def _room(job: Job) -> int:
    """Megabytes a training may take for its epochs."""
    assert isinstance(job.spec, Train)  # noqa: S101
    return job.spec.snapshot_bytes // 1_000_000


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
        kind=data.catalogue.kind,
    )
    page.show(chart)


def _vector(data: Dataset, job: Job, result: Trained, now: Moment) -> None:
    if now.person.vector is None or not len(now.person):
        return
    model = compute.model_of_epoch(job.id, result.epoch, job.folder, data)
    kept = model.fold_in(now.person.items, now.person.values).vector
    if kept is not None:
        page.show(your_vector(now.person.vector, kept))
