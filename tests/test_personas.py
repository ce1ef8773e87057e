"""Personas: who they are, and that nothing is replaced silently."""

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.dataset import Catalogue, Dataset
from recsys_core.datasets import simulate
from recsys_core.errors import DataNotFoundError
from recsys_core.personas import Persona, offered, personas, resolve
from recsys_core.ratings import Ratings, Scale

COURSE_LAB = {
    "Shrek (2001)": 5,
    "Harry Potter and the Sorcerer's Stone (2001)": 5,
    "Amelie (2001)": 2,
    "Harry Potter and the Chamber of Secrets (2002)": 5,
    "Pirates of the Caribbean: The Curse of the Black Pearl (2003)": 5,
    "The Lord of the Rings: The Return of the King (2003)": 5,
    "Eternal Sunshine of the Spotless Mind (2004)": 3,
    "The Incredibles (2004)": 5,
    "Persuasion (2007)": 2,
    "Toy Story 3 (2010)": 5,
    "Inception (2010)": 3,
    "Louis Theroux: Law & Disorder (2008)": 1,
    "Nothing to Declare (2010)": 1,
}
HALF_STARS = Scale(0.5, 5, 0.5)
GENRES = ("Action", "Children's", "Drama", "Romance", "Sci-Fi")


def catalogue_of(films: list[tuple[str, int, str]], *, fillers: int = 50) -> Catalogue:
    """The films, and enough nameless dramas of 1900 to make it a real catalogue."""
    films = [*films, *((f"Filler {k}", 1900, "Drama") for k in range(fillers))]
    return Catalogue(
        tuple(str(k) for k in range(len(films))),
        tuple(title for title, _, _ in films),
        np.array([year for _, year, _ in films], dtype=np.int32),
        GENRES,
        np.array([[name in genres.split("|") for name in GENRES] for _, _, genres in films]),
    )


def dataset_of(films: list[tuple[str, int, str]], *, unrated: tuple[int, ...] = ()) -> Dataset:
    """One person who has rated every film but those `unrated`."""
    catalogue = catalogue_of(films)
    items = [item for item in range(len(catalogue)) if item not in unrated]
    ratings = Ratings.from_arrays(
        [0] * len(items), items, [3] * len(items), HALF_STARS, n_users=1, n_items=len(catalogue)
    )
    return Dataset("test", "Test", ratings, catalogue, ("1",), "", "")


def persona_of(*wishes: tuple[str, int | None, float, str]) -> Persona:
    return Persona(
        "p",
        "P",
        "",
        tuple((title, year, rating) for title, year, rating, _ in wishes),
        tuple(tuple(genres.split("|")) for *_, genres in wishes),
    )


def test_the_first_persona_has_the_thirteen_ratings_of_the_course_lab() -> None:
    course_lab = personas()[0]
    assert course_lab.name == "course_lab"
    assert {f"{title} ({year})": rating for title, year, rating in course_lab.ratings} == COURSE_LAB


@pytest.mark.parametrize("persona", personas(), ids=lambda persona: persona.name)
def test_every_persona_has_likes_and_dislikes_on_the_half_star_scale(persona: Persona) -> None:
    values = [rating for _, _, rating in persona.ratings]
    assert 6 <= len(values) <= 13
    assert max(values) >= 4.5
    assert min(values) <= 1.5
    assert set(values) <= set(HALF_STARS.choices)
    assert len(persona.genres) == len(persona.ratings)
    assert all(persona.genres)


def test_names_are_unique() -> None:
    assert len({persona.name for persona in personas()}) == len(personas()) >= 6


@pytest.mark.parametrize("persona", personas(), ids=lambda persona: persona.name)
def test_the_sample_has_every_film_of_every_persona(persona: Persona) -> None:
    dataset = rc.load("sample")
    resolved = resolve(persona, dataset)
    assert resolved.found == len(persona.ratings)
    assert resolved.replaced == resolved.missing == ()
    assert resolved.values.tolist() == [rating for _, _, rating in persona.ratings]
    assert offered(dataset) == personas()


@pytest.mark.parametrize(
    ("name", "genres"),
    [
        ("science_fiction", {"Sci-Fi", "Action", "Thriller"}),
        ("romantic", {"Romance", "Musical", "Children"}),
        ("family_night", {"Children", "Animation", "Musical"}),
        ("cinephile", {"Drama", "Film-Noir", "Documentary"}),
        ("action", {"Action", "Thriller"}),
    ],
)
def test_in_the_sample_a_persona_s_nine_ratings_lead_to_films_of_its_taste(
    name: str, genres: set[str]
) -> None:
    """The best guess of p_u given the true films: ridge regression with λ = σ² / σ_p²."""
    dataset = rc.load("sample")
    truth, catalogue = dataset.truth, dataset.catalogue
    assert truth is not None
    (persona,) = (p for p in personas() if p.name == name)
    mine = resolve(persona, dataset)
    Q = truth.item_factors[mine.items]
    rest = mine.values - truth.mean - truth.item_bias[mine.items]
    ridge = (simulate.NOISE / simulate.SIGMA_P) ** 2 * np.eye(Q.shape[1])
    scores = truth.item_factors @ np.linalg.solve(Q.T @ Q + ridge, Q.T @ rest) + truth.item_bias
    scores[mine.items] = -np.inf
    of_its_taste = [bool(genres & set(catalogue.genres_of(item))) for item in range(len(catalogue))]
    top = np.argsort(-scores)[:20]
    assert np.mean(np.array(of_its_taste)[top]) >= 0.85


@pytest.mark.parametrize("name", ["lectures-movies", "lectures-albums"])
def test_no_persona_is_offered_for_a_lecture_table(name: str) -> None:
    dataset = rc.load(name)
    assert offered(dataset) == ()
    resolved = resolve(personas()[0], dataset)
    assert (len(resolved.items), resolved.found, resolved.replaced) == (0, 0, ())
    assert resolved.missing == tuple(COURSE_LAB)


@pytest.mark.real
def test_the_course_lab_is_found_exactly_in_ml_latest_small() -> None:
    try:
        dataset = rc.load("ml-latest-small")
    except DataNotFoundError:
        pytest.skip("needs ml-latest-small in RECSYS_DATA_DIR or data/cache")
    resolved = resolve(personas()[0], dataset)
    assert resolved.found == 13
    ids = [dataset.catalogue.item_ids[item] for item in resolved.items]
    assert ids[:3] == ["4306", "4896", "4973"]
    assert offered(dataset) == personas()


@pytest.mark.real
@pytest.mark.parametrize("name", ["ml-100k", "ml-1m"])
def test_the_other_personas_are_mostly_found_in_the_older_sets(name: str) -> None:
    if name not in rc.sources():
        pytest.skip(f"{name} has no loader here")
    try:
        dataset = rc.load(name)
    except DataNotFoundError:
        pytest.skip(f"needs {name} in RECSYS_DATA_DIR or data/cache")
    assert {persona.name for persona in offered(dataset)} == {p.name for p in personas()[1:]}
    for persona in personas():
        resolved = resolve(persona, dataset)
        assert len(resolved.items) == len(set(resolved.items.tolist())) == len(persona.ratings)
        assert set(resolved.values.tolist()) <= set(dataset.ratings.scale.choices)


@pytest.mark.parametrize(
    "published",
    [
        "The Red Door",
        "Red Door, The",
        "Porte rouge, La (Red Door, The)",
        "Crimson Gate (a.k.a. The Red Door)",
        "Red Door, The (Porte rouge, La)",
    ],
)
def test_a_title_is_found_in_any_of_its_published_forms(published: str) -> None:
    resolved = resolve(
        persona_of(("The Red Door", 1990, 4, "Action")), dataset_of([(published, 1990, "Drama")])
    )
    assert resolved.items.tolist() == [0]
    assert resolved.found == 1
    assert resolved.replaced == ()


def test_a_film_of_another_year_is_another_film() -> None:
    dataset = dataset_of([("Persuasion", 1995, "Drama|Romance")])
    resolved = resolve(persona_of(("Persuasion", 2007, 2, "Drama|Romance")), dataset)
    assert resolved.found == 0
    assert resolved.replaced == (("Persuasion (2007)", "Persuasion (1995)"),)


def test_any_year_will_do_where_none_is_given() -> None:
    dataset = dataset_of([("Persuasion", 1995, "Drama|Romance")])
    assert resolve(persona_of(("Persuasion", None, 2, "Drama")), dataset).found == 1


def test_the_replacement_shares_genres_first_and_years_second() -> None:
    dataset = dataset_of(
        [("Far", 1950, "Action|Sci-Fi"), ("Near", 1980, "Action|Sci-Fi"), ("Half", 1990, "Action")]
    )
    resolved = resolve(persona_of(("Wanted", 1990, 5, "Action|Sci-Fi")), dataset)
    assert resolved.replaced == (("Wanted (1990)", "Near (1980)"),)


def test_children_s_films_of_the_older_sets_replace_children_films() -> None:
    dataset = dataset_of([("Cartoon", 1990, "Children's")])
    assert resolve(persona_of(("Wanted", 1990, 5, "Children")), dataset).items.tolist() == [0]


def test_no_film_is_used_twice_and_none_that_is_wanted_itself() -> None:
    dataset = dataset_of([("A", 1990, "Action"), ("B", 1991, "Action"), ("C", 1970, "Action")])
    wishes = [("X", 1990, 5, "Action"), ("Y", 1990, 4, "Action"), ("A", 1990, 3, "Action")]
    resolved = resolve(persona_of(*wishes), dataset)
    assert resolved.items.tolist() == [1, 2, 0]
    assert resolved.values.tolist() == [5, 4, 3]


def test_a_film_nobody_has_rated_replaces_nothing() -> None:
    dataset = dataset_of([("Unseen", 1990, "Sci-Fi")], unrated=(0,))
    resolved = resolve(persona_of(("Wanted", 1990, 5, "Sci-Fi")), dataset)
    assert len(resolved.items) == 0
    assert resolved.missing == ("Wanted (1990)",)


def test_where_nothing_shares_a_genre_the_film_is_reported_missing() -> None:
    resolved = resolve(persona_of(("Wanted", 1990, 5, "Western")), dataset_of([]))
    assert resolved.missing == ("Wanted (1990)",)


@pytest.mark.parametrize(
    ("scale", "carried"),
    [
        (HALF_STARS, [0.5, 1, 2.5, 4.5, 5]),
        (Scale(1, 5), [1, 1, 3, 5, 5]),
        (Scale(1, 10), [1, 2, 5, 9, 10]),
        (Scale(0, 1), [0, 0, 0, 1, 1]),
    ],
    ids=str,
)
def test_ratings_are_carried_to_the_scale_of_the_data_set(scale: Scale, carried: list[float]) -> None:
    titles = "ABCDE"
    wishes = [(t, 1990, r, "Drama") for t, r in zip(titles, (0.5, 1, 2.5, 4.5, 5), strict=True)]
    films = [(t, 1990, "Drama") for t in titles]
    dataset = Dataset(
        "test",
        "Test",
        Ratings.from_arrays([], [], [], scale, n_users=1, n_items=55),
        catalogue_of(films),
        ("1",),
        "",
        "",
    )
    assert resolve(persona_of(*wishes), dataset).values.tolist() == carried
