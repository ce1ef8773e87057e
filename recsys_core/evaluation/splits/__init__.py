"""Cutting the ratings into what may be learned from and what is kept to be predicted.

`Splitting` says how, in plain values; `Splitting.splits(ratings)` makes the cuts; a `Split` is one of them.
"""

from recsys_core.evaluation.splits.at_random import hold_out, k_fold, repeated_k_fold, stratified_k_fold
from recsys_core.evaluation.splits.base import Split
from recsys_core.evaluation.splits.by_time import leave_last_out, time_split
from recsys_core.evaluation.splits.by_user import held_out_users, leave_one_out
from recsys_core.evaluation.splits.splitting import Splitting, SplittingKind, splittings

__all__ = [
    "Split",
    "Splitting",
    "SplittingKind",
    "held_out_users",
    "hold_out",
    "k_fold",
    "leave_last_out",
    "leave_one_out",
    "repeated_k_fold",
    "splittings",
    "stratified_k_fold",
    "time_split",
]
