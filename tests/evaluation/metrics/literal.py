"""Every metric once more, slowly and word by word from its definition, on plain dictionaries and lists."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from hypothesis import strategies as st

from recsys_core.evaluation.metrics import NOTHING, Lists
from recsys_core.ratings import Ratings, Scale

STARS = Scale(1, 5)
Cells = dict[tuple[int, int], int]


@dataclass
class World:
    """Few people, few films, all written out."""

    n_users: int
    n_items: int
    k: int
    train: Cells
    test: Cells
    shown: list[list[int]]
    genres: list[set[int]]
    n_genres: int = 3
    relevance: int = 4
    candidates: list[int] | None = field(default=None)

    def lists(self) -> Lists:
        """The same as the library takes it."""
        items = np.full((self.n_users, self.k), NOTHING)
        for user, row in enumerate(self.shown):
            items[user, : len(row)] = row
        table = np.zeros((self.n_items, self.n_genres), dtype=bool)
        for item, of in enumerate(self.genres):
            table[item, list(of)] = True
        return Lists.of(
            self.as_ratings(self.train),
            self.as_ratings(self.test),
            range(self.n_users),
            items,
            relevance=self.relevance,
            genres=table,
            candidates=self.candidates,
        )

    def as_ratings(self, cells: Cells) -> Ratings:
        users, items = [u for u, _ in cells], [i for _, i in cells]
        stars = list(cells.values())
        return Ratings.from_arrays(users, items, stars, STARS, n_users=self.n_users, n_items=self.n_items)

    def relevant(self, user: int) -> dict[int, int]:
        return {i: r for (u, i), r in self.test.items() if u == user and r >= self.relevance}

    def history(self, user: int) -> list[int]:
        return [i for u, i in self.train if u == user]

    def raters(self, item: int) -> int:
        return sum(i == item for _, i in self.train)


@st.composite
def worlds(draw: st.DrawFn, full: bool = False) -> World:
    """Any small world; `full` if every list is to have all its k places filled."""
    n_users, n_items = draw(st.integers(1, 6)), draw(st.integers(3, 12))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    share = draw(st.sampled_from([0.1, 0.4]))
    part = rng.choice(3, size=(n_users, n_items), p=[share, 0.4, 0.6 - share])
    stars = rng.integers(1, 6, size=(n_users, n_items))
    train = {(int(u), int(i)): int(stars[u, i]) for u, i in zip(*np.nonzero(part == 0), strict=True)}
    test = {(int(u), int(i)): int(stars[u, i]) for u, i in zip(*np.nonzero(part == 1), strict=True)}
    least = min(int((part[u] != 0).sum()) for u in range(n_users))
    k = draw(st.integers(1, max(1, least) if full else 8))
    shown = []
    for u in range(n_users):
        row = [int(i) for i in rng.permutation(n_items) if part[u, i] != 0][:k]
        cut = len(row) if full or draw(st.booleans()) else int(rng.integers(0, len(row) + 1))
        shown.append(row[:cut])
    genres = [{g for g in range(3) if rng.random() < 0.4} for _ in range(n_items)]
    return World(n_users, n_items, k, train, test, shown, genres)


# ---------------------------------------------------------------- one person, with something relevant


def precision(w: World, u: int) -> float:
    return sum(i in w.relevant(u) for i in w.shown[u]) / w.k


def recall(w: World, u: int) -> float:
    return sum(i in w.relevant(u) for i in w.shown[u]) / len(w.relevant(u))


def f1(w: World, u: int) -> float:
    p, r = precision(w, u), recall(w, u)
    return 2 * p * r / (p + r) if p + r else 0.0


def hit_rate(w: World, u: int) -> float:
    return 1.0 if any(i in w.relevant(u) for i in w.shown[u]) else 0.0


def mrr(w: World, u: int) -> float:
    for place, i in enumerate(w.shown[u], start=1):
        if i in w.relevant(u):
            return 1 / place
    return 0.0


def average_precision(w: World, u: int) -> float:
    total = 0.0
    for place, i in enumerate(w.shown[u], start=1):
        if i in w.relevant(u):
            total += sum(j in w.relevant(u) for j in w.shown[u][:place]) / place
    return total / min(w.k, len(w.relevant(u)))


def ndcg(w: World, u: int, graded: bool = False) -> float:
    worth = {i: (r if graded else 1) for i, r in w.relevant(u).items()}
    got = sum(worth.get(i, 0) / math.log2(place + 1) for place, i in enumerate(w.shown[u], start=1))
    ideal = sorted(worth.values(), reverse=True)[: w.k]
    return got / sum(g / math.log2(place + 1) for place, g in enumerate(ideal, start=1))


def serendipity(w: World, u: int) -> float:
    unseen = [i for i in range(w.n_items) if i not in w.history(u)]
    primitive = sorted(unseen, key=lambda i: (-w.raters(i), i))[: w.k]
    return sum(i in w.relevant(u) and i not in primitive for i in w.shown[u]) / w.k


RELEVANCE = {
    "precision": precision,
    "recall": recall,
    "f1": f1,
    "hit_rate": hit_rate,
    "mrr": mrr,
    "map": average_precision,
    "ndcg": ndcg,
    "serendipity": serendipity,
}

# ---------------------------------------------------------------- one person, relevant or not


def novelty(w: World, u: int) -> float:
    people = len({v for v, _ in w.train})
    if not w.shown[u] or not people:
        return math.nan
    return sum(-math.log2(max(w.raters(i), 1) / people) for i in w.shown[u]) / len(w.shown[u])


def diversity(w: World, u: int) -> float:
    known = [w.genres[i] for i in w.shown[u] if w.genres[i]]
    distances = [1 - len(a & b) / len(a | b) for a, b in combinations(known, 2)]
    return sum(distances) / len(distances) if distances else math.nan


def calibration(w: World, u: int) -> float:
    def share(items: list[int]) -> list[float] | None:
        known = [i for i in items if w.genres[i]]
        if not known:
            return None
        return [
            sum(1 / len(w.genres[i]) for i in known if g in w.genres[i]) / len(known)
            for g in range(w.n_genres)
        ]

    p, q = share(w.history(u)), share(w.shown[u])
    if p is None or q is None:
        return math.nan
    return sum(a * math.log(a / (0.99 * b + 0.01 * a)) for a, b in zip(p, q, strict=True) if a > 0)


EVERYBODY = {"novelty": novelty, "diversity": diversity, "calibration": calibration}

# ---------------------------------------------------------------- all lists together


def coverage(w: World) -> float:
    return len({i for row in w.shown for i in row}) / w.n_items


def gini(w: World) -> float:
    x = [sum(i in row for row in w.shown) for i in range(w.n_items)]
    if not sum(x):
        return math.nan
    mean = sum(x) / len(x)
    return sum(abs(a - b) for a in x for b in x) / (2 * len(x) ** 2 * mean)


def personalisation(w: World) -> float:
    some = [set(row) for row in w.shown if row]
    apart = [1 - len(a & b) / w.k for a, b in combinations(some, 2)]
    return sum(apart) / len(apart) if apart else math.nan


def popularity_lift(w: World) -> float:
    people = [u for u in range(w.n_users) if w.shown[u] and w.history(u)]
    if not people:
        return math.nan

    def mean(items: list[int]) -> float:
        return sum(w.raters(i) for i in items) / len(items)

    rated = sum(mean(w.history(u)) for u in people) / len(people)
    listed = sum(mean(w.shown[u]) for u in people) / len(people)
    return (listed - rated) / rated


WHOLE = {
    "coverage": coverage,
    "gini": gini,
    "personalisation": personalisation,
    "popularity_lift": popularity_lift,
}
