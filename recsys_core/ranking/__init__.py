"""From scores to a list: which items may be shown, and in what order."""

from recsys_core.ranking.candidates import Filters, candidates
from recsys_core.ranking.recommend import rank, recommend

__all__ = ["Filters", "candidates", "rank", "recommend"]
