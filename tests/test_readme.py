"""What the README promises holds: commands, example, links, and the script that runs its test line."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import recsys_core as rc

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SET_UP = "python3 -m venv .venv && . .venv/bin/activate && pip install "


def blocks(language: str) -> list[str]:
    return [block.strip() for block in re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)]


def links(document: str, kind: str = "") -> list[str]:
    text = (ROOT / document).read_text(encoding="utf-8")
    targets = re.findall(rf"{kind}\[[^]]*\]\(([^)\s]+)\)", text)
    return [target.split("#")[0] for target in targets if not target.startswith(("https:", "http:", "#"))]


def test_two_lines_set_up_start_and_test() -> None:
    start, test = blocks("sh")
    assert start == f"{SET_UP}-r requirements.txt && streamlit run app.py"
    assert test == f"{SET_UP}-r requirements.txt -r requirements-dev.txt && pytest"
    for name in ("app.py", *re.findall(r"-r (\S+)", test)):
        assert (ROOT / name).is_file(), name


def test_ci_runs_the_test_line_to_the_letter() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    _, test = blocks("sh")
    assert script.count(test) == 1
    assert [line for line in script if "pip install" in line or re.search(r"\bpytest$", line)] == [test]


def test_ci_script_has_no_syntax_error() -> None:
    subprocess.run(["bash", "-n", ".ci/run"], cwd=ROOT, check=True)


def test_example_runs_on_the_sample() -> None:
    (example,) = blocks("python")
    assert len([line for line in example.splitlines() if line]) == 6
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", example], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    heading, *rows = done.stdout.strip().splitlines()
    assert heading.split() == ["title", "predicted"]
    assert len(rows) == 5


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "data/README.md"])
def test_links_lead_somewhere(document: str) -> None:
    folder = (ROOT / document).parent
    assert [target for target in links(document, "(?<!!)") if not (folder / target).exists()] == []


def test_pictures_are_there() -> None:
    pictures = links("README.md", "!")
    assert len(pictures) == 6
    assert [picture for picture in pictures if not (ROOT / picture).is_file()] == []


def test_every_folder_named_exists() -> None:
    named = {
        name
        for document in ("README.md", "CONTRIBUTING.md")
        for name in re.findall(r"`([\w./]+/)`", (ROOT / document).read_text(encoding="utf-8"))
    }
    assert {"pages/", "ui/", "recsys_core/", "data/", "benchmarks/", "tests/"} <= named
    assert [name for name in sorted(named) if not (ROOT / name).is_dir()] == []


def runs(module: str) -> bool:
    """Whether `python -m module` finds something to run: a file, or a package with a __main__."""
    spec = find_spec(module)
    is_package = spec is not None and spec.submodule_search_locations is not None
    return find_spec(f"{module}.__main__") is not None if is_package else spec is not None


def test_every_module_called_exists() -> None:
    called = set(re.findall(r"python -m ([\w.]+)", README))
    assert called
    assert [name for name in sorted(called) if not runs(name)] == []


def test_every_algorithm_is_named_and_no_other() -> None:
    table = README.split("## The algorithms")[1].split("\n## ")[0]
    named = re.findall(r"`(\w+)`", table)
    assert sorted(named) == sorted(rc.algorithms())


def test_settings_are_the_ones_the_program_reads() -> None:
    read = {
        name
        for folder in ("recsys_core", "ui", "pages")
        for file in (ROOT / folder).rglob("*.py")
        for name in re.findall(r'"(RECSYS_\w+)"', file.read_text(encoding="utf-8"))
    }
    assert set(re.findall(r"^\| `(RECSYS_\w+)`", README, flags=re.MULTILINE)) == read
