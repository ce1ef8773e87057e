"""One prediction written out: the model's equation in letters, then with the numbers that make it.

Everything comes from `Algorithm.explain`. Titles and names never go into LaTeX, where they could
be commands: they stand in the table of the same addends.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from recsys_core.algorithms import Algorithm, Profile
from recsys_core.algorithms.base import Term, User
from recsys_core.dataset import Dataset
from recsys_core.errors import LeakError
from recsys_core.evaluation.guard import seen

LARGEST = 4
"""Of a long sum, as many addends are written; the others are one number, and "and 32 more"."""
_PER_LINE = 4
"""Numbers on one line, so that a phone shows them."""
_TAKEN_OFF = frozenset({"C̄_u", "C̄_i"})
"""Symbols that the equation subtracts: their addends have the minus in them already."""
_VOTES = {
    "s_uv·d_vi": r"\frac{\sum_v s_{uv}\,d_{vi}}{\sum_v s_{uv}}",
    "s_ij·d_uj": r"\frac{\sum_j s_{ij}\,d_{uj}}{\sum_j s_{ij}}",
}
_SPREADS = {"s_uv·d_vi": r"\sigma_u\,", "s_ij·d_uj": r"\sigma_i\,"}
_LETTERS = {
    "μ": r"\mu ",
    "θ": r"\theta ",
    "φ": r"\varphi ",
    "ε": r"\varepsilon ",
    "Δ": r"\Delta ",
    "σ": r"\sigma ",
    "·": r"\cdot ",
    "₀": "_0",
    "₁": "_1",
}
_GAVE = re.compile(r"person (\d+) gave (\S+)")
_RATED = re.compile(r"rated item (\d+) with (\S+)")


@dataclass(frozen=True, eq=False)
class Equation:
    """A prediction in letters and in numbers.

    Attributes:
        latex: both, one below the other, for `st.latex`.
        addends: the numbers as they are written, unrounded; their sum is the prediction.
        left_out: how many addends stand together in "and … more"; their sum is among `addends`.
        table: one row an addend, in the order written and none left out, and the prediction last.
    """

    latex: str
    addends: tuple[float, ...]
    left_out: int
    table: pd.DataFrame


def equation(model: Algorithm, data: Dataset, user: User, item: int) -> Equation:
    """Write out what `model.explain(user, item)` tells.

    Raises:
        NotFittedError, DataError: as `explain`.
    """
    why = model.explain(user, item)
    groups = _groups(why.terms)
    written = [part for group in groups for part in _written(group)]
    left = r"\hat{p}_{ui}" if model.binary else r"\hat{r}_{ui}"
    letters = [_signed_letters(model, group[0].symbol) for group in groups]
    numbers = [_number(value, n_more) for value, n_more in written]
    lines = [
        *_lines(letters, per_line=_PER_LINE),
        *_lines(numbers, per_line=_PER_LINE),
        *([f"&= {why.estimate:.2f}"] if len(written) > 1 else []),  # one number is the estimate itself
    ]
    return Equation(
        r"\begin{aligned}" + left + r" \\ ".join(lines) + r"\end{aligned}",
        tuple(value for value, _ in written),
        sum(n_more for _, n_more in written),
        _table(model, data, user, item, groups, why.estimate),
    )


# ---------------------------------------------------------------- in letters and numbers


def _groups(terms: Sequence[Term]) -> list[list[Term]]:
    """Addends of one symbol belong to one sum; in the order of the equation, a long sum's largest first."""
    groups: dict[str, list[Term]] = {}
    for term in terms:
        groups.setdefault(term.symbol, []).append(term)
    return [
        sorted(group, key=lambda term: -abs(term.value)) if _is_long(group) else group
        for group in groups.values()
    ]


def _written(group: list[Term]) -> list[tuple[float, int]]:
    """The numbers to write for one sum, each with how many addends stand in it beside one another."""
    values = [term.value for term in group]
    if not _is_long(group):
        return [(value, 0) for value in values]
    rest = values[LARGEST:]
    return [*((value, 0) for value in values[:LARGEST]), (sum(rest), len(rest))]


def _is_long(group: list[Term]) -> bool:
    return len(group) > LARGEST + 1


def _number(value: float, n_more: int) -> str:
    sign = "-" if round(value, 2) < 0 else "+"
    number = f"{abs(value):.2f}"
    return f"{sign} " + (rf"\underbrace{{{number}}}_{{\text{{{n_more} more}}}}" if n_more else number)


def _signed_letters(model: Algorithm, symbol: str) -> str:
    return ("- " if symbol in _TAKEN_OFF else "+ ") + _letters(model, symbol)


def _letters(model: Algorithm, symbol: str) -> str:
    if symbol in _VOTES:
        spread = _SPREADS[symbol] if getattr(model, "variant", "") == "zscore" else ""
        return spread + _VOTES[symbol]
    text = unicodedata.normalize("NFD", symbol)
    text = re.sub(r"(?<![_a-z])[a-z]{3,}", r"\\text{\g<0>}", text)
    text = re.sub("(\\w)\u0304", r"\\bar{\1}", text)
    text = re.sub(r"_([a-z0-9]+)", r"_{\1}", text)
    return "".join(_LETTERS.get(sign, sign) for sign in text)


def _lines(parts: list[str], per_line: int) -> list[str]:
    """Parts with their signs, on as many lines as they need, after one sign of equality."""
    rows = [" ".join(parts[k : k + per_line]) for k in range(0, len(parts), per_line)] or ["0"]
    first = rows[0].removeprefix("+ ")
    return [f"&= {first}", *(rf"&\quad {row}" for row in rows[1:])]


# ---------------------------------------------------------------- in words


def _table(
    model: Algorithm, data: Dataset, user: User, item: int, groups: list[list[Term]], estimate: float
) -> pd.DataFrame:
    unit = "probability" if model.binary else "stars"
    rows = [_row(model, data, user, item, term) | {unit: term.value} for group in groups for term in group]
    rows.append({"what": "the prediction", "symbol": "p̂_ui" if model.binary else "r̂_ui", unit: estimate})
    frame = pd.DataFrame(rows)
    order = ["what", unit, "symbol", *(name for name in ("rating", "likeness") if name in frame)]
    return frame[order]


def _row(model: Algorithm, data: Dataset, user: User, item: int, term: Term) -> dict[str, object]:
    """What an addend is: for a neighbour who it is, what they gave and how alike they are."""
    gave, rated = _GAVE.fullmatch(term.label), _RATED.fullmatch(term.label)
    if gave is None and rated is None:
        return {"what": term.label, "symbol": term.symbol}
    if gave is not None:
        neighbour = int(gave[1])
        what, rating = f"person {data.user_ids[neighbour]}", float(gave[2])
        x: User = user
    else:
        assert rated is not None  # noqa: S101
        neighbour = int(rated[1])
        what, rating = data.catalogue.label(neighbour), float(rated[2])
        x = item
    likeness = _likeness(model, x)
    return {
        "what": what,
        "symbol": term.symbol,
        "rating": rating,
        "likeness": None if likeness is None else float(likeness[neighbour]),
    }


def _likeness(model: Algorithm, x: User) -> Sequence[float] | None:
    """How alike a row of the model is to every other; of a person folded in, their own vector."""
    if isinstance(x, Profile):
        return x.vector
    row = getattr(model, "similarity_row", None)
    return None if row is None else row(x)


# ---------------------------------------------------------------- beside it, the truth


def learned_from(model: Algorithm, data: Dataset, position: int) -> bool | None:
    """Whether the model was trained on the rating at a position of the file; None if nobody can tell."""
    try:
        return bool(seen(model, data.ratings, [position])[0])
    except LeakError:
        return None


def rating_of(data: Dataset, user: int, item: int) -> tuple[float, int] | None:
    """What this person of the data gave, and where in the file that stands; None if they rated it not."""
    view = data.ratings.by_user
    part = slice(view.starts[user], view.starts[user + 1])
    found = (view.others[part] == item).nonzero()[0]
    if not len(found):
        return None
    return float(view.values[part][found[0]]), int(view.order[part][found[0]])
