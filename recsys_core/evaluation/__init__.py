"""How good is it, measured so that nobody fools themselves."""

from recsys_core.evaluation.fold_in import FoldInError, fold_in_error
from recsys_core.evaluation.splits import Split, k_fold

__all__ = ["FoldInError", "Split", "fold_in_error", "k_fold"]
