"""Watch it learn, without a browser: what it offers, what it refuses, and what it says when work fails."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

import recsys_core as rc
from recsys_core.jobs import Job, Jobs, Train
from ui import compute, page

HERE = "pages/30_watch.py"
SAMPLE = rc.load("sample")
IN_EPOCHS = [name for name, cls in rc.algorithms().items() if cls.iterative]
UNKNOWN = "a" * 22
QUICK = {"n_epochs": 3, "n_factors": 4}
LONG = {"n_epochs": 500}


@pytest.fixture(autouse=True)
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    """A queue of the test's own, with no worker left after it."""
    own = Jobs(tmp_path / "jobs")
    monkeypatch.setattr(compute, "jobs", lambda: own)
    yield own
    own.close()


def opened(job: str = "", data: str = "sample") -> AppTest:
    """The screen, opened by a link."""
    app = AppTest.from_file(str(page.ROOT / "app.py"), default_timeout=120)
    app.query_params["data"] = data
    if job:
        app.query_params["job"] = job
    app.run().switch_page(HERE).run()
    assert not app.exception
    return app


def shown(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error, *app.subheader]
    bars = [bar.proto.text for bar in app.get("progress")]
    return " ".join([*(str(element.value) for element in parts), *bars])


def has(app: AppTest, key: str) -> bool:
    return any(button.key == key for button in app.button)


def train(app: AppTest, model: str, **settings: int | float) -> AppTest:
    """Choose a model and its settings, and press Train."""
    app.selectbox(key="watch-model").select(model)
    app.session_state[f"settings:{model}"] = settings
    app.run()
    app.button(key="watch-train").click().run()
    assert not app.exception
    return app


def news(app: AppTest) -> AppTest:
    """The screen after the job's state has changed.

    Twice, for the screen then runs itself again, and that run AppTest counts to another page:
    its widgets would forget what they are given next.
    """
    app.run().run()
    assert not app.exception
    return app


def watched(app: AppTest, jobs: Jobs) -> Job:
    """The job of the address."""
    given = app.query_params["job"]
    job = jobs.get(given if isinstance(given, str) else given[0])
    assert job is not None
    return job


def ended(jobs: Jobs, job: Job) -> Job:
    deadline = time.monotonic() + 60
    while job.active:
        assert time.monotonic() < deadline, f"still {job.state}: {job.events[-1:]}"
        time.sleep(0.02)
        now = jobs.get(job.id)
        assert now is not None
        job = now
    return job


# ---------------------------------------------------------------- the address


def test_a_new_visitor_is_told_what_to_press() -> None:
    app = opened()
    assert "press Train" in shown(app)
    assert not app.button(key="watch-train").disabled
    assert not has(app, "watch-cancel")
    assert "job" not in app.query_params


def test_a_link_opened_first_on_a_fresh_server_shows_its_job(
    monkeypatch: pytest.MonkeyPatch, jobs: Jobs
) -> None:
    job = ended(jobs, jobs.submit(Train("sample", "svd", QUICK, SAMPLE.fingerprint), "another"))
    monkeypatch.setattr(PagesManager, "uses_pages_directory", None)
    app = AppTest.from_file(str(page.ROOT / "app.py"), default_timeout=120).switch_page(HERE)
    app.query_params["job"] = job.id
    app.run()
    assert not app.exception
    assert "epoch 3 of 3" in shown(app)


@pytest.mark.parametrize(
    "id",
    [UNKNOWN, "../../etc/passwd", "<script>alert(1)</script>", "\x00", "x" * 100_000, "![x](http://e.x/y)"],
)
def test_an_address_of_no_job_is_as_good_as_none(id: str, jobs: Jobs) -> None:
    app = opened(id)
    assert "press Train" in shown(app)
    assert id not in shown(app)
    train(app, "svd", **QUICK)
    assert watched(app, jobs).id != id


# ---------------------------------------------------------------- what can be trained


@pytest.mark.parametrize("model", IN_EPOCHS)
def test_every_model_that_learns_in_epochs_can_be_chosen(model: str) -> None:
    app = opened()
    app.selectbox(key="watch-model").select(model).run()
    assert not app.exception
    assert app.selectbox(key="watch-model").value == model
    app.session_state["settings"] = True
    app.run()
    assert not app.exception
    assert not app.button(key="watch-train").disabled


def test_no_model_is_offered_that_has_no_epochs() -> None:
    offered = opened().selectbox(key="watch-model").options
    assert offered == [rc.algorithms()[name].title for name in IN_EPOCHS]
    without = [cls.title for name, cls in rc.algorithms().items() if name.startswith("surprise")]
    assert without
    assert not set(without) & set(offered)


def test_nothing_can_stop_early_that_is_not_validated(jobs: Jobs) -> None:
    app = opened()
    app.select_slider(key="watch-patience").set_value(2).run()
    app.select_slider(key="watch-share").set_value(0.0).run()
    assert app.select_slider(key="watch-patience").disabled
    job = ended(jobs, watched(train(app, "svd", **QUICK), jobs))
    assert job.state == "done", job.error
    assert isinstance(job.spec, Train)
    assert (job.spec.validation_share, job.spec.patience) == (0.0, 0)


def test_a_choice_one_data_set_does_not_offer_does_not_break_the_next() -> None:
    app = opened()
    app.selectbox(key="watch-model").select("two_tower").run()
    app.selectbox(key="dataset_picker").select("lectures-movies").run()
    assert not app.exception
    assert app.selectbox(key="watch-model").value in IN_EPOCHS


# ---------------------------------------------------------------- one job, from start to end


def test_a_training_is_the_job_of_the_address_and_ends_in_a_curve_and_a_list(jobs: Jobs) -> None:
    app = train(opened(), "svd", **QUICK)
    ended(jobs, watched(app, jobs))
    news(app)
    assert "Done · epoch 3 of 3" in shown(app)
    assert "Your list after epoch 3" in shown(app)
    slider = app.select_slider(key=f"scrub-{watched(app, jobs).id}")
    assert list(slider.options) == ["1", "2", "3"]
    slider.set_value(1).run()
    assert not app.exception
    assert "Your list after epoch 1" in shown(app)
    assert not has(app, "watch-cancel")


def test_while_it_trains_one_can_hold_and_cancel_but_not_start_another(jobs: Jobs) -> None:
    app = train(opened(), "two_tower", **LONG)
    assert app.button(key="watch-train").disabled
    app.button(key="watch-pause").click().run()
    deadline = time.monotonic() + 30
    while watched(app, jobs).state != "paused":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    news(app)
    assert "Held" in shown(app)
    assert has(app, "watch-resume")
    assert has(app, "watch-step")
    assert not has(app, "watch-pause")
    app.button(key="watch-cancel").click().run()
    assert "Cancelled" in shown(app)
    assert not app.button(key="watch-train").disabled


def test_a_second_job_of_one_session_is_refused_in_words(jobs: Jobs) -> None:
    app = opened()
    app.session_state["jobs:owner"] = "me"
    mine = jobs.submit(Train("sample", "two_tower", LONG), "me")
    train(app, "svd", **QUICK)
    assert "You have a job under way" in shown(app)
    assert [job.id for job in jobs.of(mine.owner)] == [mine.id]


def test_a_training_that_diverges_says_so_and_the_screen_stays_of_use(jobs: Jobs) -> None:
    app = train(opened(), "funk_svd", n_epochs=50, learning_rate=1.0, regularization=0.0)
    failed = ended(jobs, watched(app, jobs))
    assert failed.state == "failed"
    news(app)
    assert "Failed" in shown(app)
    assert "Lower the learning rate" in app.error[0].value
    train(app, "svd", **QUICK)
    again = ended(jobs, watched(app, jobs))
    assert again.state == "done", again.error
    assert not news(app).error


def test_a_job_on_other_data_is_not_looked_back_at_here(jobs: Jobs) -> None:
    job = ended(
        jobs, jobs.submit(Train("lectures-movies", "svd", QUICK, snapshot_epochs=(1, 2, 3)), "another")
    )
    app = opened(job.id)
    assert "another data set" in shown(app)
    assert not [slider for slider in app.select_slider if (slider.key or "").startswith("scrub")]


def test_a_training_whose_files_are_gone_says_to_train_again(jobs: Jobs) -> None:
    job = ended(jobs, jobs.submit(Train("sample", "svd", QUICK, snapshot_epochs=(1, 2, 3)), "another"))
    (job.folder / "trained.json").unlink()
    app = opened(job.id)
    assert "train again" in app.error[0].value
    assert not app.button(key="watch-train").disabled
