"""A prediction put together from its terms, as `explain` hands it out."""

from __future__ import annotations

from collections.abc import Sequence

from recsys_core.algorithms.base import Explanation, Share, Term
from recsys_core.ratings import Scale


def summed(
    terms: Sequence[Term],
    scale: Scale,
    fallback: str | None,
    base: float | None = None,
    shares: tuple[Share, ...] = (),
) -> Explanation:
    """The terms, what the scale takes off or adds, and their sum.

    Args:
        terms: the addends of the model's equation.
        scale: what the estimate is held to.
        fallback: why the prediction is not personal, or None.
        base: what anyone would be predicted, where `base` plus `shares` is the raw sum of the terms.
        shares: what each of the person's ratings adds.
    """
    raw = sum(term.value for term in terms)
    estimate = float(scale.clip(raw))
    held = estimate - raw
    if held:
        terms = [*terms, Term("held to the scale", "clip", held)]
    return Explanation(estimate, tuple(terms), None if base is None else base + held, shares, fallback)
