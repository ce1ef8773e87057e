"""Item space laid out in other ways: offered where they fit, made by a job, shared, and judged."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import recsys_core as rc
from recsys_core.errors import JobRefusedError
from recsys_core.jobs import LayOut, laid_out
from recsys_core.jobs.kinds.layout import fingerprint
from recsys_core.projection import principal_axes
from recsys_core.space import map_honesty, neighbours_of_vector
from ui import compute, page
from ui.charts.map import Shade
from ui.space import found, honesty, project
from ui.space.choose import View

HERE = "pages/50_space.py"
SAMPLE = rc.load("sample")
MODEL = rc.algorithm("als").fit(SAMPLE.ratings)
FACTORS = MODEL.item_factors_[MODEL.item_counts_ > 0]  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RECSYS_CACHE_DIR", str(tmp_path))
    st.cache_resource.clear()
    yield
    compute.jobs().close()
    st.cache_resource.clear()


def opened(data: str = "sample") -> AppTest:
    app = AppTest.from_file(str(page.ROOT / "app.py"), default_timeout=120)
    app.query_params["data"] = data
    app.run().switch_page(HERE).run()
    assert not app.exception
    return app


def shown(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.info, *app.error, *app.subheader]
    return " ".join(str(element.value) for element in parts).replace("\\", "")


def view(factors: np.ndarray, name: str = "own") -> View:
    drawn = found.space(SAMPLE.fingerprint, "als", SAMPLE, MODEL)
    model = rc.algorithm("als", n_factors=factors.shape[1])
    model.item_factors_ = np.zeros((SAMPLE.ratings.n_items, factors.shape[1]))  # type: ignore[attr-defined]
    model.item_factors_[drawn.items] = factors  # type: ignore[attr-defined]
    return View(model, name, drawn, Shade("average rating", drawn.table["average"].to_numpy()))


def test_a_map_is_made_by_a_job_foretold_and_found_by_the_next_visitor() -> None:
    app = opened()
    app.selectbox(key="space-by").select("tsne").run()
    assert not app.exception
    assert "t-SNE in 2-D of these" in shown(app)
    assert "About" in shown(app), "what it takes is said beforehand"
    assert "two axes on which they differ most" in shown(app), "until then it is the usual map"
    app.button(key="space-layout-start").click().run()
    spec = LayOut(fingerprint(FACTORS), "tsne", 2)
    deadline = time.monotonic() + 60
    while laid_out(spec) is None:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    other = opened()
    other.selectbox(key="space-by").select("tsne").run()
    assert not other.exception
    assert "bent so that neighbours stay together" in shown(other)
    assert "drawn in the middle of the ten films nearest in direction" in shown(other)
    assert not [b for b in other.button if b.key == "space-layout-start"]


def test_what_takes_too_much_cannot_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_MAX_SECONDS", "0.5")
    app = opened()
    app.selectbox(key="space-by").select("umap").run()
    assert "Too much for here" in shown(app)
    assert not [b for b in app.button if b.key == "space-layout-start"]
    with pytest.raises(JobRefusedError):
        project._admitted(LayOut("0" * 64, "umap"), FACTORS)


def test_three_dimensions_and_the_trust_in_them() -> None:
    app = opened()
    app.segmented_control(key="space-depth").set_value(3).run()
    assert not app.exception
    assert "films on three axes" in shown(app)
    app.segmented_control(key="space-closer").set_value("Trust in the map").run()
    assert not app.exception
    judged = map_honesty(FACTORS, principal_axes(FACTORS, 3)(FACTORS), 10, "cosine", sample=honesty._ASKED)
    figures = {metric.label: metric.value for metric in app.metric}
    assert figures["Trustworthiness"] == f"{judged.trustworthiness:.2f}"
    assert figures["Continuity"] == f"{judged.continuity:.2f}"
    assert f"{10 * judged.share:.1f} are truly among the 10 nearest" in shown(app)
    assert "Not made yet, so not judged: t-SNE and UMAP" in shown(app)


def test_only_what_fits_is_offered() -> None:
    assert opened("lectures-albums").selectbox(key="space-by").options == ["PCA"], (
        "five albums have no groups"
    )
    assert opened().selectbox(key="space-by").options == ["PCA", "t-SNE", "UMAP"]
    app = opened()
    app.session_state["settings:als"] = {"n_factors": 2}
    app.run()
    app.selectbox(key="space-by").select("factors").run()
    assert not app.exception
    assert "shows them as they are" in shown(app)
    assert "These show 100% of what tells them apart" in shown(app)
    assert app.segmented_control(key="space-depth").options == [":violet[2\\-D]"], "no depth"


def test_items_without_direction_are_named_and_the_others_judged() -> None:
    factors = FACTORS.copy()
    factors[[4, 7]] = 0
    own = view(factors, "two without direction")
    for metric, missing in (("cosine", [4, 7]), ("euclidean", []), ("dot", []), ("adjusted_cosine", [])):
        trust = honesty.average(SAMPLE.fingerprint, own.name, metric, own)
        assert trust is not None
        assert trust.without_direction.tolist() == missing
        assert trust.n == len(factors) - len(missing)
        assert not set(trust.judged.items.tolist()) & set(missing)
    trust = honesty.average(SAMPLE.fingerprint, own.name, "cosine", own)
    assert trust is not None
    words = " ".join(honesty._left_out(own, trust, "film"))
    assert all(title in words for title in own.space.table["title"].iloc[[4, 7]])


def test_on_a_map_that_bends_a_point_stands_among_its_nearest_items() -> None:
    places = np.random.default_rng(0).normal(5, 1, (len(FACTORS), 2))
    own = view(FACTORS)
    drawn = found.laid_out(SAMPLE.fingerprint, "own", "tsne", 2, own.space, FACTORS, places)
    point = 3 * FACTORS[5] + 0.01
    nearest = neighbours_of_vector(FACTORS, point, 10).items
    assert drawn.axes(point[None, :])[0] == pytest.approx(np.median(drawn.places[nearest], axis=0))
    assert np.abs(drawn.places).max() <= drawn.reach
    assert drawn.axes.explained is None
