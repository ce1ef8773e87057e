"""Cuts that draw ratings at random, whoever gave them and whenever."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from recsys_core.errors import DataError
from recsys_core.evaluation.splits.base import Split
from recsys_core.ratings import LongArray, Ratings


def hold_out(ratings: Ratings, share: float = 0.2, seed: int = 0) -> Split:
    """Keep a random share of the ratings for the test; both parts stay in the order of the file.

    Args:
        ratings: what to cut.
        share: of the ratings to keep, above 0 and below 1; round(share × n) of them.
        seed: 0 to 2³² − 1.

    Raises:
        DataError: the share leaves one part empty.
    """
    n = round(share * len(ratings))
    if not 0 < n < len(ratings):
        raise DataError(f"A share of {share:g} of {len(ratings)} ratings leaves nothing to learn or to test.")
    mixed = np.random.default_rng(seed).permutation(len(ratings))
    return Split("hold-out", 0, 1, seed, ratings.fingerprint, np.sort(mixed[n:]), np.sort(mixed[:n]))


def k_fold(ratings: Ratings, folds: int = 5, seed: int = 0) -> Iterator[Split]:
    """Shuffle the ratings and keep each of `folds` equal parts once for the test.

    The same cuts, in the same order, as Surprise's `KFold(n_splits=folds, random_state=seed)`:
    where the parts cannot be equal, the first ones are one rating larger.

    Args:
        ratings: what to cut.
        folds: 2 to the number of ratings.
        seed: 0 to 2³² − 1.

    Raises:
        DataError: too few or too many folds for these ratings.

    Source: Stone (1974), Cross-validatory choice and assessment of statistical predictions.
    """
    for train, test, fold in _folds(ratings, folds, np.random.RandomState(seed)):
        yield Split("k-fold", fold, folds, seed, ratings.fingerprint, train, test)


def repeated_k_fold(ratings: Ratings, folds: int = 5, repeats: int = 2, seed: int = 0) -> Iterator[Split]:
    """`k_fold` several times over, each time shuffled anew.

    The same cuts, in the same order, as Surprise's `RepeatedKFold(n_splits=folds,
    n_repeats=repeats, random_state=seed)`; the first `folds` of them are those of `k_fold`.
    Folds are counted through: part 7 of 10 is the second of the second time round.

    Args:
        ratings, folds, seed: as `k_fold`.
        repeats: how many times over, from 1.

    Raises:
        DataError: as `k_fold`.

    Source: Bouckaert & Frank (2004), Evaluating the replicability of significance tests.
    """
    generator = np.random.RandomState(seed)
    total = folds * repeats
    for again in range(repeats):
        for train, test, fold in _folds(ratings, folds, generator):
            yield Split(
                "repeated k-fold", again * folds + fold, total, seed, ratings.fingerprint, train, test
            )


def stratified_k_fold(ratings: Ratings, folds: int = 5, seed: int = 0) -> Iterator[Split]:
    """k-fold in which every person's ratings are spread evenly over the parts.

    Each person's ratings are shuffled and dealt out like cards, one person after the other, so that
    what one person has in any two parts, and what any two parts have in all, differs by one rating at
    most. Everybody with as many ratings as there are folds is in every test part. Both parts stay in
    the order of the file.

    Args:
        ratings, folds, seed: as `k_fold`.

    Raises:
        DataError: as `k_fold`.

    Source: Kohavi (1995), A study of cross-validation and bootstrap, section 3.2; the strata are people.
    """
    _check_folds(ratings, folds)
    rng = np.random.default_rng(seed)
    people = rng.permutation(ratings.n_users)[ratings.users]  # who is dealt first is drawn, too
    dealt = np.lexsort((rng.random(len(ratings)), people))
    part = np.empty(len(ratings), dtype=np.int64)
    part[dealt] = np.arange(len(ratings)) % folds
    for fold in range(folds):
        test, train = np.flatnonzero(part == fold), np.flatnonzero(part != fold)
        yield Split("stratified k-fold", fold, folds, seed, ratings.fingerprint, train, test)


def _folds(
    ratings: Ratings, folds: int, generator: np.random.RandomState
) -> Iterator[tuple[LongArray, LongArray, int]]:
    """Training part, test part and number of each fold.

    Surprise shuffles with numpy's legacy generator; equal seeds must give equal cuts.
    """
    _check_folds(ratings, folds)
    order = np.arange(len(ratings))
    generator.shuffle(order)
    parts = np.array_split(order, folds)
    for fold, test in enumerate(parts):
        yield np.concatenate([*parts[:fold], *parts[fold + 1 :]]), test.copy(), fold


def _check_folds(ratings: Ratings, folds: int) -> None:
    if not 2 <= folds <= len(ratings):
        raise DataError(f"{len(ratings)} ratings cannot be cut into {folds} folds: give 2 to {len(ratings)}.")
