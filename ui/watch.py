"""Watch a training: choose, start, hold, and go on. What it shows is in `following`.

The training is a job in a process of its own. The screen only asks how far it is, so a click,
another page or a refresh neither stops it nor starts it again: its id is in the address.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import streamlit as st

import recsys_core as rc
from recsys_core.algorithms.base import HyperValue
from recsys_core.dataset import Dataset
from recsys_core.jobs import Train, Variants
from ui import cost, lessons, long_work, page, safe
from ui.following import SILENT, current, follow, looked_at_key, watched
from ui.long_work import owner
from ui.settings import settings

__all__ = ["Plan", "buttons", "choose", "current", "follow", "looked_at_key", "owner", "spec", "watched"]

MOST_EPOCHS = 500
"""As many epochs are kept at most, of a longer training every second, or third, and so on."""
SNAPSHOT_BYTES = 60_000_000
"""Room on disk for one training's epochs; where not all fit, an even choice of them is kept."""
ONE, SEVERAL = "One model", "Compare settings"


@dataclass(frozen=True)
class Plan:
    """What to train and what to keep from it.

    Attributes:
        variants: what to set differently, by name, where settings are to be compared; else empty.
    """

    algorithm: str
    hyper_parameters: dict[str, HyperValue]
    validation_share: float
    patience: int
    variants: Mapping[str, Mapping[str, HyperValue]] = field(default_factory=dict)


# ---------------------------------------------------------------- choose


def choose(data: Dataset) -> Plan:
    """One model that learns in epochs, or several settings of one; and what is kept to validate on."""
    mode = st.segmented_control(
        "What to watch",
        (ONE, SEVERAL),
        default=ONE,
        required=True,
        key="watch-mode",
        format_func=safe.choice,
        label_visibility="collapsed",
        persist_state="session",
    )
    return _several(data) if mode == SEVERAL else _one(data)


def _one(data: Dataset) -> Plan:
    able = [n for n, cls in rc.algorithms().items() if cls.iterative and cls.can_serve(data.side)]
    able += [n for n in rc.algorithms() if n.startswith("surprise_")]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = _pick(
            able, "svd", "watch-model", "Models that learn in epochs, and Surprise’s, which keep silent."
        )
        hyper_parameters = settings(rc.algorithms()[name])
        share = _share("watch-share")
        patience = st.select_slider(
            "Stop when validation has not improved for",
            (0, 2, 5, 10),
            value=0,
            key="watch-patience",
            format_func=lambda n: f"{n} epochs" if n else "never",
            disabled=not share or not rc.algorithms()[name].iterative,
            persist_state="session",
        )
    plan = Plan(name, hyper_parameters, share, patience if share else 0)
    if not rc.algorithms()[name].iterative:
        _offer_twin(data, plan)
    return plan


def _several(data: Dataset) -> Plan:
    able = [n for n, cls in rc.algorithms().items() if lessons.comparable(cls) and cls.can_serve(data.side)]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = _pick(able, "gradient_cf", "compare-model", "Models that learn in steps of a set size.")
        hyper_parameters = settings(rc.algorithms()[name])
        offered = {each.label: each for each in lessons.comparisons(name, hyper_parameters)}
        label = st.segmented_control(
            "Compare",
            list(offered),
            default=next(iter(offered)),
            required=True,
            key=f"compare-what-{name}",
            format_func=safe.choice,
        )
        share = _share("watch-share")
    chosen = offered[label or next(iter(offered))]
    st.caption(f"Trained one after another on the same ratings: {chosen.rates}.")
    return Plan(name, hyper_parameters, share, 0, chosen.variants)


def _pick(able: list[str], default: str, key: str, help: str) -> str:
    return st.selectbox(
        "Model",
        able,
        index=able.index(default),
        key=key,
        format_func=_label,
        help=help,
        persist_state="session",
    )


def _label(name: str) -> str:
    cls = rc.algorithms()[name]
    return cls.title if cls.iterative else f"{cls.title} · no epochs"


def _share(key: str) -> float:
    return st.select_slider(
        "Kept from training to validate on",
        (0.0, 0.1, 0.2, 0.3),
        value=0.2,
        key=key,
        format_func=lambda x: f"{x:.0%}",
        persist_state="session",
    )


# ---------------------------------------------------------------- start, hold, go on


def buttons(data: Dataset, plan: Plan) -> None:
    """Start; and, while it runs, hold, go on, one epoch, cancel."""
    job = watched()
    active = job is not None and job.active
    may_start = not active and cost.before_training(
        data, _trainings(plan), plan.validation_share, picker="watch-model"
    )
    with st.container(horizontal=True):
        st.button(
            "Train all" if plan.variants else "Train",
            key="watch-train",
            type="primary",
            icon=":material/play_arrow:",
            disabled=not may_start,
            on_click=_start,
            args=(data, plan),
        )
        if job is None or not active:
            _offer_trouble(data, plan)
            return
        long_work.interfere(job, "watch", step="One epoch")


def spec(data: Dataset, plan: Plan) -> Train | Variants:
    """The job that does what is planned.

    Raises:
        HyperParameterError: a hyper-parameter is not allowed.
    """
    if plan.variants:
        return Variants(data.name, plan.algorithm, plan.variants, data.fingerprint, plan.validation_share)
    n_epochs = rc.algorithm(plan.algorithm, **plan.hyper_parameters).parameters().get("n_epochs", 1)
    stride = math.ceil(int(n_epochs) / MOST_EPOCHS)
    return Train(
        data.name,
        plan.algorithm,
        plan.hyper_parameters,
        fingerprint=data.fingerprint,
        validation_share=plan.validation_share,
        patience=plan.patience,
        snapshot_epochs=tuple(range(1, stride * MOST_EPOCHS + 1, stride)),
        snapshot_bytes=SNAPSHOT_BYTES,
    )


def _trainings(plan: Plan) -> list[tuple[str, Mapping[str, HyperValue]]]:
    """What the job will train."""
    return [(plan.algorithm, each) for each in plan.variants.values() or [plan.hyper_parameters]]


def _start(data: Dataset, plan: Plan) -> None:
    def make() -> Train | Variants:
        cost.admit(data, _trainings(plan), plan.validation_share)
        return spec(data, plan)

    long_work.start(make)


def _start_with(data: Dataset, plan: Plan) -> None:
    """Set the controls to this plan, so that one sees what is trained, and start it."""
    st.session_state["watch-model"] = plan.algorithm
    st.session_state[f"settings:{plan.algorithm}"] = plan.hyper_parameters
    st.session_state["watch-share"], st.session_state["watch-patience"] = plan.validation_share, 0
    _start(data, plan)


# ---------------------------------------------------------------- in one click


def _offer_trouble(data: Dataset, plan: Plan) -> None:
    """Settings that go wrong, for those who want to see how that looks."""
    troubles = () if plan.variants else lessons.troubles(plan.algorithm)
    if not troubles:
        return
    with page.on_demand("Make it go wrong", "troubles", "bug_report") as is_open:
        if not is_open:
            return
        st.caption(
            "One click sets the model up for trouble and trains it; the sentence says what to look for."
        )
        for k, trouble in enumerate(troubles):
            troubled = replace(
                plan,
                hyper_parameters=dict(trouble.settings[plan.algorithm]),
                validation_share=plan.validation_share or 0.2,
                patience=0,
            )
            st.button(
                trouble.label,
                key=f"trouble-{k}",
                icon=":material/play_arrow:",
                on_click=_start_with,
                args=(data, troubled),
            )
            st.caption(trouble.look_for)


def _offer_twin(data: Dataset, plan: Plan) -> None:
    """For a model that keeps silent: ours that learns the same numbers, epoch by epoch."""
    found = lessons.twin(plan.algorithm, plan.hyper_parameters)
    job = watched()
    with st.container(horizontal=True, vertical_alignment="center"):
        if found is None:
            st.caption(SILENT)
            return
        name, same = found
        title = rc.algorithms()[name].title
        st.caption(
            f"{SILENT} “{title}” gives the same numbers (to 1e-12, tested), and can be watched.",
            width="content",
        )
        st.button(
            f"Watch the twin: {title}",
            key="watch-twin",
            icon=":material/visibility:",
            disabled=job is not None and job.active,
            on_click=_start_with,
            args=(data, replace(plan, algorithm=name, hyper_parameters=same)),
        )
