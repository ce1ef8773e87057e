"""What a screen may say of the machine it runs on: nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys_core.datasets.base import cache_folder


def _screen(where: str) -> None:
    from recsys_core.errors import DataError
    from ui import page

    page.error(DataError(f"{where}/jobs/abc/model.json cannot be read: train the model again."))


@pytest.mark.parametrize("linked", [False, True])
def test_an_error_does_not_tell_where_on_the_server_things_lie(
    linked: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = tmp_path / "secret-place"
    real.mkdir()
    link = tmp_path / "link"
    link.symlink_to(real)
    monkeypatch.setenv("RECSYS_CACHE_DIR", str(link))
    where = cache_folder().resolve() if linked else cache_folder()
    app = AppTest.from_function(_screen, kwargs={"where": str(where)}).run()
    assert not app.exception
    assert str(tmp_path) not in app.error[0].value.replace("\\", "")
    assert "cannot be read" in app.error[0].value
