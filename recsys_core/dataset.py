"""A data set: ratings, the catalogue they speak of, and where both came from.

The only place where raw ids and titles meet the indices of `Ratings`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

import numpy as np

from recsys_core.errors import DataError
from recsys_core.features import Features, SideInformation
from recsys_core.ratings import BoolArray, FloatArray, IntArray, Ratings, frozen

NO_YEAR = 0
MAX_NAME = 500
"""Signs of a title that are looked at: no film has more, and a stranger's title may be made to take long."""


@dataclass(frozen=True, eq=False)
class Catalogue:
    """What there is to recommend, one row an item, in the order of the item index.

    Attributes:
        item_ids: raw ids as text, as published.
        titles: as published, the year taken off the end.
        years: (n_items,) year of release; 0 (`NO_YEAR`) where unknown.
        genre_names: the genres in use.
        genres: (n_items, n_genres) True where the item has the genre.
        features: other known features (the lecture tables have them), or None.
        kind: what one item is called on screen: "film", "album".
    """

    item_ids: tuple[str, ...]
    titles: tuple[str, ...]
    years: IntArray
    genre_names: tuple[str, ...]
    genres: BoolArray
    features: Features | None = None
    kind: str = "film"

    def __post_init__(self) -> None:
        n_items = len(self.item_ids)
        if not (len(self.titles) == len(self.years) == len(self.genres) == n_items):
            raise DataError("A catalogue needs one id, title, year and row of genres for every item.")
        if self.genres.shape[1:] != (len(self.genre_names),):
            raise DataError("A catalogue needs one column of genres for every genre name.")
        frozen(self.years)
        frozen(self.genres)

    def __len__(self) -> int:
        return len(self.item_ids)

    @cached_property
    def index_of(self) -> dict[str, int]:
        """Raw id → item index."""
        return {raw: i for i, raw in enumerate(self.item_ids)}

    @cached_property
    def index_of_label(self) -> dict[str, int]:
        """Folded title and year → item index; of several with the same label, the first."""
        return {label: i for i, label in reversed(list(enumerate(self._folded_labels)))}

    @cached_property
    def _folded_labels(self) -> tuple[str, ...]:
        return tuple(fold(self.label(i)) for i in range(len(self)))

    @cached_property
    def _folded_titles(self) -> tuple[str, ...]:
        return tuple(fold(natural_title(title)) + " " + fold(title) for title in self.titles)

    @cached_property
    def described(self) -> Features:
        """Genres as 0 and 1, and the year of release in standard deviations from the mean year
        (0, the mean, where it is unknown)."""
        known = self.years != NO_YEAR
        years = self.years[known].astype(np.float64)
        spread = years.std() if len(years) else 0.0
        year = np.zeros(len(self))
        if spread > 0:
            year[known] = (years - years.mean()) / spread
        return Features((*self.genre_names, "year"), np.column_stack([self.genres, year]))

    def genres_of(self, item: int) -> tuple[str, ...]:
        """Names of the item's genres."""
        return tuple(self.genre_names[g] for g in np.flatnonzero(self.genres[item]))

    def label(self, item: int) -> str:
        """Title and year, as shown to people: "The Matrix (1999)"."""
        year = int(self.years[item])
        title = natural_title(self.titles[item])
        return title if year == NO_YEAR else f"{title} ({year})"

    def find(self, text: str, *, limit: int | None = None, first: FloatArray | None = None) -> IntArray:
        """Items whose title holds every word of `text`; case, accents and "The" do not matter.

        A whole-title match comes first, then titles that begin with the text, then the
        rest; inside each group the highest `first` (such as the number of ratings) leads.
        A number that is a year narrows to that year of release.
        """
        wanted = fold(text)
        words = wanted.split()
        if not words:
            return np.empty(0, dtype=np.int32)
        hits = []
        for item, title in enumerate(self._folded_titles):
            year = int(self.years[item])
            haystack = title if year == NO_YEAR else f"{title} {year}"
            if all(word in haystack for word in words):
                tokens = fold(natural_title(self.titles[item]))
                group = 0 if wanted == tokens else 1 if tokens.startswith(wanted) else 2
                hits.append((group, 0.0 if first is None else -float(first[item]), item))
        return np.array([item for _, _, item in sorted(hits)][:limit], dtype=np.int32)

    def named(self, raw_id: str, title: str, year: str = "") -> int | None:
        """The item that a row of a stranger's table means.

        Args:
            raw_id: found by it where the title agrees, or none is given; "" where there is no id.
            title: found by it and the year otherwise, for the same id may be another film in another data
                set. The year may stand in the title already.
            year: as a spreadsheet may write it, "1995" or "1995.0"; beside an id it may be missing.

        Returns:
            The item index; None where there is no such item, or the title has more than `MAX_NAME` signs.
        """
        if len(title) > MAX_NAME or len(year) > MAX_NAME:
            return None
        year = year.strip().removesuffix(".0")
        title = title.strip().removesuffix(f"({year})")
        by_id, plain = self.index_of.get(raw_id), fold(natural_title(title.strip()))
        label = fold(f"{plain} {year}")
        if by_id is not None:
            without_year = fold(natural_title(self.titles[by_id]))
            if not title or label == self._folded_labels[by_id] or (not year and plain == without_year):
                return by_id
        return self.index_of_label.get(label) if plain else None


@dataclass(frozen=True)
class Remark:
    """Something found while reading the data that a person should know.

    Attributes:
        text: one sentence with the file, the count and the first lines concerned.
        count: how many rows it concerns.
    """

    text: str
    count: int = 0


@dataclass(frozen=True, eq=False)
class Truth:
    """The factors a simulated audience was made from.

    Attributes:
        user_factors: (n_users, n_factors) tastes.
        item_factors: (n_items, n_factors).
        user_bias, item_bias: (n_users,), (n_items,).
        mean: the level everything is added to.
    """

    user_factors: FloatArray
    item_factors: FloatArray
    user_bias: FloatArray
    item_bias: FloatArray
    mean: float

    def __post_init__(self) -> None:
        for array in (self.user_factors, self.item_factors, self.user_bias, self.item_bias):
            frozen(array)


@dataclass(frozen=True, eq=False)
class Dataset:
    """Ratings with their catalogue, their origin and what reading them brought to light.

    Attributes:
        name: the name `recsys_core.load` knows it by.
        title: as shown to people.
        ratings, catalogue: the data.
        user_ids: raw user ids as text, in the order of the user index.
        licence: what may be done with it, in a sentence or a few.
        citation: how to acknowledge it; empty where there is nothing to cite.
        simulated: True if the audience is not real people.
        about: one paragraph on what it is.
        remarks: what was found while reading it.
        user_features: known features of users, or None.
        truth: the true factors of a simulated audience, or None.
    """

    name: str
    title: str
    ratings: Ratings
    catalogue: Catalogue
    user_ids: tuple[str, ...]
    licence: str
    citation: str
    simulated: bool = False
    about: str = ""
    remarks: tuple[Remark, ...] = ()
    user_features: Features | None = None
    truth: Truth | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if len(self.catalogue) != self.ratings.n_items or len(self.user_ids) != self.ratings.n_users:
            raise DataError(
                f"{self.name}: ratings speak of {self.ratings.n_users} users and {self.ratings.n_items} "
                f"items, but {len(self.user_ids)} user ids and {len(self.catalogue)} items were given."
            )

    @cached_property
    def side(self) -> SideInformation:
        """What is known besides ratings: the stated features, or genres and year of release."""
        return SideInformation(self.catalogue.features or self.catalogue.described, self.user_features)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of the ratings and of all ids: what makes two data sets the same."""
        digest = sha256(self.ratings.fingerprint.encode())
        digest.update(repr((self.user_ids, self.catalogue.item_ids)).encode())
        return digest.hexdigest()


# Any sign, line ends too, may stand in a title: one that stopped the search would have it begin again at
# every comma before.
_ARTICLE = re.compile(
    r"(?P<title>.*), (?P<article>The|A|An|Le|La|Les|L'|Il|El|Das|Der|Die|Los|Las)(?P<rest>( \(.*)?)",
    re.DOTALL,
)


def natural_title(title: str) -> str:
    """Put a trailing article back in front: "Matrix, The" → "The Matrix"."""
    match = _ARTICLE.fullmatch(title)
    if match is None:
        return title
    space = "" if match["article"].endswith("'") else " "
    return f"{match['article']}{space}{match['title']}{match['rest']}"


def fold(text: str) -> str:
    """Lower case without accents or punctuation, words parted by one space.

    Of a longer text the first `MAX_NAME` signs, before and after: sorting accents takes their number squared.
    """
    plain = unicodedata.normalize("NFKD", text[:MAX_NAME])
    plain = "".join(c for c in plain if not unicodedata.combining(c)).lower().replace("&", " and ")
    words = re.sub(r"[^\w\s]|_", " ", re.sub(r"['’`]", "", plain))
    return " ".join(words.split())[:MAX_NAME].rstrip()
