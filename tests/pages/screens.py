"""What tests of the screens share: a screen opened by a link, and all its words."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from ui import page


def opened(screen: str, data: str = "sample", **query: str) -> AppTest:
    """A screen, opened by a link that carries `query`.

    Args:
        screen: its file, "pages/60_hybrid.py".
    """
    app = AppTest.from_file(str(page.ROOT / "app.py"), default_timeout=120)
    app.query_params["data"] = data
    for name, value in query.items():
        app.query_params[name] = value
    app.run().switch_page(screen).run()
    assert not app.exception
    return app


def shown(app: AppTest) -> str:
    """Everything the screen says in words, without the escapes."""
    parts = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error, *app.header, *app.subheader]
    return " ".join(str(element.value) for element in parts).replace("\\", "")
