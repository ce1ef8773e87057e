"""What a finished comparison says, in sentences computed from it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from recsys_core.errors import DataError
from recsys_core.evaluation import Report
from recsys_core.evaluation.cross_validation import BASELINES
from recsys_core.evaluation.metrics import metrics
from recsys_core.evaluation.significance import FEWEST, Difference
from recsys_core.evaluation.trade_off import Trap, rmse_trap
from ui.charts.compare import Axis, shown

SECONDS = Axis("training time", "lower", "seconds")
MEMORY = Axis("memory", "lower", "MB")
KEPT = 16
"""How many answers are remembered: a click on something else must not draw 2,000 samples anew."""
SENTENCES = {
    "rmse": "has the lowest error",
    "ndcg": "makes the best lists",
}


def axis(name: str, k: int) -> Axis:
    """A metric as charts need it; `name` may also be a column of times or memory."""
    if name == "fit seconds":
        return SECONDS
    if name == "peak MB":
        return MEMORY
    known = metrics()[name]
    return Axis(known.title.replace("@k", f"@{k}"), known.better, known.unit)


def trivial(report: Report) -> frozenset[str]:
    """Labels of those that are there to be beaten."""
    return frozenset(one.label for one in report.contenders if one.algorithm in BASELINES)


def means(report: Report, name: str) -> dict[str, float]:
    """The mean over the folds by label; nan where there is none."""
    return {str(label): float(value) for label, value in report.table[name].items()}


@dataclass(frozen=True)
class Answer:
    """Who is best in one metric.

    Attributes:
        metric: its name.
        best, next: labels; `next` is empty where only one has a figure.
        words: a sentence or two.
    """

    metric: str
    best: str
    next: str
    words: str


@lru_cache(maxsize=KEPT)
def answer(report: Report, name: str) -> Answer | None:
    """Who is best in a metric, and whether the gap to the next is real; None if nobody has a figure."""
    found = {label: value for label, value in means(report, name).items() if math.isfinite(value)}
    if not found:
        return None
    of = axis(name, report.protocol.k)
    order = of.best_first(found)
    best = order[0]
    verb = SENTENCES.get(name, f"is best in {of.title}")
    words = f"{best} {verb}: {of.title} {shown(found[best])}."
    if len(order) == 1:
        return Answer(name, best, "", words)
    second = order[1]
    words += f" {_gap(difference(report, best, second, name), second, found, of, _why(report))}"
    return Answer(name, best, second, words)


def difference(report: Report, a: str, b: str, name: str) -> Difference | None:
    """How far apart two are; None where the report was saved without its figures by person."""
    try:
        found = differences(report, name)
    except DataError:
        return None
    one = next(each for each in found if {each.a, each.b} == {a, b})
    return one if one.a == a else one.turned


@lru_cache(maxsize=KEPT)
def differences(report: Report, name: str) -> tuple[Difference, ...]:
    """Every two models compared in a metric.

    Raises:
        DataError: as `Report.differences`, which takes a second for eleven models and 6,000 people.
    """
    return report.differences(name)


def _why(report: Report) -> str:
    """Why a gap may not be judged; empty where there is no plain reason."""
    if report.people is None:
        return ": the run was kept without its figures by person"
    few = len(report.people.users) < FEWEST
    return f": that takes {FEWEST} people or more, and there are {len(report.people.users)}" if few else ""


def _gap(gap: Difference | None, second: str, found: Mapping[str, float], of: Axis, why: str) -> str:
    words = f"The gap to the next, {second} with {shown(found[second])},"
    if gap is None or math.isnan(gap.p_adjusted):
        return f"{words} cannot be judged here{why}."
    if gap.real:
        return f"{words} is real: {_between(gap)} with 95% confidence."
    if gap.low <= 0 <= gap.high:
        return f"{words} is too small to tell from luck: {_between(gap)}."
    return f"{words} is too small to tell from luck once it is corrected for all pairs: {_between(gap)}."


def _between(gap: Difference) -> str:
    ends = sorted((abs(gap.low), abs(gap.high)))
    if gap.low <= 0 <= gap.high:
        return f"it may be anything from {gap.low:+.4f} to {gap.high:+.4f}"
    return f"between {ends[0]:.4f} and {ends[1]:.4f}"


@lru_cache(maxsize=KEPT)
def trap(report: Report) -> Trap | None:
    """Whether choosing by error would miss the best lists; None too where it cannot be told."""
    try:
        return rmse_trap(report)
    except DataError:
        return None


def no_better(report: Report, name: str = "rmse") -> tuple[list[str], str]:
    """Which of those chosen are no better than the best trivial one; and its label, or empty."""
    found, beneath = means(report, name), trivial(report)
    of = axis(name, report.protocol.k)
    floor = [n for n in of.best_first({n: v for n, v in found.items() if n in beneath}) if _ok(found[n])]
    if not floor:
        return [], ""
    order = of.best_first(found)
    after = order[order.index(floor[0]) + 1 :]
    return [label for label in after if label not in beneath and _ok(found[label])], floor[0]


def _ok(value: float) -> bool:
    return math.isfinite(value)


def left_out(report: Report) -> str:
    """How many people had nothing to find, in a sentence; empty where no lists were made."""
    cells = [cell for cell in report.cells if not cell.error and cell.n_without is not None]
    if not cells:
        return ""
    first = {cell.fold: cell for cell in cells}
    without = sum(cell.n_without or 0 for cell in first.values())
    tested = sum(cell.n_users for cell in first.values())
    words = (
        f"{without:,} of {tested:,} (people counted once a fold) had nothing in the test part they liked, "
        "and are left out of the figures that need it."
    )
    empty = [str(fold + 1) for fold, cell in sorted(first.items()) if cell.n_without == cell.n_users]
    if empty:
        words += (
            f" In fold {', '.join(empty)} that is everybody, so those figures are not a number: take fewer "
            "folds, or call lower ratings liked."
        )
    return words


def failures(report: Report) -> list[str]:
    """What went wrong or has to be known, a sentence each: failures, then what is not a number."""
    return [f"{label} failed. {why}" for label, why in report.errors.items()]
