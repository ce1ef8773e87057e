"""What a blend or an analogy is made of: kept in the session, so that the map can draw its point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from recsys_core.dataset import Dataset
from recsys_core.ratings import FloatArray
from recsys_core.space import Neighbours, analogy, blend_vector, similar_to_blend
from ui.charts.map import Mixture
from ui.space.choose import View

NAME = "Blend and analogy"
BLEND, ANALOGY = "Blend", "Analogy"
MOST = 8
"""So many items go into a blend: the middle of more is the middle of everything."""
PARTS = ("a", "b", "c")


@dataclass(frozen=True)
class Recipe:
    """What a point is made of.

    Attributes:
        films: item indices; of an analogy "a is to b as c": b, a, c.
        weights: of each: equal ones that sum to 1, or +1, −1, +1.
    """

    films: tuple[int, ...]
    weights: tuple[float, ...]

    @property
    def is_analogy(self) -> bool:
        """Whether something is taken away."""
        return min(self.weights) < 0

    def near(self, data: Dataset, view: View, n: int, metric: str, support: int) -> Neighbours:
        """The n items nearest to it."""
        ratings = data.ratings
        if self.is_analogy:
            return analogy(view.model, *self.films, n, metric, support=support, ratings=ratings)
        return similar_to_blend(view.model, self.films, n, metric, support=support, ratings=ratings)

    def words(self, data: Dataset) -> str:
        """In plain words."""
        named = [f"“{data.catalogue.label(film)}”" for film in self.films]
        if self.is_analogy:
            b, a, c = named
            return f"What {b} has beyond {a}, found beside {c}."
        return f"Equal parts of {', '.join(named[:-1])} and {named[-1]}."


# ---------------------------------------------------------------- what goes in


def key(data: Dataset, part: str = "films") -> str:
    """Where the session keeps the items of a blend, or a part of an analogy."""
    return f"space-mixed-{part}-{data.name}"


def mixed(data: Dataset) -> list[int]:
    """The items in the blend."""
    return list(st.session_state.get(key(data), []))


def add(data: Dataset, film: int) -> None:
    """Put one more into the blend, and show it."""
    replace(data, [*(other for other in mixed(data) if other != film), film])


def take_out(data: Dataset, film: int) -> None:
    """Take one out of the blend, and show what is left."""
    replace(data, [other for other in mixed(data) if other != film])


def replace(data: Dataset, films: Sequence[int]) -> None:
    """Blend these, and show it."""
    st.session_state[key(data)] = list(films)[:MOST]
    st.session_state["space-mixing"] = BLEND
    st.session_state["space-closer"] = NAME


def recipe(data: Dataset, view: View) -> Recipe | None:
    """What is asked for now; None without items enough, or with one twice."""
    known = view.space.labels
    if st.session_state.get("space-mixing") == ANALOGY:
        a, b, c = (st.session_state.get(key(data, part)) for part in PARTS)
        three = [film for film in (b, a, c) if film in known]
        return Recipe(tuple(three), (1.0, -1.0, 1.0)) if len(set(three)) == len(PARTS) else None
    films = tuple(film for film in mixed(data) if film in known)
    return Recipe(films, (1 / len(films),) * len(films)) if len(films) > 1 else None


def on_map(data: Dataset, view: View, metric: str) -> Mixture | None:
    """Where the point lies on the map, while this part is looked at."""
    asked = recipe(data, view) if st.session_state.get("space-closer") == NAME else None
    if asked is None:
        return None
    point = blend_vector(view.model, asked.films, np.array(asked.weights), metric)
    if point is None:
        return None
    place: FloatArray = view.space.axes(_at_length(view, asked, point, metric)[None, :])[0]
    rows = tuple(row for film in asked.films if (row := view.space.row_of(film)) is not None)
    return Mixture(place, rows, "b − a + c" if asked.is_analogy else "blend")


def _at_length(view: View, asked: Recipe, point: FloatArray, metric: str) -> FloatArray:
    """By cosine a point is only a direction: it is drawn as far out as its items lie on average."""
    if metric in {"euclidean", "dot"}:
        return point
    factors: FloatArray = np.asarray(view.model.item_factors_, dtype=float)  # type: ignore[union-attr]
    origin = factors[view.space.items].mean(axis=0) if metric == "adjusted_cosine" else np.zeros(len(point))
    length = float(np.linalg.norm(point - origin))
    usual = float(np.linalg.norm(factors[list(asked.films)] - origin, axis=1).mean())
    drawn: FloatArray = origin + (point - origin) * (usual / length if length else 0.0)
    return drawn
