"""Cuts that go through the ratings person by person."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from recsys_core.errors import DataError
from recsys_core.evaluation.splits.base import Split
from recsys_core.ratings import Ratings


def leave_one_out(ratings: Ratings, folds: int = 5, seed: int = 0) -> Iterator[Split]:
    """Keep one rating of each person for the test, drawn at random; `folds` times over.

    The same cuts, in the same order, as Surprise's `LeaveOneOut(n_splits=folds, random_state=seed)`
    as long as everybody has two ratings; whoever has a single one keeps it in the training part and is
    not tested, where Surprise would test them on it. Unlike the parts of `k_fold`, the test parts of
    two folds may share ratings.

    Args:
        ratings: what to cut.
        folds: how many draws, from 1.
        seed: 0 to 2³² − 1.

    Raises:
        DataError: nobody has two ratings, or `folds` is below 1.

    Source: Deshpande & Karypis (2004), Item-based top-N recommendation algorithms, section 6.2.
    """
    if folds < 1:
        raise DataError(f"Leaving one out {folds} times is nothing: give 1 or more folds.")
    by_user = ratings.by_user
    _, first = np.unique(ratings.users, return_index=True)
    people = ratings.users[np.sort(first)]  # in the order in which Surprise meets them
    if not (by_user.counts > 1).any():
        raise DataError("Nobody has two ratings, so none can be left out: choose another kind of split.")
    generator = np.random.RandomState(seed)
    regrouped = np.concatenate([by_user.order[slice(*by_user.starts[[u, u + 1]])] for u in people])
    ends = np.cumsum(by_user.counts[people])
    for fold in range(folds):
        left_out = [
            end - n + generator.randint(0, n)
            for end, n in zip(ends.tolist(), by_user.counts[people].tolist(), strict=True)
            if n > 1
        ]
        mask = np.zeros(len(ratings), dtype=np.bool_)
        mask[left_out] = True
        yield Split(
            "leave-one-out", fold, folds, seed, ratings.fingerprint, regrouped[~mask], regrouped[mask]
        )


def held_out_users(
    ratings: Ratings, share: float = 0.2, given: int = 10, repeats: int = 1, seed: int = 0
) -> Iterator[Split]:
    """Hold out people whole; they give `given` of their ratings and are predicted on all others.

    The setting of the app itself, and of `fold_in_error`: a model is trained on everybody else,
    places the new person from the ratings given (`Algorithm.fold_in`), and is tested on the rest of
    theirs. Only people with more than `given` ratings are drawn; the others stay in the training
    part. Which ratings are given is drawn at random, whatever their time. All parts stay in the order
    of the file.

    Args:
        ratings: what to cut.
        share: of those people to hold out, above 0 and below 1, rounded down, at least one.
        given: how many ratings each gives, from 0.
        repeats: how many draws; those of two draws may share people.
        seed: 0 to 2³² − 1.

    Raises:
        DataError: there is nobody to hold out, or nobody would be left to learn from.

    Source: Breese, Heckerman & Kadie (1998), Empirical analysis of predictive algorithms for
    collaborative filtering, section 3.1 ("Given 2", "Given 5", "Given 10").
    """
    if not 0 < share < 1:
        raise DataError(f"The share of people to hold out must be above 0 and below 1; got {share:g}.")
    if given < 0:
        raise DataError(f"A person cannot give {given} ratings: give 0 or more.")
    eligible = np.flatnonzero(ratings.by_user.counts > given)
    n_held = max(1, int(share * len(eligible)))
    n_people = np.count_nonzero(ratings.by_user.counts)
    if not len(eligible) or n_held == n_people:
        raise DataError(
            f"Nobody can be held out: this needs two people, and one of them with more than {given} ratings."
        )
    rng = np.random.default_rng(seed)
    for fold in range(repeats):
        held = np.zeros(ratings.n_users, dtype=np.bool_)
        held[rng.choice(eligible, size=n_held, replace=False)] = True
        theirs = np.flatnonzero(held[ratings.users])
        mixed = theirs[np.lexsort((rng.random(len(theirs)), ratings.users[theirs]))]
        counts = ratings.by_user.counts[held]
        place = np.arange(len(mixed)) - np.repeat(np.cumsum(counts) - counts, counts)
        yield Split(
            "held-out users",
            fold,
            repeats,
            seed,
            ratings.fingerprint,
            np.flatnonzero(~held[ratings.users]),
            np.sort(mixed[place >= given]),
            np.sort(mixed[place < given]),
        )
