"""Looking back, without a browser: the moment the slider names, what Play does, and the tables by hand."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import recsys_core as rc
from recsys_core.algorithms.funk_svd import FunkSVD
from recsys_core.jobs import Job, Jobs, Train, model_at, split_of, trained
from recsys_core.ranking import candidates, recommend
from ui import compute, page
from ui.charts import Chart
from ui.recommendations import preset

HERE = "pages/30_watch.py"
EPOCHS = tuple(range(1, 501))
ALBUMS = rc.load("lectures-albums")
RATED = "Ommazh~5_BTS~1"


@pytest.fixture(autouse=True)
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    """A queue of the test's own, with no worker left after it."""
    own = Jobs(tmp_path / "jobs")
    monkeypatch.setattr(compute, "jobs", lambda: own)
    yield own
    own.close()


def done(jobs: Jobs, spec: Train) -> Job:
    job: Job | None = jobs.submit(spec, "another")
    deadline = time.monotonic() + 60
    while job is not None and job.active:
        assert time.monotonic() < deadline
        time.sleep(0.02)
        job = jobs.get(job.id)
    assert job is not None
    assert job.state == "done", job.error
    return job


def albums(model: str = "funk_svd", share: float = 0.0, patience: int = 0, **settings: int | str) -> Train:
    """A training on the lecture's table that keeps every epoch."""
    chosen = {"n_factors": 2, "n_epochs": 5, **settings}
    return Train(ALBUMS.name, model, chosen, "", share, 0, patience, EPOCHS)


def opened(job: Job | None, data: str = ALBUMS.name, ratings: str = "") -> AppTest:
    app = AppTest.from_file(str(page.ROOT / "app.py"), default_timeout=120)
    app.query_params["data"] = data
    if job is not None:
        app.query_params["job"] = job.id
    if ratings:
        app.query_params["ratings"] = ratings
    app.run().switch_page(HERE).run()
    assert not app.exception
    return app


def shown(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.subheader, *app.header]
    return " ".join(str(element.value) for element in parts)


def epoch_of(app: AppTest) -> int:
    found = re.search(r"Your list after epoch (\d+)", shown(app))
    assert found
    return int(found[1])


def has(app: AppTest, key: str) -> bool:
    return any(button.key == key for button in app.button)


def run(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    return app


# ---------------------------------------------------------------- the moment


def test_the_epoch_looked_at_is_marked_on_the_large_curve_unless_it_is_played(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: dict[str, Chart] = {}
    show = page.show
    monkeypatch.setattr(page, "show", lambda chart: (drawn.update({chart.key: chart}), show(chart)))

    def marked(key: str) -> list[object]:
        figure = drawn[key].figure
        assert isinstance(figure, dict)
        lines = [one["markLine"]["data"] for one in figure["series"] if "markLine" in one]
        return [line["xAxis"] for data in lines for line in data]

    app = opened(done(jobs, albums()))
    assert marked("learning") == marked("epoch-on-curve") == [5]
    app.button(key="replay-play").click()
    run(app)
    assert (marked("learning"), marked("epoch-on-curve")) == ([], [1])
    app.button(key="replay-pause").click()
    run(app)
    assert marked("learning") == marked("epoch-on-curve") == [1]


def test_stopped_early_it_shows_the_best_epoch_and_not_the_last(jobs: Jobs) -> None:
    job = done(jobs, albums(share=0.2, patience=2, n_epochs=40))
    result = trained(job.folder)
    measured = {e.epoch: e.validation_rmse for e in job.events if e.epoch and e.validation_rmse is not None}
    assert result.epoch == min(measured, key=lambda epoch: measured[epoch]) < result.epochs_run
    app = opened(job)
    assert epoch_of(app) == result.epoch
    assert f"The model kept is that of epoch {result.epoch}" in shown(app)
    assert f"it went on to epoch {result.epochs_run}" in shown(app)


@pytest.mark.parametrize("model", ["funk_svd", "svd", "als"])
def test_its_last_epoch_recommends_what_fit_would(model: str, jobs: Jobs) -> None:
    job = done(jobs, albums(model))
    app = opened(job, ratings=RATED)
    fitted = rc.algorithm(model, n_factors=2, n_epochs=5).fit(ALBUMS.ratings, ALBUMS.side)
    rated = [0, 2]
    person = fitted.fold_in(rated, [5.0, 1.0])
    left = candidates(ALBUMS, preset(ALBUMS), exclude=rated)
    expected = [
        ALBUMS.catalogue.label(int(i)) for i in recommend(fitted, ALBUMS, person, 10, candidates=left)["item"]
    ]
    rows = [m.value for m in app.markdown if re.match(r"\d+\. ", m.value)]
    assert [re.sub(r"^\d+\. | :\w+\[.*$", "", row).replace("\\", "").strip() for row in rows] == expected
    assert epoch_of(app) == 5


def test_the_numbers_of_you_are_shown_once_you_have_rated(jobs: Jobs) -> None:
    job = done(jobs, albums())
    assert "What numbers does it hold of you" not in shown(opened(job))
    said = shown(opened(job, ratings=RATED))
    assert "What numbers does it hold of you" in said
    vector = model_at(job.folder, ALBUMS).fold_in([0, 2], [5.0, 1.0]).vector
    assert vector is not None
    assert f"{np.linalg.norm(vector):.3f}".replace(".", r"\.") in said


# ---------------------------------------------------------------- play and pause


def test_from_the_last_epoch_play_begins_anew_shows_each_and_stops_at_the_last(jobs: Jobs) -> None:
    app = opened(done(jobs, albums()))
    app.button(key="replay-play").click()
    seen = [epoch_of(run(app))]
    assert has(app, "replay-pause")
    for _ in range(4):
        seen.append(epoch_of(run(app)))
    assert seen == [1, 2, 3, 4, 5]
    assert has(app, "replay-play")
    assert epoch_of(run(app)) == 5


def test_pause_stays_where_it_is_and_play_goes_on_from_there(jobs: Jobs) -> None:
    job = done(jobs, albums())
    app = opened(job)
    app.button(key="replay-play").click()
    run(run(app))
    assert epoch_of(app) == 2
    app.button(key="replay-pause").click()
    for _ in range(3):
        assert epoch_of(run(app)) == 2
    assert has(app, "replay-play")
    assert app.select_slider(key=f"scrub-{job.id}").value == 2
    app.button(key="replay-play").click()
    assert [epoch_of(run(app)), epoch_of(run(app))] == [2, 3]


def test_moving_the_slider_by_hand_stops_the_play(jobs: Jobs) -> None:
    job = done(jobs, albums())
    app = opened(job)
    app.button(key="replay-play").click()
    run(app)
    app.select_slider(key=f"scrub-{job.id}").set_value(4)
    for _ in range(3):
        assert epoch_of(run(app)) == 4
    assert has(app, "replay-play")


# ---------------------------------------------------------------- the tables


def tables(app: AppTest) -> list[list[list[str]]]:
    """The cells of every table, bare of the marks."""
    found = []
    for table in app.table:
        values = table.value.astype(str).to_numpy().tolist()
        found.append(
            [[re.sub(r":violet-background\[\*\*(.*?)\*\*\]", r"\1", c) for c in row] for row in values]
        )
    return found


def written(table: np.ndarray, digits: int) -> list[list[str]]:
    return [[f"{value:.{digits}f}".replace("-", "−") for value in row] for row in table]


@pytest.mark.parametrize("model", ["funk_svd", "svd", "svdpp", "als"])
def test_p_q_and_the_predicted_table_are_those_of_the_epoch(model: str, jobs: Jobs) -> None:
    job = done(jobs, albums(model))
    app = opened(job)
    for epoch in (2, 5):
        app.select_slider(key=f"scrub-{job.id}").set_value(epoch)
        run(app)
        at = model_at(job.folder, ALBUMS, epoch)
        P, Q, true, predicted = tables(app)[:4]
        assert written(at.user_factors_, 3) == P
        assert written(at.item_factors_, 3) == Q
        assert predicted == [[f"{at.predict(u, i)[0]:.2f}" for u in range(4)] for i in range(5)]
        assert sum(row.count("?") for row in true) == 4


def test_p_and_q_stand_one_above_the_other_where_they_are_wide(jobs: Jobs) -> None:
    in_columns = [
        sum(len(column.table) for column in opened(done(jobs, albums(n_factors=n))).columns) for n in (4, 5)
    ]
    assert in_columns[0] - in_columns[1] == 2


def test_ratings_kept_from_training_stand_in_brackets(jobs: Jobs) -> None:
    job = done(jobs, albums(share=0.2))
    assert isinstance(job.spec, Train)
    split = split_of(job.folder, job.spec, ALBUMS)
    assert split is not None
    true = tables(opened(job))[2]
    aside = ALBUMS.ratings.take(split.test)
    bracketed = {(i, u) for i, row in enumerate(true) for u, cell in enumerate(row) if cell.startswith("(")}
    assert bracketed == set(zip(aside.items.tolist(), aside.users.tolist(), strict=True))


@pytest.mark.parametrize("model", ["funk_svd", "svd", "svdpp", "als", "two_tower", "wals", "binary_cf"])
def test_the_terms_of_the_chosen_prediction_are_those_of_the_model(model: str, jobs: Jobs) -> None:
    job = done(jobs, albums(model))
    app = opened(job)
    app.selectbox(key=f"by-hand-user-{ALBUMS.name}").select(1)
    app.selectbox(key=f"by-hand-item-{ALBUMS.name}").select(2)
    run(app)
    why = model_at(job.folder, ALBUMS).explain(1, 2)
    values = [float(row[1].strip("*").replace("−", "-")) for row in tables(app)[4]]
    assert values[-1] == pytest.approx(why.estimate, abs=1e-4)
    for term in why.terms:
        assert any(value == pytest.approx(term.value, abs=1e-4) for value in values)
    assert f"Bhavana, BTS: {why.estimate:.2f}".replace(".", "") in shown(app).replace("\\", "").replace(
        ".", ""
    )


def test_a_sample_of_films_is_not_taken_apart_by_hand(jobs: Jobs) -> None:
    job = done(jobs, Train("sample", "funk_svd", {"n_epochs": 2, "n_factors": 2}, snapshot_epochs=EPOCHS))
    said = shown(opened(job, "sample"))
    assert "Your list after epoch 2" in said
    assert "By hand" not in said
    assert "worked update" not in said


# ---------------------------------------------------------------- one update at a time


def equations(app: AppTest) -> str:
    return " ".join(element.value for element in app.latex)


def test_the_lectures_update_is_on_screen_with_the_lectures_numbers() -> None:
    app = opened(None)
    assert "Update 1 of 8.** Diego, factor 1: 1.19 → 1.28" in shown(app)
    assert tables(app)[0] == [
        ["1.98 − 2 = −0.02", "−0.02 × 0.2 = −0.004"],
        ["4.5 − 5 = −0.5", "−0.5 × 0.91 = −0.455"],
        ["3.5 − 4 = −0.5", "−0.5 × 0.91 = −0.455"],
        ["", "**−0.914**"],
    ]
    assert r"1.19 - 0.1 \cdot (-0.914) \\ &= 1.2814" in equations(app)
    assert tables(app)[1] == [["1.19 → 1.28", "2.000"]]


def test_the_cell_that_changes_is_marked_by_weight_and_an_arrow() -> None:
    marked = [
        cell
        for table in opened(None).table
        for cell in table.value.astype(str).to_numpy().ravel()
        if "violet" in cell
    ]
    assert marked == [":violet-background[**1.19 → 1.28**]"]


def test_next_and_back_go_through_the_updates_and_end_where_they_end() -> None:
    app = opened(None)
    assert app.button(key="update-lecture-back").disabled
    for n in range(2, 9):
        app.button(key="update-lecture-next").click()
        assert f"Update {n} of 8." in shown(run(app))
    assert app.button(key="update-lecture-next").disabled
    assert "That is the whole pass" in shown(app)
    app.button(key="update-lecture-back").click()
    assert "Update 7 of 8." in shown(run(app))


@pytest.mark.parametrize(("update", "n"), [("per_user", 18), ("per_rating", 64)])
def test_the_updates_of_an_epoch_end_at_the_numbers_of_its_model(update: str, n: int, jobs: Jobs) -> None:
    job = done(jobs, albums(update=update))
    app = opened(job)
    for epoch in (1, 3):
        app.select_slider(key=f"scrub-{job.id}").set_value(epoch)
        run(app)
        assert f"Update 1 of {n}." in shown(app)
        app.session_state[f"update-{job.id}-{epoch}"] = n - 1
        run(app)
        assert f"these are the numbers after epoch {epoch}" in shown(app)
        at, P_and_Q = model_at(job.folder, ALBUMS, epoch), tables(app)[6:8]
        assert isinstance(at, FunkSVD)
        for table, expected in zip(P_and_Q, (at.user_factors_, at.item_factors_), strict=True):
            reached = [[cell.split(" → ")[-1].replace("−", "-") for cell in row] for row in table]
            assert np.array(reached, dtype=float) == pytest.approx(expected, abs=0.0051)


def test_models_that_cannot_be_stepped_through_say_which_one_can(jobs: Jobs) -> None:
    assert "Funk SVD can be followed" in shown(opened(done(jobs, albums("svd"))))
    many = shown(opened(done(jobs, albums(n_factors=20))))
    assert "With at most 10 factors" in many
    assert "first 10 of 20 factors" in many


def test_an_epoch_whose_forerunner_was_not_kept_says_so(jobs: Jobs) -> None:
    spec = Train(ALBUMS.name, "funk_svd", {"n_factors": 2, "n_epochs": 5}, snapshot_epochs=(1, 3))
    app = opened(done(jobs, spec))
    assert epoch_of(app) == 5
    assert "Epoch 4 was not kept" in shown(app)
    assert "Of 5 epochs 3 were kept, within 100 MB" in shown(app)
    assert "epochs 5 were kept" not in shown(opened(done(jobs, albums())))
