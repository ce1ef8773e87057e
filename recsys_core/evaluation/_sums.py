"""Metrics as a total over a weight, which can be added up over people, folds and slices.

    value = g(Σ total / Σ weight)                                          (1)

RMSE        total = Σ squared errors     weight = how many      g(x) = √x
MAE, MSE    total = Σ |errors|, squares  weight = how many      g(x) = x
R²          total = Σ squared errors     weight = Σ (r − r̄)²    g(x) = 1 − x
log-loss,   total = Σ of their terms     weight = how many      g(x) = x
Brier
the others  total = Σ of `Metric.per_user` over the folds where it is defined, weight = in how many; so
            that (1) is the mean over people and folds                      g(x) = x
"""

from __future__ import annotations

from typing import Any

import numpy as np

from recsys_core.evaluation.metrics import Lists, Metric, Predicted
from recsys_core.ratings import FloatArray

A_TERM_A_RATING = {"rmse", "mae", "mse", "r2", "log_loss", "brier"}


def sums(metric: Metric[Any], measured: Predicted | Lists) -> tuple[FloatArray, FloatArray]:
    """Totals and weights for each of `measured.people`.

    A person with a prediction that is not a finite number has the total `nan`, so that whatever it is
    added to is `nan` as well.
    """
    if isinstance(measured, Lists):
        values = metric.per_user(measured)
        if values is None:
            return np.zeros(len(measured)), np.zeros(len(measured))
        total, weight = np.nan_to_num(values), (~np.isnan(values)).astype(np.float64)
        total[measured.unranked], weight[measured.unranked] = np.nan, 1.0
        return total, weight
    values = metric.per_user(measured)
    if values is None:
        raise NotImplementedError(f"{metric.name} has no share of a rating.")
    n = measured.sums(np.ones(len(measured)))
    if metric.name == "rmse":
        total, weight = values**2 * n, n
    elif metric.name == "r2":
        around = measured.truth - measured.truth.mean()
        total, weight = measured.sums(measured.errors**2), measured.sums(around**2)
    elif metric.name in A_TERM_A_RATING:
        total, weight = values * n, n
    else:
        total, weight = np.nan_to_num(values), (~np.isnan(values)).astype(np.float64)
    total[measured.sums(~np.isfinite(measured.predictions)) > 0] = np.nan
    return total, weight


def finished(metric: str, total: FloatArray, weight: FloatArray) -> FloatArray:
    """Equation (1), elementwise; `nan` where the weight is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        x = np.where(weight > 0, total / weight, np.nan)
    if metric == "rmse":
        return np.sqrt(x)
    found: FloatArray = 1 - x if metric == "r2" else x
    return found
