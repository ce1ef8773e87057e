"""The code that makes a comparison again, and its files."""

from __future__ import annotations

import streamlit as st

from recsys_core.dataset import Dataset
from recsys_core.errors import RecsysError
from recsys_core.evaluation import Report
from ui import page, safe

TABLES = {
    "table": "The table",
    "folds": "Fold by fold",
    "per_user": "By person",
    "slices": "Slices",
    "differences": "Differences",
}
KINDS = ("HTML", "JSON", "CSV", "Parquet")
_MIME = {
    "HTML": "text/html",
    "JSON": "application/json",
    "CSV": "text/csv",
    "Parquet": "application/vnd.apache.parquet",
}


def show(data: Dataset, report: Report, key: str) -> None:
    """Our Python, Surprise's where it makes the same numbers, and downloads."""
    programs = report.code()
    st.markdown("**The same table from a notebook.** It prints these numbers again, to the last digit.")
    st.code(programs.ours, language="python", wrap_lines=True)
    if programs.surprise:
        st.markdown("**In plain Surprise,** for the models and figures it has, on the same folds.")
        st.code(programs.surprise, language="python", wrap_lines=True)
    else:
        st.caption("Surprise has none of these models, or does not cut the ratings like this.")
    downloads(report, key)


def downloads(report: Report, key: str) -> None:
    """The report as a file: made when it is asked for."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = (
            st.segmented_control(
                "As", KINDS, default="HTML", required=True, key=f"{key}-file-kind", format_func=safe.choice
            )
            or "HTML"
        )
        which = "table"
        if kind in {"CSV", "Parquet"}:
            of = [
                name
                for name in TABLES
                if report.people is not None or name not in {"per_user", "differences"}
            ]
            which = str(st.selectbox("What", of, key=f"{key}-file-table", format_func=TABLES.__getitem__))
        try:
            content = made(report, kind, which)
        except RecsysError as exc:
            page.error(exc)
            return
        st.download_button(
            f"Download {kind}",
            content,
            file_name=f"comparison-{which}.{kind.lower()}"
            if kind in {"CSV", "Parquet"}
            else f"comparison.{kind.lower()}",
            mime=_MIME[kind],
            key=f"{key}-download",
            icon=":material/download:",
            on_click="ignore",
        )


def made(report: Report, kind: str, which: str = "table") -> bytes:
    """The file's content.

    Raises:
        DataError: the report was kept without what the table needs.
    """
    if kind == "HTML":
        return report.to_html().encode()
    if kind == "JSON":
        return report.to_json().encode()
    if kind == "CSV":
        return report.to_csv(which).encode("utf-8-sig")
    return report.to_parquet(which)
