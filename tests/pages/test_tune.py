"""Tune, without a browser: what it offers and refuses, what it says of a search, and where that can go."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import recsys_core as rc
from recsys_core.errors import HyperParameterError
from recsys_core.evaluation.search import Range
from recsys_core.jobs import Event, Job, Jobs, Search, search_report
from ui import compute, page, records
from ui.charts.tune import short
from ui.tune import examples, words
from ui.tune.plan import SAMPLERS, Plan, able, goals, problem, spec, spread, total, tunable

HERE = "pages/45_tune.py"
SAMPLE = rc.load("sample")
QUICK = Search(
    "sample",
    "svd",
    {"n_factors": [2, 4], "n_epochs": [3]},
    folds=2,
    test_share=0.2,
    fingerprint=SAMPLE.fingerprint,
)


@pytest.fixture(autouse=True)
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    """A queue and databases of the test's own, with no worker left after it."""
    monkeypatch.setenv("RECSYS_CACHE_DIR", str(tmp_path / "cache"))
    records.runs.clear()
    own = Jobs(tmp_path / "jobs")
    monkeypatch.setattr(compute, "jobs", lambda: own)
    yield own
    own.close()
    records.runs.clear()


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
    return " ".join([*(str(element.value) for element in parts), *bars]).replace("\\", "")  # escapes


def has(app: AppTest, key: str) -> bool:
    return any(button.key == key for button in app.button)


def ended(jobs: Jobs, job: Job | None) -> Job:
    deadline = time.monotonic() + 90
    while job is not None and job.active:
        assert time.monotonic() < deadline, f"still {job.state}: {job.events[-1:]}"
        time.sleep(0.02)
        job = jobs.get(job.id)
    assert job is not None
    return job


def watched(app: AppTest, jobs: Jobs) -> Job:
    """The job of the address."""
    given = app.query_params["job"]
    job = jobs.get(given if isinstance(given, str) else given[0])
    assert job is not None
    return job


# ---------------------------------------------------------------- choosing


def test_a_new_visitor_sees_what_it_will_take_and_what_to_press() -> None:
    app = opened()
    said = shown(app)
    assert "press Search" in said
    assert "6 cells × 3 folds = 18 trainings, and one more for the test" in said
    assert not app.button(key="tune-search").disabled
    assert not has(app, "tune-cancel")
    for title, sentence in SAMPLERS.values():
        assert f"{title}: {sentence}" in said


def test_ranges_come_from_the_declaration() -> None:
    app = opened()
    declared = rc.algorithms()["svd"].hyper_parameters()["n_factors"]
    low, high = (app.number_input(key=f"tune-svd-n_factors-{end}") for end in ("from", "to"))
    assert (low.min, high.max) == (declared.low, declared.high)
    assert low.value < declared.default < high.value


def test_a_range_that_does_not_go_up_cannot_start() -> None:
    app = opened()
    app.number_input(key="tune-svd-n_factors-to").set_value(1).run()
    assert "give a range that goes up" in shown(app)
    assert app.button(key="tune-search").disabled


def test_nothing_to_vary_cannot_start() -> None:
    app = opened()
    app.multiselect(key="tune-vary-svd").set_value([]).run()
    assert "Choose at least one hyper-parameter" in shown(app)
    assert app.button(key="tune-search").disabled


@pytest.mark.parametrize("name", able(SAMPLE))
def test_every_hyper_parameter_of_every_model_can_vary(name: str) -> None:
    app = opened()
    app.selectbox(key="tune-model").select(name).run()
    assert not app.exception
    assert not app.button(key="tune-search").disabled or "Too much for here" in shown(app)
    app.multiselect(key=f"tune-vary-{name}").set_value(list(tunable(name))[:6]).run()
    for sampler in ("random", "grid"):
        app.segmented_control(key="tune-sampler").set_value(sampler).run()
        assert not app.exception
        assert "is not allowed" not in shown(app)


def test_seeds_are_chance_and_cannot_be_tuned() -> None:
    assert "seed" in rc.algorithms()["svd"].hyper_parameters()
    assert "seed" not in tunable("svd")


def test_goals_are_metrics_a_search_can_go_by() -> None:
    assert goals("svd", SAMPLE)[:2] == ("rmse", "mae")
    assert "ndcg" in goals("svd", SAMPLE)
    assert "popularity_lift" not in goals("svd", SAMPLE), "no value of it is the best one"
    assert goals("binary_cf", SAMPLE)[0] == "log_loss"
    assert "rmse" not in goals("binary_cf", SAMPLE)


def test_values_of_a_grid_reach_from_end_to_end_and_stand_once() -> None:
    declared = rc.algorithms()["svd"].hyper_parameters()
    assert spread(declared["n_factors"], 1, 100, 5) == (1, 3, 10, 32, 100)
    assert spread(declared["n_factors"], 1, 3, 10) == (1, 2, 3)
    assert spread(declared["learning_rate"], 0.001, 0.1, 3) == (0.001, 0.01, 0.1)
    assert spread(declared["n_epochs"], 5, 5, 4) == (5,)


def test_a_grid_that_nobody_waits_for_is_refused_in_words() -> None:
    space = {name: tuple(range(1, 9)) for name in ("n_factors", "n_epochs")}
    space["regularization"] = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
    plan = Plan("svd", space)
    assert plan.n_cells == 448
    assert "448 cells are more than the 400" in problem(plan)
    with pytest.raises(HyperParameterError, match="448"):
        spec(plan, SAMPLE)


def test_twice_the_cells_and_folds_cost_about_twice() -> None:
    size, speed = compute.data_size(SAMPLE.fingerprint, SAMPLE), compute.machine.speed_so_far()
    seconds = [
        total(Plan("svd", {"learning_rate": values}, {"n_epochs": 500}, folds=3), size, speed).seconds
        for values in ((0.01,), (0.01, 0.02), (0.01, 0.02, 0.03))
    ]
    assert seconds[2] - seconds[1] == pytest.approx(seconds[1] - seconds[0])
    assert seconds[1] > seconds[0]


def test_cells_are_stopped_early_only_where_no_curve_or_map_would_miss_them() -> None:
    ranges = {"n_factors": Range(1, 9), "learning_rate": Range(0.01, 0.1), "n_epochs": Range(1, 9)}
    two = dict(list(ranges.items())[:2])
    assert spec(Plan("svd", ranges, sampler="tpe"), SAMPLE).pruning
    assert not spec(Plan("svd", two, sampler="tpe"), SAMPLE).pruning
    assert "pruning=False" in words.code(rc.search("svd", two, SAMPLE, "random", 1, folds=2), pruning=False)


def test_a_search_that_would_take_too_much_cannot_start(monkeypatch: pytest.MonkeyPatch, jobs: Jobs) -> None:
    app = opened()
    monkeypatch.setenv("RECSYS_MAX_SECONDS", "0.001")
    app.run()
    assert "Too much for here" in shown(app)
    assert app.button(key="tune-search").disabled
    app.button(key="tune-example-0").click().run()
    assert not app.exception
    assert "This would take about" in shown(app), "a question asked in one click is held to the limit, too"
    assert "job" not in app.query_params


def test_a_teaching_table_can_be_searched_too(jobs: Jobs) -> None:
    app = opened(data="lectures-movies")
    app.button(key="tune-search").click().run()
    assert ended(jobs, watched(app, jobs)).state == "done"
    app.run().run()
    assert not app.exception
    assert "For the test (3 ratings)" in shown(app)


# ---------------------------------------------------------------- a search from beginning to end


def test_a_question_in_one_click_sets_the_controls_and_is_answered(jobs: Jobs) -> None:
    app = opened()
    app.button(key="tune-example-0").click().run()
    assert not app.exception
    assert app.multiselect(key="tune-vary-svd").value == ["n_factors"]
    assert (app.number_input(key="tune-svd-n_factors-from").value) == 1
    job = ended(jobs, watched(app, jobs))
    assert job.state == "done", job.error
    app.run().run()
    said = shown(app)
    report = search_report(job.folder)
    assert report.best is not None
    assert report.test is not None
    assert f"Best: n_factors {report.best.parameters['n_factors']}." in said
    assert f"Validation RMSE {report.best.score:.4f} ± {report.best.sd:.4f} over 3 folds." in said
    assert f"On the sealed test, opened once, at the end of this search: {report.test.score:.4f}." in said
    assert "over-fitting" in said
    assert "the model learned from all the rest" in said
    assert "rc.grid_search(" in app.code[0].value
    assert report.protocol.words in said


@pytest.mark.parametrize("example", examples.EXAMPLES, ids=lambda each: each.label)
def test_what_a_question_starts_is_what_its_controls_say(jobs: Jobs, example: examples.Example) -> None:
    at = examples.EXAMPLES.index(example)
    app = opened()
    app.button(key=f"tune-example-{at}").click().run()
    first = watched(app, jobs)
    jobs.cancel(first.id)
    ended(jobs, jobs.get(first.id))
    app.run().run()
    app.button(key="tune-search").click().run()
    again = watched(app, jobs)
    assert again.id != first.id
    assert again.spec == first.spec


def test_a_finished_search_is_on_record_once(jobs: Jobs) -> None:
    job = ended(jobs, jobs.submit(QUICK, "somebody"))
    for _ in range(2):
        opened(job.id)
    (run,) = records.runs().find(kind="search", fingerprint=SAMPLE.ratings.fingerprint, reports=True)
    assert run.report is not None
    assert len(run.report["cells"]) == 2
    assert run.spec["algorithm"] == "svd"
    assert run.protocol["fingerprint"] == search_report(job.folder).protocol.fingerprint


def test_the_table_has_every_cell_and_leaves_out_what_is_held(jobs: Jobs) -> None:
    job = ended(jobs, jobs.submit(QUICK, "somebody"))
    (table,) = [each.value for each in opened(job.id).dataframe]
    assert sorted(table["n_factors"]) == [2, 4]
    assert "n_epochs" not in table
    assert table["mean"].is_monotonic_increasing, "the best first"


def test_failed_cells_keep_their_reason_and_the_answer_says_none_came_through(jobs: Jobs) -> None:
    wild = dataclasses.replace(
        QUICK, space={"learning_rate": [0.9, 1.0], "n_epochs": [20], "init_std": [1.0]}
    )
    job = ended(jobs, jobs.submit(wild, "somebody"))
    app = opened(job.id)
    report = search_report(job.folder)
    assert {cell.state for cell in report.cells} == {"failed"}
    assert "None of the 2 cells came to its end." in shown(app)
    assert report.cells[0].error in shown(app)
    (table,) = [each.value for each in app.dataframe]
    assert list(table["error"]) == [cell.error for cell in report.cells]
    assert not has(app, "tune-to-for_you"), "there is nothing to use"


def test_a_search_broken_off_says_that_it_goes_on_and_does(jobs: Jobs) -> None:
    long = dataclasses.replace(QUICK, space={"n_factors": list(range(1, 101)), "n_epochs": [100]})
    job: Job | None = jobs.submit(long, "somebody")
    deadline = time.monotonic() + 60
    while job is not None and not (job.events and job.events[-1].epoch > 2):
        assert time.monotonic() < deadline
        time.sleep(0.02)
        job = jobs.get(job.id)
    assert job is not None
    jobs.cancel(job.id)
    done = ended(jobs, jobs.get(job.id)).events[-1].epoch
    app = opened(job.id)
    assert "Go on where it ended" in shown(app)
    app.button(key="tune-again").click().run()
    again: Job | None = watched(app, jobs)
    assert again is not None
    assert again.spec == long
    while again is not None and not again.events:
        time.sleep(0.02)
        again = jobs.get(again.id)
    later = [event.epoch for event in (again.events if again else ()) if event.epoch]
    while not later:
        assert time.monotonic() < deadline
        time.sleep(0.02)
        again = jobs.get(again.id) if again else None
        later = [event.epoch for event in (again.events if again else ()) if event.epoch]
    assert later[0] >= done, "what was finished is not done again"
    assert again is not None
    jobs.cancel(again.id)
    ended(jobs, jobs.get(again.id))


# ---------------------------------------------------------------- using it


@pytest.mark.parametrize("url", ["for_you", "watch", "compare"])
def test_the_best_parameters_go_to_the_other_screens(jobs: Jobs, url: str) -> None:
    if url not in page.screens():
        pytest.skip("no such screen yet")
    job = ended(jobs, jobs.submit(QUICK, "somebody"))
    best = search_report(job.folder).best
    assert best is not None
    app = opened(job.id)
    app.button(key=f"tune-to-{url}").click().run()
    assert not app.exception
    assert app.title[0].value == page.screens()[url][1].title
    if url == "for_you":
        text = app.session_state["model-chosen"]
        assert text == f"svd~n_factors={best.parameters['n_factors']}~n_epochs=3"
    else:
        assert app.session_state["settings:svd"]["n_factors"] == best.parameters["n_factors"]
        assert app.session_state["settings:svd"]["n_epochs"] == 3


def test_a_search_of_other_data_says_so(jobs: Jobs) -> None:
    job = ended(jobs, jobs.submit(QUICK, "somebody"))
    assert "Found on “sample”" in shown(opened(job.id, data="lectures-movies"))
    assert "Found on" not in shown(opened(job.id))


def test_a_search_whose_files_are_damaged_says_what_to_do(jobs: Jobs) -> None:
    job = ended(jobs, jobs.submit(QUICK, "somebody"))
    (job.folder / "search.json").write_text("{", encoding="utf-8")
    assert "press Search" in shown(opened(job.id))


# ---------------------------------------------------------------- words


def test_the_python_makes_the_same_table(capsys: pytest.CaptureFixture[str]) -> None:
    space = {"n_factors": Range(2, 5), "learning_rate": (0.01, 0.02), "n_epochs": (2,)}
    report = rc.search("svd", space, SAMPLE, "tpe", n_trials=3, folds=2, seed=4, test_share=0.1)
    found: dict[str, object] = {}
    exec(compile(words.code(report), "shown", "exec"), found)  # noqa: S102 - our own text
    again = found["report"]
    assert again.identity == report.identity
    assert again.best == report.best
    assert again.test.score == report.test.score
    capsys.readouterr()


def test_an_earlier_opening_is_told_with_its_date() -> None:
    report = rc.grid_search("svd", {"n_factors": [2], "n_epochs": [2]}, SAMPLE, folds=2, test_share=0.2)
    assert report.test is not None
    at = report.test.opening.opened_at
    assert "at the end of this search" in words.answer(report, started=at - 1)
    assert time.strftime("opened once, on %d %B %Y", time.localtime(at)) in words.answer(
        report, started=at + 1
    )


def test_without_a_test_the_answer_warns_of_luck() -> None:
    report = rc.grid_search("svd", {"n_factors": [2, 3], "n_epochs": [2]}, SAMPLE, folds=2)
    assert "sealed test" not in words.answer(report)
    assert "by luck" in " ".join(words.remarks(report))


def test_values_are_written_short() -> None:
    assert [short(value) for value in (5, 0.012345, True, "sgd")] == ["5", "0.0123", "True", "sgd"]


def test_an_equal_search_says_that_nothing_was_trained_again(jobs: Jobs) -> None:
    told = []
    for _ in range(2):
        job = jobs.submit(QUICK, "me")
        while jobs.get(job.id).active:
            time.sleep(0.05)
        told.append(shown(opened(job.id)))
    assert "An equal search was made here before" not in told[0]
    assert "An equal search was made here before: nothing was trained again" in told[1]


def test_what_was_on_record_is_counted(jobs: Jobs) -> None:
    report = rc.grid_search("bias", {"n_epochs": [1, 2, 3, 4]}, SAMPLE, folds=2)
    begun = Event(0, 4, 0.0)
    assert words.taken_up(report, ()) == words.taken_up(report, (begun, Event(1, 4, 0.1))) == ""
    assert words.taken_up(report, (begun, Event(3, 4, 0.1))).startswith("3 of the 4 cells were on record")
