"""Compare models, without a browser: from the choice to the record, and what it refuses."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import recsys_core as rc
from recsys_core.jobs import Compare, Job, Jobs, Train
from recsys_core.store.runs import Runs
from ui import compute, page, records
from ui.compare import following
from ui.compare.plan import MOST
from ui.compare.result import VIEWS

HERE = "pages/40_compare.py"
SAMPLE = rc.load("sample")
QUICK = {
    "Biases only": ("bias", {}),
    "Most rated": ("popularity", {}),
    "Pure SVD": ("puresvd", {"n_factors": 5}),
}
LONG = {"Two-tower network": ("two_tower", {"n_epochs": 500}), "Biases only": ("bias", {})}


@pytest.fixture(autouse=True)
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    """A queue of the test's own, with no worker left after it."""
    own = Jobs(tmp_path / "jobs")
    monkeypatch.setattr(compute, "jobs", lambda: own)
    yield own
    own.close()


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    """A record of the test's own."""
    own = Runs(f"sqlite:///{tmp_path / 'runs.sqlite'}")
    monkeypatch.setattr(records, "runs", lambda: own)
    return own


def opened(job: str = "", data: str = "sample", owner: str = "", **more: str) -> AppTest:
    """The screen, opened by a link."""
    app = AppTest.from_file(str(page.ROOT / "app.py"), default_timeout=120)
    app.query_params["data"] = data
    for key, value in more.items():
        app.query_params[key] = value
    if job:
        app.query_params["job"] = job
    if owner:
        app.session_state["jobs:owner"] = owner
    app.run().switch_page(HERE).run()
    assert not app.exception
    return app


def shown(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error, *app.subheader, *app.code]
    bars = [bar.proto.text for bar in app.get("progress")]
    return " ".join([*(str(element.value) for element in parts), *bars]).replace("\\", "")  # escapes


def has(app: AppTest, key: str) -> bool:
    return any(button.key == key for button in app.button)


def quick(**more: object) -> Compare:
    asked = {"folds": 2, "metrics": ("rmse", "mae", "ndcg", "coverage"), **more}
    return Compare("sample", QUICK, SAMPLE.fingerprint, **asked)  # type: ignore[arg-type]


def ended(jobs: Jobs, job: Job) -> Job:
    deadline = time.monotonic() + 90
    while job.active:
        assert time.monotonic() < deadline, f"still {job.state}: {job.events[-1:]}"
        time.sleep(0.02)
        now = jobs.get(job.id)
        assert now is not None
        job = now
    assert job.state != "failed", job.error
    return job


def of_address(app: AppTest, jobs: Jobs) -> Job:
    given = app.query_params["job"]
    job = jobs.get(given if isinstance(given, str) else given[0])
    assert job is not None
    return job


# ---------------------------------------------------------------- choose


def test_a_new_visitor_can_press_compare_at_once() -> None:
    app = opened()
    assert "choose models and press Compare" in shown(app)
    assert "as the least to beat: “Random" in shown(app)
    assert "5-fold, seed 0; lists of 10, 4 stars or more is liked" in shown(app)
    assert not app.button(key="compare-start").disabled
    assert not has(app, "compare-cancel")


def test_models_are_checked_off_a_list_and_two_are_the_least() -> None:
    app = opened()
    app.session_state["compare-models"] = True
    app.run()
    for name in ("svd", "puresvd"):
        app.checkbox(key=f"compare-with-{name}").uncheck().run()
    assert "Choose at least 2 models" in shown(app)
    assert app.button(key="compare-start").disabled
    app.checkbox(key="compare-with-bias").check().run()
    assert not app.button(key="compare-start").disabled
    assert app.session_state["compare-chosen"] == ("als", "bias")


def test_no_more_than_eight_can_be_checked() -> None:
    app = opened()
    app.session_state["compare-models"] = True
    app.session_state["compare-chosen"] = (
        "als",
        "svd",
        "puresvd",
        "wals",
        "bias",
        "funk_svd",
        "svdpp",
        "item_knn",
    )
    app.run()
    assert len(app.session_state["compare-chosen"]) == MOST
    assert app.checkbox(key="compare-with-two_tower").disabled
    assert not app.checkbox(key="compare-with-als").disabled
    assert not app.button(key="compare-start").disabled


def test_the_settings_of_each_model_stand_beside_it(jobs: Jobs) -> None:
    app = opened()
    app.session_state["settings:svd"] = {"n_epochs": 3}
    app.session_state["settings-svd"] = True
    app.session_state["settings-als"] = True
    app.run()
    assert not app.exception
    assert app.number_input(key="svd-n_epochs").value == 3
    assert "`n_epochs 3`" in shown(app)
    app.button(key="compare-start").click().run()
    asked = of_address(app, jobs).spec
    assert isinstance(asked, Compare)
    assert dict(asked.algorithms)["SVD by gradient descent"] == ("svd", {"n_epochs": 3})


def test_every_way_to_cut_can_be_chosen() -> None:
    app = opened()
    for kind in app.selectbox(key="compare-cut").options:
        app.selectbox(key="compare-cut").select(kind).run()
        assert not app.exception
        assert not app.button(key="compare-start").disabled


def test_what_takes_too_much_is_refused_before_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_MAX_SECONDS", "5")
    app = opened()
    app.session_state["compare-chosen"] = ("item_knn", "surprise_svdpp")
    app.run()
    assert "Too much for here" in shown(app)
    assert "Most of it is “SVD++ (Surprise)”" in shown(app)
    assert app.button(key="compare-start").disabled


def test_the_lists_can_be_left_out_in_one_click_where_they_are_what_takes_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RECSYS_MAX_SECONDS", "5")
    app = opened()
    app.session_state["compare-chosen"] = ("surprise_knn_basic", "surprise_knn_with_means")
    app.run()
    assert app.button(key="compare-start").disabled
    app.button(key="compare-no-lists").click().run()
    assert not app.toggle(key="compare-lists").value
    assert not app.button(key="compare-start").disabled
    assert "ratings only, no lists" in shown(app)


# ---------------------------------------------------------------- follow


def test_a_comparison_is_the_job_of_the_address_and_ends_in_an_answer(jobs: Jobs, runs: Runs) -> None:
    app = opened()
    app.select_slider(key="compare-folds").set_value(2).run()
    app.button(key="compare-start").click().run()
    assert not app.exception
    job = ended(jobs, of_address(app, jobs))
    app.run().run()
    assert not app.exception
    assert "Done" in shown(app)
    assert "Alternating least squares has the lowest error: RMSE 0." in shown(app)
    assert "The RMSE trap." in shown(app)
    assert "2-fold, seed 0" in shown(app)
    assert [run.owner for run in runs.find(kind="comparison")] == [runs.find(owner=job.owner)[0].owner]


def test_while_it_runs_it_can_be_held_and_cancelled_and_no_second_one_starts(jobs: Jobs) -> None:
    job = jobs.submit(Compare("sample", LONG, SAMPLE.fingerprint, metrics=("rmse",)), "me")
    app = opened(job.id, owner="me")
    assert app.button(key="compare-start").disabled
    assert has(app, "compare-pause")
    app.button(key="compare-cancel").click().run()
    assert "Cancelled" in shown(app)
    assert not app.button(key="compare-start").disabled


def test_whoever_comes_back_from_another_screen_finds_the_comparison(jobs: Jobs) -> None:
    ended(jobs, jobs.submit(quick(), "me"))
    other = jobs.submit(Train("sample", "svd", {"n_epochs": 2}), "me")
    app = opened(other.id, owner="me")
    assert "has the lowest error" in shown(app)


@pytest.mark.parametrize("id", ["a" * 22, "../../etc/passwd", "<script>", "x" * 100_000])
def test_an_address_of_no_job_is_as_good_as_none(id: str) -> None:
    assert "press Compare" in shown(opened(id))


# ---------------------------------------------------------------- look


@pytest.fixture
def done(jobs: Jobs) -> Job:
    """A finished comparison by somebody else, whose link one was sent."""
    return ended(jobs, jobs.submit(quick(), "another"))


@pytest.mark.parametrize("view", list(VIEWS))
def test_every_closer_look_can_be_taken(view: str, done: Job) -> None:
    app = opened(done.id)
    app.segmented_control(key="now-view").set_value(view).run()
    assert not app.exception
    assert not app.error


def test_the_code_that_is_shown_makes_the_same_table(done: Job, capsys: pytest.CaptureFixture[str]) -> None:
    app = opened(done.id)
    app.segmented_control(key="now-view").set_value("Code and files").run()
    made: dict[str, object] = {}
    exec(app.code[0].value, made)  # noqa: S102 - it is ours, and the point is that it runs
    report = made["report"]
    assert isinstance(report, rc.Report)
    kept = rc.Report.load(done.folder / "comparison").table
    for name in ("rmse", "mae", "ndcg", "coverage"):
        assert report.table[name].tolist() == kept[name].tolist()
    assert "Biases only" in capsys.readouterr().out
    assert "BaselineOnly(" in app.code[1].value


def test_ones_own_lists_wait_for_ratings_and_then_stand_side_by_side(done: Job) -> None:
    app = opened(done.id)
    app.segmented_control(key="now-view").set_value("Your top 10").run()
    assert "Rate a few films" in shown(app)
    ids = SAMPLE.catalogue.item_ids
    app = opened(done.id, ratings=f"{ids[0]}~5_{ids[1]}~2")
    app.segmented_control(key="now-view").set_value("Your top 10").run()
    app.button(key="now-own").click().run()
    assert not app.exception
    lists = next(frame.value for frame in app.dataframe if "place" in frame.value)
    assert list(lists.columns) == ["place", *QUICK]
    assert len(lists) == 10
    assert "Folded in from your 2 ratings" in shown(app)
    assert "in common" in shown(app)


def test_a_comparison_of_other_data_says_so(done: Job) -> None:
    assert "made on another data set" in shown(opened(done.id, data="lectures-movies"))


def test_a_comparison_whose_files_are_gone_says_so_and_the_screen_stays_of_use(done: Job) -> None:
    (done.folder / "comparison" / "report.json").unlink()
    app = opened(done.id)
    assert app.error
    assert not app.button(key="compare-start").disabled


# ---------------------------------------------------------------- the record


def test_a_run_is_kept_once_and_once_erased_does_not_come_back(jobs: Jobs, runs: Runs) -> None:
    job = ended(jobs, jobs.submit(quick(), "me"))
    app = opened(job.id, owner="me")
    app.run()
    opened(job.id)
    assert len(runs.find()) == 1
    app.toggle(key="earlier-open").set_value(True).run()
    app.session_state["earlier-mine"] = True
    app.run()
    assert app.button(key="earlier-erase").disabled
    app.checkbox(key="earlier-sure").check().run()
    app.button(key="earlier-erase").click().run()
    assert not app.exception
    assert "1 run is erased" in shown(app)
    opened(job.id, owner="me")
    assert not runs.find()


def test_runs_measured_differently_never_stand_in_one_table(jobs: Jobs, runs: Runs) -> None:
    for asked in (quick(), quick(seed=1), quick()):
        job = ended(jobs, jobs.submit(asked, "me"))
        app = opened(job.id, owner="me")
    ids = [run.id for run in runs.find()]
    assert len(ids) == 3
    app.toggle(key="earlier-open").set_value(True)
    app.session_state["earlier-chosen-Mine"] = [ids[0], ids[1]]
    app.run()
    assert not app.exception
    assert "measured differently" in shown(app)
    assert "2-fold, seed 0 against 2-fold, seed 1" in shown(app) or "seed 1 against 2-fold, seed 0" in shown(
        app
    )
    assert not [frame for frame in app.dataframe if "run" in frame.value]
    app.session_state["earlier-chosen-Mine"] = [ids[0], ids[2]]
    app.run()
    assert not app.exception
    table = next(frame.value for frame in app.dataframe if "run" in frame.value)
    assert len(table) == 2 * len(QUICK)


def test_an_earlier_run_can_be_looked_at_again(jobs: Jobs, runs: Runs) -> None:
    ended(jobs, jobs.submit(quick(), "me"))
    opened(jobs.of("me")[0].id)
    jobs.close()
    app = opened()
    app.toggle(key="earlier-open").set_value(True).run()
    assert "Nothing is on record yet" in shown(app), "it is another visitor's"
    app.segmented_control(key="earlier-whose").set_value("Everybody’s on this server").run()
    app.session_state["earlier-chosen-Everybody’s on this server"] = [runs.find()[0].id]
    app.run()
    assert not app.exception
    assert "has the lowest error" in shown(app)


def test_an_earlier_run_stands_below_the_one_just_made(jobs: Jobs, runs: Runs) -> None:
    job = ended(jobs, jobs.submit(quick(), "me"))
    app = opened(job.id, owner="me")
    app.toggle(key="earlier-open").set_value(True)
    app.session_state["earlier-chosen-Mine"] = [runs.find()[0].id]
    app.run()
    assert not app.exception
    key = f"run-{runs.find()[0].id[:8]}"
    for view in VIEWS:
        for where in ("now", key):
            app.segmented_control(key=f"{where}-view").set_value(view)
        app.run()
        assert not app.exception, view


def test_predictions_that_are_no_numbers_are_shown_as_such_with_a_warning(
    done: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = rc.Report.load(done.folder / "comparison")
    lost = whole.labels[0]
    cells = tuple(
        replace(
            cell,
            values=dict.fromkeys(cell.values, math.nan),
            warnings=("7 of 9 predictions are not finite numbers, so metrics are not a number (nan).",),
        )
        if cell.algorithm == lost
        else cell
        for cell in whole.cells
    )
    monkeypatch.setattr(following, "report_of", lambda *_: replace(whole, cells=cells))
    app = opened(done.id)
    table = next(frame.value for frame in app.dataframe if "model" in frame.value)
    assert "not a number" in table.set_index("model").loc[f"{lost} · trivial"].tolist()
    assert any("not a number" in warning.value for warning in app.warning)
    assert f"{lost} has the lowest error" not in shown(app)
    for view in VIEWS:
        app.segmented_control(key="now-view").set_value(view).run()
        assert not app.exception, view


def test_a_figure_no_model_has_ever_had_is_called_a_probable_leak(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Compare("sample", {"ALS": ("als", {}), "Biases only": ("bias", {})}, SAMPLE.fingerprint, folds=5)
    job = ended(jobs, jobs.submit(asked, "another"))
    whole = rc.Report.load(job.folder / "comparison")
    assert "published figures" not in shown(opened(job.id)), "nobody has published any on the sample"
    real = replace(whole.protocol, dataset="ml-100k", n_ratings=100_000, n_users=943, n_items=1_682)
    monkeypatch.setattr(following, "report_of", lambda *_: replace(whole, protocol=real))
    app = opened(job.id)
    assert "Where does this stand among published figures?" in shown(app)
    assert whole.table.loc["ALS", "rmse"] < 0.88
    assert any(error.value.replace("\\", "").startswith("ALS: A probable leak") for error in app.error)


def test_a_record_that_cannot_be_written_is_no_loss_of_the_result(
    done: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Runs:
        raise rc.store.StoreError("The database is out.")

    monkeypatch.setattr(records, "runs", broken)
    app = opened(done.id)
    assert "has the lowest error" in shown(app)
    assert "This run is not on record: The database is out." in shown(app)
