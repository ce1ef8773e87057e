"""What every test may lean on: small tables, the published sets where they are, and a clean environment."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import settings

import recsys_core as rc
from recsys_core.cost import machine
from recsys_core.dataset import Catalogue, Dataset
from recsys_core.datasets.base import SHIPPED
from recsys_core.features import Features
from recsys_core.ratings import Ratings, Scale

# The same examples at every run, and nothing written beside the code.
settings.register_profile("lab", derandomize=True, database=None, deadline=None)
settings.load_profile("lab")

pytest_plugins = ["tests.postgres"]

HALF_STARS = Scale(0.5, 5.0, 0.5)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Binary copies go to a folder of this session; published sets are still found where they were."""
    with pytest.MonkeyPatch.context() as patch:
        if not os.environ.get("RECSYS_DATA_DIR"):
            downloads = os.environ.get("RECSYS_CACHE_DIR") or str(SHIPPED / "cache")
            patch.setenv("RECSYS_DATA_DIR", downloads)
        patch.setenv("RECSYS_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True)
def clean_environment(own_cache: None) -> Iterator[None]:
    """Whatever a test does to the environment variables ends with it."""
    before = dict(os.environ)
    yield
    for name in set(os.environ) - set(before):
        del os.environ[name]
    os.environ.update(before)


@pytest.fixture
def reference_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Costs are those of the reference machine: a limit in seconds means the same here as anywhere."""
    for asked in ("speed", "speed_so_far"):
        monkeypatch.setattr(machine, asked, machine.Speed)


@pytest.fixture(scope="session")
def real(own_cache: None) -> Callable[[str], Dataset]:
    """`real("ml-100k")`: the published set, or a skip that says what is missing."""
    loaded: dict[str, Dataset] = {}

    def bring(name: str) -> Dataset:
        if name not in loaded:
            if name not in rc.sources() or not rc.sources()[name].is_here():
                pytest.skip(f"{name} is not on this machine: name its parent folder in RECSYS_DATA_DIR")
            loaded[name] = rc.load(name)
        return loaded[name]

    return bring


@pytest.fixture(scope="session")
def toy() -> Ratings:
    """4 people × 5 films in half stars; nobody rated film 4, person 3 rated nothing; μ = 2.9375.

          film 0  film 1  film 2  film 3  film 4
    u 0      5      3.5              1
    u 1     4.5               2
    u 2              3       0.5     4
    u 3
    """
    cells = [(0, 0, 5), (0, 1, 3.5), (0, 3, 1), (1, 0, 4.5), (1, 2, 2), (2, 1, 3), (2, 2, 0.5), (2, 3, 4)]
    return Ratings.from_arrays(*zip(*cells, strict=True), HALF_STARS, n_users=4, n_items=5)


@pytest.fixture(scope="session")
def toy_dataset(toy: Ratings) -> Dataset:
    """The toy with a catalogue: two dramas, three comedies, one film without a year."""
    catalogue = Catalogue(
        item_ids=("10", "20", "30", "40", "50"),
        titles=("Harvest", "Matrix, The", "Élan", "Last Laugh", "Unseen"),
        years=np.array([1990, 1999, 0, 2005, 2010], dtype=np.int32),
        genre_names=("Comedy", "Drama"),
        genres=np.array([[0, 1], [0, 1], [1, 0], [1, 0], [1, 1]], dtype=bool),
    )
    ages = Features(("age",), np.array([[20.0], [30.0], [40.0], [50.0]]))
    ids = ("a", "b", "c", "d")
    return Dataset("toy", "Toy", toy, catalogue, ids, licence="none", citation="", user_features=ages)


@pytest.fixture(scope="session")
def crowd() -> Ratings:
    """40 people × 25 films with two hidden tastes, in half stars; film 24 and person 39 have no ratings."""
    rng = np.random.default_rng(7)
    people, films = rng.normal(size=(40, 2)), rng.normal(size=(25, 2))
    true = 3.0 + 0.8 * rng.normal(size=(40, 1)) + 0.8 * rng.normal(size=(1, 25)) + people @ films.T
    stars = np.clip(np.round(2 * true) / 2, 0.5, 5.0)
    known = rng.random((40, 25)) < 0.5
    known[39, :] = known[:, 24] = False
    u, i = np.nonzero(known)
    mixed = rng.permutation(len(u))  # files are rarely in order
    u, i = u[mixed], i[mixed]
    return Ratings.from_arrays(u, i, stars[u, i], HALF_STARS, n_users=40, n_items=25)


@pytest.fixture(scope="session")
def checkerboard() -> tuple[Ratings, list[tuple[int, int, int]]]:
    """A taste that only interaction explains: even people like even films, odd people odd ones.

    Returns:
        The ratings, 5 for liked and 1 for disliked, two cells a person withheld; and for each
        person the withheld cells as (user, liked item, disliked item).
    """
    n = 12
    liked = (np.add.outer(np.arange(n), np.arange(n)) % 2) == 0
    known = np.ones((n, n), dtype=bool)
    withheld = [(u, u, (u + 1) % n) for u in range(n)]
    for u, likes, dislikes in withheld:
        known[u, [likes, dislikes]] = False
    u, i = np.nonzero(known)
    values = np.where(liked[u, i], 5.0, 1.0)
    return Ratings.from_arrays(u, i, values, Scale(1, 5), n_users=n, n_items=n), withheld
