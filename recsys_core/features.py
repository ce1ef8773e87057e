"""What is known of items and users besides ratings: genres and year, age and occupation."""

from __future__ import annotations

from dataclasses import dataclass

from recsys_core.ratings import FloatArray, frozen


@dataclass(frozen=True, eq=False)
class Features:
    """A table of known features, one row an item (or a user); `nan` where not stated.

    Attributes:
        names: (n_features,) what each column means.
        values: (n_rows, n_features).
    """

    names: tuple[str, ...]
    values: FloatArray

    def __post_init__(self) -> None:
        frozen(self.values)


@dataclass(frozen=True, eq=False)
class SideInformation:
    """What an algorithm may use besides ratings. It holds nothing made from ratings: an average
    must come from the training ratings alone, so whoever wants one computes it there.

    Attributes:
        items: (n_items, ·) features of items, or None.
        users: (n_users, ·) features of users, or None.
    """

    items: Features | None = None
    users: Features | None = None
