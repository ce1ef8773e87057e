"""What a search found, in sentences, and the Python that finds it again."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Sequence

import recsys_core as rc
from recsys_core.evaluation.search import SearchReport
from recsys_core.jobs import Event
from ui.charts.tune import done, name_of, short, varied
from ui.tune.plan import SAMPLERS


def setting(report: SearchReport) -> str:
    """The best setting for a person: "n_factors 20, learning_rate 0.01"; empty while there is none."""
    if report.best is None:
        return ""
    names = varied(report) or list(report.varied)
    return ", ".join(f"{name} {short(report.best.parameters[name])}" for name in names)


def answer(report: SearchReport, started: float | None = None) -> str:
    """What came of it, in a sentence or two.

    Args:
        report: a search, finished or not.
        started: when the job began, in seconds since 1970: a test opened before then is told of as
            an earlier one.
    """
    title, best = name_of(report), report.best
    if best is None:
        if not report.finished:
            return "No setting has been measured on every fold yet."
        why = Counter(cell.error for cell in report.cells if cell.error).most_common(1)
        return f"None of the {report.n_cells} cells came to its end. " + (why[0][0] if why else "")
    name = "Best" if report.finished else "Best so far"
    n_folds = len(report.protocol.split_identities)
    measured = f"{best.score:.4f} ± {best.sd:.4f} over {n_folds} folds"
    words = f"{name}: {setting(report)}. Validation {title} {measured}."
    if report.test is None:
        return words
    test = report.test
    if not math.isfinite(test.score):
        return f"{words} On the sealed test it could not be measured: {test.error or 'no reason is known.'}"
    return f"{words} On the sealed test, {_opened(test.opening.opened_at, started)}: {test.score:.4f}."


def _opened(at: float, started: float | None) -> str:
    if started is not None and at >= started:
        return "opened once, at the end of this search"
    return f"opened once, on {time.strftime('%d %B %Y at %H:%M', time.localtime(at))}"


def taken_up(report: SearchReport, events: Sequence[Event]) -> str:
    """How many cells an equal search had done before this one began; empty where it was the first.

    Args:
        report: the search.
        events: of its job, oldest first. The first with cells tells of what was on record, or, where
            nothing was, of the first cell.
    """
    before = next((event.epoch for event in events if event.epoch), 0)
    if before < 2:
        return ""
    if before >= report.n_cells:
        return "An equal search was made here before: nothing was trained again, these are its results."
    return f"{before} of the {report.n_cells} cells were on record from an equal search and not done again."


def remarks(report: SearchReport) -> list[str]:
    """What to bear in mind about the answer, a sentence each."""
    best = report.best
    said: list[str] = []
    if best is None:
        return said
    cells = done(report)
    sign = 1 if report.better == "lower" else -1
    sd = best.sd if math.isfinite(best.sd) else 0.0
    near = sum(sign * cell.mean <= sign * best.score + sd for cell in cells) - 1
    if near > 0 and report.finished:
        are = "cell is" if near == 1 else "cells are"
        said.append(
            f"{near} other {are} within one standard deviation of the best: between those, this data hardly "
            "decides."
        )
    if report.test is not None and math.isfinite(report.test.score):
        n_folds = len(report.protocol.split_identities)
        said.append(
            f"For the test ({report.test.n_ratings:,} ratings) the model learned from all the rest; within "
            f"the {n_folds} folds only from {1 - 1 / n_folds:.0%} of it. So the two numbers may differ "
            "either way, and the test is the one to quote."
        )
    elif report.finished and report.test_share == 0:
        said.append(
            "Nothing was sealed for a test: the best of many is better than it will be on new ratings, "
            "by luck."
        )
    return said


def code(report: SearchReport, pruning: bool = True) -> str:
    """The Python that makes the same table again.

    Args:
        report: the search.
        pruning: whether cells were stopped early.
    """
    protocol = report.protocol
    lines = ["import recsys_core as rc", "", f"dataset = rc.load({protocol.dataset!r})"]
    call = "grid_search" if report.sampler == "grid" else "search"
    lines += [f"report = rc.{call}(", f"    {report.algorithm!r},", "    {"]
    for name, one in report.space.items():
        if isinstance(one, dict):
            text = f"rc.Range({one['low']!r}, {one['high']!r}, log={one['log']!r})"
        else:
            text = repr(list(one))
        lines.append(f"        {name!r}: {text},")
    lines += ["    },", "    dataset,"]
    if call == "search":
        lines += [f"    {report.sampler!r},", f"    n_trials={report.n_cells},", f"    pruning={pruning!r},"]
    lines += [
        f"    folds={protocol.splitting.folds},",
        f"    seed={report.seed},",
        f"    metric={report.metric!r},",
        f"    test_share={report.test_share!r},",
        f"    k={protocol.k},",
        f"    relevance={protocol.relevance!r},",
        ")",
        "print(report.table.to_string())",
        "print(report.best)",
    ]
    if report.test_share:
        lines.append("print(report.test)")
    return "\n".join([*lines, ""])


def how(report: SearchReport) -> list[str]:
    """How every number was measured, a sentence each."""
    title = rc.algorithms()[report.algorithm].title
    n = report.n_cells
    said = [
        f"{SAMPLERS[report.sampler][0]} search over {', '.join(varied(report)) or 'one setting'} of "
        f"“{title}”: {n} cell{'' if n == 1 else 's'}, seed {report.seed}, by {name_of(report)}, the "
        f"{report.better} the better.",
        report.protocol.words,
        "Every cell met the same folds. ± is the standard deviation over the folds.",
    ]
    if report.test is not None:
        opening = report.test.opening
        when = time.strftime("%d %B %Y at %H:%M:%S", time.localtime(opening.opened_at))
        said.append(
            f"{report.test_share:.0%} of the ratings were sealed before anything was tried, and opened once, "
            f"on {when}, with the choice {opening.chosen}. A second opening is refused."
        )
    said.append(
        f"Search {report.identity[:16]}, ratings {report.protocol.fingerprint[:16]}, protocol "
        f"{report.protocol.identity[:16]}: equal ones have equal marks."
    )
    return said
