"""Other libraries on the same fold of ml-100k (ml-1m too with --large): with --peers, where installed.

Needs benchmarks/requirements-peers.txt. Every library is timed on its own data structure, ready
made, and scored on the same fifth of the ratings, held to the scale; a pair it has no number for is
predicted the mean of the training ratings. LensKit's BiasedMF and our `als` have the same settings:
50 factors, 10 passes, λ = 0.1, damping 5. implicit's ALS weighs that something was rated and
predicts no ratings, so it has a time and no error.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import numpy as np

import recsys_core as rc
from benchmarks.timing import UnavailableError, dataset, interleaved, ms, show
from benchmarks.train import SEED, fold, rmse
from recsys_core.algorithms import Algorithm
from recsys_core.algorithms.base import HyperValue
from recsys_core.ratings import FloatArray, Ratings

RUNS = {"ml-100k": 5, "ml-1m": 3}
OURS: tuple[tuple[str, dict[str, HyperValue]], ...] = (
    ("als", {"n_factors": 50, "n_epochs": 10, "regularization": 0.1, "shrinkage": 5.0, "seed": SEED}),
    ("svd", {"seed": SEED}),
    ("svdpp", {"seed": SEED}),
    ("item_knn", {}),
)


@dataclass(frozen=True)
class Peer:
    """One model of a library.

    Attributes:
        title: library and model.
        fit: trains and returns the model.
        predict: (n,) predictions of a trained model for the test pairs, `nan` where it has none; or
            None where it does not predict ratings.
    """

    title: str
    fit: Callable[[], Any]
    predict: Callable[[Any, Ratings], FloatArray] | None


def run(large: bool = False, peers: bool = False) -> None:
    """Train everything installed by turns.

    Args:
        large: ml-1m too.
        peers: without it nothing is measured.

    Raises:
        UnavailableError: it was not asked for, or none of the libraries is installed.
    """
    if not peers:
        raise UnavailableError("other libraries are big; install them and ask for them with --peers")
    installed = {name: makers for name, makers in LIBRARIES.items() if find_spec(name)}
    if not installed:
        raise UnavailableError("none is installed: pip install -r benchmarks/requirements-peers.txt")
    os.environ.setdefault("TQDM_DISABLE", "1")
    print(" · ".join(f"{name} {version(name)}" for name in installed))
    for name in RUNS if large else ("ml-100k",):
        train, test = fold(dataset(name).ratings)
        models = [*ours(train), *(peer for makers in installed.values() for peer in makers(train))]
        print(f"-- {name}: fit on {len(train):,} ratings, error on {len(test):,}")
        times = interleaved({model.title: model.fit for model in models}, RUNS[name])
        show(
            ("model", "fit", "RMSE"),
            ((model.title, ms(times[model.title]), error(model, train, test)) for model in models),
        )


def error(model: Peer, train: Ratings, test: Ratings) -> str:
    """RMSE on the test pairs, where the model predicts ratings."""
    if model.predict is None:
        return ""
    predicted = model.predict(model.fit(), test)
    predicted = np.where(np.isnan(predicted), train.mean, predicted)
    return f"{rmse(train.scale.clip(predicted), test):.4f}"


def ours(train: Ratings) -> Iterator[Peer]:
    """The lab's models, from plain ratings on."""
    for name, settings in OURS:

        def fit(name: str = name, settings: dict[str, HyperValue] = settings) -> Algorithm:
            return rc.algorithm(name, **settings).fit(train.take(np.arange(len(train))))

        yield Peer(f"here: {name}", fit, lambda trained, test: trained.predict(test.users, test.items))


def of_lenskit(train: Ratings) -> Iterator[Peer]:
    """LensKit: matrix factorisation at our settings, and neighbours among items at its own."""
    import pandas as pd
    from lenskit.als import BiasedMFScorer
    from lenskit.data import from_interactions_df
    from lenskit.knn import ItemKNNScorer
    from lenskit.training import TrainingOptions

    table = pd.DataFrame({"user_id": train.users, "item_id": train.items, "rating": train.values})
    data = from_interactions_df(table)

    def fit(make: Callable[[], Any]) -> Any:
        model = make()
        model.train(data, TrainingOptions(rng=SEED))
        return model

    def predict(model: Any, test: Ratings) -> FloatArray:
        from lenskit.data import ItemList, RecQuery

        predicted = np.full(len(test), np.nan)
        for user in np.flatnonzero(test.by_user.counts):
            items, _ = test.by_user.row(int(user))
            places = test.by_user.order[test.by_user.starts[user] : test.by_user.starts[user + 1]]
            query = RecQuery(user_id=user, user_items=data.user_row(user))
            predicted[places] = model(query, ItemList(item_ids=items)).scores()
        return predicted

    als = partial(BiasedMFScorer, features=50, epochs=10, regularization=0.1, damping=5)
    yield Peer("LensKit: BiasedMF, 50 factors", partial(fit, als), predict)
    yield Peer("LensKit: ItemKNN", partial(fit, ItemKNNScorer), predict)


def of_cornac(train: Ratings) -> Iterator[Peer]:
    """Cornac's matrix factorisation with its own settings, and with as many factors as our `svd`."""
    from cornac.data import Dataset
    from cornac.models import MF

    rows = zip(train.users.tolist(), train.items.tolist(), train.values.tolist(), strict=True)
    data = Dataset.from_uir(list(rows), seed=SEED)

    def fit(factors: int) -> Any:
        return MF(k=factors, seed=SEED).fit(data)

    def predict(model: Any, test: Ratings) -> FloatArray:
        predicted = np.full(len(test), np.nan)
        for n, (user, item) in enumerate(zip(test.users.tolist(), test.items.tolist(), strict=True)):
            if user in data.uid_map and item in data.iid_map:
                predicted[n] = model.score(data.uid_map[user], data.iid_map[item])
        return predicted

    for factors in (10, 100):
        yield Peer(f"Cornac: MF, {factors} factors", partial(fit, factors), predict)


def of_implicit(train: Ratings) -> Iterator[Peer]:
    """implicit's ALS with as many factors and passes as ours."""
    from implicit.cpu.als import AlternatingLeastSquares
    from scipy.sparse import csr_matrix

    table = csr_matrix((train.values, (train.users, train.items)), shape=(train.n_users, train.n_items))

    def fit() -> Any:
        model = AlternatingLeastSquares(factors=50, iterations=10, random_state=SEED)
        model.fit(table, show_progress=False)
        return model

    yield Peer("implicit: ALS, 50 factors", fit, None)


LIBRARIES: dict[str, Callable[[Ratings], Iterator[Peer]]] = {
    "lenskit": of_lenskit,
    "cornac": of_cornac,
    "implicit": of_implicit,
}
"""By the name of the package."""
