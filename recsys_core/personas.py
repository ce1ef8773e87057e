"""Ready-made people for a demonstration: a name, a taste, and some films they have rated.

A persona names films; `resolve` finds them in a data set. Data sets differ, so a film that is
not there is replaced by the nearest one that is, and the answer says so: nothing is replaced
silently.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from recsys_core.dataset import NO_YEAR, Catalogue, Dataset, fold, natural_title
from recsys_core.datasets.base import SHIPPED
from recsys_core.ratings import FloatArray, IntArray, Scale

FILE = SHIPPED / "personas.json"
OWN_SCALE = Scale(0.5, 5.0, 0.5)
"""The scale the personas' ratings are written in."""
SMALLEST_CATALOGUE = 50
"""Below this a catalogue is an example to follow by hand, and no persona fits it."""
SHARE_FOUND = 0.5
"""A persona is offered where at least this share of its films is there under its own name."""


@dataclass(frozen=True)
class Persona:
    """Somebody with a recognisable taste.

    Attributes:
        name: "science_fiction", for code and addresses.
        title: as shown to people.
        description: one sentence about the taste.
        ratings: (film title, year or None, rating from 0.5 to 5) of each film.
        genres: what each of these films is, in the same order; to find a replacement by.
    """

    name: str
    title: str
    description: str
    ratings: tuple[tuple[str, int | None, float], ...]
    genres: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, eq=False)
class Resolved:
    """A persona's ratings in the terms of one data set.

    Attributes:
        items: (n,) item indices, no item twice, in the persona's order.
        values: (n,) ratings on the data set's scale and steps.
        found: how many films are there under their own name.
        replaced: (wanted label, label of the film used instead) of each film that is not.
        missing: labels of films for which nothing like them is there.
    """

    items: IntArray
    values: FloatArray
    found: int
    replaced: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]


@cache
def personas() -> tuple[Persona, ...]:
    """Every persona that ships, in the order to offer them."""
    return tuple(
        Persona(
            entry["name"],
            entry["title"],
            entry["description"],
            tuple((film["title"], film["year"], float(film["rating"])) for film in entry["ratings"]),
            tuple(tuple(film["genres"]) for film in entry["ratings"]),
        )
        for entry in json.loads(FILE.read_text(encoding="utf-8"))
    )


def offered(dataset: Dataset) -> tuple[Persona, ...]:
    """The personas whose films are mostly in this data set: none for albums or a lecture table."""
    return tuple(p for p in personas() if resolve(p, dataset).found >= SHARE_FOUND * len(p.ratings))


def resolve(persona: Persona, dataset: Dataset) -> Resolved:
    """Find a persona's films in a data set, or the nearest to them.

    A film is found where its title is, in any of its published forms ("Matrix, The";
    "Amelie (Fabuleux destin d'Amélie Poulain, Le)"; "… (a.k.a. …)"), and the year agrees; of
    films published twice the more often rated one is taken. The nearest film is the one that
    shares most genres (intersection over union), then the nearest in years, then the most often
    rated; it must share one genre, have a rating, and not be used already.
    """
    catalogue = dataset.catalogue
    if catalogue.kind != "film" or len(catalogue) < SMALLEST_CATALOGUE:
        return _resolved({}, persona, dataset)
    popularity = dataset.ratings.by_item.counts
    chosen: dict[int, int] = {}
    for wish, (title, year, _) in enumerate(persona.ratings):
        same = [
            i
            for i in _items_by_title(catalogue).get(fold(natural_title(title)), ())
            if year in (None, catalogue.years[i])
        ]
        if same:
            chosen[wish] = max(same, key=lambda i: (popularity[i], -i))
    found = frozenset(chosen)  # first, so that no replacement takes a film that is wanted itself
    for wish in sorted(set(range(len(persona.ratings))) - found):
        overlap = _overlap(catalogue, persona.genres[wish])
        overlap[popularity == 0] = 0.0
        overlap[list(chosen.values())] = 0.0
        if overlap.any():
            order = np.lexsort((-popularity, _years_apart(catalogue, persona.ratings[wish][1]), -overlap))
            chosen[wish] = int(order[0])
    return _resolved(chosen, persona, dataset, found)


def _resolved(
    chosen: Mapping[int, int], persona: Persona, dataset: Dataset, found: Set[int] = frozenset()
) -> Resolved:
    """`chosen` takes a wish (position in the persona's ratings) to an item."""
    wishes = sorted(chosen)
    labels = [title if year is None else f"{title} ({year})" for title, year, _ in persona.ratings]
    return Resolved(
        np.array([chosen[w] for w in wishes], dtype=np.int32),
        _on_scale([persona.ratings[w][2] for w in wishes], dataset.ratings.scale),
        len(found),
        tuple((labels[w], dataset.catalogue.label(chosen[w])) for w in wishes if w not in found),
        tuple(label for w, label in enumerate(labels) if w not in chosen),
    )


@lru_cache(maxsize=4)
def _items_by_title(catalogue: Catalogue) -> dict[str, list[int]]:
    """Every folded form of every title → the items that bear it."""
    items: dict[str, list[int]] = {}
    for item, title in enumerate(catalogue.titles):
        for form in _forms(title):
            items.setdefault(form, []).append(item)
    return items


def _forms(title: str) -> set[str]:
    """A title whole, without its brackets, and what stands in each bracket; all folded."""
    bracketed = [re.sub(r"^a\.?k\.?a\.?\s+", "", inner) for inner in re.findall(r"\(([^()]*)\)", title)]
    plain = re.sub(r"\s*\([^()]*\)", "", title)
    return {fold(natural_title(form.strip())) for form in (title, plain, *bracketed)} - {""}


def _overlap(catalogue: Catalogue, genres: Iterable[str]) -> FloatArray:
    """(n_items,) shared genres over all genres of the two films, 0 to 1."""
    wanted = {_genre_key(genre) for genre in genres}
    is_wanted = np.array([_genre_key(name) in wanted for name in catalogue.genre_names], dtype=np.bool_)
    shared = catalogue.genres[:, is_wanted].sum(axis=1)
    either = catalogue.genres.sum(axis=1) + len(wanted) - shared
    return np.asarray(shared / np.maximum(either, 1), dtype=np.float64)


def _genre_key(name: str) -> str:
    # "Children's" in the older MovieLens sets is "Children" in the newer ones
    return fold(name).removesuffix("s")


def _years_apart(catalogue: Catalogue, year: int | None) -> FloatArray:
    """(n_items,) distance in years; 0 where no year is wanted, infinite where the film's is unknown."""
    if year is None:
        return np.zeros(len(catalogue))
    return np.where(catalogue.years == NO_YEAR, np.inf, np.abs(catalogue.years.astype(np.float64) - year))


def _on_scale(values: Sequence[float], scale: Scale) -> FloatArray:
    """Ratings carried to another scale, end to end, and to its nearest step (halves go up)."""
    share = (np.array(values, dtype=np.float64) - OWN_SCALE.low) / (OWN_SCALE.high - OWN_SCALE.low)
    steps = np.floor(share * (scale.high - scale.low) / scale.step + 0.5)
    return scale.clip(scale.low + steps * scale.step)
