"""A study as files: `study.md` to read, three tables to compute with (`retrieval.csv`, `retrieval_blend.csv`,
`blends.csv`), and `study.json` with everything: protocol, settings, versions, every figure in full
precision. `nan` is null in JSON.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recsys_core.errors import DataError
from recsys_core.evaluation.protocol import Protocol
from recsys_core.evaluation.report.files import _null, _put
from recsys_core.evaluation.study.parts import Change, Chosen, Estimate, Point, Study
from recsys_core.evaluation.study.words import reading, title_of

FORMAT = 1
NO_TIMES = (
    "These ratings have no times: a person's last ten are the last ten of the file, and recipes by arrival "
    "are left out."
)
GIVEN = ("reach", "same")
"""Figures that are below 1 as soon as anything is left out: no news in that."""
TIMES = ("candidates", "list, ms", "of it retrieval, ms", "95 % within, ms")
CURVE = ("ndcg", "recall", "novelty", "reach", "same")
BLENDS = ("ndcg", "recall", "novelty", "diversity", "calibration", "coverage", "popularity_lift", "predicted")


def save(study: Study, folder: Path) -> Path:
    """Write the five files, over earlier ones; returns the path of the Markdown.

    Raises:
        OSError: the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _put(folder / "retrieval.csv", table(study.curve).encode())
    _put(folder / "retrieval_blend.csv", table(study.blended_curve).encode())
    _put(folder / "blends.csv", table(study.blends).encode())
    _put(folder / "study.json", to_json(study).encode())
    _put(folder / "study.md", page(study).encode())
    return folder / "study.md"


def load(folder: Path) -> Study:
    """Read what `save` wrote.

    Raises:
        DataError: there is none, or it is something else.
    """
    try:
        return from_json((folder / "study.json").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"There is no study in {folder.name!r}.") from error


def to_json(study: Study) -> str:
    """Everything, in full precision; `from_json` reads it back."""
    body = dataclasses.asdict(study) | {"protocol": json.loads(study.protocol.to_json())}
    return json.dumps(_null({"format": FORMAT, **body}), indent=1, allow_nan=False) + "\n"


def from_json(text: str) -> Study:
    """Read what `to_json` wrote.

    Raises:
        DataError: it is something else.
    """
    try:
        body = json.loads(text)
        if body.pop("format") != FORMAT:
            raise DataError(f"This study has another format than {FORMAT}, which this version reads.")
        protocol = Protocol.from_json(json.dumps(body.pop("protocol")))
        for name in ("curve", "blended_curve", "blends"):
            body[name] = tuple(map(_point, body[name]))
        best, change = body["best"], body["best"]["change"]
        best = Chosen(
            best["name"],
            Estimate(**_numbers(best["ndcg"])),
            None if change is None else Change(**_numbers(change)),
        )
        body["best"] = best
        return Study(protocol=protocol, **body)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise DataError(f"This is not the text of a study ({type(error).__name__}: {error}).") from error


def _point(one: dict[str, Any]) -> Point:
    figures = {name: Estimate(**_numbers(each)) for name, each in one.pop("figures").items()}
    changes = {name: Change(**_numbers(each)) for name, each in one.pop("changes").items()}
    return Point(figures=figures, changes=changes, **one)


def _numbers(each: dict[str, Any]) -> dict[str, Any]:
    return {name: math.nan if value is None else value for name, value in each.items()}


def table(points: Sequence[Point]) -> str:
    """One row a way to make a list: every figure with its interval, its change, and the times."""
    rows = [_row(point) for point in points]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _row(point: Point) -> dict[str, object]:
    row: dict[str, object] = {"name": point.name, "n_candidates": point.n_candidates}
    for name, one in point.figures.items():
        row |= {name: one.mean, f"{name}_low": one.low, f"{name}_high": one.high, f"{name}_people": one.n}
    for name, change in point.changes.items():
        row |= {f"{name}_change": change.mean, f"{name}_change_low": change.low}
        row |= {f"{name}_change_high": change.high, f"{name}_change_p": change.p}
    row["retrieval_ms_median"] = point.retrieval_milliseconds
    row["list_ms_median"], row["list_ms_p95"] = point.milliseconds, point.milliseconds_p95
    return {name: "" if isinstance(v, float) and math.isnan(v) else v for name, v in row.items()}


def page(study: Study) -> str:
    """The study as Markdown."""
    protocol, k = study.protocol, study.protocol.k
    settings = ", ".join(f"{name} {value}" for name, value in study.hyper_parameters.items())
    how = protocol.splitting
    return "\n".join(
        [
            f"# How many candidates, and which weights? {protocol.dataset}, {study.algorithm}",
            "",
            *(f"{paragraph}\n" for paragraph in reading(study)),
            "## Quality and time by number of candidates retrieved",
            "",
            *_markdown(
                study.curve, CURVE, k, ("candidates", "list, ms", "of it retrieval, ms", "95 % within, ms")
            ),
            "",
            "## Weights and re-rankings against the plain order of predicted ratings",
            "",
            *_markdown(study.blends, BLENDS, k, ("recipe", "list, ms", "", "95 % within, ms")),
            "",
            "In brackets the 95 % interval of a bootstrap over people. Bold: the change against the first "
            "row of the table is real (paired bootstrap over the same people, p below 0.05 after Holm's "
            "correction over the column). Times are processor time of one thread, median over people: what a "
            "list takes on an idle machine. Those of the first table hold scoring; lists of blends are made "
            f"from signals computed once a person, {study.signals_milliseconds:.2f} ms on top.",
            "",
            "## How it was measured",
            "",
            f"{protocol.words} The people held out are {study.n_people:,}; {study.n_without:,} of them have "
            f"nothing relevant to find and are left out of NDCG and recall. The model knows "
            f"{study.n_items:,} items, and never saw these people: each is placed by the ratings they give. "
            "Popularity, the tops of genres and all signals are counted from what the model learned from."
            + (" The audience of this data is simulated." if study.simulated else "")
            + ("" if study.timed else f" {NO_TIMES}"),
            "",
            f"- Model: {study.algorithm} ({settings})",
            f"- Data: {protocol.dataset}, fingerprint `{protocol.fingerprint}`",
            f"- Protocol: `{protocol.identity}`",
            f"- Versions: {', '.join(f'{name} {number}' for name, number in study.versions.items())}",
            f"- Machine: {study.machine}; begun {study.created}",
            f"- Again: `python -m recsys_core study --data {protocol.dataset} --model {study.algorithm} "
            f"--share {how.share:g} --given {how.given} --seed {how.seed} --out FOLDER`",
            "",
        ]
    )


def _markdown(
    points: Sequence[Point], figures: Sequence[str], k: int, heads: tuple[str, str, str, str]
) -> list[str]:
    shown = [name for name in figures if name in points[0].figures]
    times = [head for head in heads[1:] if head]
    columns = [heads[0], *(title_of(name, k) for name in shown), *times]
    lines = [f"| {' | '.join(columns)} |", f"|---|{'---:|' * (len(columns) - 1)}"]
    for point in points:
        cells = [point.name, *(_cell(point, name) for name in shown), f"{point.milliseconds:.2f}"]
        if heads[2]:
            cells.append(f"{point.retrieval_milliseconds:.2f}" if point.retrieval_milliseconds else "–")
        lines.append(f"| {' | '.join([*cells, f'{point.milliseconds_p95:.2f}'])} |")
    return lines


def _cell(point: Point, name: str) -> str:
    one, change = point.figures[name], point.changes.get(name)
    if math.isnan(one.mean):
        return "–"
    text = f"{one.mean:.4f}" if abs(one.mean) < 1 else f"{one.mean:.3f}"
    text = f"**{text}**" if change is not None and change.real and name not in GIVEN else text
    return text if math.isnan(one.low) else f"{text} ({one.low:.3f}–{one.high:.3f})"
