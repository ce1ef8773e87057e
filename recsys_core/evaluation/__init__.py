"""How good is it, measured so that nobody fools themselves."""

from recsys_core.evaluation.fold_in import FoldInError, fold_in_error
from recsys_core.evaluation.protocol import Protocol
from recsys_core.evaluation.splits import Split, Splitting, k_fold, splittings

__all__ = ["FoldInError", "Protocol", "Split", "Splitting", "fold_in_error", "k_fold", "splittings"]
