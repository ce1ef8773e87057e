"""The simulated audience: reproducible, and with the shape real audiences have."""

from pathlib import Path

import numpy as np
import pytest

from recsys_core.datasets import simulate
from recsys_core.datasets.base import SHIPPED
from recsys_core.datasets.simulate import Audience, Film

SAMPLE = SHIPPED / "sample"


@pytest.fixture(scope="module")
def films() -> list[Film]:
    return simulate.read_films(SAMPLE / "films.csv")


@pytest.fixture(scope="module")
def audience(films: list[Film]) -> Audience:
    return simulate.simulate(films)


def expected(audience: Audience) -> np.ndarray:
    """Equation (4), written a second time."""
    u, i = audience.users, audience.items
    return (
        simulate.MU + audience.b_u[u] + audience.b_i[i] + np.einsum("nk,nk->n", audience.P[u], audience.Q[i])
    )


def test_running_it_again_writes_the_shipped_files_byte_for_byte(tmp_path: Path) -> None:
    simulate.main([str(tmp_path)])
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert written == {path.name: path.read_bytes() for path in SAMPLE.iterdir()}


def test_another_seed_makes_another_audience(films: list[Film], audience: Audience) -> None:
    other = simulate.simulate(films, n_people=20, seed=1)
    assert not np.array_equal(other.P, audience.P[:20])


def test_the_shipped_sample_is_under_one_megabyte() -> None:
    assert sum(path.stat().st_size for path in SAMPLE.iterdir()) < 1_000_000


def test_every_genre_is_one_the_model_knows_and_is_used(films: list[Film]) -> None:
    assert {genre for film in films for genre in film.genres} == set(simulate.LEANINGS)


def test_no_film_is_listed_twice(films: list[Film]) -> None:
    assert len({(film.title, film.year) for film in films}) == len(films)


def test_films_span_a_century(films: list[Film]) -> None:
    years = [film.year for film in films]
    assert min(years) < 1930
    assert max(years) == 2023
    assert years == sorted(years)


def test_nobody_rates_a_film_before_it_arrives(audience: Audience) -> None:
    assert (audience.days >= audience.arrived[audience.items]).all()


def test_a_new_film_arrives_in_its_year(films: list[Film], audience: Audience) -> None:
    released = np.array([film.year for film in films])
    arrived = audience.arrived.astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
    new = released >= simulate.OPENING.year
    assert new.any()
    assert (arrived[new] == released[new]).all()


def test_nobody_rates_a_film_twice(films: list[Film], audience: Audience) -> None:
    pairs = audience.users * len(films) + audience.items
    assert len(np.unique(pairs)) == len(pairs)


def test_each_person_s_ratings_stand_in_order_of_time(audience: Audience) -> None:
    same_person = np.diff(audience.users) == 0
    assert (np.diff(audience.users) >= 0).all()
    assert (np.diff(audience.days)[same_person] >= 0).all()


def test_people_rate_in_a_few_sittings(audience: Audience) -> None:
    for u in range(simulate.PEOPLE):
        days = audience.days[audience.users == u]
        assert len(np.unique(days)) <= 3 + len(days) // 25


def test_ratings_are_half_stars_spread_over_the_scale(audience: Audience) -> None:
    stars, counts = np.unique(audience.values, return_counts=True)
    assert stars.tolist() == list(simulate.SCALE.choices)
    assert counts.min() >= 100
    assert audience.values.mean() == pytest.approx(3.5, abs=0.1)
    assert audience.values.std() == pytest.approx(1.04, abs=0.1)  # 1.04 in ml-latest-small


def test_activity_has_a_long_tail(audience: Audience) -> None:
    counts = np.bincount(audience.users)
    assert counts.min() >= 20
    assert counts.max() == 200
    assert np.median(counts) < 0.75 * counts.mean()


def test_popularity_has_a_long_tail(films: list[Film], audience: Audience) -> None:
    counts = np.sort(np.bincount(audience.items, minlength=len(films)))[::-1]
    assert counts[: len(films) // 10].sum() > 0.35 * counts.sum()
    assert (counts < 5).sum() >= 20
    assert (counts == 0).any()


def test_people_pick_what_they_like(audience: Audience) -> None:
    taste = audience.P @ audience.Q.T
    assert taste[audience.users, audience.items].mean() > taste.mean() + 0.3


def test_what_the_truth_leaves_over_is_the_documented_noise(audience: Audience) -> None:
    truth = expected(audience)
    inside = (truth > 1.5) & (truth < 4.0)  # where the ends of the scale cut nothing off
    rest = audience.values[inside] - truth[inside]
    rounding = 0.5 / np.sqrt(12)  # half stars, evenly spread inside a step
    assert rest.mean() == pytest.approx(0, abs=0.02)
    assert np.sqrt(np.mean(rest**2)) == pytest.approx(np.hypot(simulate.NOISE, rounding), abs=0.02)


def test_the_truth_explains_the_ratings(audience: Audience) -> None:
    truth = expected(audience)
    assert np.corrcoef(truth, audience.values)[0, 1] > 0.78


def test_taste_explains_more_than_biases_do(audience: Audience) -> None:
    u, i = audience.users, audience.items
    biases = simulate.MU + audience.b_u[u] + audience.b_i[i]
    rest = audience.values - biases
    assert np.mean((audience.values - expected(audience)) ** 2) < 0.5 * np.var(rest)


def test_an_unknown_genre_is_refused_by_name() -> None:
    with pytest.raises(KeyError, match="Telenovela"):
        simulate.simulate([Film(1, "A", 2000, ("Telenovela",), 3)], n_people=1)
