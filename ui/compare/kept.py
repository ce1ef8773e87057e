"""A comparison as a run on record, and back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from recsys_core.errors import DataError, RecsysError
from recsys_core.evaluation import Protocol, Report
from recsys_core.jobs import Job

if TYPE_CHECKING:
    from recsys_core.store.runs import Run

KIND = "comparison"


def run_of(job: Job, report: Report) -> Run:
    """What is put on record; figures by person are left out where they take too much room."""
    from recsys_core.store.runs import Run

    def made(of: Report) -> Run:
        return Run(
            KIND,
            job.owner,
            of.protocol.dataset,
            of.protocol.fingerprint,
            protocol=json.loads(of.protocol.to_json()),
            spec=job.spec.to_json(),
            report=json.loads(of.to_json()),
            seconds=job.events[-1].seconds if job.events else 0.0,
        )

    run = made(report)
    try:
        run.check_size()
    except RecsysError:
        run = made(replace(report, people=None))
    return run


def report_in(run: Run) -> Report:
    """The report of a run.

    Raises:
        DataError: it has none that can be read.
    """
    if run.report is None:
        raise DataError("This run was read without its report.")
    return Report.from_json(json.dumps(run.report))


def protocol_in(run: Run) -> Protocol:
    """The protocol of a run.

    Raises:
        DataError: it cannot be read.
    """
    return Protocol.from_json(json.dumps(dict(run.protocol)))


def title(run: Run) -> str:
    """A run in a line, for a list to choose from; no two are the same."""
    asked = run.spec.get("algorithms", {})
    n = len(asked) if isinstance(asked, dict) else 0
    moment = f"{datetime.fromtimestamp(run.created_at, UTC):%d %b %Y, %H:%M} UTC"
    try:
        how = protocol_in(run).splitting.words
    except DataError:
        how = "unknown protocol"
    name = f"{run.name} · " if run.name else ""
    return f"{name}{moment} · {n} models · {how} · {run.id[:4]}"
