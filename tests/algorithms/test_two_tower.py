"""Two nets: every gradient is what small steps find, and a lover of comedies gets comedies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from recsys_core.algorithms import Algorithm, Step
from recsys_core.algorithms._towers import Tower, batch_gradient
from recsys_core.algorithms.two_tower import TwoTower
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError, TrainingDivergedError
from recsys_core.features import Features, SideInformation
from recsys_core.ratings import Ratings, Scale


def two(n_user: int, n_item: int, n_factors: int, seed: int = 0) -> tuple[np.ndarray, Tower, Tower]:
    """Two small towers on one flat vector, in float64, with constants that are not 0."""
    rng = np.random.default_rng(seed)
    of_users, of_items = (n_user, 5, 4, n_factors), (n_item, 5, 4, n_factors)
    split, size = Tower.n_parameters(of_users), sum(map(Tower.n_parameters, (of_users, of_items)))
    theta = rng.normal(0, 0.7, size)
    return theta, Tower(of_users, theta[:split]), Tower(of_items, theta[split:])


def test_the_lectures_count_of_parameters() -> None:
    """(14 + 1)·256 + 257·128 + 129·32 = 40,864 and (16 + 1)·256 + 257·128 + 129·32 = 41,376."""
    assert Tower.n_parameters(Tower.sizes(14, 32)) == 40_864
    assert Tower.n_parameters(Tower.sizes(14, 32)) + Tower.n_parameters(Tower.sizes(16, 32)) == 82_240


def test_a_trained_model_has_as_many_weights(crowd: Ratings) -> None:
    """Twelve genres, and the average and the count of a person; 15 features, and the average of a film."""
    rng = np.random.default_rng(0)
    columns = np.column_stack([rng.random((25, 12)) < 0.3, rng.normal(2000, 9, (25, 3))])
    side = SideInformation(Features(tuple("abcdefghijklmno"), columns))
    model = TwoTower(n_epochs=1).fit(crowd, side)
    assert model.weights_.shape == (82_240,)


def test_the_gradient_is_what_small_steps_find() -> None:
    rng = np.random.default_rng(1)
    theta, users_net, items_net = two(3, 2, 4)
    x_users, x_items = rng.normal(size=(6, 3)), rng.normal(size=(5, 2))
    users, items = np.array([0, 0, 2, 5, 5, 5, 1]), np.array([1, 4, 1, 0, 1, 3, 3])
    arguments = (x_users, x_items, users, items, rng.uniform(-1, 1, 7))
    _, gradient = batch_gradient(users_net, items_net, *arguments)
    found, h = np.empty_like(theta), 1e-6
    for k in range(len(theta)):
        kept = theta[k]
        theta[k] = kept + h
        up = batch_gradient(users_net, items_net, *arguments)[0]
        theta[k] = kept - h
        down = batch_gradient(users_net, items_net, *arguments)[0]
        theta[k], found[k] = kept, (up - down) / (2 * h)
    np.testing.assert_allclose(gradient, found, rtol=1e-5, atol=1e-8)
    assert np.abs(gradient).min(initial=1, where=gradient != 0) > 0


def test_the_loss_is_that_of_a_plain_loop() -> None:
    rng = np.random.default_rng(2)
    _, users_net, items_net = two(3, 2, 4)
    x_users, x_items = rng.normal(size=(4, 3)), rng.normal(size=(3, 2))
    users, items, y = np.array([0, 3, 3]), np.array([2, 2, 0]), np.array([0.5, -1, 1])

    def answer(net: Tower, x: np.ndarray) -> np.ndarray:
        (W1, a1), (W2, a2), (W3, a3) = net.layers
        h = np.maximum(np.maximum(x @ W1 + a1, 0) @ W2 + a2, 0) @ W3 + a3
        return h / np.linalg.norm(h)

    errors = [
        answer(users_net, x_users[u]) @ answer(items_net, x_items[i]) - r
        for u, i, r in zip(users, items, y, strict=True)
    ]
    loss, _ = batch_gradient(users_net, items_net, x_users, x_items, users, items, y)
    assert loss == pytest.approx(np.mean(np.square(errors)))


@pytest.fixture(scope="module")
def genres(crowd: Ratings) -> SideInformation:
    """Three made-up genres of the crowd's films, and a year that is not always known."""
    rng = np.random.default_rng(5)
    years = np.where(rng.random(25) < 0.2, np.nan, rng.normal(2000, 9, 25))
    table = np.column_stack([rng.random((25, 3)) < 0.5, years])
    return SideInformation(Features(("comedy", "drama", "war", "year"), table))


def test_both_nets_answer_on_the_unit_sphere(crowd: Ratings, genres: SideInformation) -> None:
    model = TwoTower(n_epochs=3).fit(crowd, genres)
    for rows in (model.user_factors_, model.item_factors_):
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-9)


def test_what_is_read_of_a_person(crowd: Ratings, genres: SideInformation) -> None:
    """Equation (5) said slowly; and a new person with a known person's ratings is that person."""
    model = TwoTower(n_epochs=2).fit(crowd, genres)
    assert model.genres_.shape == (25, 3), "a year is no genre"
    items, values = crowd.by_user.row(3)
    mean = values.astype(float).mean()
    by_genre = []
    for g in range(3):
        of_genre = [r for i, r in zip(items, values.astype(float), strict=True) if model.genres_[i, g]]
        by_genre.append((mean + sum(of_genre)) / (1 + len(of_genre)))
    x = (np.array([np.log(1 + len(items)), mean, *by_genre]) - model.user_means_) / model.user_spreads_
    sizes = Tower.sizes(5, 32)
    v = Tower(sizes, model.weights_[: Tower.n_parameters(sizes)])(x[None])[0]
    np.testing.assert_allclose(v, model.user_factors_[3], atol=1e-9)
    np.testing.assert_allclose(model.fold_in(items, values).vector, v, atol=1e-9)


def test_a_film_nobody_rated_is_placed_by_its_features(toy_dataset: Dataset) -> None:
    """Its prediction differs from person to person, as that of any film does."""
    model = TwoTower(n_epochs=20).fit(toy_dataset.ratings, toy_dataset.side)
    assert len({round(float(x), 6) for x in model.predict([0, 1, 2], 4)}) == 3
    assert model.fallback(0, 4) == "nobody rated this item"


def test_averages_come_from_the_ratings_it_is_given(crowd: Ratings, genres: SideInformation) -> None:
    """Leaving a rating out changes what is read of its person and its film: nothing was made beforehand."""
    less = crowd.take(np.arange(1, len(crowd)))
    whole, part = (TwoTower(n_epochs=1).fit(r, genres) for r in (crowd, less))
    assert not np.array_equal(whole.user_means_, part.user_means_)


def test_without_features_it_says_what_to_pass(crowd: Ratings) -> None:
    with pytest.raises(DataError, match="needs features of items"):
        TwoTower().fit(crowd)


def test_training_that_leaves_the_numbers_is_told(crowd: Ratings, genres: SideInformation) -> None:
    """The angle alone counts, so hardly any step is too large; one that overflows float32 is."""
    model = TwoTower(n_epochs=3)
    model.learning_rate = 1.0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Tower, "start", staticmethod(lambda sizes, rng: _endless(sizes)))
        with pytest.raises(TrainingDivergedError, match="lower the learning rate"):
            model.fit(crowd, genres)
    assert not model.is_fitted


def _endless(sizes: tuple[int, ...]) -> np.ndarray:
    return np.full(Tower.n_parameters(sizes), 1e30, dtype=np.float32)


def test_predictions_never_leave_the_scale(genres: SideInformation) -> None:
    ratings = Ratings.from_arrays([0, 0, 1], [0, 1, 1], [1, 10, 10], Scale(1, 10), n_users=2, n_items=25)
    model = TwoTower(n_epochs=50).fit(ratings, genres)
    assert (np.abs(model.scores(0) - 5.5) <= 4.5 + 1e-9).all()


# ---------------------------------------------------------------- on real data, as the lecture runs it


@dataclass(frozen=True)
class Trained:
    dataset: Dataset
    model: Algorithm
    steps: list[Step]


@pytest.fixture(scope="module")
def trained(real: Callable[[str], Dataset]) -> Trained:
    dataset = real("ml-latest-small")
    model = TwoTower()
    return Trained(dataset, model, list(model.steps(dataset.ratings, dataset.side)))


@pytest.mark.real
def test_the_loss_falls_as_far_as_the_lectures(trained: Trained) -> None:
    """The lecture's fell from 0.125 to 0.099 on a part of these ratings, in −1 … 1. On all of them,
    measured: 0.152 in the first pass, 0.109 in the last."""
    losses = [step.train_loss for step in trained.steps]
    assert len(losses) == 30
    assert 0.12 < losses[0] < 0.18
    assert 0.095 < losses[-1] < 0.115


@pytest.mark.real
@pytest.mark.parametrize(("n_rated", "mixed"), [(20, True), (40, True), (40, False), (100, False)])
def test_who_loves_comedy_romance_and_science_fiction_gets_comedies(
    trained: Trained, n_rated: int, mixed: bool
) -> None:
    """5 to the best known films of these genres, 1 to the rest of the best known; or, where films are
    not `mixed`, without those that are of loved and other genres at once. Of the ten films on top (more
    than 20 ratings) nine or ten were comedies in each of three seeds, where 41 % of all such films are.

    Not held, for it is not so: after ten ratings, of which few are comedies, or after a hundred of mixed
    films, five to ten are.
    """
    catalogue, counts = trained.dataset.catalogue, trained.dataset.ratings.by_item.counts
    is_loved = np.isin(catalogue.genre_names, ["Comedy", "Romance", "Sci-Fi"])
    loved, other = (catalogue.genres[:, which].any(axis=1) for which in (is_loved, ~is_loved))
    comedy = catalogue.genres[:, catalogue.genre_names.index("Comedy")]
    order = np.argsort(-counts, kind="stable")
    known = (order if mixed else order[~(loved & other)[order]])[:n_rated]
    person = trained.model.fold_in(known, np.where(loved[known], 5, 1))
    candidates = np.setdiff1d(np.flatnonzero(counts > 20), known)
    top = candidates[np.argsort(-trained.model.scores(person)[candidates])[:10]]
    assert comedy[top].mean() >= 0.7 > 1.5 * comedy[candidates].mean()
