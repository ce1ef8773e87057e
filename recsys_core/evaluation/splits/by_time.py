"""Cuts by the time at which ratings were given: what comes later is predicted from what came before."""

from __future__ import annotations

import numpy as np

from recsys_core.errors import DataError
from recsys_core.evaluation.splits.base import Split
from recsys_core.ratings import LongArray, Ratings


def time_split(ratings: Ratings, share: float = 0.2) -> Split:
    """Keep the latest ratings of all, from one moment on, for the test.

    The moment is the time of the earliest among the latest round(share × n) ratings. Everything from
    that very second on is tested and everything before it learned from, so equal times never stand on
    both sides; the test part is therefore a little larger than the share where many rated in that
    second. Should nothing come before it, the cut is after that second instead. No rating of the
    future is learned from, whoever gave it; in turn, some people and items of the test part are new
    to the model. Both parts stay in the order of the file.

    Args:
        ratings: what to cut.
        share: of the ratings to keep, above 0 and below 1.

    Raises:
        DataError: times are not known, the share leaves one part empty, or all ratings are of one second.

    Source: Gunawardana & Shani (2015), Evaluating recommender systems, section 8.3.1; Meng, McCreadie,
    Macdonald & Ounis (2020), Exploring data splitting strategies for the evaluation of recommendation
    models ("temporal global").
    """
    times = _times(ratings, "A time split")
    n = round(share * len(ratings))
    if not 0 < n < len(ratings):
        raise DataError(f"A share of {share:g} of {len(ratings)} ratings leaves nothing to learn or to test.")
    moment = np.partition(times, len(times) - n)[len(times) - n]
    if moment == times.min():
        later = times[times > moment]
        if not len(later):
            raise DataError("All ratings were given in the same second, so time cannot cut them.")
        moment = later.min()
    train, test = np.flatnonzero(times < moment), np.flatnonzero(times >= moment)
    return Split("time", 0, 1, 0, ratings.fingerprint, train, test)


def leave_last_out(ratings: Ratings) -> Split:
    """Keep the latest rating of each person for the test.

    Of several that a person gave in the same second, the last in the file counts as the latest: where
    people rate a page of films at once, that is the file's order and not theirs. Whoever has a single
    rating keeps it in the training part and is not tested. Each person's own future is kept from
    the model, but not that of the others: a time split keeps that, too. Both parts stay in the order
    of the file.

    Raises:
        DataError: times are not known, or nobody has two ratings.

    Source: He et al. (2017), Neural collaborative filtering, section 4.1; for what it leaks, Ji, Sun,
    Zhang & Li (2023), A critical study on data leakage in recommender system offline evaluation.
    """
    times = _times(ratings, "Leaving the last rating out")
    by_time = np.lexsort((np.arange(len(times)), times, ratings.users))
    last = np.cumsum(ratings.by_user.counts)[ratings.by_user.counts > 1] - 1
    if not len(last):
        raise DataError("Nobody has two ratings, so none can be left out: choose another kind of split.")
    test = np.sort(by_time[last])
    train = np.delete(np.arange(len(times)), test)
    return Split("leave-last-out", 0, 1, 0, ratings.fingerprint, train, test)


def _times(ratings: Ratings, what: str) -> LongArray:
    if ratings.timestamps is None:
        raise DataError(
            f"{what} needs to know when each rating was given, and these ratings have no times: "
            "choose a split that draws at random, such as k-fold."
        )
    return ratings.timestamps
