"""Signals on one footing, and their weighted sum.

    score_ui = Σ_k w_k x_kui / Σ_k w_k                                       (1)

w_k the weight of signal k, x_kui its normalised value. Each addend is the part of one signal in the score,
exactly. Doubling every weight changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from recsys_core.errors import DataError
from recsys_core.ranking.normalise import check_normalisation, normalise
from recsys_core.ranking.signals import Asked, Shared, Signal, signals
from recsys_core.ranking.weights import HybridWeights
from recsys_core.ratings import BoolArray, FloatArray, IntArray, frozen

FALLBACK = "popularity"
"""What stands in where nothing that counts says anything."""


@dataclass(frozen=True, eq=False)
class Signals:
    """What there is to weigh for one person: computed once, weighed at every move of a slider.

    Attributes:
        names: which signals, one row each.
        raw: (n_signals, n_items) in their own units; `nan` where nothing is known.
        values: (n_signals, n_items) normalised over the whole catalogue, finite.
        normalisation: how.
        placed: (n_items,) nobody rated it: predicted by its genres or features.
        silent: signals that say nothing about any item, and why.
        notes: what a person should know of these numbers, a sentence each.
    """

    names: tuple[str, ...]
    raw: FloatArray
    values: FloatArray
    normalisation: str
    placed: BoolArray
    silent: dict[str, str]
    notes: tuple[str, ...]

    def row(self, name: str) -> int:
        """Which row a signal is."""
        return self.names.index(name)

    def silenced(self, name: str, why: str) -> Signals:
        """The same, had one signal nothing to say of any item; as they are where it is not among them."""
        if name not in self.names:
            return self
        raw, values = self.raw.copy(), self.values.copy()
        raw[self.row(name)], values[self.row(name)] = np.nan, 0.0
        frozen(raw)
        frozen(values)
        return replace(self, raw=raw, values=values, silent={**self.silent, name: why})


def signals_of(
    asked: Asked,
    normalisation: str = "min_max",
    names: Sequence[str] | None = None,
    shared: Shared | None = None,
) -> Signals:
    """Every signal for one person.

    Args:
        asked: for whom.
        normalisation: one of `NORMALISATIONS`.
        names: which signals; by default all.
        shared: made earlier for the same model and data set; by default that of `asked`.

    Raises:
        DataError: there is no such signal or normalisation.

    Cost: the model's scores, one product for likeness and O(n_items) for each signal.
    """
    check_normalisation(normalisation)
    known = signals()
    chosen = tuple(known) if names is None else tuple(names)
    if unknown := [name for name in chosen if name not in known]:
        raise DataError(f"There is no signal {unknown[0]!r}; there are: {', '.join(known)}.")
    if shared is not None and shared is not asked.shared:
        asked = replace(asked, shared=shared)
    n_items = len(asked.dataset.catalogue)
    raw, values = np.empty((len(chosen), n_items)), np.empty((len(chosen), n_items))
    silent: dict[str, str] = {}
    notes: list[str] = []
    for row, name in enumerate(chosen):
        raw[row], values[row], why = _row(known[name], asked, normalisation)
        if why is not None:
            silent[name] = why
        elif (n := int(np.isnan(raw[row]).sum())) > 0:
            notes.append(
                f"“{known[name].title}” knows nothing of {asked.counted(n)}, which count as average there."
            )
    placing = asked.shared.placing
    placed = np.zeros(n_items, dtype=np.bool_)
    placed[placing.items] = True
    if "rating" in chosen and placed.any():
        notes.insert(0, f"Nobody rated {asked.counted(int(placed.sum()))}: predicted by {placing.by}.")
    for array in (raw, values, placed):
        frozen(array)
    return Signals(chosen, raw, values, normalisation, placed, silent, tuple(notes))


def _row(signal: Signal, asked: Asked, how: str) -> tuple[FloatArray, FloatArray, str | None]:
    """Raw and normalised numbers of one signal, and why it is silent, if it is."""
    kept = None if signal.personal else asked.shared.rows.get((signal.name, how))
    if kept is not None:
        return kept
    raw = np.asarray(signal.raw(asked), dtype=np.float64)
    if not np.isfinite(raw).all():
        raw = np.where(np.isfinite(raw), raw, np.nan)
    found = raw, normalise(raw, how), signal.silent(asked) if np.isnan(raw).all() else None
    if not signal.personal:
        asked.shared.rows[signal.name, how] = found
    return found


def blend(signals: Signals, weights: HybridWeights) -> FloatArray:
    """(n_items,) equation (1).

    Raises:
        DataError: every weight is 0, or a signal that counts was not computed.
    """
    shares = weights.shares_of(signals.names)
    on = np.flatnonzero(shares)
    # One row after the other, so that each score is the sum of its contributions in the same order.
    score = np.zeros(signals.values.shape[1])
    for k in on:
        score += shares[k] * signals.values[k]
    return score


def order_of(signals: Signals, weights: HybridWeights, scores: FloatArray) -> FloatArray:
    """(n_items,) what to rank by: the scores; of one signal alone what is `decisive`."""
    if len(weights.active) == 1:
        return decisive(signals.raw[signals.row(weights.active[0])], scores)
    return scores


def decisive(raw: FloatArray, values: FloatArray) -> FloatArray:
    """(n_items,) what one signal alone is ranked by: its raw numbers where all are known, for normalising
    could round two of them together; else the normalised ones, where what is unknown stands at the mean.

    Args:
        raw, values: (n_items,) of the signal, in its own unit and normalised.
    """
    return raw if np.isfinite(raw.sum()) else values


def speaking(found: Signals, weights: HybridWeights) -> tuple[HybridWeights, list[str]]:
    """The weights; or `FALLBACK`, named, where nothing that counts says anything about any item.

    Args:
        found: with `FALLBACK` among its names; without it nothing stands in.
        weights: as asked for.

    Returns:
        What is in force, and a sentence for each signal that counts and says nothing.

    Raises:
        DataError: every weight is 0.
    """
    shares = weights.shares
    titles = signals()
    notes = [
        f"“{titles[k].title}” says nothing: {found.silent[k]}." for k in weights.active if k in found.silent
    ]
    if len(notes) == len(weights.active) and FALLBACK in found.names and not shares[FALLBACK]:
        notes.append("So the most rated come first, which is the same for everyone.")
        return HybridWeights(**{FALLBACK: 1.0}), notes
    return weights, notes


def tied(by: FloatArray, among: IntArray) -> list[str]:
    """That nothing tells these items apart, if so: by (n_items,) what they are ranked by."""
    if len(among) > 1 and not np.ptp(by[among]) > 0:
        return ["Nothing that is turned up tells these apart: they stand in the order of the catalogue."]
    return []


def unknown(asked: Asked, found: Signals, weights: HybridWeights, items: IntArray) -> list[str]:
    """What is not known of the items in a list, a sentence each."""
    notes = []
    n = int(found.placed[items].sum())
    if n and "rating" in weights.active:
        by = asked.shared.placing.by
        notes.append(f"In this list nobody rated {asked.counted(n)}: predicted by {by}.")
    for name in weights.active:
        n = int(np.isnan(found.raw[found.row(name), items]).sum())
        if n and name not in found.silent:
            title = signals()[name].title
            notes.append(
                f"“{title}” knows nothing of {asked.counted(n)} in it, which count as average there."
            )
    return notes
