"""The offline study of retrieval and of hybrid weights, on people the model never saw."""

from recsys_core.evaluation.study.files import load, save
from recsys_core.evaluation.study.measure import LIMITS, blends, study
from recsys_core.evaluation.study.parts import Change, Estimate, Point, Study
from recsys_core.evaluation.study.words import reading

__all__ = ["LIMITS", "Change", "Estimate", "Point", "Study", "blends", "load", "reading", "save", "study"]
