"""One algorithm on one fold: train, make sure it has not seen the test, predict, measure."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from recsys_core.algorithms import Algorithm, Profile
from recsys_core.algorithms.binary_cf import BinaryCF
from recsys_core.dataset import Dataset
from recsys_core.errors import LeakError, RecsysError, UnsupportedError
from recsys_core.evaluation._peak import watched
from recsys_core.evaluation._sums import sums
from recsys_core.evaluation.guard import check_unseen
from recsys_core.evaluation.lists import top_lists
from recsys_core.evaluation.metrics import Lists, Metric, Predicted
from recsys_core.evaluation.report import Cell, People
from recsys_core.evaluation.slices import Borders, SliceSum, counted, sliced
from recsys_core.evaluation.splits import Split
from recsys_core.ratings import FloatArray, IntArray, Ratings

NAN = float("nan")
HELD_OUT = "held-out users"
MOST_PEOPLE = 20_000
"""Of more, the figures by person are kept for so many, drawn at random: 3 MB an algorithm and ten metrics,
and means sure to a hundredth of the spread between people."""


@dataclass(frozen=True)
class Measures:
    """What to measure, the same for every cell.

    Attributes:
        metrics: in the order of the report.
        k, relevance: as in `Protocol`.
        borders: of the slices.
    """

    metrics: tuple[Metric[Any], ...]
    k: int
    relevance: float
    borders: Borders


@dataclass(frozen=True, eq=False)
class Running:
    """The sums by person while they grow; as `People`, but writable."""

    users: IntArray
    totals: FloatArray
    weights: FloatArray
    n_tested: int

    @classmethod
    def over(cls, splits: Sequence[Split], ratings: Ratings, n_contenders: int, n_metrics: int) -> Running:
        """Nothing yet, of everybody who will be tested, or of `MOST_PEOPLE` of them drawn at random."""
        tested = np.zeros(ratings.n_users, dtype=bool)
        for split in splits:
            tested[ratings.users[split.test]] = True
        users = np.flatnonzero(tested).astype(np.int32)
        n_tested = len(users)
        if n_tested > MOST_PEOPLE:
            users = np.sort(np.random.default_rng(0).choice(users, MOST_PEOPLE, replace=False))
        shape = (n_contenders, n_metrics, len(users))
        return cls(users, np.zeros(shape), np.zeros(shape), n_tested)

    def add(self, row: int, column: int, people: IntArray, total: FloatArray, weight: FloatArray) -> None:
        """What some people add to one algorithm's metric."""
        kept = np.isin(people, self.users)
        at = np.searchsorted(self.users, people[kept])
        self.totals[row, column, at] += total[kept]
        self.weights[row, column, at] += weight[kept]

    @property
    def still(self) -> People:
        """As it stands now."""
        return People(self.users, self.totals.copy(), self.weights.copy(), self.n_tested)


def measured(
    label: str,
    row: int,
    model: Algorithm,
    dataset: Dataset,
    split: Split,
    measures: Measures,
    running: Running,
) -> tuple[Cell, tuple[SliceSum, ...]]:
    """Train and test; a failure is a cell with its reason.

    Args:
        label, row: of the algorithm.
        model: not fitted.
        dataset, split: what to cut, and where.
        measures: what to measure.
        running: sums by person, which are added to.

    Raises:
        LeakError: it has seen what it is to be tested on.
    """
    try:
        return _measured(label, row, model, dataset, split, measures, running)
    except LeakError:
        raise
    except RecsysError as error:
        why = str(error)
    except MemoryError:
        why = "It needed more memory than there is."
    except Exception as error:  # an algorithm may be anybody's; the others are still worth comparing
        logging.getLogger(__name__).exception("%s failed on fold %d", label, split.fold + 1)
        why = f"Something unexpected stopped it ({type(error).__name__}: {error})."
    return Cell(label, split.fold, error=why), ()


def _measured(
    label: str,
    row: int,
    model: Algorithm,
    dataset: Dataset,
    split: Split,
    measures: Measures,
    running: Running,
) -> tuple[Cell, tuple[SliceSum, ...]]:
    if split.kind == HELD_OUT and not model.folds_in:
        raise UnsupportedError(f"{model.title} cannot place people it was not trained on.")
    train, test, given = (
        part(dataset.ratings) for part in (split.train_ratings, split.test_ratings, split.given_ratings)
    )
    fit_seconds, peak = watched(lambda: model.fit(train, dataset.side))
    check_unseen(model, dataset.ratings, split)
    begin = perf_counter()
    people = _folded_in(model, split, test, given)
    predictions = _predictions(model, test, people)
    predict_seconds = perf_counter() - begin
    truth = test.values.astype(np.float64)
    if isinstance(model, BinaryCF):
        truth = model.labels(test.values).astype(np.float64)
    of_ratings = Predicted(test.users, test.items, truth, predictions)
    known = train
    if len(split.given):
        known = dataset.ratings.take(np.concatenate([split.train, split.given]))
    lists, list_seconds = None, NAN
    if any(metric.of == "lists" for metric in measures.metrics):
        begin = perf_counter()
        users = of_ratings.people
        items = top_lists(
            model, train, users if people is None else [people[int(u)] for u in users], measures.k
        )
        list_seconds = perf_counter() - begin
        genres = dataset.catalogue.genres if len(dataset.catalogue.genre_names) else None
        lists = Lists.of(known, test, users, items, relevance=measures.relevance, genres=genres)
    counts = counted(known)
    values: dict[str, float] = {}
    parts: list[SliceSum] = []
    for column, metric in enumerate(measures.metrics):
        what = lists if metric.of == "lists" and lists is not None else of_ratings
        values[metric.name] = metric.value(what)
        added = sums(metric, what)
        running.add(row, column, what.people, *added)
        parts.extend(sliced(label, metric, what, added, counts, measures.borders))
    return Cell(
        label,
        split.fold,
        values,
        fit_seconds=fit_seconds,
        predict_seconds=predict_seconds,
        list_seconds=list_seconds,
        peak_mb=peak,
        n_ratings=len(test),
        n_users=len(of_ratings.people),
        n_without=None if lists is None else lists.n_without,
        warnings=_warnings(model, of_ratings, lists),
    ), tuple(parts)


def _folded_in(model: Algorithm, split: Split, test: Ratings, given: Ratings) -> dict[int, Profile] | None:
    """Everybody held out whole, placed by what they gave; None where people were trained on."""
    if split.kind != HELD_OUT:
        return None
    return {int(u): model.fold_in(*given.by_user.row(int(u))) for u in np.unique(test.users)}


def _predictions(model: Algorithm, test: Ratings, people: dict[int, Profile] | None) -> FloatArray:
    if people is None:
        return model.predict(test.users, test.items)
    found = np.empty(len(test))
    for user, profile in people.items():
        theirs = test.by_user.order[slice(*test.by_user.starts[[user, user + 1]])]
        found[theirs] = model.predict(profile, test.items[theirs])
    return found


def _warnings(model: Algorithm, of_ratings: Predicted, lists: Lists | None) -> tuple[str, ...]:
    found = list(model.remarks_)
    wrong = int(np.count_nonzero(~np.isfinite(of_ratings.predictions)))
    if wrong:
        found.append(
            f"{wrong:,} of {len(of_ratings):,} predictions are not finite numbers, so metrics of "
            "predictions are not a number (nan)."
        )
    if lists is not None and lists.unranked.any():
        found.append(
            f"The scores for {int(lists.unranked.sum()):,} of {len(lists):,} people are not finite "
            "numbers, so metrics of lists are not a number (nan)."
        )
    return tuple(found)
