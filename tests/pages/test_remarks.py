"""What a model has to remark about its own training reaches the person who chose it."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

import recsys_core as rc
from ui import page


@pytest.mark.parametrize(("model", "remarked"), [("surprise_slope_one", True), ("als", False)])
def test_cut_half_stars_are_told_beside_the_list(model: str, remarked: bool) -> None:
    assert (rc.load("sample").ratings.values % 1 != 0).any()
    app = AppTest.from_file(str(page.ROOT / "app.py"), default_timeout=120)
    app.query_params["data"] = "sample"
    app.run().switch_page("pages/15_for_you.py").run()
    app.selectbox(key="model").select(model).run()
    assert not app.exception
    assert any("whole numbers" in str(caption.value) for caption in app.caption) is remarked
