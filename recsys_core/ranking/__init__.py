"""From scores to a list: which items may be shown, what they are ranked by, and in what order."""

from recsys_core.ranking.ageing import aged
from recsys_core.ranking.blend import Signals, blend, signals_of
from recsys_core.ranking.candidates import Filters, candidates
from recsys_core.ranking.counterfactual import Counterfactual, changed, less_like, movement, without
from recsys_core.ranking.explain import Why, why
from recsys_core.ranking.hybrid import Ranking, Stage, hybrid
from recsys_core.ranking.normalise import NORMALISATIONS, normalise
from recsys_core.ranking.recipe import Recipe
from recsys_core.ranking.recommend import rank, recommend
from recsys_core.ranking.signals import Asked, Shared, Signal, Sponsor, signals
from recsys_core.ranking.weights import HybridWeights

__all__ = [
    "NORMALISATIONS",
    "Asked",
    "Counterfactual",
    "Filters",
    "HybridWeights",
    "Ranking",
    "Recipe",
    "Shared",
    "Signal",
    "Signals",
    "Sponsor",
    "Stage",
    "Why",
    "aged",
    "blend",
    "candidates",
    "changed",
    "hybrid",
    "less_like",
    "movement",
    "normalise",
    "rank",
    "recommend",
    "signals",
    "signals_of",
    "why",
    "without",
]
