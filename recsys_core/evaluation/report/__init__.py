"""What a comparison came to: tables, differences, slices, and files to keep and to pass on."""

from recsys_core.evaluation.report.base import Report
from recsys_core.evaluation.report.parts import Cell, Contender, People
from recsys_core.evaluation.report.reproduce import Code

__all__ = ["Cell", "Code", "Contender", "People", "Report"]
