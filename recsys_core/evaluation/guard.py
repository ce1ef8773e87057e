"""A model is not scored on what it has seen.

Every fitted model remembers which ratings it learned from: `Algorithm.fit` and `steps` keep the
fingerprint of the whole data, one bit a rating (1/8 byte: 13 kB for ml-100k, 125 kB for ml-1m), and
the words of the split. Saving and loading keep them, and so do copies of a model.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from recsys_core.algorithms.base import Algorithm
from recsys_core.errors import LeakError, NotFittedError
from recsys_core.evaluation.splits import Split
from recsys_core.ratings import BoolArray, Ratings


def check_unseen(model: Algorithm, ratings: Ratings, held_out: Split | ArrayLike) -> None:
    """Refuse to score a model on ratings it has learned from.

    Args:
        model: fitted.
        ratings: what the positions are of; parts of a data set are traced back to the whole.
        held_out: a split, whose test and given parts are checked, or (n,) positions (or a mask).

    Raises:
        LeakError: the model has seen some of them, or nobody can tell because it was trained on
            other data or does not remember. The message names how many, the first one, the
            part it was trained on, and what to do.
        NotFittedError: the model was not fitted.
        DataError: the split was not cut from these ratings.

    Cost: O(n_ratings) bits, about a millisecond for a million ratings.
    """
    split = held_out if isinstance(held_out, Split) else None
    if split is not None:
        split.check_cut_from(ratings)
    positions = np.concatenate([split.test, split.given]) if split is not None else np.asarray(held_out)
    if positions.dtype == np.bool_:
        positions = np.flatnonzero(positions)
    hits = np.flatnonzero(seen(model, ratings, positions))
    if not len(hits):
        return
    first = int(positions[hits[0]])
    whole_of_it = "all ratings of this data" if model.trained_bits_ is None else "another part of this data"
    trained_on = model.trained_part_ or whole_of_it
    other = split is not None and model.trained_part_ not in {"", split.words}
    raise LeakError(
        f"Leak, {'a model of another split' if other else 'scoring on training ratings'}: "
        f"{model.title} was trained on {trained_on} and has learned from {len(hits):,} of the "
        f"{len(positions):,} ratings it is to be scored on"
        + (f" ({split.words})" if split is not None else "")
        + f", the first at position {first} (user {ratings.users[first]}, item {ratings.items[first]}). "
        "Score it on the test part of the split that trained it, or train it on "
        "split.train_ratings(ratings)."
    )


def seen(model: Algorithm, ratings: Ratings, positions: ArrayLike) -> BoolArray:
    """(n,) True where the model has learned from the rating at that position of `ratings`.

    Args:
        model, ratings: as `check_unseen`.
        positions: (n,), or a mask.

    Raises:
        LeakError: nobody can tell: the model was trained on other data or does not remember.
        NotFittedError: the model was not fitted.
    """
    if not model.is_fitted:
        raise NotFittedError(f"{model.title} has not been fitted: call fit(ratings) first.")
    whole = ratings.whole
    if model.trained_fingerprint_ != whole.fingerprint:
        raise LeakError(
            f"Nobody can tell what {model.title} has seen of these ratings: "
            + (
                f"it was trained on others (fingerprint {model.trained_fingerprint_[:12]}, here "
                f"{whole.fingerprint[:12]}). "
                if model.trained_fingerprint_
                else "it was saved by a version that did not remember its training. "
            )
            + "Train it on split.train_ratings(ratings)."
        )
    where = ratings.positions_in_whole(positions)
    if model.trained_bits_ is None:
        return np.ones(len(where), dtype=np.bool_)
    if len(model.trained_bits_) != (len(whole) + 7) // 8:
        raise LeakError(
            f"What {model.title} remembers of its training does not fit these ratings: train it again."
        )
    # Position p is a bit of byte p // 8, the highest first, as np.packbits lays them out.
    bit = (7 - where % 8).astype(np.uint8)
    found: BoolArray = (model.trained_bits_[where // 8] >> bit & 1) == 1
    return found
