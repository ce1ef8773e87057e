"""A hybrid list of the full catalogue for one person, and what one move of a slider costs.

Alternating least squares on ml-latest-small, a person of twelve ratings, every signal on. What does not
depend on the person is made once, as the app does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from statistics import median
from time import perf_counter

import numpy as np

import recsys_core as rc
from benchmarks.timing import dataset, interleaved, ms, seconds, show
from recsys_core.algorithms import Algorithm, Profile
from recsys_core.dataset import Dataset
from recsys_core.evaluation.panel import Panel, best, curve, price
from recsys_core.evaluation.panel.lists import FEW
from recsys_core.ranking import (
    NORMALISATIONS,
    Asked,
    Filters,
    HybridWeights,
    Recipe,
    Shared,
    Sponsor,
    aged,
    hybrid,
    signals,
    signals_of,
    why,
    without,
)
from recsys_core.ranking.counterfactual import holding

DATASET, N_OWN, RUNS = "ml-latest-small", 12, 200
TARGET = "< 5 ms"
PRICES = 40
"""Refreshes timed of each kind."""
EVERYTHING = HybridWeights(**dict.fromkeys(signals(), 1.0))
SPONSORS = (Sponsor("A made-up payer", (10, 20, 30)),)


def run() -> None:
    """Time the whole way from a folded-in person to a list, and a move of a slider; then what it costs."""
    core()
    price_of_the_dial()


def core() -> None:
    """Signals, blend and list, in the library alone."""
    data = dataset(DATASET)
    model = rc.algorithm("als").fit(data.ratings)
    person = somebody(model, data)
    shared = Shared(model, data)
    ready = Asked.of(model, data, person, sponsors=SPONSORS, shared=shared)
    found = signals_of(ready)
    recipe = Recipe(EVERYTHING)
    shown = hybrid(ready, recipe, found)
    first = int(shown.items[0])
    changing = iter(np.random.default_rng(0).random((2 * RUNS, len(signals()))))

    def move() -> None:
        weights = HybridWeights(**dict(zip(signals(), next(changing).tolist(), strict=True)))
        hybrid(ready, Recipe(weights), found)

    ways: dict[str, Callable[[], object]] = {
        **{f"signals, blend and list, {how}": partial(whole, shared, person, how) for how in NORMALISATIONS},
        "the same, ratings fading": partial(whole, shared, person, "min_max", 10.0),
        "one move of a slider": move,
        "the same, with variety and calibration": partial(
            hybrid, ready, Recipe(EVERYTHING, diversity=0.4, calibration=0.3), found
        ),
        "the same, 100 retrieved": partial(hybrid, ready, Recipe(EVERYTHING, retrieve=100), found),
        "why one film is there, and who paid": partial(why, ready, recipe, shown, first, found),
        "the list without one rating, beside it": partial(without, ready, recipe, int(person.items[0])),
        f"which of {N_OWN} ratings holds a film": partial(holding, ready, recipe, first),
    }
    times = interleaved(ways, RUNS)
    once = median(seconds(lambda: whole(Shared(model, data), person, "min_max")) for _ in range(5))
    targets = dict.fromkeys(list(ways)[:4], TARGET)
    show(
        (f"{DATASET}, {len(data.catalogue):,} films, {len(signals())} signals", "time", "target"),
        [
            *((way, ms(took), targets.get(way, "")) for way, took in times.items()),
            ("for the first person, with what all share", ms(once), ""),
        ],
    )


def whole(shared: Shared, person: Profile, how: str, half_life: float | None = None) -> None:
    """From a folded-in person to a list."""
    asked = Asked.of(shared.model, shared.dataset, person, sponsors=SPONSORS, shared=shared)
    hybrid(asked, Recipe(EVERYTHING, how, half_life=half_life), signals_of(aged(asked, None, half_life), how))


def somebody(model: Algorithm, data: Dataset) -> Profile:
    """A person who rated some of the hundred best-known films."""
    known = np.argsort(-data.ratings.by_item.counts, kind="stable")[: 8 * N_OWN : 8]
    values = np.resize(np.array([5.0, 4.0, 2.5, 4.5]), N_OWN)
    return model.fold_in(known, values)


# ---------------------------------------------------------------- the price of the dial


def price_of_the_dial() -> None:
    """The panel that prices weights: made once, asked at every move."""
    data = dataset(DATASET)
    begin = perf_counter()
    panel = Panel.make("als", {}, data)
    making = perf_counter() - begin
    rng = np.random.default_rng(0)
    names = [name for name in signals() if name not in {"engaged", "sponsored"}]

    def weights(n: int = 4) -> HybridWeights:
        chosen = rng.choice(names, size=n, replace=False)
        return HybridWeights(**dict(zip(chosen.tolist(), rng.random(n).tolist(), strict=True)))

    filtered = Filters(min_ratings=20)
    ways = {
        "refresh, 4 dials up": lambda: price(panel, weights()),
        "refresh, 7 dials up": lambda: price(panel, weights(len(names))),
        "refresh, films of 20 ratings and more": lambda: price(panel, Recipe(weights(), filters=filtered)),
        f"refresh, with variety, {FEW} people": lambda: price(panel, Recipe(weights(), diversity=0.4)),
    }
    times = {way: [seconds(work) for _ in range(3 + PRICES)][3:] for way, work in ways.items()}
    rows = [
        (way, ms(median(each)), ms(float(np.percentile(each, 95))), "< 200 ms") for way, each in times.items()
    ]
    along = [seconds(lambda: curve(panel, weights(), "popularity")) for _ in range(5)]
    looked = [seconds(lambda: best(panel)) for _ in range(3)]
    rows += [
        ("along one dial, 11 weights", ms(median(along)), ms(max(along)), ""),
        ("best for NDCG, 200 tries", ms(median(looked)), ms(max(looked)), ""),
        ("making the panel, with its training", ms(making), "", ""),
    ]
    print(f"\n{panel.words}; {panel.nbytes / 1e6:.0f} MB")
    show(("the price of the dial", "p50", "p95", "target"), rows)
