"""Who is on the panel, and which of their ratings are hidden.

At random by the seed, among those with at least `ENOUGH` ratings; of each, a fifth of the ratings is hidden
and the rest stays in training, where everybody else is whole. So a list for one of them can be held against
what they went on to say, and the model knows them as well as it knows anyone.
"""

from __future__ import annotations

import numpy as np

from recsys_core.errors import DataError
from recsys_core.evaluation.splits import Split
from recsys_core.ranking import signals
from recsys_core.ratings import IntArray, Ratings

KIND = "panel"
ENOUGH = 10
"""Ratings a person needs: of fewer, a fifth is too little to judge by."""
SHARE = 0.2
ROOM = 60_000_000
"""Bytes the signals of all people on a panel may take together."""
MOST = 400
"""People, where the room would take more: the price has to follow a slider."""
NOT_KEPT = ("engaged", "sponsored")
"""Signals that are no property of person and model: what is engaged with is not among what can be new, and
who pays is said when the price is asked."""


def kept_signals() -> tuple[str, ...]:
    """The personal signals a panel keeps for everybody on it."""
    return tuple(name for name, signal in signals().items() if signal.personal and name not in NOT_KEPT)


def room_for(n_items: int) -> int:
    """How many people fit: each needs a row of float64 for each personal signal and one for raw scores."""
    return max(1, min(MOST, ROOM // (8 * max(1, n_items) * (len(kept_signals()) + 1))))


def panel_split(ratings: Ratings, n_people: int | None = None, seed: int = 0) -> Split:
    """The cut that makes a panel: `test` is what is hidden.

    Args:
        ratings: of the whole data set.
        n_people: how many, at most; by default as many as `room_for` takes.
        seed: of who, and of which ratings.

    Raises:
        DataError: nobody has `ENOUGH` ratings, or fewer than one person is asked for.
    """
    if n_people is not None and n_people < 1:
        raise DataError(f"A panel of {n_people} people is none: give 1 or more.")
    able = np.flatnonzero(ratings.by_user.counts >= ENOUGH)
    if not len(able):
        raise DataError(
            f"Nobody here has {ENOUGH} ratings, so nobody can try a ranking out: choose larger data."
        )
    rng = np.random.default_rng(seed)
    room = room_for(ratings.n_items)
    people = rng.permutation(able)[: room if n_people is None else min(n_people, room)]
    view = ratings.by_user
    hidden = []
    for user in people.tolist():
        own = view.order[view.starts[user] : view.starts[user + 1]]
        hidden.append(rng.permutation(own)[: round(SHARE * len(own))])
    test = np.sort(np.concatenate(hidden))
    train = np.delete(np.arange(len(ratings)), test)
    return Split(KIND, 0, 1, seed, ratings.fingerprint, train, test)


def people_of(split: Split, ratings: Ratings) -> IntArray:
    """(n_people,) user indices, ascending: those with something hidden."""
    return np.unique(ratings.users[split.test]).astype(np.int32)
