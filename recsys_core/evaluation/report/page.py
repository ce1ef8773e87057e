"""A report as one HTML page: no script, nothing loaded from anywhere, every text escaped."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from recsys_core.evaluation.metrics import metrics
from recsys_core.evaluation.slices import FEWEST

if TYPE_CHECKING:
    from recsys_core.evaluation.report.base import Report

STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem;
  overflow-wrap: anywhere; }
table { border-collapse: collapse; margin: 1rem 0; display: block; overflow-x: auto; }
th, td { padding: .25rem .75rem; border-bottom: 1px solid; text-align: right; }
th, td { overflow-wrap: normal; white-space: nowrap; }
.text { text-align: left; }
caption { text-align: left; font-weight: bold; }
pre { overflow-x: auto; padding: 1rem; border: 1px solid; }
svg { max-width: 100%; height: auto; }
"""
WIDTH, LEFT, ROW = 760, 260, 34


def page(report: Report) -> str:
    """The whole page."""
    title = f"Comparison of {len(report.labels)} algorithms on {report.protocol.dataset}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(report.protocol.words)}</p>",
        "" if report.complete else "<p><strong>Not finished: some folds are still to come.</strong></p>",
        _notes("What to know about these figures", report.warnings),
        _notes("What failed", [f"{label}. {why}" for label, why in report.errors.items()]),
        _summary(report),
        *(_chart(report, name) for name in report.metrics[:1]),
        _differences(report),
        _costs(report),
        _slices(report),
        _folds(report),
        _code(report),
        _origin(report),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n<body>\n"
        + "\n".join(part for part in parts if part)
        + "\n</body></html>\n"
    )


def _table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    rows = list(rows)
    kinds = [_kind(cell) for cell in rows[0]] if rows else [""] * len(columns)
    head = "".join(
        f'<th scope="col"{kind}>{escape(name)}</th>' for name, kind in zip(columns, kinds, strict=True)
    )
    body = "".join(
        "<tr>" + "".join(f"<td{_kind(cell)}>{escape(_shown(cell))}</td>" for cell in row) + "</tr>\n"
        for row in rows
    )
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>\n{body}</tbody></table>"
    )


def _kind(cell: object) -> str:
    return ' class="text"' if isinstance(cell, str) else ""


def _shown(cell: object) -> str:
    if isinstance(cell, float):
        return "–" if math.isnan(cell) else f"{cell:.4f}" if abs(cell) < 100 else f"{cell:,.0f}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def _notes(title: str, notes: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(note)}</li>" for note in notes)
    return f"<h2>{escape(title)}</h2><ul>{items}</ul>" if items else ""


def _title(name: str, k: int) -> str:
    known = metrics().get(name)
    if known is None:
        return name
    unit = f" ({known.unit})" if known.unit else ""
    return known.title.replace("@k", f"@{k}") + unit


def _summary(report: Report) -> str:
    rows = []
    for row in report.table.reset_index().to_dict("records"):
        figures = []
        for name in report.metrics:
            mean, sd = float(row[name]), float(row[f"{name} sd"])
            spread = "" if math.isnan(sd) else f" ± {sd:.4f}"
            figures.append("–" if math.isnan(mean) else f"{mean:.4f}{spread}")
        rows.append((str(row["algorithm"]), *figures, int(row["folds"])))
    columns = ["algorithm"]
    for name in report.metrics:
        known = metrics().get(name)
        way = known.better if known is not None and known.better != "neither" else ""
        arrow = {"lower": " ↓", "higher": " ↑"}.get(way, "")
        columns.append(_title(name, report.protocol.k) + arrow)
    caption = "Mean over the folds ± standard deviation (↓ lower is better, ↑ higher is better)"
    return _table(caption, [*columns, "folds"], rows)


def _costs(report: Report) -> str:
    costs = ("fit seconds", "predict seconds", "list seconds", "peak MB")
    rows = [
        (str(row["algorithm"]), *(float(row[what]) for what in costs))
        for row in report.table.reset_index().to_dict("records")
    ]
    columns = ("algorithm", "to train, s", "to predict the test part, s", "to make the lists, s")
    return _table(
        "What a fold takes: mean seconds, and the most memory it took to train",
        (*columns, "peak memory, MB"),
        rows,
    )


def _chart(report: Report, name: str) -> str:
    """One row an algorithm: a dot a fold, a bar at the mean."""
    values = {
        label: [
            cell.values[name]
            for cell in report.cells
            if cell.algorithm == label and not cell.error and math.isfinite(cell.values[name])
        ]
        for label in report.labels
    }
    every = [value for found in values.values() for value in found]
    if not every:
        return ""
    low, high = min(every), max(every)
    margin = (high - low) * 0.05 or abs(high) * 0.05 or 1.0
    low, high = low - margin, high + margin

    def x(value: float) -> float:
        return LEFT + (WIDTH - LEFT - 20) * (value - low) / (high - low)

    height = ROW * (len(values) + 1)
    marks = []
    for row, (label, found) in enumerate(values.items()):
        y = ROW * row + ROW / 2
        shown = label if len(label) <= 32 else label[:31] + "…"
        marks.append(
            f'<text x="{LEFT - 12}" y="{y + 5:.1f}" text-anchor="end" fill="currentColor" '
            f'font-size="14">{escape(shown)}</text>'
        )
        for value in found:
            marks.append(
                f'<circle cx="{x(value):.1f}" cy="{y:.1f}" r="4" fill="none" stroke="currentColor"/>'
            )
        if found:
            at = x(sum(found) / len(found))
            marks.append(
                f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{y - 11:.1f}" y2="{y + 11:.1f}" '
                'stroke="currentColor" stroke-width="3"/>'
            )
    for value in (min(every), max(every)):
        marks.append(
            f'<text x="{x(value):.1f}" y="{height - 8}" text-anchor="middle" fill="currentColor" '
            f'font-size="13">{value:.4g}</text>'
        )
    title = _title(name, report.protocol.k)
    said = "; ".join(f"{label} {sum(v) / len(v):.4f}" for label, v in values.items() if v)
    return (
        f"<h2>How far apart are they in {escape(title)}?</h2><p>A circle is a fold, a bar the mean.</p>"
        f'<svg viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" role="img" '
        f'aria-label="{escape(f"Mean {title}: {said}")}">{"".join(marks)}</svg>'
    )


def _differences(report: Report) -> str:
    if report.people is None or len(report.labels) < 2:
        return ""
    rows = [
        (f"{one.a} − {one.b}", one.metric, one.mean, one.low, one.high, one.p_adjusted, one.words)
        for name in report.metrics
        if metrics()[name].averaged != "whole"
        for one in report.differences(name)
    ]
    people = report.people
    drawn = f" ({len(people.users):,} of {people.n_tested:,} people, drawn at random)"
    columns = ("pair", "metric", "difference", "from", "to", "p, corrected", "the gap is")
    return _table(
        "Is the gap real? Paired bootstrap over people, 95 % interval, Holm's correction over all pairs "
        "of a metric" + (drawn if len(people.users) < people.n_tested else ""),
        columns,
        rows,
    )


def _slices(report: Report) -> str:
    table = report.slices()
    if not len(table):
        return ""
    rows = [
        (
            *(str(r["algorithm"]), str(r["by"]), f"{r['slice']} ({r['ratings']})", str(r["metric"])),
            *(float(r["value"]), int(r["n"]), str(r["of"])),
        )
        for r in table.to_dict("records")
    ]
    columns = ("algorithm", "by", "slice (training ratings)", "metric", "value", "measured on", "of")
    return _table(f"Who is it good for? Nothing is quoted of fewer than {FEWEST}", columns, rows)


def _folds(report: Report) -> str:
    rows = [
        (
            *(cell.algorithm, cell.fold + 1),
            *(cell.values.get(name, float("nan")) for name in report.metrics),
            *(cell.n_ratings, cell.n_users, "–" if cell.n_without is None else cell.n_without),
        )
        for cell in report.cells
    ]
    named = [_title(name, report.protocol.k) for name in report.metrics]
    columns = ("algorithm", "fold", *named, "test ratings", "people", "people with nothing relevant")
    return _table("Fold by fold", columns, rows)


def _code(report: Report) -> str:
    programs = report.code()
    text = f"<h2>Make it again</h2><pre><code>{escape(programs.ours)}</code></pre>"
    if programs.surprise:
        text += f"<h3>In Surprise</h3><pre><code>{escape(programs.surprise)}</code></pre>"
    return text


def _origin(report: Report) -> str:
    settings = [(one.label, one.algorithm, str(dict(one.hyper_parameters))) for one in report.contenders]
    versions = " · ".join(f"{name} {number}" for name, number in report.versions.items())
    return (
        _table("Settings in force", ("label", "algorithm", "hyper-parameters"), settings)
        + f"<p>{escape(versions)}. Begun {escape(report.created)}. Protocol {report.protocol.identity}.</p>"
        + f"<details><summary>Protocol</summary><pre>{escape(report.protocol.to_json())}</pre></details>"
    )
