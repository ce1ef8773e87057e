"""Load what a first training loads, before the clock starts.

The first fit of a process loads compiled code, tens of MB and up to seconds, which no later one does. On
the clock, it would be charged to whoever comes first.
"""

from __future__ import annotations

from contextlib import suppress

import numpy as np

from recsys_core.algorithms import Algorithm
from recsys_core.errors import RecsysError
from recsys_core.features import Features, SideInformation
from recsys_core.ratings import Ratings, Scale

N_USERS, N_ITEMS = 12, 9


def warm_up(model: Algorithm, scale: Scale) -> None:
    """Train a copy with one pass on a toy table, and ask it once; what goes wrong there is no matter."""
    rng = np.random.default_rng(0)
    users, items = np.nonzero(rng.random((N_USERS, N_ITEMS)) < 0.7)
    ratings = Ratings.from_arrays(
        users, items, rng.choice(scale.choices, len(users)), scale, n_users=N_USERS, n_items=N_ITEMS
    )
    columns = ("one", "two")
    side = SideInformation(
        Features(columns, rng.random((N_ITEMS, 2))), Features(columns, rng.random((N_USERS, 2)))
    )
    settings = model.parameters()
    if "n_epochs" in settings:
        settings["n_epochs"] = 1
    with suppress(RecsysError, ArithmeticError, ValueError, np.linalg.LinAlgError):
        toy = type(model)(**settings).fit(ratings, side)
        toy.predict(ratings.users, ratings.items)
        toy.scores(0)
