"""A closer look at a comparison: trade-offs, gaps, slices, folds."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
import streamlit as st

from recsys_core.dataset import Dataset
from recsys_core.errors import DataError
from recsys_core.evaluation import Report
from recsys_core.evaluation.metrics import metrics
from ui import page, safe
from ui.charts import Chart
from ui.charts.compare import standings
from ui.charts.compare_detail import gaps, sliced, trade_off
from ui.compare.answers import axis, differences, trap, trivial

NOW = "now"
"""The key of the comparison being followed; those looked at again have others."""
COSTS = ("fit seconds", "peak MB")
_ACTIVITY = "user activity"
_BY = {_ACTIVITY: "How much people rate", "item popularity": "How often films are rated"}


def folds_of(report: Report, name: str) -> pd.DataFrame:
    """One row an algorithm and fold: "algorithm", "fold", "value" of one metric."""
    cells = [cell for cell in report.cells if not cell.error and name in cell.values]
    return pd.DataFrame(
        {
            "algorithm": [cell.algorithm for cell in cells],
            "fold": [cell.fold + 1 for cell in cells],
            "value": [float(cell.values[name]) for cell in cells],
        }
    )


def draw(chart: Chart, key: str) -> None:
    """Draw a chart of one comparison, where another one may stand on the same screen."""
    page.show(replace(chart, key=chart.key if key == NOW else f"{key}-{chart.key}"))


def _pick(label: str, names: list[str], default: str, report: Report, key: str) -> str:
    k = report.protocol.k
    chosen = st.selectbox(
        label,
        names,
        index=names.index(default) if default in names else 0,
        key=key,
        format_func=lambda name: axis(name, k).title,
        width=240,
    )
    return str(chosen)


def traded(report: Report) -> list[str]:
    """Names of the figures that can be traded for one another: they have a better end, and some model
    has them."""
    ways = [name for name in report.metrics if metrics()[name].better != "neither"]
    return [name for name in (*ways, *COSTS) if report.table[name].map(math.isfinite).any()]


def trade_offs(data: Dataset, report: Report, key: str) -> None:
    """Any two figures against each other, and which models none beats in both."""
    names = traded(report)
    if len(names) < 2:
        st.info("No two figures could be measured.", icon=":material/scatter_plot:")
        return
    if trap(report) is not None or "ndcg" not in names:
        usual = ("rmse", "ndcg" if "ndcg" in names else "fit seconds")
    else:
        usual = ("ndcg", "coverage")
    with st.container(horizontal=True):
        x = _pick("Across", names, usual[0], report, f"{key}-x")
        y = _pick("Up", names, usual[1], report, f"{key}-y")
    if x == y:
        st.info("Choose two different figures.", icon=":material/scatter_plot:")
        return
    found = report.table
    points = pd.DataFrame(
        {"algorithm": [str(label) for label in found.index], "x": found[x].to_list(), "y": found[y].to_list()}
    )
    k = report.protocol.k
    question = "Does the smallest error make the best list?" if (x, y) == ("rmse", "ndcg") else ""
    draw(trade_off(points, axis(x, k), axis(y, k), trivial(report), question), key)


def gaps_between(data: Dataset, report: Report, key: str) -> None:
    """Every model against one of them, in one metric."""
    names = [name for name in report.metrics if metrics()[name].averaged != "whole"]
    done = [label for label in report.labels if label not in report.errors]
    if len(done) < 2:
        st.info("There are no two models to compare.", icon=":material/compare_arrows:")
        return
    with st.container(horizontal=True):
        name = _pick("In", names, "rmse", report, f"{key}-gap-metric")
        of = axis(name, report.protocol.k)
        table = {str(label): float(value) for label, value in report.table[name].items()}
        order = of.best_first({label: table[label] for label in done})
        against = str(st.selectbox("Compare all with", order, key=f"{key}-gap-against-{name}", width=300))
    try:
        found = differences(report, name)
    except DataError as exc:
        page.error(exc)
        return
    theirs = [one if one.b == against else one.turned for one in found if against in {one.a, one.b}]
    draw(gaps(sorted(theirs, key=lambda one: order.index(one.a) if one.a in order else 99), of, against), key)
    st.caption(
        f"95% intervals by drawing the people anew 2,000 times, both models on the same people. The p values "
        f"are corrected (Holm) for all {len(found)} pairs. It takes the trained models as they are: other "
        "folds or another seed may move a gap, too."
    )


def slices(data: Dataset, report: Report, key: str) -> None:
    """The same metric for parts of the people, or of the films."""
    rows = report.slices()
    if rows.empty:
        st.info("This run was kept without slices.", icon=":material/groups:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by = str(
            st.segmented_control(
                "By",
                list(_BY),
                default=_ACTIVITY,
                required=True,
                key=f"{key}-by",
                format_func=lambda by: safe.choice(_BY[by]),
            )
            or _ACTIVITY
        )
        known = rows[rows["by"] == by]
        names = [name for name in report.metrics if name in set(known["metric"])]
        name = _pick("In", names, "rmse", report, f"{key}-slice-metric-{by}")
    chosen = known[known["metric"] == name]
    draw(sliced(chosen, by, axis(name, report.protocol.k)), key)
    st.caption(
        "Head films are the most rated that together have a third of all ratings; the tail has the last "
        "third. Borders are drawn on the training part of the first fold; no figure rests on fewer than 30."
    )


def folds(data: Dataset, report: Report, key: str) -> None:
    """Each fold a dot: how steady are the figures?"""
    name = _pick("In", list(report.metrics), "rmse", report, f"{key}-fold-metric")
    draw(standings(folds_of(report, name), axis(name, report.protocol.k), trivial(report), True), key)
