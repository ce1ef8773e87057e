"""What comes after a training: keep its model, use it on “For you”, write its predictions out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import recsys_core as rc
from recsys_core.jobs import Job, Jobs, Train, model_at, split_of
from recsys_core.ranking import candidates, recommend
from ui import compute, kept, page
from ui.recommendations import preset

WATCH, FOR_YOU = "pages/30_watch.py", "pages/15_for_you.py"
SAMPLE = rc.load("sample")
ME = "the session of the test"
QUICK = {"n_epochs": 3, "n_factors": 4}


@pytest.fixture(autouse=True)
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    """A queue and a shelf of the test's own, with no worker left after it."""
    monkeypatch.setenv("RECSYS_CACHE_DIR", str(tmp_path / "cache"))
    own = Jobs(tmp_path / "jobs")
    monkeypatch.setattr(compute, "jobs", lambda: own)
    kept._loaded.clear()
    yield own
    own.close()


@pytest.fixture
def job(jobs: Jobs) -> Job:
    """A finished training of which a fifth of the ratings was kept."""
    spec = Train("sample", "svd", QUICK, SAMPLE.fingerprint, validation_share=0.2, snapshot_epochs=(1, 2, 3))
    submitted = jobs.submit(spec, "another")
    jobs._threads[submitted.id].join(60)
    done = jobs.get(submitted.id)
    assert done is not None
    assert done.state == "done", done.error
    return done


def opened(file: str, *, popover: str = "", by: str = ME, **address: str) -> AppTest:
    """A screen, opened by a link."""
    app = AppTest.from_file(str(page.ROOT / "app.py"), default_timeout=120)
    for key, value in {"data": "sample", **address}.items():
        app.query_params[key] = value
    app.run().switch_page(file)
    app.session_state["jobs:owner"] = by
    if popover:
        app.session_state[popover] = True
    app.run()
    assert not app.exception
    return app


def shown(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error]
    return " ".join(str(element.value) for element in parts).replace("\\", "")


def ordered(app: AppTest) -> list[str]:
    return [button.key or "" for button in app.button]


def keys(app: AppTest) -> set[str]:
    return set(ordered(app))


# ---------------------------------------------------------------- on Watch


def test_a_finished_training_can_be_kept_once(job: Job) -> None:
    app = opened(WATCH, job=job.id)
    app.button(key="keep-model").click().run()
    assert not app.exception
    assert len(kept.everything()) == 1
    assert app.button(key="keep-model").label == "Kept"
    assert app.button(key="keep-model").disabled


def test_nothing_is_offered_before_there_is_something_to_keep() -> None:
    assert not {"keep-model", "use-on-for-you"} & keys(opened(WATCH))


def test_a_training_on_other_data_is_not_kept_from_here(job: Job) -> None:
    assert "keep-model" not in keys(opened(WATCH, job=job.id, data="lectures-movies"))


def test_a_full_shelf_says_what_to_do(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_MODELS", 0)
    app = opened(WATCH, job=job.id)
    app.button(key="keep-model").click().run()
    assert "delete one of yours" in shown(app)
    assert not app.button(key="keep-model").disabled


def test_the_shelf_tells_what_is_there_and_deletes_when_asked_twice(job: Job) -> None:
    one = kept.keep(job, SAMPLE, ME)
    app = opened(WATCH, popover="kept")
    assert "SVD by gradient descent, 3 epochs" in shown(app)
    assert "learned from" in shown(app)
    app.button(key=f"ask-{one.id}").click().run()
    assert kept.everything(), "asked first"
    app.button(key=f"leave-{one.id}").click().run()
    app.button(key=f"ask-{one.id}").click().run()
    app.button(key=f"delete-{one.id}").click().run()
    assert not app.exception
    assert not kept.everything()
    assert "Nothing is kept yet" in shown(app)


def test_what_another_session_kept_can_be_used_but_not_deleted(job: Job) -> None:
    one = kept.keep(job, SAMPLE, ME)
    app = opened(WATCH, popover="kept", by="another")
    assert f"use-{one.id}" in keys(app)
    assert f"ask-{one.id}" not in keys(app)
    assert f"everybody can delete it from {one.everybodys}" in shown(app)


def test_what_cannot_be_read_is_told_without_telling_where_it_lies(job: Job) -> None:
    one = kept.keep(job, SAMPLE, ME)
    (one.saved.path / "model.json").write_text("{}", encoding="utf-8")
    app = opened(WATCH, popover="kept")
    assert app.error
    assert str(kept.folder().parent.parent) not in shown(app)
    assert f"use-{one.id}" not in keys(app)
    assert f"ask-{one.id}" in keys(app)


def test_settings_are_handed_to_for_you(job: Job) -> None:
    app = opened(WATCH, job=job.id)
    app.button(key="use-on-for-you").click().run()
    assert not app.exception
    app.switch_page(FOR_YOU).run()
    assert app.selectbox(key="model").value == "svd"
    assert app.query_params["model"] in ("svd~n_epochs=3~n_factors=4", ["svd~n_epochs=3~n_factors=4"])


def test_the_equation_is_that_of_the_epoch_one_looks_at(job: Job) -> None:
    app = opened(WATCH, job=job.id, popover="equation")
    split = split_of(job.folder, job.spec, SAMPLE)  # type: ignore[arg-type]
    assert split is not None
    held = int(split.test[0])
    user, item = int(SAMPLE.ratings.users[held]), int(SAMPLE.ratings.items[held])
    app.selectbox(key="equation-who-sample-True").select("number").run()
    app.number_input(key="equation-number-sample").set_value(user + 1).run()
    app.selectbox(key="equation-item-sample").select(item).run()
    for epoch in (3, 1):
        app.session_state[f"scrub-{job.id}"] = epoch
        app.run()
        assert not app.exception
        predicted = model_at(job.folder, SAMPLE, epoch).predict(user, item)[0]
        assert f"&= {predicted:.2f}\\end" in app.latex[0].value
        assert f"The model as it was after epoch {epoch}." in shown(app)
    assert "That rating was kept from training" in shown(app)


# ---------------------------------------------------------------- on For you


def test_a_kept_model_is_chosen_by_a_link_and_says_it_learned_from_a_part(job: Job) -> None:
    one = kept.keep(job, SAMPLE, ME)
    app = opened(FOR_YOU, model=one.model.text, ratings="339~4.5")
    assert app.selectbox(key="model").value == one.model.text
    learned = len(SAMPLE.ratings) - round(0.2 * len(SAMPLE.ratings))
    assert f"It learned from {learned:,} of the {len(SAMPLE.ratings):,} ratings" in shown(app)
    assert "not measured for a kept model" in shown(app)
    model, rated = kept.load(one.id, SAMPLE), np.array([338])
    person = model.fold_in(rated, [4.5])
    listed = [int(key.removeprefix("why-")) for key in ordered(app) if key.startswith("why-")]
    on_table = [int(star.key.split("-")[1]) for star in app.feedback if star.key.startswith("stars-")]
    allowed = candidates(SAMPLE, preset(SAMPLE), exclude=[*rated, *on_table])
    rows = recommend(model, SAMPLE, person, 10, candidates=allowed)
    assert listed == rows["item"].tolist(), "the list is this very model's"


def test_a_kept_model_stands_in_the_list_after_the_algorithms(job: Job) -> None:
    one = kept.keep(job, SAMPLE, ME)
    options = opened(FOR_YOU).selectbox(key="model").options
    assert options[-1] == one.label
    assert "kept:" not in " ".join(options[:-1])
    other = opened(FOR_YOU, data="lectures-movies").selectbox(key="model").options
    assert one.label not in other


def test_a_kept_model_that_was_deleted_gives_the_usual_one_and_says_so(job: Job) -> None:
    one = kept.keep(job, SAMPLE, ME)
    app = opened(FOR_YOU, model=one.model.text)
    kept.delete(one.id, ME)
    app.run()
    assert not app.exception
    assert app.selectbox(key="model").value == "als"
    assert "not here any more" in shown(app)


def test_a_kept_model_does_not_follow_to_other_data(job: Job) -> None:
    one = kept.keep(job, SAMPLE, ME)
    app = opened(FOR_YOU, model=one.model.text)
    app.selectbox(key="dataset_picker").select("lectures-movies").run()
    assert not app.exception
    assert app.selectbox(key="model").value == "als"


def test_damage_that_shows_at_loading_leaves_a_list_by_the_usual_model(job: Job) -> None:
    one = kept.keep(job, SAMPLE, ME)
    file = one.saved.path / "arrays.npz"
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 255
    file.write_bytes(raw)
    app = opened(FOR_YOU, model=one.model.text)
    assert "checksum" in app.error[0].value
    assert [key for key in keys(app) if key.startswith("why-")]
    assert "It learned from" not in shown(app)
