"""Item space on what was not trained here and now: kept models, and a visitor's own table of factors."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import recsys_core as rc
from recsys_core.space import FactorTable, read_factors, similar_items
from recsys_core.store import save_model
from tests.pages.screens import shown
from ui import kept, page, safe
from ui.space import tables
from ui.space.closer import PARTS
from ui.space.found import space

HERE = "pages/50_space.py"
SAMPLE = rc.load("sample")
RATED = "_".join(f"{raw}~5" for raw in SAMPLE.catalogue.item_ids[:4])


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty shelf of kept models."""
    monkeypatch.setenv("RECSYS_CACHE_DIR", str(tmp_path))
    kept._loaded.clear()
    return tmp_path / "kept"


def opened(model: str) -> AppTest:
    app = AppTest.from_file(str(page.ROOT / "app.py"), default_timeout=120)
    app.query_params["data"] = "sample"
    app.query_params["ratings"] = RATED
    app.run().switch_page(HERE)
    app.session_state["space-model"] = model
    app.run()
    assert not app.exception
    return app


def asked_about(app: AppTest) -> int:
    """The item whose neighbours are listed."""
    return int(app.session_state["space-film-sample"])


def listed(app: AppTest) -> list[str]:
    near = [b for b in app.button if str(b.key).startswith("space-near-")]
    return [str(b.label).replace("\\", "").split(maxsplit=1)[1] for b in near]


def expected(model: rc.algorithms.Algorithm | FactorTable, app: AppTest) -> list[str]:
    film = asked_about(app)
    support = int(app.number_input(key="space-support-sample").value)
    near = similar_items(model, film, 10, "cosine", ratings=SAMPLE.ratings, support=support)
    return [SAMPLE.catalogue.label(item) for item in near.items.tolist()]


def on_the_map(app: AppTest) -> bool:
    """Whether there is a mark for the visitor."""
    return '"name":"you"' in str(app.get("echarts_chart")[0].proto).replace("\\", "").replace(" ", "")


def csv(n: int = len(SAMPLE.catalogue), last: str = "") -> bytes:
    rows = np.random.default_rng(0).normal(size=(n, 3))
    lines = [
        ",".join([raw, *map(repr, row)])
        for raw, row in zip(SAMPLE.catalogue.item_ids, rows.tolist(), strict=False)
    ]
    return "\n".join(["item_id,a,b,c", *lines, last]).encode()


def uploaded(raw: bytes, name: str = "mine.csv") -> AppTest:
    app = opened(tables.OWN)
    app.file_uploader(key="space-upload-sample").set_value((name, raw, "text/csv")).run()
    assert not app.exception
    return app


def test_a_kept_model_is_walked_like_any_other_and_says_what_it_learned_from(shelf: Path) -> None:
    half = SAMPLE.ratings.take(np.arange(len(SAMPLE.ratings)) % 2 == 0)
    model = rc.algorithm("svd", n_factors=4, n_epochs=2).fit(half)
    path = save_model(model, shelf, SAMPLE)
    app = opened(f"kept~{path.name}")
    assert listed(app) == expected(model, app)
    assert "n_factors 4" in shown(app)
    assert "learned from" in shown(app)
    drawn = space(SAMPLE.fingerprint, "half", SAMPLE, model)
    for row in (0, 5):
        values = SAMPLE.ratings.by_item.row(int(drawn.items[row]))[1]
        assert drawn.table["average"].iloc[row] == pytest.approx(values.mean()), "of all ratings there are"


def test_a_kept_model_that_is_gone_gives_the_usual_one_and_says_so() -> None:
    app = opened("kept~als-0123456789abcdef")
    assert "not here any more" in shown(app)
    assert listed(app) == expected(rc.algorithm("als").fit(SAMPLE.ratings), app)


def test_until_there_is_a_table_the_usual_model_stands_in() -> None:
    app = opened(tables.OWN)
    assert "Until a table is loaded, this is the map of" in shown(app)
    assert len(listed(app)) == 10


def test_a_table_of_ones_own_has_the_whole_screen_but_you_are_not_on_it() -> None:
    app = uploaded(csv(last="nobody,1,2,3"))
    table, _ = read_factors(csv(), SAMPLE.catalogue, SAMPLE.ratings)
    assert listed(app) == expected(table, app)
    assert "mine.csv: 3 factors of" in shown(app).replace("*", "")
    assert "Left out 1 row of items that this data set does not have: nobody" in shown(app)
    assert "you are not on its map" in shown(app)
    assert on_the_map(opened("als")), "or the next line says nothing"
    assert not on_the_map(app)
    app.button(key="space-near-2").click().run()
    assert not app.exception
    assert listed(app) == expected(table, app)


def test_every_colour_and_metric_serves_a_table_of_few_items() -> None:
    app = uploaded(csv(n=40))
    app.selectbox(key="space-shade-sample").select("one factor")
    app.selectbox(key="space-metric").select("adjusted_cosine").run()
    assert not app.exception
    assert not app.error


def test_every_closer_look_at_a_table_is_drawn_or_says_why_not() -> None:
    app = uploaded(csv())
    closer = next(each for each in app.get("button_group") if each.key == "space-closer")
    looks = [safe.choice(part.name) for part in PARTS]
    offered = [part.name for part, said in zip(PARTS, looks, strict=True) if said in str(closer.proto)]
    assert len(offered) >= 3
    for name in offered:
        app.session_state["space-closer"] = name
        app.run()
        assert not app.exception, name
        assert app.session_state["space-closer"] == name


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_a_map_of_one_factor_is_judged_too(metric: str) -> None:
    numbers = np.random.default_rng(0).normal(size=len(SAMPLE.catalogue)).tolist()
    lines = (f"{raw},{number}" for raw, number in zip(SAMPLE.catalogue.item_ids, numbers, strict=True))
    app = uploaded("\n".join(["item_id,only", *lines]).encode())
    app.session_state["space-metric"] = metric
    app.session_state["space-closer"] = "Trust in the map"
    app.run()
    assert not app.exception
    assert "PCA in 2-D" in shown(app)
    assert [each.label for each in app.metric] == ["Trustworthiness", "Continuity"]


@pytest.mark.parametrize(
    ("raw", "why"), [(b"a,b\n1,2\n", "no column item_id or title"), (b"PK\x03\x04junk", "damaged")]
)
def test_what_is_no_table_is_refused_in_words_and_the_one_before_stays(raw: bytes, why: str) -> None:
    app = uploaded(csv())
    app.file_uploader(key="space-upload-sample").set_value(("<b>![x](http://x).csv", raw, "text/csv")).run()
    assert not app.exception
    assert why in shown(app)
    assert "mine.csv" in shown(app).replace("*", "")


def test_more_than_the_server_takes_is_not_read() -> None:
    file = io.BytesIO(bytes(tables.MAX_MB * 2**20 + 1))
    app = opened(tables.OWN)
    assert app.file_uploader(key="space-upload-sample")
    with pytest.MonkeyPatch.context() as patch:
        state: dict[str, object] = {}
        patch.setattr(tables.st, "session_state", state)
        tables.load(SAMPLE, file)
        assert tables.current(SAMPLE) is None
        assert "larger than 5 MB" in str(state)


def test_what_is_downloaded_is_the_table_on_screen() -> None:
    model = rc.algorithm("als").fit(SAMPLE.ratings)
    raw = tables._csv(SAMPLE.fingerprint, "als", SAMPLE, model)
    table, remarks = read_factors(raw, SAMPLE.catalogue, SAMPLE.ratings)
    assert not remarks
    known = model.item_counts_ > 0
    assert np.array_equal(table.item_factors_[known], model.item_factors_[known])
    app = opened("als")
    app.session_state["space-factors"] = True
    app.run()
    assert [button for button in app.get("download_button") if "Download CSV" in str(button.proto)]
