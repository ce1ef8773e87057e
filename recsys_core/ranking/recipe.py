"""All that makes a list, in one value that can be compared, kept and sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from recsys_core.errors import DataError
from recsys_core.ranking.candidates import Filters
from recsys_core.ranking.checks import MOST, is_count, said
from recsys_core.ranking.normalise import check_normalisation
from recsys_core.ranking.weights import HybridWeights

SEEN = ("new", "seen", "all")


@dataclass(frozen=True)
class Recipe:
    """All that makes a list.

    Attributes:
        weights: how much each signal counts.
        normalisation: how signals are put on one footing, one of `NORMALISATIONS`.
        filters: genres, years and number of ratings.
        seen: "new" only what the person has not rated, "seen" only what they have, "all" both.
        exclude: item indices that must not be recommended.
        diversity: λ of maximal marginal relevance, 0 (off) to 1.
        calibration: λ of genre calibration, 0 (off) to 1.
        most_per_genre: at most so many of a genre in the list; None for no cap.
        recent: only the person's last so many ratings count; None for all.
        half_life: after so many newer ratings a rating counts half; None for never.
        retrieve: rank about so many retrieved items only; None for the whole catalogue.
        n: how long the list is.

    The four counts are whole numbers from 1 to `MOST` (10⁹), and a half-life is no longer.

    Raises:
        DataError: a value is not allowed; the message names it.
    """

    weights: HybridWeights = field(default_factory=HybridWeights)
    normalisation: str = "min_max"
    filters: Filters = field(default_factory=Filters)
    seen: Literal["new", "seen", "all"] = "new"
    exclude: tuple[int, ...] = ()
    diversity: float = 0.0
    calibration: float = 0.0
    most_per_genre: int | None = None
    recent: int | None = None
    half_life: float | None = None
    retrieve: int | None = None
    n: int = 10

    def __post_init__(self) -> None:
        check_normalisation(self.normalisation)
        if self.seen not in SEEN:
            raise DataError(f"seen = {said(self.seen)} is not allowed; choose one of: {', '.join(SEEN)}.")
        for name in ("diversity", "calibration"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
                raise DataError(f"{name} = {said(value)} is not allowed: give a number from 0 (off) to 1.")
        for name in ("most_per_genre", "recent", "retrieve", "n"):
            count = getattr(self, name)
            if count is None and name != "n":
                continue
            if not isinstance(count, int) or not is_count(count):
                raise DataError(
                    f"{name} = {said(count)} is not allowed: give a whole number from 1 to {MOST:,}."
                )
        half = self.half_life
        if half is not None and (
            isinstance(half, bool) or not isinstance(half, (int, float)) or not 0 < half <= MOST
        ):
            raise DataError(
                f"half_life = {said(half)} is not allowed: give a number of ratings above 0, up to {MOST:,}."
            )

    @property
    def reranks(self) -> bool:
        """Whether anything is asked of the list as a whole."""
        return bool(self.diversity or self.calibration or self.most_per_genre)
