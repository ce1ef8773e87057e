"""What one factor goes along with: the items at its two ends, and rank correlations.

A correlation says what a factor goes along with and no more. The factors of most models are found
up to a rotation, so a single axis need not mean anything at all.

Source: Spearman (1904), The Proof and Measurement of Association between Two Things.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys_core.dataset import NO_YEAR, Catalogue
from recsys_core.errors import DataError
from recsys_core.ratings import FloatArray, IntArray, LongArray, Ratings, frozen
from recsys_core.space.neighbours import Model, best, checked_item, item_table


@dataclass(frozen=True)
class Correlation:
    """Spearman's rank correlation of a factor with one known thing.

    Attributes:
        kind: "genre", "year", "popularity" (how many ratings) or "average" (the mean rating).
        name: the genre's name, else the same as `kind`.
        value: −1 to 1.
        n_items: over how many items; those of unknown year, for one, are left out.
    """

    kind: str
    name: str
    value: float
    n_items: int


@dataclass(frozen=True, eq=False)
class Meaning:
    """One factor in numbers.

    Attributes:
        factor: its index.
        low, high: (k,) the items at its two ends, the outermost first.
        correlations: the strongest first, whichever their sign; a thing that is the same for all has none.
    """

    factor: int
    low: IntArray
    high: IntArray
    correlations: tuple[Correlation, ...]

    def __post_init__(self) -> None:
        frozen(self.low)
        frozen(self.high)


def meaning_of_factor(
    model: Model, factor: int, catalogue: Catalogue, ratings: Ratings, *, n: int = 5, min_ratings: int = 1
) -> Meaning:
    """The two ends of a factor and what it goes along with, over items with enough ratings.

    Args:
        model: a fitted model with item factors, or a table of them.
        factor: which column.
        catalogue, ratings: what the model was fitted on.
        n: how many items at each end, at most.
        min_ratings: items with fewer are left out, at the ends and in the correlations.

    Raises:
        DataError: there is no such factor, the catalogue is of other items, or fewer than 3 items are left.
        UnsupportedError, NotFittedError: as `similar_items`.

    Cost: O(n_genres n_items log n_items).
    """
    column, rows, things = _laid_out(model, factor, catalogue, ratings, min_ratings)
    if n < 1:
        raise DataError(f"Each end has at least 1 item; {n} were asked for.")
    found = []
    for kind, name, values, among in things:
        value = spearman(column[among], values[among])
        if value is not None:
            found.append(Correlation(kind, name, value, len(among)))
    found.sort(key=lambda c: -abs(c.value))
    low, high = best(column, rows, n), best(-column, rows, n)
    return Meaning(int(factor), low.astype(np.int32), high.astype(np.int32), tuple(found))


def strongest_by_chance(
    model: Model,
    factor: int,
    catalogue: Catalogue,
    ratings: Ratings,
    *,
    min_ratings: int = 1,
    n_shuffles: int = 200,
    seed: int = 0,
) -> FloatArray:
    """The strongest |ρ| over all things, where the factor's numbers are shuffled among the items.

    Of twenty genres one will always go along with a factor a little: a correlation says something
    only where it is stronger than the strongest that chance alone gives. So its 95th hundredth is a
    floor for all of them at once.

    Args:
        model, factor, catalogue, ratings, min_ratings: as `meaning_of_factor`.
        n_shuffles: how many times.

    Returns:
        (n_shuffles,) each 0 to 1.

    Raises:
        DataError, UnsupportedError, NotFittedError: as `meaning_of_factor`.

    Source: Westfall and Young (1993), Resampling-Based Multiple Testing.
    Cost: O(n_shuffles n_genres n_items).
    """
    column, _, things = _laid_out(model, factor, catalogue, ratings, min_ratings)
    ranked = _ranked([(column[among], values[among]) for _, _, values, among in things])
    random, strongest = np.random.default_rng(seed), np.zeros(n_shuffles)
    for mine, others in ranked:  # those of unknown year are left out of one of them only
        for k in range(n_shuffles):
            strongest[k] = max(strongest[k], float(np.abs(others @ random.permutation(mine)).max()))
    return strongest


def _ranked(pairs: list[tuple[FloatArray, FloatArray]]) -> list[tuple[FloatArray, FloatArray]]:
    """Centred ranks of length 1: (n,) of the factor with (m, n) of the things known of the same n items."""
    groups: dict[int, tuple[FloatArray, list[FloatArray]]] = {}
    for column, values in pairs:
        mine, other = _unit_ranks(column), _unit_ranks(values)
        if mine is not None and other is not None:
            groups.setdefault(len(column), (mine, []))[1].append(other)
    return [(mine, np.array(others)) for mine, others in groups.values()]


def _laid_out(
    model: Model, factor: int, catalogue: Catalogue, ratings: Ratings, min_ratings: int
) -> tuple[FloatArray, LongArray, list[tuple[str, str, FloatArray, LongArray]]]:
    """The factor's column; the items with enough ratings; and the things it may go along with: kind,
    name, a number an item, and of which of those items it is known."""
    factors, known = item_table(model, ratings)
    factor = checked_item(factor, factors.shape[1], "factor")
    if len(catalogue) != len(factors):
        raise DataError(f"The catalogue has {len(catalogue)} items, the factors {len(factors)}.")
    counts = ratings.by_item.counts
    rows = np.flatnonzero(known & (counts >= max(1, min_ratings)))
    if len(rows) < 3:
        raise DataError(f"{len(rows)} items have {min_ratings} ratings or more; a correlation needs 3.")
    sums = np.bincount(ratings.items, weights=ratings.values, minlength=ratings.n_items)
    things: list[tuple[str, str, FloatArray, LongArray]] = [
        ("year", "year", catalogue.years.astype(np.float64), rows[catalogue.years[rows] != NO_YEAR]),
        ("popularity", "popularity", counts.astype(np.float64), rows),
        ("average", "average", sums / np.maximum(counts, 1), rows),
    ]
    for g, name in enumerate(catalogue.genre_names):
        things.append(("genre", name, catalogue.genres[:, g].astype(np.float64), rows))
    return factors[:, factor], rows, things


def norm_against_popularity(model: Model, ratings: Ratings) -> Correlation:
    """How far the length of an item's row goes along with how many people rated it.

    Raises:
        DataError: fewer than 3 items have ratings, or all rows are of one length.
        UnsupportedError, NotFittedError: as `similar_items`.
    """
    factors, known = item_table(model, ratings)
    counts = ratings.by_item.counts
    rows = np.flatnonzero(known & (counts > 0))
    value = spearman(np.linalg.norm(factors[rows], axis=1), counts[rows].astype(np.float64))
    if value is None:
        raise DataError("Lengths (or numbers of ratings) that are all the same go along with nothing.")
    return Correlation("popularity", "popularity", value, len(rows))


def spearman(x: FloatArray, y: FloatArray) -> float | None:
    """Rank correlation, equals sharing their mean rank; None for fewer than 3 pairs or where one side
    is all the same."""
    a, b = _unit_ranks(x), _unit_ranks(y)
    return None if a is None or b is None else float(a @ b)


def _unit_ranks(x: FloatArray) -> FloatArray | None:
    """(n,) ranks less their mean, of length 1; None where there are none to tell apart."""
    if len(x) < 3:
        return None
    from scipy.stats import rankdata

    ranks: FloatArray = rankdata(x) - (len(x) + 1) / 2
    length = float(np.linalg.norm(ranks))
    return ranks / length if length > 0 else None
