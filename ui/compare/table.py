"""The table of a comparison: mean and spread over the folds, the best marked by a star."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from recsys_core.evaluation import Report
from recsys_core.evaluation.metrics import metrics
from ui import safe
from ui.compare.answers import axis, trivial

STAR = "★"
WIDE = 138
"""Pixels of a column: a mean, its spread and a star."""
GROUPS = {
    "Overview": ("rmse", "ndcg", "coverage", "novelty"),
    "Errors": ("rmse", "mae"),
    "Lists": ("ndcg", "precision", "recall", "hit_rate", "mrr"),
    "Beyond accuracy": ("coverage", "gini", "novelty", "diversity", "personalisation", "popularity_lift"),
    "Time and memory": (),
}
COSTS = {
    "fit seconds": ("training, s", "lower"),
    "predict seconds": ("predicting, s", "lower"),
    "list seconds": ("lists, s", "lower"),
    "peak MB": ("memory, MB", "lower"),
}


def frame(report: Report, group: str) -> pd.DataFrame:
    """The table in words, best first by its first column; a star marks the best of each column."""
    names = [name for name in GROUPS[group] if name in report.metrics]
    raw = report.table
    k, done = report.protocol.k, report.complete
    columns: dict[str, list[str]] = {"model": [_called(report, label) for label in raw.index]}
    for name in names:
        of = axis(name, k)
        arrow = {"lower": " ↓", "higher": " ↑"}.get(of.better, "")
        unit = f", {of.unit}" if of.unit else ""
        columns[f"{of.title}{unit}{arrow}"] = _figures(report, raw[name], raw[f"{name} sd"], of.better, done)
    costs = COSTS if not names else {"fit seconds": COSTS["fit seconds"]} if group == "Overview" else {}
    for name, (title, better) in costs.items():
        if raw[name].notna().any():
            columns[f"{title} ↓"] = _figures(report, raw[name], None, better, done)
    if not done:
        columns["folds done"] = [
            f"{len(_cells(report, str(label)))} of {report.n_folds}" for label in raw.index
        ]
    table = pd.DataFrame(columns, index=raw.index)
    first = names[0] if names else "fit seconds"
    better = axis(first, k).better
    order = raw[first].sort_values(ascending=better == "lower", na_position="last").index
    return table.loc[order]


def _cells(report: Report, label: str) -> list[int]:
    return [cell.fold for cell in report.cells if cell.algorithm == label and not cell.error]


def _called(report: Report, label: object) -> str:
    return f"{label} · trivial" if label in trivial(report) else str(label)


def _figures(
    report: Report, means: pd.Series, spreads: pd.Series | None, better: str, starred: bool
) -> list[str]:
    finite = means[means.map(math.isfinite)]
    best = finite.min() if better == "lower" else finite.max()
    words = []
    for label, mean in means.items():
        spread = float(spreads[label]) if spreads is not None else math.nan
        star = f" {STAR}" if starred and better != "neither" and mean == best and len(finite) > 1 else ""
        words.append(_figure(report, str(label), float(mean), spread) + star)
    return words


def _figure(report: Report, label: str, mean: float, spread: float) -> str:
    if label in report.errors:
        return "failed"
    if not math.isfinite(mean):
        return "not a number" if _cells(report, label) else "…"
    places = 4 if abs(mean) < 10 else 1
    return f"{mean:.{places}f}" + (f" ± {spread:.{places}f}" if math.isfinite(spread) else "")


def show(report: Report, key: str) -> None:
    """The table, group by group, and what a column means."""
    groups = [
        group for group, names in GROUPS.items() if not names or any(name in report.metrics for name in names)
    ]
    if not any(name in report.metrics for name in GROUPS["Lists"]):
        groups = ["Errors", "Time and memory"]
    group = st.segmented_control(
        "Columns",
        groups,
        default=groups[0],
        required=True,
        key=f"{key}-columns",
        format_func=safe.choice,
        label_visibility="collapsed",
    )
    chosen = group or groups[0]
    table = frame(report, chosen)
    helps = {
        column: metrics()[name].summary
        for column, name in zip(
            table.columns[1:], [n for n in GROUPS[chosen] if n in report.metrics], strict=False
        )
    }
    st.dataframe(
        table,
        hide_index=True,
        column_config={
            "model": st.column_config.TextColumn(pinned=True, width="medium"),
            **{
                name: st.column_config.TextColumn(help=helps.get(name), width=WIDE)
                for name in table.columns[1:]
            },
        },
        alt="Mean and standard deviation over the folds, one row a model.",
    )
    st.caption(safe.text(legend(report)))


def legend(report: Report) -> str:
    """How the table is read, in sentences."""
    cut = report.protocol.splitting.words
    figures = "Mean over the folds ± their standard deviation."
    if report.n_folds == 1:
        figures = "Measured on a single cut, so there is no spread to show."
    star = f"{STAR} is the best of its column; " if report.complete else ""
    return f"{figures} {star}↓ lower is better, ↑ higher is better. {cut[:1].upper()}{cut[1:]}."
