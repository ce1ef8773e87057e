"""Named recipes to begin with. How a recipe is written down and read again is in `written.py`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from recsys_core.ranking.candidates import Filters
from recsys_core.ranking.recipe import Recipe
from recsys_core.ranking.weights import HybridWeights
from recsys_core.ranking.written import from_json, from_text, to_json, to_text

__all__ = ["PRESETS", "Preset", "from_json", "from_text", "preset_of", "to_json", "to_text"]


@dataclass(frozen=True)
class Preset:
    """A named recipe.

    Attributes:
        name: as in addresses.
        title: as shown to people.
        help: one sentence on what it is for.
        recipe: what it sets; filters, own ratings and the length of the list stay as they are.
    """

    name: str
    title: str
    help: str
    recipe: Recipe

    def over(self, recipe: Recipe) -> Recipe:
        """A recipe with this preset's weights and re-ranking, and no fewer ratings a film than it needs."""
        least = max(recipe.filters.min_ratings, self.recipe.filters.min_ratings)
        return replace(
            recipe,
            weights=self.recipe.weights,
            diversity=self.recipe.diversity,
            calibration=self.recipe.calibration,
            filters=replace(recipe.filters, min_ratings=least),
        )


PRESETS = {
    preset.name: preset
    for preset in (
        Preset(
            "best",
            "Best predicted",
            "What the model expects you to like most, and nothing else.",
            Recipe(HybridWeights(rating=1.0)),
        ),
        Preset(
            "liked",
            "Because you liked",
            "Close to what you rated highly; the prediction decides between equals.",
            Recipe(HybridWeights(rating=0.3, similarity=1.0)),
        ),
        Preset(
            "trending",
            "Trending",
            "What many people rated and what came lately, the same for everyone.",
            Recipe(HybridWeights(popularity=1.0, recency=0.6)),
        ),
        Preset(
            "gems",
            "Hidden gems",
            "Well predicted and little known, but rated by three people at least.",
            Recipe(HybridWeights(rating=1.0, novelty=0.4), filters=Filters(min_ratings=3)),
        ),
        Preset(
            "surprise",
            "Surprise me",
            "Unlike what you know, still well predicted, and no two films alike.",
            Recipe(HybridWeights(rating=1.0, dissimilarity=0.7, novelty=0.2), diversity=0.4),
        ),
        Preset(
            "arrivals",
            "New arrivals",
            "What came into the catalogue last; the prediction decides between equals.",
            Recipe(HybridWeights(rating=0.4, recency=1.0)),
        ),
        Preset(
            "advertiser",
            "Advertiser's dream",
            "What is paid for first, then what sells anyway. Each paid film names its payer.",
            Recipe(HybridWeights(rating=0.1, popularity=0.3, sponsored=1.0)),
        ),
    )
}
"""By name, in the order in which they are shown."""


def preset_of(recipe: Recipe) -> Preset | None:
    """The preset that a recipe follows, or None."""
    return next((one for one in PRESETS.values() if one.over(recipe) == recipe), None)
