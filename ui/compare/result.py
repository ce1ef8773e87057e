"""What a comparison came to: the answer first, then the table, and everything else on demand."""

from __future__ import annotations

import streamlit as st

import recsys_core as rc
from recsys_core.dataset import Dataset
from recsys_core.evaluation import Report
from recsys_core.evaluation.metrics import metrics
from recsys_core.evaluation.published import SOURCE, place, published
from ui import page, safe
from ui.charts.compare import ruler
from ui.compare import closer, files, own, table
from ui.compare.answers import answer, axis, failures, left_out, means, no_better, trap

VIEWS = {
    "Trade-offs": closer.trade_offs,
    "Is the gap real?": closer.gaps_between,
    "For whom?": closer.slices,
    "Fold by fold": closer.folds,
    "Your top 10": own.top_lists,
    "Code and files": files.show,
}


def show(data: Dataset, report: Report, key: str) -> None:
    """Answer, alarm, ruler, table, protocol; then one closer look at a time.

    Args:
        data: the data set of the screen.
        report: a complete one.
        key: keys of its controls begin with it.
    """
    _answer(report)
    _trouble(report, key)
    _ruler(report, key)
    st.fragment(table.show)(report, key)
    st.fragment(_protocol)(report, key)
    st.fragment(_look)(data, report, key)


def _look(data: Dataset, report: Report, key: str) -> None:
    view = st.segmented_control(
        "Look closer",
        list(VIEWS),
        default="Trade-offs",
        required=True,
        key=f"{key}-view",
        format_func=safe.choice,
    )
    VIEWS[view or "Trade-offs"](data, report, key)


def _answer(report: Report) -> None:
    found = [answer(report, name) for name in ("rmse", "ndcg") if name in report.metrics]
    answers = [one for one in found if one is not None]
    with st.container(border=True):
        st.subheader(f"On {safe.text(_titled(report.protocol.dataset))}", anchor=False)
        if not answers:
            st.markdown("No model has a figure that can be compared.")
            return
        for one in answers:
            st.markdown(safe.text(one.words))
        losers, floor = no_better(report)
        if losers:
            st.markdown(
                safe.text(f"In error no better than {floor}, which knows no taste: {', '.join(losers)}.")
            )
    caught = trap(report)
    if caught is not None:
        st.warning(
            f"**The RMSE trap.** {safe.text(caught.words)} An error is measured on films people chose to "
            "rate; a list is chosen from all the others.",
            icon=":material/crisis_alert:",
        )


def _titled(name: str) -> str:
    return rc.sources()[name].title if name in rc.sources() else name


def _trouble(report: Report, key: str) -> None:
    for words in failures(report):
        st.error(safe.text(words), icon=":material/error:")
    wrong = [words for words in report.warnings if "not a number" in words]
    others = [words for words in report.warnings if "not a number" not in words]
    if wrong:
        more = f" And {len(wrong) - 3} more." if len(wrong) > 3 else ""
        st.warning(safe.text(" ".join(wrong[:3]) + more), icon=":material/warning:")
    if others:
        with page.on_demand(f"Remarks: {len(others)}", f"{key}-remarks", "info") as is_open:
            if is_open:
                for words in others:
                    st.markdown(f"- {safe.text(words)}")


def _ruler(report: Report, key: str) -> None:
    protocol = report.protocol
    known = published(protocol.dataset, "rmse", protocol)
    if not known or "rmse" not in report.metrics:
        return
    values = {label: v for label, v in means(report, "rmse").items() if v == v}
    placed = {
        label: found
        for label, value in values.items()
        if (found := place(value, protocol.dataset, "rmse", protocol)) is not None
    }
    for label, one in placed.items():
        if one.suspicious and one.value < known[0].value:  # the ruler shows what is worse than lots
            st.error(safe.text(f"{label}: {one.words}"), icon=":material/report:")
    if placed:
        closer.draw(ruler(placed, known, axis("rmse", protocol.k), SOURCE), key)


def _protocol(report: Report, key: str) -> None:
    protocol = report.protocol
    with st.container(horizontal=True, vertical_alignment="center"):
        with page.on_demand("Protocol", f"{key}-protocol", "rule") as is_open:
            if is_open:
                _card(report)
        st.caption(safe.text(f"{protocol.words} {left_out(report)}"), width="stretch")


def _card(report: Report) -> None:
    protocol, how = report.protocol, report.protocol.splitting
    rows = {
        "Data": f"{protocol.dataset}, fingerprint {protocol.fingerprint[:16]}",
        "Ratings, people, items": f"{protocol.n_ratings:,}, {protocol.n_users:,}, {protocol.n_items:,}",
        "Left out beforehand": protocol.filter or "nothing",
        "Cut": how.words,
        "Length of the lists (k)": str(protocol.k),
        "Candidates": protocol.candidates,
        "Liked from": f"{protocol.relevance:g}",
        "Left out of list figures": left_out(report) or "no lists were made",
        "Protocol": protocol.identity[:16],
        "Begun": report.created,
        "Computed with": ", ".join(f"{name} {number}" for name, number in report.versions.items()),
    }
    for name, value in rows.items():
        st.markdown(f"**{name}.** {safe.text(value)}")
    for name in report.metrics:
        st.caption(f"**{axis(name, protocol.k).title}.** {metrics()[name].summary}")
