"""The equation on screen is the prediction: its numbers sum to it, its words are nobody's commands."""

from __future__ import annotations

import re

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.algorithms import Algorithm, Profile
from recsys_core.dataset import Catalogue, Dataset
from recsys_core.evaluation import hold_out
from recsys_core.features import Features
from recsys_core.ratings import Ratings
from ui.equation import LARGEST, equation, learned_from, rating_of

ALL = rc.algorithms()
QUICK = {"n_factors": 4, "n_epochs": 6}
HOSTILE = r"\href{http://e.x}{$#%&_^~}\\ "


@pytest.fixture(scope="module")
def data(crowd: Ratings) -> Dataset:
    """40 people and 25 films whose titles, genres and people are named to break LaTeX."""
    rng = np.random.default_rng(0)
    return Dataset(
        name="crowd",
        title="Crowd",
        ratings=crowd,
        catalogue=Catalogue(
            item_ids=tuple(str(i) for i in range(25)),
            titles=tuple(f"{HOSTILE}film {i}" for i in range(25)),
            years=np.arange(1990, 2015, dtype=np.int32),
            genre_names=tuple(f"{HOSTILE}genre {g}" for g in range(8)),
            genres=rng.random((25, 8)) < 0.5,
        ),
        user_ids=tuple(f"{HOSTILE}id {u}" for u in range(40)),
        licence="none",
        citation="",
        user_features=Features(("age",), rng.normal(size=(40, 1))),
    )


def fitted(name: str, data: Dataset, **given: object) -> Algorithm:
    cls = ALL[name]
    declared = cls.hyper_parameters()
    wanted = {key: value for key, value in {**QUICK, **given}.items() if key in declared}
    return rc.algorithm(name, **wanted).fit(data.ratings, data.side)


def people(model: Algorithm) -> list[int | Profile]:
    known: list[int | Profile] = [0, 5, 39]
    if not model.folds_in:
        return known
    last = np.arange(1, 24)
    return [
        *known,
        model.fold_in([], []),
        model.fold_in([0, 3], [5, 0.5]),
        model.fold_in(last, last % 5 + 0.5),
    ]


# ---------------------------------------------------------------- it is the prediction


@pytest.mark.parametrize("name", ALL)
def test_the_numbers_sum_to_the_prediction_for_everybody_and_every_film(name: str, data: Dataset) -> None:
    model = fitted(name, data)
    for user in people(model):
        for item in (0, 7, 13, 24):
            made = equation(model, data, user, item)
            predicted = float(model.predict(user, item)[0])
            assert sum(made.addends) == pytest.approx(predicted, abs=1e-9)
            *parts, total = made.table.iloc[:, 1]
            assert total == pytest.approx(predicted, abs=1e-9)
            assert sum(parts) == pytest.approx(predicted, abs=1e-9)
            assert len(parts) == len(model.explain(user, item).terms), "the table leaves nothing out"
            assert len(parts) == len(made.addends) + made.left_out - bool(made.left_out)


@pytest.mark.parametrize("name", ALL)
def test_what_is_written_is_these_numbers_rounded_and_safe_latex(name: str, data: Dataset) -> None:
    model = fitted(name, data)
    for user in people(model):
        latex = equation(model, data, user, 7).latex
        made = equation(model, data, user, 7)
        _, numbers = latex.split(r"\\ &= ", 1)
        shown = re.findall(r"([+-]?) ?(?:\\underbrace\{)?(\d+\.\d\d)", numbers.replace(r"&\quad", ""))
        *addends, total = [float(sign + digits) for sign, digits in shown]
        addends = addends or [total]  # a lone number is the estimate itself
        assert addends == pytest.approx([round(value, 2) for value in made.addends], abs=0.0051)
        assert total == pytest.approx(float(made.table.iloc[-1, 1]), abs=0.0051)
        assert latex.isascii(), "every letter has its command"
        assert latex.count("{") == latex.count("}")
        assert not re.search(r"href|http|genre|film|id \d", latex)


def test_factors_are_written_with_the_letters_of_the_notation(data: Dataset) -> None:
    made = equation(fitted("als", data), data, 0, 7)
    assert re.sub(r"\s+", " ", made.latex).startswith(
        r"\begin{aligned}\hat{r}_{ui}&= \mu + b_{i} + b_{u} + q_{i}\cdot p_{u} \\ &= "
    )
    assert list(made.table["symbol"]) == ["μ", "b_i", "b_u", "q_i·p_u", "r̂_ui"]


def test_what_the_equation_takes_off_has_a_minus_in_letters_too(data: Dataset) -> None:
    letters = equation(fitted("surprise_co_clustering", data), data, 0, 7).latex
    assert r"- \bar{C}_{u}" in letters
    assert r"- \bar{C}_{i}" in letters


# ---------------------------------------------------------------- long sums


def test_a_long_sum_is_cut_to_its_largest_parts_and_says_how_many_more_there_are(data: Dataset) -> None:
    model = fitted("user_knn", data)
    made = equation(model, data, 0, 7)
    votes = [term.value for term in model.explain(0, 7).terms if term.symbol == "s_uv·d_vi"]
    assert len(votes) > LARGEST + 1
    *written, rest = made.addends[-(LARGEST + 1) :]
    largest = sorted(votes, key=abs, reverse=True)
    assert written == largest[:LARGEST]
    assert rest == pytest.approx(sum(largest[LARGEST:]))
    assert made.left_out == len(votes) - LARGEST
    assert f"{made.left_out} more" in made.latex


def test_a_short_sum_is_written_whole(data: Dataset) -> None:
    model = fitted("item_knn", data)
    made = equation(model, data, model.fold_in([0, 3, 8], [5, 0.5, 4]), 7)
    assert made.left_out == 0
    assert "more" not in made.latex


# ---------------------------------------------------------------- neighbours


@pytest.mark.parametrize("name", ["user_knn", "item_knn"])
@pytest.mark.parametrize("folded_in", [False, True])
def test_neighbours_have_their_names_ratings_and_likeness_and_vote_as_the_mean_says(
    name: str, folded_in: bool, data: Dataset
) -> None:
    model = fitted(name, data, variant="basic")
    user: int | Profile = model.fold_in([0, 3, 8], [5, 0.5, 4]) if folded_in else 0
    table = equation(model, data, user, 7).table
    votes = table[table["likeness"].notna()]
    names = {data.catalogue.label(i) for i in range(25)} | {f"person {id}" for id in data.user_ids}
    assert len(votes)
    assert set(votes["what"]) <= names
    known = data.ratings.by_item.row(7) if name == "user_knn" else data.ratings.by_user.row(0)
    if not (folded_in and name == "item_knn"):
        assert set(votes["rating"]) <= set(known[1].tolist())
    mean = float((votes["likeness"] * votes["rating"]).sum() / votes["likeness"].sum())
    assert mean == pytest.approx(float(model.predict(user, 7)[0]), abs=1e-6)


def test_standard_scores_are_written_with_their_spread(data: Dataset) -> None:
    assert r"\sigma_u" in equation(fitted("user_knn", data, variant="zscore"), data, 0, 7).latex
    assert r"\sigma" not in equation(fitted("user_knn", data, variant="means"), data, 0, 7).latex


# ---------------------------------------------------------------- the truth beside it


def test_the_rating_given_is_found_with_its_place_in_the_file(data: Dataset) -> None:
    ratings = data.ratings
    for position in (0, 17, len(ratings) - 1):
        user, item = int(ratings.users[position]), int(ratings.items[position])
        assert rating_of(data, user, item) == (ratings.values[position], position)
    assert rating_of(data, 39, 0) is None


def test_a_model_knows_which_ratings_it_was_trained_on(data: Dataset) -> None:
    split = hold_out(data.ratings, 0.3, seed=1)
    part = rc.algorithm("bias").fit(split.train_ratings(data.ratings))
    assert [learned_from(part, data, int(p)) for p in split.test[:5]] == [False] * 5
    assert [learned_from(part, data, int(p)) for p in split.train[:5]] == [True] * 5
    assert learned_from(rc.algorithm("bias").fit(data.ratings), data, 3) is True


def test_of_a_model_of_other_data_nobody_can_tell(data: Dataset, toy: Ratings) -> None:
    assert learned_from(rc.algorithm("bias").fit(toy), data, 0) is None
