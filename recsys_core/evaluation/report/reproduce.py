"""The Python that makes a report's table again, in this library and in Surprise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recsys_core.evaluation.report.base import Report
    from recsys_core.evaluation.report.parts import Contender


@dataclass(frozen=True)
class Code:
    """Programs that print the means of a report's table.

    Attributes:
        ours: in this library; every algorithm of the report that it has.
        surprise: in Surprise alone, given the ratings in their order; those algorithms, metrics and
            cuts for which it computes the same numbers. Empty where there are none.
    """

    ours: str
    surprise: str


def code(report: Report) -> Code:
    """Both programs."""
    return Code(_ours(report), _surprise(report))


def _ours(report: Report) -> str:
    from recsys_core.algorithms import algorithms

    protocol, how = report.protocol, report.protocol.splitting
    known = [one for one in report.contenders if one.algorithm in algorithms()]
    missing = [one for one in report.contenders if one.algorithm not in algorithms()]
    lines = ["import recsys_core as rc", "", f"dataset = rc.load({protocol.dataset!r})"]
    lines += [f"assert dataset.ratings.fingerprint == {protocol.fingerprint!r}", ""]
    lines += [f"# {one.label!r} is an algorithm of your own ({one.algorithm!r}): add it." for one in missing]
    lines += ["report = rc.cross_validate(", "    {"]
    lines += [f"        {one.label!r}: ({one.algorithm!r}, {dict(one.hyper_parameters)!r})," for one in known]
    lines += ["    },", "    dataset,"]
    if how.kind == "k-fold":
        lines.append(f"    folds={how.folds},")
        lines.append(f"    seed={how.seed},")
    else:
        lines.append(
            f"    splitting=rc.Splitting(kind={how.kind!r}, folds={how.folds}, repeats={how.repeats}, "
            f"share={how.share!r}, given={how.given}, seed={how.seed}),"
        )
    lines += [f"    metrics={tuple(report.metrics)!r},"]
    lines += [f"    k={protocol.k},", f"    relevance={protocol.relevance!r},", ")"]
    return "\n".join([*lines, "print(report.table.to_string())", ""])


# ---------------------------------------------------------------- plain Surprise

MEASURES = {"rmse": "RMSE", "mae": "MAE", "mse": "MSE", "fcp": "FCP"}

Settings = Mapping[str, Any]


def _factors(s: Settings) -> dict[str, Any]:
    return {
        "n_factors": s["n_factors"],
        "n_epochs": s["n_epochs"],
        "lr_all": s["learning_rate"],
        "reg_all": s["regularization"],
        "init_std_dev": s["init_std"],
        "random_state": s["seed"],
    }


def _baseline(s: Settings) -> dict[str, Any]:
    options = {"method": s.get("optimizer", "als"), "n_epochs": s["n_epochs"]}
    if options["method"] == "als":
        options |= {"reg_i": s["item_shrinkage"], "reg_u": s["user_shrinkage"]}
    else:
        options |= {"learning_rate": s["learning_rate"], "reg": s["regularization"]}
    return {"bsl_options": options, "verbose": False}


def _nmf(s: Settings) -> dict[str, Any]:
    options = {name: s[name] for name in ("n_factors", "n_epochs", "biased")}
    pulls = {"reg_pu": s["regularization"], "reg_qi": s["regularization"]}
    return {**options, **pulls, "random_state": s["seed"]}


def _neighbours(s: Settings) -> dict[str, Any]:
    alike = {"name": s["similarity"], "user_based": s["user_based"]}
    alike |= {"min_support": s["min_support"], "shrinkage": s["shrinkage"]}
    return {"k": s["n_neighbors"], "min_k": s["min_neighbors"], "sim_options": alike, "verbose": False}


def _clusters(s: Settings) -> dict[str, Any]:
    counts = {"n_cltr_u": s["n_user_clusters"], "n_cltr_i": s["n_item_clusters"], "n_epochs": s["n_epochs"]}
    return {**counts, "random_state": s["seed"]}


TWINS: dict[str, tuple[str, Callable[[Settings], dict[str, Any]]]] = {
    "svd": ("SVD", _factors),
    "surprise_svd": ("SVD", _factors),
    "svdpp": ("SVDpp", _factors),
    "surprise_svdpp": ("SVDpp", _factors),
    "bias": ("BaselineOnly", _baseline),
    "surprise_baseline_only": ("BaselineOnly", _baseline),
    "surprise_nmf": ("NMF", _nmf),
    "surprise_slope_one": ("SlopeOne", lambda s: {}),
    "surprise_co_clustering": ("CoClustering", _clusters),
    "surprise_knn_basic": ("KNNBasic", _neighbours),
    "surprise_knn_with_means": ("KNNWithMeans", _neighbours),
    "surprise_knn_with_zscore": ("KNNWithZScore", _neighbours),
    "surprise_knn_baseline": ("KNNBaseline", _neighbours),
}
"""Surprise's class and its options, for those that predict the same numbers. NormalPredictor is not
among them: it draws anew at every run."""


def _call(one: Contender) -> str:
    name, options = TWINS[one.algorithm]
    given = ", ".join(f"{key}={value!r}" for key, value in options(one.hyper_parameters).items())
    return f"{name}({given})"


def _surprise(report: Report) -> str:
    how, protocol = report.protocol.splitting, report.protocol
    measures = [MEASURES[name] for name in report.metrics if name in MEASURES]
    twins = [one for one in report.contenders if one.algorithm in TWINS and one.label not in report.errors]
    if how.kind != "k-fold" or not measures or not twins:
        return ""
    names = sorted({TWINS[one.algorithm][0] for one in twins} | {"Dataset", "Reader"})
    lines = [
        "import pandas as pd",
        f"from surprise import {', '.join(names)}",
        "from surprise.model_selection import KFold, cross_validate",
        "",
        "import recsys_core as rc  # for nothing but the ratings, in the order they were cut in",
        "",
        f"ratings = rc.load({protocol.dataset!r}).ratings",
        "table = pd.DataFrame("
        '{"user": ratings.users, "item": ratings.items, "rating": ratings.values.astype(float)})',
        "reader = Reader(rating_scale=(ratings.scale.low, ratings.scale.high))",
        "data = Dataset.load_from_df(table, reader)",
        "algorithms = {",
        *(f"    {one.label!r}: {_call(one)}," for one in twins),
        "}",
        "for label, algorithm in algorithms.items():",
        f"    folds = KFold(n_splits={how.folds}, random_state={how.seed})",
        f"    found = cross_validate(algorithm, data, measures={measures!r}, cv=folds)",
        f"    for measure in {[m.lower() for m in measures]!r}:",
        '        print(label, measure, found[f"test_{measure}"].mean())',
    ]
    return "\n".join([*lines, ""])
