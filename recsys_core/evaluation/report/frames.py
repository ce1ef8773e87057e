"""The tables of a report as CSV and Parquet."""

from __future__ import annotations

import io
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from recsys_core.errors import DataError

if TYPE_CHECKING:
    from pandas import DataFrame

    from recsys_core.evaluation.report.base import Report

TABLES = ("table", "folds", "per_user", "slices", "differences")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A text cell that begins so would be computed by a spreadsheet."""
MARK = "'"
"""In front of such a cell: spreadsheets then take it as text."""


def frame(report: Report, which: str) -> DataFrame:
    """One of `TABLES`, every column a plain one.

    Raises:
        DataError: there is no such table, or the report was saved without figures by person.
    """
    from pandas import DataFrame

    if which == "table":
        return report.table.reset_index()
    if which == "differences":
        found = [one for metric in report.metrics for one in report.differences(metric)]
        return DataFrame([{**asdict(one), "words": one.words} for one in found])
    if which not in TABLES:
        raise DataError(f"A report has no table {which!r}; it has: {', '.join(TABLES)}.")
    found_frame: DataFrame = report.slices() if which == "slices" else getattr(report, which)
    return found_frame


def csv(report: Report, which: str) -> str:
    """A table as CSV, figures in full precision, text that a spreadsheet would compute disarmed."""
    from pandas.api.types import is_numeric_dtype

    made = frame(report, which)
    for name in made.columns:
        if not is_numeric_dtype(made[name].dtype):
            made[name] = made[name].astype(object).map(disarmed)
    # With this line end a lone carriage return inside a cell is quoted, too.
    return str(made.to_csv(index=False, lineterminator="\r\n"))


def parquet(report: Report, which: str) -> bytes:
    """A table as Parquet; pandas reads the protocol back as `DataFrame.attrs["protocol"]`."""
    made, file = frame(report, which), io.BytesIO()
    made.attrs["protocol"] = json.loads(report.protocol.to_json())
    made.to_parquet(file, engine="pyarrow", index=False)
    return file.getvalue()


def disarmed(value: Any) -> Any:
    """The same, but text that begins like a formula gets `MARK` in front."""
    return MARK + value if isinstance(value, str) and value.lstrip(" ").startswith(FORMULA) else value
