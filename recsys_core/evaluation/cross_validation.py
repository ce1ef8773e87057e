"""Several algorithms on the same folds, measured alike.

For every fold, every algorithm is trained on the fold's training part by a fresh copy, is checked not
to have seen what it is tested on, predicts the test part, and, if a metric needs it, makes a list
out of the full catalogue for everybody who has test ratings. An algorithm that fails keeps its row,
with the reason; the others go on.

Figures of the ratings' kind (stars) and of yes and no are not of one kind, so algorithms of both
are not compared in one report.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any, TypeAlias

from recsys_core.algorithms import Algorithm, algorithm, algorithms
from recsys_core.algorithms._hyper import HyperValue
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError
from recsys_core.evaluation._cell import Measures, Running, measured
from recsys_core.evaluation._warm import warm_up
from recsys_core.evaluation.metrics import metric as metric_by_name
from recsys_core.evaluation.protocol import Protocol
from recsys_core.evaluation.report import Contender, Report
from recsys_core.evaluation.slices import Borders
from recsys_core.evaluation.splits import Splitting

Choice: TypeAlias = "str | Algorithm | tuple[str, Mapping[str, HyperValue]]"
BASELINES = ("surprise_normal_predictor", "popularity", "bias")
"""What every algorithm has to beat: ratings drawn by lot, what most people rated, and biases."""
PACKAGES = ("recsys-core", "numpy", "numba", "scipy", "scikit-surprise")


@dataclass(frozen=True)
class Progress:
    """How far a cross-validation is.

    Attributes:
        algorithm, fold, folds: what is next (`fold` from 0); of the last, what was last.
        done, total: cells, one an algorithm and fold.
        report: of what is done.
    """

    algorithm: str
    fold: int
    folds: int
    done: int
    total: int
    report: Report


def cross_validate(
    algorithms: Iterable[str] | Mapping[str, Choice],
    dataset: Dataset,
    folds: int = 5,
    seed: int = 0,
    metrics: Sequence[str] = ("rmse", "mae"),
    *,
    splitting: Splitting | None = None,
    k: int = 10,
    relevance: float = 4.0,
    baselines: bool = False,
    progress: Callable[[Progress], object] | None = None,
) -> Report:
    """Train and test all algorithms on the same folds.

    With `folds` and `seed`, the folds are those of Surprise's KFold(folds, random_state=seed), and
    RMSE, MAE and MSE of Surprise's algorithms those of its own cross_validate.

    Args:
        algorithms: names; or by label a name, a name with hyper-parameters, or an Algorithm, whose
            fresh copies are trained and which is not touched.
        dataset: what to cut.
        folds, seed: of a k-fold split; looked at unless `splitting` is given.
        metrics: names from `recsys_core.evaluation.metrics.metrics()`.
        splitting: another way to cut.
        k: length of the lists.
        relevance: a test rating from here on is relevant; for yes and no, a yes.
        baselines: add those of `BASELINES` that are not there yet.
        progress: called before every cell, and once at the end.

    Raises:
        DataError: no algorithms, no metrics, ratings and yes/no mixed, or the data cannot be cut so.
        HyperParameterError: an algorithm, a setting or a metric is unknown.

    Cost: len(algorithms) × folds trainings, and as many times predicting the test part.
    """
    how = splitting or Splitting("k-fold", folds=folds, seed=seed)
    report = None
    for now in validation(algorithms, dataset, how, metrics, k=k, relevance=relevance, baselines=baselines):
        report = now.report
        if progress is not None:
            progress(now)
    if report is None:
        raise DataError("There is nothing to compare: give at least one algorithm.")
    return report


def validation(
    algorithms: Iterable[str] | Mapping[str, Choice],
    dataset: Dataset,
    splitting: Splitting,
    metrics: Sequence[str] = ("rmse", "mae"),
    *,
    k: int = 10,
    relevance: float = 4.0,
    baselines: bool = False,
) -> Iterator[Progress]:
    """`cross_validate` cell by cell, fold by fold: the work of a cell is done between two of these.

    Raises:
        DataError, HyperParameterError: as `cross_validate`, before anything is trained.
    """
    makers = contenders(algorithms, baselines=baselines, fold_in=splitting.kind == "held-out users")
    chosen = tuple(metric_by_name(name) for name in dict.fromkeys(metrics))
    _check(makers, chosen, relevance, dataset)
    splits = list(splitting.splits(dataset.ratings))
    report = Report(
        Protocol.of(dataset, splitting, splits, k=k, relevance=relevance),
        tuple(Contender(label, model.name, model.parameters()) for label, (model, _) in makers.items()),
        tuple(metric.name for metric in chosen),
        versions=versions(),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    running = Running.over(splits, dataset.ratings, len(makers), len(chosen))
    measures = Measures(chosen, k, relevance, Borders.of(splits[0].train_ratings(dataset.ratings)))
    done, total = 0, len(splits) * len(makers)
    label = ""
    for split in splits:
        for row, (label, (model, make)) in enumerate(makers.items()):
            yield Progress(label, split.fold, len(splits), done, total, report)
            if label not in report.errors:
                if not done // len(makers):
                    warm_up(model, dataset.ratings.scale)
                cell, parts = measured(label, row, make(), dataset, split, measures, running)
                report = replace(
                    report,
                    cells=(*report.cells, cell),
                    people=running.still,
                    parts=(*report.parts, *parts),
                )
            done += 1
    yield Progress(label, len(splits) - 1, len(splits), done, total, report)


Makers: TypeAlias = dict[str, tuple[Algorithm, Callable[[], Algorithm]]]


def contenders(chosen: Iterable[str] | Mapping[str, Choice], *, baselines: bool, fold_in: bool) -> Makers:
    """By label, one to look at and a maker of fresh ones.

    Raises:
        DataError: none are given, a label stands twice, or a choice is none of the three.
        HyperParameterError: an algorithm or a setting is unknown, or a value out of bounds.
    """
    if isinstance(chosen, str):
        raise DataError(f"Give algorithms as a list: [{chosen!r}].")
    given: dict[str, Choice] = {}
    if isinstance(chosen, Mapping):
        given.update(chosen)
    else:
        for name in chosen:
            if not isinstance(name, str):
                raise DataError(f"{name!r:.80} needs a label: give {{'a label': …}} instead of a list.")
            if name in given:
                raise DataError(f"{name!r} stands twice: give {{'a label': …}} to tell the two apart.")
            given[name] = name
    if not given:
        raise DataError("There is nothing to compare: give at least one algorithm.")
    made = {label: _maker(label, choice) for label, choice in given.items()}
    if baselines and not any(model.binary for model, _ in made.values()):
        there = {model.name for model, _ in made.values()} | set(made)
        for name in BASELINES:
            if name not in there and (algorithms()[name].folds_in or not fold_in):
                made[name] = _maker(name, name)
    return made


def _maker(label: str, choice: Choice) -> tuple[Algorithm, Callable[[], Algorithm]]:
    if isinstance(choice, Algorithm):
        settings = choice.parameters()
        return choice, lambda: type(choice)(**settings)
    pair = (choice, {}) if isinstance(choice, str) else choice
    fine = isinstance(pair, (tuple, list)) and len(pair) == 2
    if not fine or not isinstance(pair[0], str) or not isinstance(pair[1], Mapping):
        raise DataError(f"{label!r} must be a name, (a name, hyper-parameters) or an Algorithm.")
    name, given = pair[0], dict(pair[1])
    return algorithm(name, **given), lambda: algorithm(name, **given)


def _check(makers: Makers, chosen: Sequence[Any], relevance: float, dataset: Dataset) -> None:
    if not chosen:
        raise DataError("There is nothing to measure: give at least one metric.")
    models = {label: model for label, (model, _) in makers.items()}
    binary = [label for label, model in models.items() if model.binary]
    if binary and len(binary) < len(models):
        stars = next(label for label in models if label not in binary)
        raise DataError(
            f"{binary[0]!r} predicts probabilities and {stars!r} stars: figures of both are not of one "
            "kind. Compare them in two reports."
        )
    wrong, instead = ("ratings", "log_loss, auc, brier") if binary else ("labels", "rmse, mae")
    for metric in chosen:
        if metric.of == wrong:
            what = "probabilities of a yes" if binary else "stars"
            raise DataError(f"{metric.title} is no measure of {what}: take {instead}, or metrics of lists.")
    top = dataset.ratings.scale.high
    for label in binary:
        threshold = min(float(models[label].parameters().get("threshold", relevance)), top)
        if threshold != min(relevance, top):
            raise DataError(
                f"{label!r} takes a rating of {threshold:g} as a yes, and the report {relevance:g}: give "
                f"relevance={threshold:g}, or the algorithm threshold={relevance:g}."
            )


def versions() -> dict[str, str]:
    """Of what computes, by name."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
