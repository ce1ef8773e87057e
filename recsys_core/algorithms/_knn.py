"""What neighbours among people and neighbours among films share: who votes, and how votes are counted.

A prediction for person u and film i belongs to a row x and a column y. Among people x = u and
y = i, among films x = i and y = u; everything below reads the same both ways.

    r̂_ui = c_xy + σ_x Σ_{v∈N} s_xv d_vy / Σ_{v∈N} s_xv                     (1)
    d_vy = (r_vy − c_vy) / σ_v                                             (2)

N     the k rows most similar to x among those with a rating in column y; of equals the one
      that comes first in the file; a row that is not similar (s ≤ 0) does not vote
c     the centre, by variant:  basic     μ                     σ = 1
                               means     μ_x, the row's mean   σ = 1
                               zscore    μ_x                   σ_x, the row's standard deviation
                               baseline  μ + b_u + b_i         σ = 1

The weights s_xv / Σ s sum to 1, so for `basic` (1) is the plain weighted mean of the ratings.
With fewer than k_min voters the prediction is c_xy. A row or column without ratings is
predicted μ, or in `baseline` by the bias that is known.

Equal to    Surprise's KNNBasic, KNNWithMeans, KNNWithZScore and KNNBaseline
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recsys_core.algorithms._biases import alternate_once, shrunk_mean
from recsys_core.algorithms._terms import summed
from recsys_core.algorithms._work import Size, Work
from recsys_core.algorithms.base import Algorithm, Explanation, Profile, Share, Term, User, hyper
from recsys_core.errors import DataError
from recsys_core.kernel import exact_kernel
from recsys_core.ratings import FloatArray, Grouped, IntArray, LongArray, RatingArray, Ratings, frozen
from recsys_core.similarity import MEASURES, Table, Triangle, all_pairs, size

VARIANTS = ("basic", "means", "zscore", "baseline")
EPOCHS, ITEM_SHRINKAGE, USER_SHRINKAGE = 10, 10.0, 15.0
"""Of the biases, as in Surprise and as the defaults of `bias`."""
ROOM = 512_000_000
"""Bytes of similarities a model may hold: 11,300 rows."""
BINS = 256
"""In which `count_votes` sorts similarities; only its speed depends on it."""


@dataclass(frozen=True, eq=False)
class Ballot:
    """n predictions to be voted on, one row x and one column y each.

    Attributes:
        x, y: (n,) rows and columns.
        centres: (n,) c_xy.
        spreads: (n,) σ_x.
        similarities: s(x, v), v < x, stands at x (x − 1) / 2 + v − origin.
        origin: where `similarities` begins in the triangle of all pairs.
        starts, voters, deviations: by column, which rows have a rating in it, and their d_vy;
            inside a column in the order of the file.
    """

    x: IntArray
    y: IntArray
    centres: FloatArray
    spreads: FloatArray
    similarities: FloatArray
    origin: int
    starts: LongArray
    voters: IntArray
    deviations: FloatArray

    def __post_init__(self) -> None:
        for array in (self.starts, self.voters, self.deviations):
            frozen(array)


@dataclass
class NeighbourModel(Algorithm):
    """Base of the models that predict by equation (1)."""

    n_neighbors: int = hyper(40, "k", "how many neighbours vote at most", low=1, high=500)
    min_neighbors: int = hyper(1, "k_min", "with fewer voters than this nobody votes", low=1, high=100)
    similarity: str = hyper("msd", "s", "how likeness is measured", choices=MEASURES)
    variant: str = hyper("baseline", "c", "what a rating is measured from", choices=VARIANTS)
    shrinkage: float = hyper(
        100.0, "λ_s", "draws likeness on few common ratings to 0 (pearson_baseline)", low=0, high=1000
    )
    min_support: int = hyper(1, "n_min", "common ratings below which two are not alike", low=1, high=100)

    folds_in: ClassVar[bool] = True
    _rows_are_users: ClassVar[bool]
    smaller: ClassVar[str]
    """What to take where there are too many rows."""

    # -- training

    def work(self, size: Size) -> Work:
        of_users = self._rows_are_users
        pairs = size.item_pairs if of_users else size.user_pairs
        n_rows = size.n_users if of_users else size.n_items
        a_pair = 0.8e-9 if self.similarity == "msd" else 1.0e-9
        return Work(
            compiled=a_pair * pairs + 1.25e-9 * n_rows**2 + 80e-9 * size.n_ratings,
            n_bytes=4 * n_rows**2 + 85 * size.n_ratings,
        )

    def prediction_work(self, size: Size, n_pairs: float) -> Work:
        pairs = size.item_pairs if self._rows_are_users else size.user_pairs
        return Work(compiled=n_pairs * 12e-9 * pairs / max(1, size.n_ratings), n_bytes=60 * n_pairs)

    def ranking_work(self, size: Size) -> Work:
        if self._rows_are_users:  # everyone who rated a film is asked about it
            return Work(compiled=5e-9 * size.n_ratings)
        return Work(compiled=12e-9 * size.n_items * size.n_ratings / max(1, size.n_users))

    def _fit(self, ratings: Ratings) -> None:
        rows, columns = self._sides(ratings)
        n_rows = len(rows.starts) - 1
        if 8 * size(n_rows) > ROOM:
            raise DataError(
                f"{self.title} would keep {size(n_rows):,} similarities, "
                f"{8 * size(n_rows) / 1e9:.1f} GB of memory, and may use {ROOM / 1e9:.1f} GB. {self.smaller}"
            )
        self.mu_ = ratings.mean
        self.user_bias_, self.item_bias_ = np.zeros(ratings.n_users), np.zeros(ratings.n_items)
        if self.needs_biases:
            for _ in range(EPOCHS):
                self.user_bias_, self.item_bias_ = alternate_once(
                    ratings, self.user_bias_, ITEM_SHRINKAGE, USER_SHRINKAGE
                )
        x = np.repeat(np.arange(n_rows, dtype=np.int32), rows.counts)
        r = rows.values.astype(np.float64)
        self.overall_spread_ = float(np.std(ratings.values, dtype=np.float64))
        self.row_means_, self.row_spreads_ = self._moments(x, r, n_rows)
        if self.similarity == "pearson_baseline":
            r -= self._baseline(x, rows.others)
        self.similarities_ = all_pairs(
            Table(rows.starts, rows.others, r),
            len(columns.starts) - 1,
            self.similarity,
            min_support=self.min_support,
            shrinkage=self.shrinkage,
        ).values
        y = np.repeat(np.arange(len(columns.starts) - 1, dtype=np.int32), columns.counts)
        self.starts_, self.voters_, self.ratings_ = columns.starts, columns.others, columns.values
        self.deviations_ = self._deviations(columns.values.astype(np.float64), columns.others, y)
        for array in (
            self.user_bias_, self.item_bias_, self.row_means_, self.row_spreads_, self.deviations_
        ):  # fmt: skip
            frozen(array)

    @property
    def needs_biases(self) -> bool:
        """Whether b_u and b_i play a part."""
        return "baseline" in (self.variant, self.similarity.removeprefix("pearson_"))

    def _moments(self, x: IntArray, r: FloatArray, n_rows: int) -> tuple[FloatArray, FloatArray]:
        """μ_x and σ_x of every row; μ and the spread of all ratings where a row has none of its own."""
        counts = np.bincount(x, minlength=n_rows)
        means = np.where(counts > 0, shrunk_mean(x, r, n_rows, 0.0), self.mu_)
        spreads = np.sqrt(shrunk_mean(x, (r - means[x]) ** 2, n_rows, 0.0))
        return means, usable(spreads, self.overall_spread_)

    def _deviations(self, r: FloatArray, x: IntArray, y: IntArray) -> FloatArray:
        """d of equation (2) for ratings r in rows x and columns y."""
        if self.variant == "basic":
            return r - self.mu_
        if self.variant == "baseline":
            return r - self._baseline(x, y)
        return (r - self.row_means_[x]) / (self.row_spreads_[x] if self.variant == "zscore" else 1.0)

    def similarity_row(self, x: int) -> FloatArray:
        """(n_rows,) how alike row x is to every row, 1 to itself.

        Raises:
            NotFittedError: the model was not fitted.
            DataError: there is no such row.
        """
        self._require_fit()
        n_rows = len(self.row_means_)
        return Triangle(n_rows, self.similarities_).row(self._one(x, n_rows, "row"))

    # -- what the two sides say for themselves

    @abstractmethod
    def _sides(self, ratings: Ratings) -> tuple[Grouped, Grouped]:
        """The ratings grouped by rows and by columns."""

    @abstractmethod
    def _baseline(self, x: IntArray, y: IntArray) -> FloatArray:
        """μ + b_u + b_i of rows x and columns y."""

    @abstractmethod
    def _ballot(self, users: IntArray | Profile, items: IntArray) -> Ballot:
        """What is voted on, and who may vote."""

    @abstractmethod
    def _vote(self, user: User, item: int, ballot: Ballot, position: int, value: float) -> Term:
        """The term of one voter, who stands at `position` of the ballot's lists."""

    # -- equation (1)

    def _estimate(self, users: IntArray | Profile, items: IntArray) -> FloatArray:
        ballot = self._ballot(users, items)
        means, voters = self._count(ballot)
        estimate: FloatArray = ballot.centres + np.where(
            voters >= self.min_neighbors, ballot.spreads * means, 0.0
        )
        return estimate

    def _count(self, ballot: Ballot) -> tuple[FloatArray, LongArray]:
        return count_votes(
            ballot.similarities,
            ballot.origin,
            np.array(ballot.x, dtype=np.int32),  # one layout, one compilation
            ballot.starts,
            ballot.voters,
            ballot.deviations,
            np.array(ballot.y, dtype=np.int32),
            self.n_neighbors,
        )

    def _impossible(self, user: User, item: int) -> str | None:
        users = user if isinstance(user, Profile) else np.array([user], dtype=np.int32)
        voters = int(self._count(self._ballot(users, np.array([item], dtype=np.int32)))[1][0])
        return None if voters >= self.min_neighbors else self._too_few(voters)

    @abstractmethod
    def _too_few(self, voters: int) -> str:
        """Why nobody votes, in words."""

    # -- why

    def _explain(self, user: User, item: int) -> Explanation:
        users = user if isinstance(user, Profile) else np.array([user], dtype=np.int32)
        ballot = self._ballot(users, np.array([item], dtype=np.int32))
        positions, weights = elected(ballot, self.n_neighbors)
        if len(positions) < self.min_neighbors:
            positions, weights = positions[:0], weights[:0]
        votes = ballot.spreads[0] * weights * ballot.deviations[positions]
        terms = self._centre_terms(user, item, float(ballot.centres[0]))
        terms += [
            self._vote(user, item, ballot, position, value)
            for position, value in zip(positions.tolist(), votes.tolist(), strict=True)
        ]
        base: float | None = None
        shares: tuple[Share, ...] = ()
        if isinstance(user, Profile) and self.exact_shares:
            base, shares = self._shares(user, ballot, positions, weights)
        return summed(terms, self.scale_, self.fallback(user, item), base, shares)

    def _shares(
        self, profile: Profile, ballot: Ballot, positions: LongArray, weights: FloatArray
    ) -> tuple[float, tuple[Share, ...]]:
        """What anyone would be predicted, and what each rating of the profile adds to it."""
        raise NotImplementedError

    def _centre_terms(self, user: User, item: int, centre: float) -> list[Term]:
        """c_xy, in its parts."""
        if self.variant == "baseline":
            b_u = user.bias if isinstance(user, Profile) else float(self.user_bias_[user])
            return [
                Term("average of all ratings", "μ", self.mu_),
                Term("this item against the average", "b_i", float(self.item_bias_[item])),
                Term("this person against the average", "b_u", b_u),
            ]
        if self.variant == "basic" or centre == self.mu_:
            return [Term("average of all ratings", "μ", centre)]
        return [self._row_mean(centre)]

    @abstractmethod
    def _row_mean(self, value: float) -> Term:
        """μ_x as a term."""

    # -- a new person

    def _bias_of(self, items: IntArray, values: RatingArray) -> float:
        """b_u of a new person by the formula of training; 0 where biases play no part."""
        if not self.needs_biases or not len(items):
            return 0.0
        y = values.astype(np.float64) - self.mu_ - self.item_bias_[items]
        return float(y.sum() / (USER_SHRINKAGE + len(y)))


def usable(spreads: FloatArray, overall: float) -> FloatArray:
    """Standard deviations to divide by: that of all ratings where a row has none, 1 where nobody has."""
    return np.where(spreads > 1e-9, spreads, overall if overall > 1e-9 else 1.0)


def elected(ballot: Ballot, n_neighbors: int) -> tuple[LongArray, FloatArray]:
    """N of a ballot's first prediction, as it is written: positions in the lists, and s_xv / Σ s."""
    x, y = int(ballot.x[0]), int(ballot.y[0])
    begin, end = int(ballot.starts[y]), int(ballot.starts[y + 1])
    v = ballot.voters[begin:end].astype(np.int64)
    high, low = np.maximum(v, x), np.minimum(v, x)
    s = np.ones(len(v))
    others = v != x
    s[others] = ballot.similarities[(high * (high - 1) // 2 + low - ballot.origin)[others]]
    nearest = np.argsort(-s, kind="stable")[:n_neighbors]  # of equals the first
    nearest = nearest[s[nearest] > 0]
    return begin + nearest, s[nearest] / s[nearest].sum() if len(nearest) else s[nearest]


@exact_kernel
def count_votes(
    similarities: FloatArray,
    origin: int,
    x: IntArray,
    starts: LongArray,
    voters: IntArray,
    deviations: FloatArray,
    y: IntArray,
    n_neighbors: int,
) -> tuple[FloatArray, LongArray]:
    """Σ s d / Σ s over N for each prediction (0 where N is empty), and how many are in N.

    Where more than k are similar, the k-th largest similarity is looked for in BINS bins of
    equal width, which costs one pass over the list, and then inside its bin alone. Whoever lies
    above it votes, and of those who lie on it the first in the file, until k have voted.
    """
    longest = 0
    for n in range(len(y)):
        longest = max(longest, starts[y[n] + 1] - starts[y[n]])
    s, inside = np.empty(longest), np.empty(longest)
    bin_of, filled = np.empty(longest, dtype=np.int64), np.empty(BINS, dtype=np.int64)
    means, sizes = np.zeros(len(x)), np.zeros(len(x), dtype=np.int64)
    for n in range(len(x)):
        row, begin, n_listed = np.int64(x[n]), starts[y[n]], starts[y[n] + 1] - starts[y[n]]
        most, positive = 0.0, 0
        for t in range(n_listed):
            v = np.int64(voters[begin + t])
            high, low = max(v, row), min(v, row)
            place = 0 if v == row else ((high * (high - 1)) >> 1) + low - origin
            near = 1.0 if v == row else similarities[place]
            s[t] = near
            most = max(most, near)
            positive += 1 if near > 0 else 0
        sizes[n] = min(positive, n_neighbors)
        if positive == 0:
            continue
        least, room, ties = 0.0, 0, 0  # the k-th largest; how many that lie on it vote, of how many
        if positive > n_neighbors:
            filled[:] = 0
            scale = (BINS - 1) / max(most, 1e-300)
            for t in range(n_listed):
                bin_of[t] = np.int64(min(max(s[t], 0.0) * scale, BINS - 1.0))
                filled[bin_of[t]] += 1
            chosen, wanted = BINS - 1, n_neighbors
            while filled[chosen] < wanted:
                wanted -= filled[chosen]
                chosen -= 1
            n_inside = 0
            for t in range(n_listed):
                inside[n_inside] = s[t]
                n_inside += 1 if bin_of[t] == chosen else 0
            below = 2.0 * most
            while room == 0:  # from value to value downwards, equal ones at once
                least, ties = 0.0, 0
                for c in range(n_inside):
                    if inside[c] < below and inside[c] > least:
                        least, ties = inside[c], 1
                    elif inside[c] == least:
                        ties += 1
                if ties >= wanted:
                    room = wanted
                wanted -= ties
                below = least
        total, weighted = 0.0, 0.0
        if room == ties:
            for t in range(n_listed):
                weight = s[t] if s[t] >= least and s[t] > 0 else 0.0
                total += weight
                weighted += weight * deviations[begin + t]
        else:
            for t in range(n_listed):
                if s[t] > least or (s[t] == least and room > 0):
                    room -= 1 if s[t] == least else 0
                    total += s[t]
                    weighted += s[t] * deviations[begin + t]
        means[n] = weighted / total
    return means, sizes
