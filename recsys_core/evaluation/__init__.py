"""How good is it, measured so that nobody fools themselves."""

from recsys_core.evaluation.fold_in import FoldInError, fold_in_error

__all__ = ["FoldInError", "fold_in_error"]
