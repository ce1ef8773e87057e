"""What a number was measured on and how: every number on screen carries one of these."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from recsys_core.dataset import Dataset
from recsys_core.errors import DataError
from recsys_core.evaluation.splits import Split, Splitting

ALL_ITEMS = "all items not rated in training"


@dataclass(frozen=True)
class Protocol:
    """How numbers were measured; numbers of two protocols are never ranked in one table.

    Attributes:
        dataset: name of the data set.
        fingerprint: of the ratings that were cut.
        n_ratings, n_users, n_items: their sizes.
        splitting: how they were cut.
        split_identities: `Split.identity` of each cut, in order: which were really used.
        k: length of the lists that metrics of lists look at.
        relevance: a test rating from here on is relevant.
        candidates: what the lists could choose from.
        filter: what was left out of the data set beforehand, in words; empty for nothing.

    Raises:
        DataError: `k` is below 1 or `relevance` is not a finite number.
    """

    dataset: str
    fingerprint: str
    n_ratings: int
    n_users: int
    n_items: int
    splitting: Splitting
    split_identities: tuple[str, ...]
    k: int = 10
    relevance: float = 4.0
    candidates: str = ALL_ITEMS
    filter: str = ""

    def __post_init__(self) -> None:
        if self.k < 1:
            raise DataError(f"Lists cannot have {self.k} items: give a k from 1.")
        if not math.isfinite(self.relevance):
            raise DataError(f"A rating cannot be relevant from {self.relevance} on: give a finite number.")
        object.__setattr__(self, "relevance", float(self.relevance))  # 4 and 4.0 are one protocol

    @classmethod
    def of(
        cls,
        dataset: Dataset,
        splitting: Splitting,
        splits: Iterable[Split],
        *,
        k: int = 10,
        relevance: float = 4.0,
        candidates: str = ALL_ITEMS,
        filter: str = "",
    ) -> Protocol:
        """The protocol of measuring on these cuts of a data set.

        Raises:
            DataError: a split was cut from other ratings, or as the class says.
        """
        ratings = dataset.ratings
        cuts = tuple(splits)
        for split in cuts:
            split.check_cut_from(ratings)
        return cls(
            dataset.name,
            ratings.fingerprint,
            len(ratings),
            ratings.n_users,
            ratings.n_items,
            splitting,
            tuple(split.identity for split in cuts),
            k,
            relevance,
            candidates,
            filter,
        )

    @property
    def identity(self) -> str:
        """SHA-256 (hex) of everything but the name of the data set: its fingerprint says it better."""
        return sha256(json.dumps({**self._plain(), "dataset": ""}, sort_keys=True).encode()).hexdigest()

    def comparable_with(self, other: Protocol) -> bool:
        """Whether numbers of both may stand in one ranking."""
        return not self.differences(other)

    def differences(self, other: Protocol) -> tuple[str, ...]:
        """In what the two differ, one phrase each, this one's value first; empty if in nothing.

        The same cut of the same ratings is the same whatever it is called.
        """
        found = []
        for name, what in _PHRASES.items():
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine != theirs:
                if name == "split_identities":
                    mine, theirs = f"{len(mine)} cuts", f"{len(theirs)} other cuts"
                elif isinstance(mine, Splitting):
                    mine, theirs = mine.words, theirs.words
                elif name == "fingerprint":
                    mine, theirs = (f"{p.dataset} ({p.fingerprint[:12]})" for p in (self, other))
                found.append(f"{what}: {mine or 'none'} against {theirs or 'none'}")
        return tuple(found)

    @property
    def words(self) -> str:
        """The protocol in one sentence for a person."""
        filtered = f", {self.filter}" if self.filter else ""
        return (
            f"{self.dataset}{filtered}: {self.n_ratings:,} ratings of {self.n_users:,} people for "
            f"{self.n_items:,} items; {self.splitting.words}; lists of {self.k} out of {self.candidates}; "
            f"a rating of {self.relevance:g} or more counts as relevant."
        )

    def to_json(self) -> str:
        """As text; `from_json` reads it back to an equal protocol."""
        return json.dumps(self._plain(), indent=1, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Protocol:
        """Read what `to_json` wrote.

        Raises:
            DataError: it is something else.
        """
        try:
            values = json.loads(text)
            how, identities = Splitting(**values["splitting"]), values["split_identities"]
            made = cls(**{**values, "splitting": how, "split_identities": tuple(identities)})
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise DataError(f"This is not the text of a protocol ({error}).") from error
        for field in dataclasses.fields(cls):
            value, wanted = getattr(made, field.name), _TYPES.get(field.name, (str,))
            if type(value) not in wanted:
                raise DataError(f"This is not the text of a protocol: {field.name} is {value!r:.60}.")
        if not isinstance(identities, list) or any(type(one) is not str for one in identities):
            raise DataError("This is not the text of a protocol: split_identities is no list of texts.")
        return made

    def _plain(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


_TYPES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("n_ratings", "n_users", "n_items", "k"), (int,)),
    "relevance": (float,),
    "splitting": (Splitting,),
    "split_identities": (tuple,),
}

_PHRASES = {
    "fingerprint": "data",
    "splitting": "cut",
    "split_identities": "parts used",
    "k": "length of the lists",
    "relevance": "relevant from",
    "candidates": "candidates",
    "filter": "filter",
}
