"""Keep the model of a training, see what is kept, and hand a model on to “For you”."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

import recsys_core as rc
from recsys_core.dataset import Dataset
from recsys_core.errors import RecsysError
from recsys_core.jobs import Job, Train
from recsys_core.jobs.kinds.train import MODEL
from recsys_core.store import StoreError, saved_models
from ui import compute, kept, page, safe, state
from ui.long_work import owner

_ERROR, _SURE = "kept-error", "kept-sure"


def offer(data: Dataset) -> None:
    """After a training: keep its model, or use its settings on “For you”; and what is kept already."""
    error = st.session_state.pop(_ERROR, None)
    if error is not None:
        page.error(error)
    id = state.job()
    job = compute.jobs().get(id) if id else None
    with st.container(horizontal=True, vertical_alignment="center"):
        if (
            job is not None
            and job.state == "done"
            and isinstance(job.spec, Train)
            and job.spec.dataset == data.name
        ):
            _after(data, job, job.spec)
        with page.on_demand("Kept models", "kept", "inventory_2") as is_open:
            if is_open:
                _shelf(data)


def _after(data: Dataset, job: Job, spec: Train) -> None:
    names = {saved.path.name for saved in saved_models(job.folder / MODEL)}
    is_kept = bool(names & {each.id for each in kept.everything()})
    st.button(
        "Kept" if is_kept else "Keep this model",
        key="keep-model",
        icon=":material/check:" if is_kept else ":material/bookmark_add:",
        disabled=is_kept or not names,
        help="Kept models stay when the server restarts. Everybody who uses this server sees them.",
        on_click=_try,
        args=(kept.keep, job, data, owner()),
    )
    if rc.algorithms()[spec.algorithm].folds_in and st.button(
        "Use this on For you",
        key="use-on-for-you",
        icon=":material/recommend:",
        help="“For you” trains this model with these settings on all ratings. "
        "To use the very model of this training, keep it and choose it there.",
    ):
        state.use_model(spec.algorithm, spec.hyper_parameters)
        _to_for_you()


def _to_for_you() -> None:
    file, _ = page.screens()["for_you"]
    st.switch_page(file, query_params={state.DATASET.key: state.read(state.DATASET)})


def _try(act: Callable[..., object], *args: Any) -> None:
    try:
        act(*args)
    except RecsysError as exc:
        st.session_state[_ERROR] = exc


def _shelf(data: Dataset) -> None:
    models = kept.everything()
    total = sum(each.saved.n_bytes for each in models)
    st.caption(
        f"{len(models)} of {kept.MOST_MODELS} places and {kept.amount(total)} of "
        f"{kept.amount(kept.MOST_BYTES)} are taken. "
        "Everybody who uses this server sees these models. Only the browser tab that kept one can delete "
        "it, until that tab is closed or loaded again; once it is a week old, everybody can."
    )
    if not models:
        st.markdown("Nothing is kept yet. Train a model, then press “Keep this model”.")
    for each in models:
        with st.container(border=True, gap="xsmall"):
            _card(data, each)


def _card(data: Dataset, each: kept.Kept) -> None:
    saved = each.saved
    if saved.error:
        st.markdown(f"**{safe.text(each.id)}**")
        page.error(StoreError(saved.error))
    else:
        source = rc.sources().get(saved.dataset)
        here = saved.fingerprint == data.fingerprint
        st.markdown(f"**{safe.text(each.title)}**")
        st.caption(
            f"{safe.text(each.settings)}  \n"
            f"{safe.text(source.title if source else saved.dataset)}"
            f"{'' if here else ' (not the data set in use)'}, {safe.text(each.learned_from)}  \n"
            f"{each.when}, {kept.amount(saved.n_bytes)}"
        )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        usable = not saved.error and saved.fingerprint == data.fingerprint
        if (
            usable
            and rc.algorithms()[saved.algorithm].folds_in
            and st.button("Use on For you", key=f"use-{each.id}")
        ):
            state.choose_model(each.model)
            _to_for_you()
        if not each.may_delete(owner()):
            st.caption(f"Kept in another tab: everybody can delete it from {each.everybodys}.")
        elif st.session_state.get(_SURE) == each.id:
            st.button("Delete for good", key=f"delete-{each.id}", on_click=_delete, args=(each.id,))
            st.button("Leave it", key=f"leave-{each.id}", type="tertiary", on_click=_ask_again)
        else:
            st.button("Delete", key=f"ask-{each.id}", type="tertiary", on_click=_ask, args=(each.id,))


def _ask(id: str) -> None:
    st.session_state[_SURE] = id


def _ask_again() -> None:
    st.session_state.pop(_SURE, None)


def _delete(id: str) -> None:
    _ask_again()
    _try(kept.delete, id, owner())
