"""How the items are laid out: by the model's own factors, straight axes, t-SNE or UMAP; flat or in depth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from recsys_core import cost
from recsys_core.cost import machine
from recsys_core.dataset import Dataset
from recsys_core.errors import JobRefusedError
from recsys_core.jobs import Job, LayOut, Spec, keep_rows, laid_out
from recsys_core.jobs.kinds.layout import FEWEST, fingerprint
from recsys_core.ratings import FloatArray
from ui import long_work, page, safe
from ui.charts.map import Focus, You
from ui.charts.map_in_3d import item_space_in_3d
from ui.cost import preview
from ui.space import address, found
from ui.space.choose import View

TITLES = {"factors": "The model's own two factors", "pca": "PCA", "tsne": "t-SNE", "umap": "UMAP"}
MEANS = {
    "factors": "This model has just two factors, so the map shows them as they are and leaves nothing out.",
    "pca": "PCA: straight axes along which the {kind}s differ most. "
    "Far apart on the map is far apart in truth.",
    "tsne": "t-SNE: bends the space so that neighbours stay together. Which groups lie side by side, how far "
    "apart and how large they are means little.",
    "umap": "UMAP: like t-SNE, a little less faithful, quicker in 3-D. Distances between groups mean little.",
}
_YOU = (
    " You, and a blend, have no place of your own on such a map: they are drawn in the middle of the ten "
    "{kind}s nearest in direction."
)
_STATE = "space-layout-state"
BENT = ("tsne", "umap")


def mapped(data: Dataset, view: View) -> View:
    """Ask how to lay the items out, and give the view with that map; until it is made, the usual one."""
    method, n_axes = _ask(data, view)
    flat = view.space
    factors = rows(view)
    if method in BENT:
        spec = LayOut(table_fingerprint(data.fingerprint, view.name, factors), method, n_axes)
        places = laid_out(spec)
        if places is None or len(places) != len(factors):
            _make(data, spec, factors)
            return view
        shown = found.laid_out(data.fingerprint, view.name, method, n_axes, flat, factors, places)
    elif (method, n_axes) == ("pca", 2):
        shown = flat
    else:
        shown = found.laid_out(data.fingerprint, view.name, method, n_axes, flat, factors)
    return replace(view, space=shown)


def rows(view: View) -> FloatArray:
    """(n_shown, n_factors) of the items on the map."""
    factors = getattr(view.model, "item_factors_")  # noqa: B009 - only models that have them are offered
    shown: FloatArray = np.asarray(factors[view.space.items], dtype=np.float64)
    return shown


def in_depth(data: Dataset, view: View, focus: Focus, you: You | None) -> None:
    """The map on three axes, to be turned."""
    shown = view.space
    place = None if you is None else you.place
    chart = item_space_in_3d(shown.table, view.shade, shown.axes.explained, focus, place, data.catalogue.kind)
    with st.container(horizontal=True, wrap=False, vertical_alignment="center"):
        st.subheader(chart.question, anchor=False, width="stretch")
        page.numbers(chart)
    st.caption("Drag to turn it, scroll to come nearer. Ask about another by the search or the list.")
    st.plotly_chart(
        chart.figure, key=f"{chart.key}-{data.name}", alt=chart.alt, config={"displayModeBar": False}
    )
    st.caption(safe.text(chart.alt))


# ---------------------------------------------------------------- the choice


def _ask(data: Dataset, view: View) -> tuple[str, int]:
    """Method and number of axes; only what these items can be laid out by."""
    n, n_factors = rows(view).shape
    offered = [
        name for name in TITLES if (name != "factors" or n_factors == 2) and (name not in BENT or n >= FEWEST)
    ]
    address.settle_choice("by", "way of making a map", "space-by", offered, "pca")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        method = str(
            st.selectbox(
                "Map by",
                offered,
                key="space-by",
                format_func=TITLES.__getitem__,
                help="How many factors become two or three axes.",
                persist_state="session",
                width=240,
            )
        )
        depths = (2,) if method == "factors" or n_factors < 3 else (2, 3)
        address.settle_choice("axes", "number of axes", "space-depth", depths, 2)
        n_axes = st.segmented_control(
            "Dimensions",
            depths,
            key="space-depth",
            format_func=lambda axes: safe.choice(f"{axes}-D"),
            required=True,
            persist_state="session",
        )
    kind = data.catalogue.kind
    st.caption((MEANS[method] + (_YOU if method in BENT else "")).format(kind=kind))
    return method, 3 if n_axes == 3 else 2


@st.cache_data(max_entries=50, show_spinner=False)
def table_fingerprint(data_fingerprint: str, model_text: str, _rows: FloatArray) -> str:
    """Which table of factors it is, to the queue and on disk."""
    return fingerprint(_rows)


# ---------------------------------------------------------------- a map that must be made first


def _make(data: Dataset, spec: LayOut, factors: FloatArray) -> None:
    """Say what it takes and offer to make it, or how far it is."""
    title, kind = f"{TITLES[spec.method]} in {spec.n_axes}-D", data.catalogue.kind

    def mine() -> Job | None:
        job = long_work.watched(LayOut, latest=True)
        return job if job is not None and job.spec == spec else None

    with st.container(border=True, key="space-layout"):
        job = mine()
        if job is not None:
            long_work.follow(mine, _draw, _STATE, "This map is not under way any more.")
        if job is not None and job.active:
            st.caption(f"{title}: until it is made, this is the map by PCA.")
            with st.container(horizontal=True):
                long_work.interfere(job, "space-layout")
            return
        st.markdown(
            f"**{title} of these {len(factors):,} {kind}s is not made yet.** "
            "Until then this is the map by PCA. "
            "Once made it is there for everybody, also after a restart."
        )
        if preview(_cost(spec, factors), cost.hosted_limits(), key="space-layout-cost"):
            st.button(
                "Make this map",
                key="space-layout-start",
                icon=":material/map:",
                on_click=long_work.start,
                args=(lambda: _admitted(spec, factors),),
            )


def _cost(spec: LayOut, factors: FloatArray) -> cost.Cost:
    n, n_factors = factors.shape
    return cost.of_layout(spec.method, n, n_factors, spec.n_axes, machine.speed_so_far())


def _admitted(spec: LayOut, factors: FloatArray) -> Spec:
    """Raises JobRefusedError where it would take too much, or the disk does not take the factors."""
    cost.admit(_cost(spec, factors), cost.hosted_limits())
    try:
        keep_rows(factors)
    except OSError as exc:
        raise JobRefusedError(
            f"The factors cannot be written to disk ({exc.strerror}): make room first."
        ) from exc
    return spec


def _draw(job: Job) -> None:
    share = 0.0
    if job.events:
        share = min(job.events[-1].epoch / max(job.events[-1].n_epochs, 1), 1.0)
    long_work.progress(job, long_work.Progress.of(job, share, ""), "Laying out")
