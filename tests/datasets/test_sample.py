"""The sample as `load` brings it."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import recsys_core as rc
from recsys_core.dataset import Dataset
from recsys_core.datasets import sample
from recsys_core.errors import DataError, DataNotFoundError


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return rc.load("sample")


def test_it_is_there_without_a_download_and_says_that_it_is_simulated(dataset: Dataset) -> None:
    source = rc.sources()["sample"]
    assert source.is_here()
    assert source.published is None
    assert source.simulated
    assert dataset.simulated
    assert "do not exist" in dataset.about


def test_its_size(dataset: Dataset) -> None:
    assert dataset.ratings.n_users == 600
    assert 400 <= dataset.ratings.n_items <= 600
    assert 30_000 <= len(dataset.ratings) <= 40_000


def test_the_table_in_memory_is_the_table_in_the_file(dataset: Dataset) -> None:
    lines = (sample.FOLDER / "ratings.csv").read_text(encoding="utf-8").splitlines()[1:]
    ratings, catalogue = dataset.ratings, dataset.catalogue
    assert ratings.timestamps is not None
    for k in (0, 1, 17_000, len(lines) - 1):
        person, film, value, day = lines[k].split(",")
        assert dataset.user_ids[ratings.users[k]] == person
        assert catalogue.item_ids[ratings.items[k]] == film
        assert ratings.values[k] == float(value)
        assert ratings.timestamps[k] == int(day) * 86_400
    assert len(lines) == len(ratings)


def test_films_are_found_with_their_year_and_genres(dataset: Dataset) -> None:
    (item,) = dataset.catalogue.find("The Matrix 1999")
    assert dataset.catalogue.label(item) == "The Matrix (1999)"
    assert dataset.catalogue.genres_of(item) == ("Action", "Sci-Fi", "Thriller")


@pytest.mark.parametrize(
    "title", ["8½", "Amélie", "Léon: The Professional", "The Good, the Bad and the Ugly"]
)
def test_accents_and_commas_in_titles_survive(dataset: Dataset, title: str) -> None:
    assert len(dataset.catalogue.find(title)) == 1


def test_all_ratings_fall_into_the_ten_years_of_the_service(dataset: Dataset) -> None:
    times = dataset.ratings.timestamps
    assert times is not None
    assert datetime.fromtimestamp(int(times.min()), UTC).year == 2015
    assert datetime.fromtimestamp(int(times.max()), UTC).year == 2024


def test_no_rating_is_older_than_its_film_s_arrival(dataset: Dataset) -> None:
    assert dataset.ratings.timestamps is not None
    arrivals = sample.arrivals()
    assert arrivals.shape == (dataset.ratings.n_items,)
    assert (dataset.ratings.timestamps >= arrivals[dataset.ratings.items]).all()


def test_films_nobody_has_rated_are_remarked_on(dataset: Dataset) -> None:
    (remark,) = dataset.remarks
    assert remark.count == (dataset.ratings.by_item.counts == 0).sum() > 0
    assert "ratings.csv" in remark.text


def test_the_figures_in_the_readme_are_those_of_the_data(dataset: Dataset) -> None:
    readme = (sample.FOLDER.parent / "README.md").read_text(encoding="utf-8")
    ratings = dataset.ratings
    counts = np.sort(ratings.by_item.counts)[::-1]
    top = counts[: ratings.n_items // 10].sum() / counts.sum()
    for figure in (
        f"{ratings.n_items} real films and {len(ratings):,} ratings by {ratings.n_users} simulated people",
        f"mean rating is {ratings.mean:.2f}",
        f"holds {top:.0%} of".replace("%", " %"),
        f"{(counts < 5).sum()} films have fewer than five ratings, and {(counts == 0).sum()} of these",
    ):
        assert figure in readme


def test_the_shipped_truth_explains_the_ratings(dataset: Dataset) -> None:
    truth, ratings = dataset.truth, dataset.ratings
    assert truth is not None
    u, i = ratings.users, ratings.items
    predicted = truth.mean + truth.user_bias[u] + truth.item_bias[i]
    predicted += np.sum(truth.user_factors[u] * truth.item_factors[i], axis=1)
    rmse = np.sqrt(np.mean((ratings.scale.clip(predicted) - ratings.values) ** 2))
    assert rmse == pytest.approx(0.577, abs=0.001)
    assert truth.user_factors.shape == (ratings.n_users, 6)
    assert truth.item_factors.shape == (ratings.n_items, 6)


def test_learning_tastes_beats_biases_on_held_out_ratings(dataset: Dataset) -> None:
    """The taste in the sample can be learnt: this is what makes it worth teaching with."""
    surprise = pytest.importorskip("surprise")
    ratings = dataset.ratings
    table = pd.DataFrame({"u": ratings.users, "i": ratings.items, "r": ratings.values.astype(float)})
    held_out = np.random.default_rng(0).random(len(table)) < 0.2
    reader = surprise.Reader(rating_scale=(0.5, 5))
    train = surprise.Dataset.load_from_df(table[~held_out], reader).build_full_trainset()
    test = list(table[held_out].itertuples(index=False, name=None))
    bias = surprise.BaselineOnly(verbose=False).fit(train).test(test)
    svd = (
        surprise.SVD(n_factors=10, n_epochs=50, lr_all=0.01, reg_all=0.06, random_state=0)
        .fit(train)
        .test(test)
    )
    rmse = [surprise.accuracy.rmse(predictions, verbose=False) for predictions in (bias, svd)]
    assert rmse[1] < 0.85 * rmse[0]


def test_a_missing_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "FOLDER", tmp_path)
    assert not sample.is_here()
    with pytest.raises(DataNotFoundError, match=r"films\.csv"):
        sample.read.__wrapped__()


def test_files_that_do_not_belong_together_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in sample.FILES:
        text = (sample.FOLDER / name).read_text(encoding="utf-8")
        cut = text.splitlines()[:-1] if name == "film_factors.csv" else text.splitlines()
        (tmp_path / name).write_text("\n".join(cut) + "\n", encoding="utf-8")
    monkeypatch.setattr(sample, "FOLDER", tmp_path)
    with pytest.raises(DataError, match="same films"):
        sample.read.__wrapped__()
