"""Watch it learn, without a browser: what it offers, what it refuses, and what it says when work fails."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

import recsys_core as rc
from recsys_core.jobs import Job, Jobs, Serve, Train, Variants
from ui import compute, page, watch
from ui.lessons import OPTIMIZERS, TROUBLES, Trouble, comparable

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


def plain(options: list[str]) -> list[str]:
    """Choices without the colour they are written in."""
    return [option.removeprefix(":violet[").removesuffix("]").replace("\\", "") for option in options]


def shown(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error, *app.subheader]
    bars = [bar.proto.text for bar in app.get("progress")]
    return " ".join([*(str(element.value) for element in parts), *bars]).replace("\\", "")  # escapes


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
    assert ("is not kept any more" in shown(app)) == (id == UNKNOWN), "what may have been a job is told of"
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


def test_of_the_models_without_epochs_surprises_are_offered_and_named_as_such() -> None:
    offered = opened().selectbox(key="watch-model").options
    silent = [f"{cls.title} · no epochs" for name, cls in rc.algorithms().items() if "surprise_" in name]
    assert silent
    assert offered == [*(rc.algorithms()[name].title for name in IN_EPOCHS), *silent]


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


@pytest.mark.parametrize(("n_epochs", "second", "last"), [(20, 2, 500), (500, 2, 500), (10_000, 21, 9_981)])
def test_a_long_training_can_be_looked_back_at_over_all_its_length(
    n_epochs: int, second: int, last: int
) -> None:
    spec = watch.spec(SAMPLE, watch.Plan("funk_svd", {"n_epochs": n_epochs}, 0.2, 0))
    assert isinstance(spec, Train)
    assert len(spec.snapshot_epochs) == 500
    assert (*spec.snapshot_epochs[:2], spec.snapshot_epochs[-1]) == (1, second, last)


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


@pytest.mark.parametrize("several", [False, True])
def test_what_ended_before_its_first_epoch_draws_no_empty_curve(several: bool, jobs: Jobs) -> None:
    spec = (
        Variants("sample", "svd", {"a": LONG, "b": LONG}, "another")
        if several
        else Train("sample", "svd", LONG, "another")
    )
    app = opened(ended(jobs, jobs.submit(spec, "me")).id)
    assert "has changed" in app.error[0].value
    assert "under way" not in shown(app)
    assert not [heading for heading in app.subheader if heading.value.endswith("?")]


def test_a_training_whose_files_are_gone_says_to_train_again(jobs: Jobs) -> None:
    job = ended(jobs, jobs.submit(Train("sample", "svd", QUICK, snapshot_epochs=(1, 2, 3)), "another"))
    (job.folder / "trained.json").unlink()
    app = opened(job.id)
    assert "train again" in app.error[0].value
    assert not app.button(key="watch-train").disabled


# ---------------------------------------------------------------- models that keep silent


def test_a_model_that_tells_nothing_says_so_and_ends_in_one_number(jobs: Jobs) -> None:
    app = train(opened(data="lectures-movies"), "surprise_nmf", n_epochs=3)
    assert "Surprise tells nothing until it is done" in shown(app)
    assert not has(app, "watch-twin")
    job = ended(jobs, watched(app, jobs))
    assert job.state == "done", job.error
    news(app)
    assert f"{job.events[-1].validation_rmse:.4f}" in [metric.value for metric in app.metric]
    assert "epoch" not in " ".join(bar.proto.text for bar in app.get("progress"))


def test_without_a_validation_share_there_is_no_number_to_show(jobs: Jobs) -> None:
    app = opened(data="lectures-movies")
    app.select_slider(key="watch-share").set_value(0.0).run()
    train(app, "surprise_slope_one")
    ended(jobs, watched(app, jobs))
    news(app)
    assert not app.metric
    assert "No ratings were kept" in shown(app)


@pytest.mark.parametrize("name", [name for name, cls in rc.algorithms().items() if cls.twin])
def test_the_twin_is_trained_with_the_same_settings_in_one_click(name: str, jobs: Jobs) -> None:
    app = opened(data="lectures-movies")
    app.selectbox(key="watch-model").select(name)
    app.session_state[f"settings:{name}"] = {"n_epochs": 4}
    app.run()
    assert "the same numbers (to 1e-12, tested)" in shown(app)
    app.button(key="watch-twin").click().run()
    assert not app.exception
    job = ended(jobs, watched(app, jobs))
    assert isinstance(job.spec, Train)
    assert (job.spec.algorithm, job.spec.hyper_parameters) == (rc.algorithms()[name].twin, {"n_epochs": 4})
    news(app)
    assert app.selectbox(key="watch-model").value == rc.algorithms()[name].twin
    assert "epoch 4 of 4" in shown(app)


# ---------------------------------------------------------------- lessons


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.label)
def test_one_click_sets_trains_and_says_what_to_look_for(trouble: Trouble, jobs: Jobs) -> None:
    app = opened()
    app.selectbox(key="watch-model").select("gradient_cf").run()
    app.session_state["troubles"] = True
    app.run()
    app.button(key=f"trouble-{TROUBLES.index(trouble)}").click().run()
    assert not app.exception
    job = ended(jobs, watched(app, jobs))
    assert isinstance(job.spec, Train)
    assert job.spec.hyper_parameters == trouble.settings["gradient_cf"]
    assert app.session_state["settings:gradient_cf"] == trouble.settings["gradient_cf"]
    assert trouble.look_for in shown(app)
    news(app)
    assert trouble.look_for in shown(app), "also when it is over, and after a refresh"
    train(app, "gradient_cf", n_epochs=3)
    assert trouble.look_for not in shown(app)


def test_trouble_is_offered_only_where_a_model_gets_into_it() -> None:
    app = opened()
    app.selectbox(key="watch-model").select("als").run()
    app.session_state["troubles"] = True
    app.run()
    assert [b.label for b in app.button if (b.key or "").startswith("trouble-")] == [
        trouble.label for trouble in TROUBLES if "als" in trouble.settings
    ]


def compare(app: AppTest, model: str, what: str = "", **settings: int | float) -> AppTest:
    """Choose to compare settings of a model, and press Train all."""
    app.segmented_control(key="watch-mode").set_value("Compare settings").run()
    app.selectbox(key="compare-model").select(model)
    app.session_state[f"settings:{model}"] = settings
    app.run()
    if what:
        app.segmented_control(key=f"compare-what-{model}").set_value(what).run()
    app.button(key="watch-train").click().run()
    assert not app.exception
    return app


def test_three_optimisers_are_compared_on_the_same_data(jobs: Jobs) -> None:
    app = compare(opened(), "gradient_cf", n_epochs=5)
    assert "steps that agree add up" in shown(app)
    job = ended(jobs, watched(app, jobs))
    assert job.state == "done", job.error
    assert isinstance(job.spec, Variants)
    assert [given["optimizer"] for given in job.spec.variants.values()] == list(OPTIMIZERS)
    assert all(given["n_epochs"] == 5 for given in job.spec.variants.values())
    news(app)
    assert "Done" in shown(app)
    for name in job.spec.variants:
        assert f"{name}: " in shown(app), "the words below the curves name every variant"
    app.segmented_control(key="watch-quantity").set_value("Training loss").run()
    assert not app.exception
    assert "Training loss." in shown(app)
    assert not [slider for slider in app.select_slider if (slider.key or "").startswith("scrub")]


def test_a_rate_that_diverges_is_named_and_the_others_are_drawn(jobs: Jobs) -> None:
    app = compare(opened(), "funk_svd", n_epochs=5, learning_rate=0.1)
    job = ended(jobs, watched(app, jobs))
    assert job.state == "done", job.error
    news(app)
    assert "rate 1 diverged in epoch 1" in shown(app)
    assert "rate 0.01: " in shown(app)


def test_a_comparison_is_there_again_after_a_refresh(jobs: Jobs) -> None:
    spec = Variants("sample", "svd", {"rate 0.005": QUICK, "rate 0.05": QUICK}, SAMPLE.fingerprint)
    job = ended(jobs, jobs.submit(spec, "another"))
    app = opened(job.id)
    assert "Done" in shown(app)
    assert "rate 0.05: " in shown(app)
    offered = plain(app.segmented_control(key="watch-quantity").options)
    assert offered == ["Training error", "Training loss"], "nothing was kept to validate on"


@pytest.mark.parametrize("model", [name for name, cls in rc.algorithms().items() if comparable(cls)])
def test_every_model_with_a_learning_rate_can_be_compared(model: str) -> None:
    app = opened()
    app.segmented_control(key="watch-mode").set_value("Compare settings").run()
    app.selectbox(key="compare-model").select(model).run()
    assert not app.exception
    labels = plain(app.segmented_control(key=f"compare-what-{model}").options)
    has_optimizers = "optimizer" in rc.algorithms()[model].hyper_parameters()
    assert labels == (["Optimisers", "Learning rates"] if has_optimizers else ["Learning rates"])


def test_a_job_of_another_screen_is_not_taken_for_a_training(jobs: Jobs) -> None:
    job = jobs.submit(Serve("sample", "als"), "another")
    app = opened(job.id)
    assert "press Train" in shown(app)
    jobs.cancel(job.id)
