"""How good is it, measured so that nobody fools themselves."""

from recsys_core.evaluation.cross_validation import cross_validate
from recsys_core.evaluation.fold_in import FoldInError, fold_in_error
from recsys_core.evaluation.guard import check_unseen
from recsys_core.evaluation.protocol import Protocol
from recsys_core.evaluation.report import Report
from recsys_core.evaluation.sealed import Opening, Sealed
from recsys_core.evaluation.splits import Split, Splitting, hold_out, k_fold, splittings

__all__ = [
    "FoldInError",
    "Opening",
    "Protocol",
    "Report",
    "Sealed",
    "Split",
    "Splitting",
    "check_unseen",
    "cross_validate",
    "fold_in_error",
    "hold_out",
    "k_fold",
    "splittings",
]
