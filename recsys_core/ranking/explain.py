"""Why is this film here? Its score taken apart, exactly, down to one's own ratings and to who paid.

    score_ui = Σ_k w_k x_kui                       parts, one a signal          (1)
    r̂_ui     = base_i + Σ_j share_ij               the predicted rating          (2)
    s_ui     = Σ_{j∈L_u} k_j cos(i, j) / Σ k_j     likeness to what u liked      (3)

(2) is the model's own `explain`, over the person's ratings j; where a model has no such split, the reason is
said and nothing stands in for it. (3) is `signals/similarity.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys_core.algorithms.base import Explanation, Profile
from recsys_core.errors import DataError
from recsys_core.ranking.ageing import aged
from recsys_core.ranking.blend import Signals, signals_of
from recsys_core.ranking.hybrid import Ranking, Recipe, place_of
from recsys_core.ranking.signals import Asked, signals


@dataclass(frozen=True)
class Part:
    """What one signal adds to a score.

    Attributes:
        signal, title: which one.
        raw: in the signal's unit; `nan` where it knows nothing of this item.
        value: normalised.
        weight: its share of all weights, 0 to 1.
        contribution: weight × value.
    """

    signal: str
    title: str
    raw: float
    value: float
    weight: float
    contribution: float


@dataclass(frozen=True)
class OwnShare:
    """What one of the person's own ratings adds.

    Attributes:
        item: the rated item.
        rating: as the person gave it; the lowest of the scale where they want less of its kind.
        keep: how much it still counts, 0 to 1: k of `ageing.py`. It is what is left of the share only where
            the model is linear in r_j − c_j, as said there; for `puresvd`, for one, it is not.
        value: in stars (2), or in cosine (3); may be negative.
        imagined: it is not a rating of theirs but a "less like this".
    """

    item: int
    rating: float
    keep: float
    value: float
    imagined: bool = False


@dataclass(frozen=True)
class Payment:
    """What was paid for, and what it changed.

    Attributes:
        payer: who.
        contribution: what the payment adds to the score; 0 while its weight is 0.
        place: the film's place by score among all that may be shown, 1 for the top.
        place_without: where it would stand by the same recipe had nobody paid for anything; where nothing but
            the payment counts, by what `hybrid` then falls back to.
    """

    payer: str
    contribution: float
    place: int
    place_without: int


@dataclass(frozen=True, eq=False)
class Why:
    """Why a film is in a list.

    Attributes:
        item: item index.
        place: in the list, 1 for the top.
        score: the blended score; the parts' contributions sum to it.
        parts: one a signal that counts, largest contribution first.
        prediction: the predicted rating taken apart by the model.
        own: (2): `prediction.base` and these sum to its estimate; largest first. Empty without a split.
        no_split: why there is no exact split into own ratings, or None.
        liked: (3): these sum to the likeness; largest first. Empty where nothing was liked.
        brought: who retrieved it; empty where the whole catalogue was ranked.
        payment: who pays, or None.
        placed: how it is predicted though nobody rated it ("genres", "features"), or None.
    """

    item: int
    place: int
    score: float
    parts: tuple[Part, ...]
    prediction: Explanation
    own: tuple[OwnShare, ...]
    no_split: str | None
    liked: tuple[OwnShare, ...]
    brought: tuple[str, ...]
    payment: Payment | None
    placed: str | None


def why(asked: Asked, recipe: Recipe, ranking: Ranking, item: int, signals: Signals | None = None) -> Why:
    """Take one film of a list apart.

    Args:
        asked: for whom the list was made.
        recipe: by what.
        ranking: the list.
        item: one of its items.
        signals: what `hybrid` was given, to save its time.

    Raises:
        DataError: the item is not in the list.

    Cost: one explanation by the model; where somebody pays, two rankings of the catalogue more.
    """
    where = np.flatnonzero(ranking.items == item)
    if not len(where):
        raise DataError(f"Item {item} is not in this list of {len(ranking)}.")
    place = int(where[0])
    asked = aged(asked, recipe.recent, recipe.half_life)
    if signals is None or signals.normalisation != recipe.normalisation:
        signals = signals_of(asked, recipe.normalisation)
    prediction = asked.shared.placed_model.explain(asked.user, item)
    placed = asked.shared.placing.by if ranking.placed[place] else None
    no_split = _no_split(asked, prediction, placed)
    return Why(
        item,
        place + 1,
        float(ranking.scores[place]),
        _parts(ranking, signals, place, item),
        prediction,
        () if no_split else _own_shares(asked, prediction),
        no_split,
        _liked(asked, item),
        ranking.brought[place],
        _payment(asked, recipe, ranking, signals, place),
        placed,
    )


def _parts(ranking: Ranking, found: Signals, place: int, item: int) -> tuple[Part, ...]:
    shares = ranking.weights.shares
    parts = [
        Part(
            name,
            signals()[name].title,
            float(found.raw[row, item]),
            float(found.values[row, item]),
            shares[name],
            float(ranking.contributions[place, row]),
        )
        for row, name in enumerate(found.names)
        if shares[name]
    ]
    return tuple(sorted(parts, key=lambda part: -abs(part.contribution)))


def _own_shares(asked: Asked, prediction: Explanation) -> tuple[OwnShare, ...]:
    given = dict(zip(asked.items.tolist(), asked.values.tolist(), strict=True))
    keep = dict(zip(asked.items.tolist(), asked.keep.tolist(), strict=True))
    shares = [
        OwnShare(
            share.item,
            given.get(share.item, share.rating),
            keep.get(share.item, 1.0),
            share.value,
            imagined=share.item not in given,
        )
        for share in prediction.shares
    ]
    return tuple(sorted(shares, key=lambda share: -abs(share.value)))


def _no_split(asked: Asked, prediction: Explanation, placed: str | None) -> str | None:
    if placed == "genres" and asked.shared.placed_model is asked.model:
        return "nobody rated it: it is predicted by the films of its genres, whose mean is not split"
    if not asked.model.personal:
        return "the model predicts the same for everyone: no rating of yours has a part in it"
    if not isinstance(asked.user, Profile):
        return "the model was trained on this person, whose ratings shaped all of it; fold them in to split"
    if not len(asked.items) and not asked.less:
        return "you have rated nothing yet: anyone is predicted the same"
    if not prediction.shares:
        if asked.model.exact_shares and prediction.fallback:
            return prediction.fallback
        return f"{asked.model.title} has no exact split into your ratings"
    return None


def _liked(asked: Asked, item: int) -> tuple[OwnShare, ...]:
    where = asked.shared.directions
    if not len(asked.liked) or not where.known[item]:
        return ()
    items, keep, values = asked.liked, asked.keep[asked.is_liked], asked.values[asked.is_liked]
    said = where.known[items]
    items, keep, values = items[said], keep[said], values[said]
    if not keep.sum() > 0:
        return ()
    parts = where.cosines(item, items) * keep / keep.sum()
    shares = [
        OwnShare(int(j), float(r), float(k), float(v))
        for j, r, k, v in zip(items, values, keep, parts, strict=True)
    ]
    return tuple(sorted(shares, key=lambda share: -abs(share.value)))


def _payment(asked: Asked, recipe: Recipe, ranking: Ranking, found: Signals, place: int) -> Payment | None:
    payer, item = ranking.paid_by[place], int(ranking.items[place])
    if payer is None:
        return None
    paid = float(ranking.contributions[place, found.row("sponsored")]) if "sponsored" in found.names else 0.0
    stands = place_of(asked, recipe, item, found)
    would = place_of(asked, recipe, item, found.silenced("sponsored", "nobody pays for anything"))
    return Payment(payer, paid, stands or place + 1, would or place + 1)
