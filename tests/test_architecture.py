"""The house rules, read from the imports: who may know of whom, and what may not be there at all."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CODE = sorted(
    file
    for place in ("app.py", "pages", "ui", "recsys_core", "benchmarks")
    for file in ([ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*.py"))
)
# The protocol is one text, to be read from top to bottom.
LONGER = {"recsys_core/algorithms/base.py": 450}
PAGES = sorted((ROOT / "pages").glob("*.py"))

# Each may import from those with a smaller number, and from itself.
LEVELS = {
    "errors": 0,
    "kernel": 0,
    "registry": 0,
    "ratings": 1,
    "features": 2,
    "dataset": 3,
    "datasets": 4,
    "similarity": 4,
    "projection": 4,
    "personas": 5,
    "profile": 5,
    "asking": 5,
    "algorithms": 5,
    "cost": 6,
    "ranking": 6,
    "space": 6,
    "walkthrough": 6,
    "evaluation": 7,
    "store": 8,
    "jobs": 9,
    "__init__": 10,
    "__main__": 11,
}


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def imports(file: Path) -> Iterator[str]:
    """Full names of everything a file imports, wherever in the file it does so."""
    package = file.relative_to(ROOT).parts[:-1]
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            yield from (f"{module}.{alias.name}" for alias in node.names)


def importers(library: str) -> set[str]:
    return {name_of(f) for f in CODE if any(i.split(".")[0] == library for i in imports(f))}


def calls(file: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree(file)) if isinstance(node, ast.Call))


def test_streamlit_is_known_to_the_screens_alone() -> None:
    allowed = ("app.py", "hosted.py", "pages/", "ui/")
    assert {name for name in importers("streamlit") if not name.startswith(allowed)} <= benchmarks()


def benchmarks() -> set[str]:
    """Measuring the app from outside is not part of it."""
    return {name_of(f) for f in CODE if name_of(f).startswith("benchmarks/")}


def test_plotly_is_known_to_the_charts_alone() -> None:
    assert {name for name in importers("plotly") if not name.startswith("ui/charts/")} <= benchmarks()


def test_surprise_is_known_to_one_file_of_the_library() -> None:
    assert importers("surprise") - benchmarks() <= {"recsys_core/algorithms/_surprise.py"}


@pytest.mark.parametrize("file", [f for f in CODE if name_of(f).startswith("recsys_core/")], ids=name_of)
def test_the_library_knows_nothing_of_the_screens(file: Path) -> None:
    assert not [i for i in imports(file) if i.split(".")[0] in {"ui", "pages", "app", "streamlit", "plotly"}]


@pytest.mark.parametrize("file", [f for f in CODE if name_of(f).startswith("recsys_core/")], ids=name_of)
def test_arrows_in_the_library_point_one_way(file: Path) -> None:
    part = file.relative_to(ROOT / "recsys_core").with_suffix("").parts[0]
    assert part in LEVELS, f"say in LEVELS where recsys_core/{part} stands"
    for imported in imports(file):
        names = imported.split(".")
        if names[0] == "recsys_core":
            other = names[1] if len(names) > 1 and names[1] in LEVELS else "__init__"
            assert other == part or LEVELS[other] < LEVELS[part], f"{part} may not import {other}"


@pytest.mark.parametrize("file", CODE, ids=name_of)
def test_nothing_that_runs_code_from_a_file_of_data(file: Path) -> None:
    banned = {"pickle", "cPickle", "_pickle", "cloudpickle", "dill", "joblib", "shelve", "marshal"}
    assert not [i for i in imports(file) if i.split(".")[0] in banned]
    for call in calls(file):
        for keyword in call.keywords:
            if keyword.arg == "allow_pickle":
                assert isinstance(keyword.value, ast.Constant)
                assert keyword.value.value is False


@pytest.mark.parametrize("file", CODE, ids=name_of)
def test_no_raw_html_and_no_outdated_width(file: Path) -> None:
    for call in calls(file):
        assert not {k.arg for k in call.keywords} & {"unsafe_allow_html", "unsafe_allow_javascript"}
        assert not {k.arg for k in call.keywords} & {"use_container_width", "use_column_width"}
        if isinstance(call.func, ast.Attribute):
            assert ast.unparse(call.func) not in {"st.html", "st.iframe", "components.html"}


@pytest.mark.parametrize("file", [f for f in CODE if name_of(f).startswith("ui/")], ids=name_of)
def test_the_selected_one_of_several_can_be_read_in_the_dark(file: Path) -> None:
    for call in calls(file):
        if ast.unparse(call.func) == "st.segmented_control":
            worded = [ast.unparse(k.value) for k in call.keywords if k.arg == "format_func"]
            assert worded, "give it format_func=safe.choice"
            assert "safe.choice" in worded[0]


@pytest.mark.parametrize("file", PAGES, ids=name_of)
def test_a_page_chooses_and_shows_and_does_nothing_else(file: Path) -> None:
    doc = ast.get_docstring(tree(file))
    assert doc, "its docstring is its title"
    assert "Icon:" in doc
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 60
    made = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    assert not [node for node in ast.walk(tree(file)) if isinstance(node, made)]
    assert "page.begin(__doc__)" in file.read_text(encoding="utf-8")


def test_every_page_has_its_own_place_in_the_menu() -> None:
    stems = [file.stem.split("_", 1) for file in PAGES]
    assert all(number.isdigit() for number, _ in stems)
    assert len({name for _, name in stems}) == len(stems)


@pytest.mark.parametrize("file", CODE, ids=name_of)
def test_a_file_can_be_read_in_one_sitting(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= LONGER.get(name_of(file), 400)


@pytest.mark.parametrize("file", [f for f in CODE if not name_of(f).startswith("ui/charts/")], ids=name_of)
def test_colours_live_in_one_place(file: Path) -> None:
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            assert not (text.startswith("#") and len(text) in {4, 7} and _is_hex(text[1:])), text


def _is_hex(text: str) -> bool:
    return all(sign in "0123456789abcdefABCDEF" for sign in text)
