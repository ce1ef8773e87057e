"""What Surprise's four nearest-neighbour algorithms share: who votes, and how votes are counted.

    v_xy = Σ_{x'∈N} s_xx' d_x'y / Σ_{x'∈N} s_xx'                           (1)
    r̂_xy = level_x + shift_y + spread_x v_xy                               (2)
    d_xy = (r_xy − level_x − shift_y) / spread_x                           (3)

x is a person and y an item if `user_based`, the other way round if not. N are the k of those
x' with a rating of y that are most similar to x, of equals the one met first in the file, and of
them only those with a similarity above 0. The algorithms differ in level, shift and spread:

    basic       0                     0           1          too few votes → μ
    means       mean of x             0           1
    z-scores    mean of x             0           std of x
    baseline    b_x                   μ + b_y     1

The tables are float64 and hold all pairs, for the numbers are to be Surprise's to the last
digits: 290 MB for the 6,040 people of MovieLens 1M.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recsys_core.algorithms import _surprise
from recsys_core.algorithms._terms import summed
from recsys_core.algorithms._work import Size, Work
from recsys_core.algorithms.base import Algorithm, Explanation, Profile, Term, User, hyper
from recsys_core.errors import DataError
from recsys_core.kernel import kernel
from recsys_core.ratings import BoolArray, FloatArray, IntArray, LongArray, RatingArray, Ratings, frozen


@dataclass(frozen=True, eq=False)
class Ballot:
    """Everything equation (2) needs for n pairs; each (n,).

    Attributes:
        level, shift, spread, vote: as in (2).
        decided: whether enough neighbours voted.
        known: whether the person and the item have ratings.
    """

    level: FloatArray
    shift: FloatArray
    spread: FloatArray
    vote: FloatArray
    decided: BoolArray
    known: BoolArray


@dataclass
class SurpriseNeighbours(Algorithm):
    """Base of the wrappers of surprise.KNNBasic, KNNWithMeans, KNNWithZScore and KNNBaseline."""

    n_neighbors: int = hyper(40, "k", "at most so many neighbours vote", low=1, high=500)
    min_neighbors: int = hyper(1, "k_min", "fewer neighbours than this do not vote", low=1, high=100)
    similarity: str = hyper(
        "msd",
        "s",
        "how likeness is measured",
        choices=("msd", "cosine", "pearson", "pearson_baseline"),
    )
    min_support: int = hyper(1, "n_min", "common ratings below which two are not alike", low=1, high=100)
    shrinkage: float = hyper(
        100.0, "λ_s", "common ratings at no similarity added (pearson_baseline)", low=0, high=1000
    )
    user_based: bool = hyper(True, "side", "whether the neighbours are people; if not, films")

    folds_in: ClassVar[bool] = True
    kind: ClassVar[str]
    """The name of Surprise's class."""

    def cheaper_name(self) -> str:
        return "user_knn" if self.user_based else "item_knn"

    def work(self, size: Size) -> Work:
        n_rows, pairs = (
            (size.n_users, size.item_pairs) if self.user_based else (size.n_items, size.user_pairs)
        )
        a_pair = {"msd": 8e-9, "cosine": 13e-9}.get(self.similarity, 18e-9)
        return _surprise.trainset_work(size) + Work(
            compiled=a_pair * pairs, n_bytes=8 * _surprise.TABLES[self.similarity] * n_rows**2
        )

    def prediction_work(self, size: Size, n_pairs: float) -> Work:
        pairs = size.item_pairs if self.user_based else size.user_pairs
        return Work(compiled=n_pairs * 29e-9 * pairs / max(1, size.n_ratings), n_bytes=100 * n_pairs)

    def ranking_work(self, size: Size) -> Work:
        if self.user_based:
            return Work(compiled=29e-9 * size.n_ratings)
        return Work(compiled=29e-9 * size.n_items * size.n_ratings / max(1, size.n_users))

    def _fit(self, ratings: Ratings) -> None:
        learned = _surprise.neighbours(
            self.kind,
            ratings,
            user_based=self.user_based,
            similarity=self.similarity,
            min_support=self.min_support,
            shrinkage=self.shrinkage,
            k=self.n_neighbors,
            min_k=self.min_neighbors,
        )
        self.mu_, self.sigma_ = ratings.mean, float(np.std(ratings.values, dtype=np.float64))
        self.similarities_, self.rows_ = learned.similarities, learned.rows
        self.user_bias_, self.item_bias_ = learned.user_bias, learned.item_bias
        self.level_, self.shift_, self.spread_ = self._levels(learned)
        by_y, y_of = (ratings.by_item, ratings.items) if self.user_based else (ratings.by_user, ratings.users)
        x, y = by_y.others, y_of[by_y.order]
        self.starts_, self.voters_, self.values_ = by_y.starts, self.rows_[x], by_y.values
        left = self.values_.astype(np.float64) - self.level_[x] - self.shift_[y]
        self.deviations_ = left / self.spread_[x]  # (3)
        for array in vars(self).values():
            if isinstance(array, np.ndarray):
                frozen(array)

    # -- what the four fill in

    @abstractmethod
    def _levels(self, learned: _surprise.Neighbours) -> tuple[FloatArray, FloatArray, FloatArray]:
        """level (n_x,), shift (n_y,) and spread (n_x,)."""

    @abstractmethod
    def _own_level(self, profile: Profile) -> tuple[float, float]:
        """level and spread of a new person, where the neighbours are people."""

    def _own_shift(self, profile: Profile) -> float:
        """shift of a new person, where the neighbours are items."""
        return 0.0

    def _undecided(self, ballot: Ballot) -> FloatArray:
        """(n,) the prediction where too few neighbours vote."""
        return np.where(ballot.known, ballot.level, self.mu_)

    def _basis(self, ballot: Ballot, user: User, item: int) -> list[Term]:
        """The terms of one prediction beside the vote."""
        if not ballot.known[0]:
            return [Term("average of all ratings", "μ", self.mu_)]
        level = float(ballot.level[0])
        if self.user_based:
            return [Term("this person's average", "r̄_u", level)]
        return [Term("this item's average", "r̄_i", level)]

    # -- prediction

    def _estimate(self, users: IntArray | Profile, items: IntArray) -> FloatArray:
        ballot = self._ballot(users, items)
        estimate = ballot.level + ballot.shift + ballot.spread * ballot.vote  # (2)
        return np.where(ballot.decided, estimate, self._undecided(ballot))

    def _ballot(self, users: IntArray | Profile, items: IntArray) -> Ballot:
        if isinstance(users, Profile):
            return (
                self._ballot_of_person(users, items)
                if self.user_based
                else self._ballot_of_items(users, items)
            )
        x, y = (users, items) if self.user_based else (items, users)
        known = (self.user_counts_[users] > 0) & (self.item_counts_[items] > 0)
        vote, n_votes = count_votes(
            self.rows_[x],
            np.ascontiguousarray(y),
            self.similarities_,
            self.starts_,
            self.voters_,
            self.deviations_,
            self.n_neighbors,
        )
        decided = n_votes >= self.min_neighbors
        return Ballot(self.level_[x], self.shift_[y], self.spread_[x], vote, decided, known)

    def _ballot_of_person(self, person: Profile, items: IntArray) -> Ballot:
        """User-based: a new row of similarities, and the votes of known people on each item."""
        n = len(items)
        if person.vector is None or person.vector.shape != self.similarities_.shape[:1]:
            raise DataError(f"This person was folded in by another model; fold in again with {self.title}.")
        level, spread = self._own_level(person)
        row = np.full(n, 0 if len(person) else -1, dtype=np.int32)
        known = (self.item_counts_[items] > 0) & bool(len(person))
        vote, n_votes = count_votes(
            row,
            np.ascontiguousarray(items),
            person.vector[None, :],
            self.starts_,
            self.voters_,
            self.deviations_,
            self.n_neighbors,
        )
        decided = n_votes >= self.min_neighbors
        return Ballot(np.full(n, level), self.shift_[items], np.full(n, spread), vote, decided, known)

    def _ballot_of_items(self, person: Profile, items: IntArray) -> Ballot:
        """Item-based: the person's own ratings vote."""
        n, shift = len(items), self._own_shift(person)
        rated = person.items
        left = person.values.astype(np.float64) - self.level_[rated] - shift
        # An item nobody else rated is like no other.
        alike = self.rows_[rated] >= 0
        deviations = (left[alike] / self.spread_[rated[alike]]) if len(rated) else left
        starts = np.array([0, len(deviations)], dtype=np.int64)
        for array in (starts, deviations):
            frozen(array)  # so that one compiled version serves known and new people
        voters = self.rows_[rated][alike]
        frozen(voters)
        vote, n_votes = count_votes(
            self.rows_[items],
            np.zeros(n, dtype=np.int32),
            self.similarities_,
            starts,
            voters,
            deviations,
            self.n_neighbors,
        )
        known = (self.item_counts_[items] > 0) & bool(len(person))
        decided = n_votes >= self.min_neighbors
        return Ballot(self.level_[items], np.full(n, shift), self.spread_[items], vote, decided, known)

    # -- a new person

    def _fold_in(self, items: IntArray, values: RatingArray) -> Profile:
        bias = 0.0
        if self.similarity == "pearson_baseline" or self.kind == "KNNBaseline":
            left = values.astype(np.float64) - self.mu_ - self.item_bias_[items]
            bias = float(left.sum() / (_surprise.USER_SHRINKAGE + len(items)))
        vector = self._likeness(items, values, bias) if self.user_based else None
        return Profile(items, values, bias, vector, fallback=None if len(items) else "no ratings given")

    def _likeness(self, items: IntArray, values: RatingArray, bias: float) -> FloatArray:
        """(n_known,) the similarity of a new person to everyone, by Surprise's formulas."""
        parts = [slice(self.starts_[i], self.starts_[i + 1]) for i in items]
        n_raters = [part.stop - part.start for part in parts]
        own = np.repeat(values.astype(np.float64), n_raters)
        voters = np.concatenate([self.voters_[part] for part in parts] or [self.voters_[:0]])
        theirs = np.concatenate([self.values_[part] for part in parts] or [self.values_[:0]]).astype(
            np.float64
        )
        if self.similarity == "pearson_baseline":
            biases = np.zeros(len(self.similarities_))
            biases[self.rows_[self.rows_ >= 0]] = self.user_bias_[self.rows_ >= 0]
            baseline = np.repeat(self.mu_ + self.item_bias_[items], n_raters)
            own, theirs = own - baseline - bias, theirs - baseline - biases[voters]
        n = np.bincount(voters, minlength=len(self.similarities_))
        alike = likeness(self.similarity, voters, own, theirs, n, self.shrinkage)
        return np.where(n >= self.min_support, alike, 0.0)

    # -- why

    def _impossible(self, user: User, item: int) -> str | None:
        users = user if isinstance(user, Profile) else np.array([user])
        if self._ballot(users, np.array([item])).decided[0]:
            return None
        if self.user_based:
            return "too few people like this one rated this item"
        return "this person rated too few items like this one"

    def _explain(self, user: User, item: int) -> Explanation:
        users = user if isinstance(user, Profile) else np.array([user])
        ballot = self._ballot(users, np.array([item]))
        terms = self._basis(ballot, user, item)
        if ballot.decided[0]:
            who = "people like this one" if self.user_based else "this person's ratings of items like it"
            vote = float(ballot.spread[0] * ballot.vote[0])
            terms.append(Term(f"vote of {who}", "v_ui", vote))
        return summed(terms, self.scale_, self.fallback(user, item))


def likeness(
    similarity: str, others: IntArray, own: FloatArray, theirs: FloatArray, n: LongArray, shrinkage: float
) -> FloatArray:
    """(n_others,) Surprise's similarity of one row to all, from the ratings they have in common.

    Args:
        similarity: msd, cosine, pearson or pearson_baseline.
        others: (n_common,) whom each common rating is shared with.
        own, theirs: (n_common,) the two ratings; for pearson_baseline what the baseline leaves of them.
        n: (n_others,) how many ratings are in common with each.
        shrinkage: λ_s.

    Source: as `surprise.similarities`; 0 where nothing is in common or the formula divides by 0.
    """

    def total(values: FloatArray) -> FloatArray:
        sums: FloatArray = np.bincount(others, weights=values, minlength=len(n)).astype(np.float64)
        return sums

    if similarity == "msd":
        return np.where(n > 0, 1.0 / (total((own - theirs) ** 2) / np.maximum(n, 1) + 1.0), 0.0)
    products, own_squares, their_squares = total(own * theirs), total(own**2), total(theirs**2)
    if similarity == "pearson":
        products = n * products - total(own) * total(theirs)
        own_squares = n * own_squares - total(own) ** 2
        their_squares = n * their_squares - total(theirs) ** 2
    squares = own_squares * their_squares
    alike: FloatArray = np.divide(
        products, np.sqrt(np.maximum(squares, 0.0)), out=np.zeros(len(n)), where=squares > 0
    )
    if similarity == "pearson_baseline":
        alike *= np.where(n > 1, (n - 1) / np.maximum(n - 1 + shrinkage, 1.0), 0.0)
    return alike


def count_votes_readable(
    rows: IntArray,
    columns: IntArray,
    similarities: FloatArray,
    starts: LongArray,
    voters: IntArray,
    deviations: FloatArray,
    k: int,
) -> tuple[FloatArray, LongArray]:
    """Equation (1) for each pair, and how many voted.

    Args:
        rows: (n,) where each x stands in `similarities`; −1: nobody votes.
        columns: (n,) each y.
        similarities: (n_rows, n_known).
        starts: (n_y + 1,) where the ratings of each y begin.
        voters, deviations: (n_ratings,) who gave them, and d of (3), in the order of the file.
        k: how many vote at most.

    Returns:
        v (n,), 0 where nobody votes, and the numbers of votes (n,).
    """
    vote, n_votes = np.zeros(len(rows)), np.zeros(len(rows), dtype=np.int64)
    for n, (x, y) in enumerate(zip(rows, columns, strict=True)):
        if x < 0:
            continue
        part = slice(starts[y], starts[y + 1])
        s, d = similarities[x, voters[part]], deviations[part]
        nearest = np.argsort(-s, kind="stable")[:k]
        nearest = nearest[s[nearest] > 0]
        n_votes[n] = len(nearest)
        if len(nearest):
            vote[n] = (s[nearest] @ d[nearest]) / s[nearest].sum()
    return vote, n_votes


@kernel
def count_votes(
    rows: IntArray,
    columns: IntArray,
    similarities: FloatArray,
    starts: LongArray,
    voters: IntArray,
    deviations: FloatArray,
    k: int,
) -> tuple[FloatArray, LongArray]:
    """The same as `count_votes_readable`, compiled: the nearest are kept sorted while going
    through the list once, and a newcomer passes only those it is strictly closer than."""
    vote, n_votes = np.zeros(len(rows)), np.zeros(len(rows), dtype=np.int64)
    s, d = np.empty(k), np.empty(k)
    for n in range(len(rows)):
        x, y, count = rows[n], columns[n], 0
        if x < 0:
            continue
        for at in range(starts[y], starts[y + 1]):
            new = similarities[x, voters[at]]
            if new <= 0.0 or (count == k and new <= s[k - 1]):
                continue
            if count < k:
                count += 1
            place = count - 1
            while place > 0 and s[place - 1] < new:
                s[place], d[place] = s[place - 1], d[place - 1]
                place -= 1
            s[place], d[place] = new, deviations[at]
        total, weight = 0.0, 0.0
        for place in range(count):
            total += s[place] * d[place]
            weight += s[place]
        n_votes[n] = count
        if count > 0:
            vote[n] = total / weight
    return vote, n_votes
