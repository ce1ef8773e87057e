"""How fast this machine is, measured once and kept beside the cached data.

Work is counted in seconds of a reference machine (`algorithms/_work.py`). Three probes of a few
hundredths of a second each, one for each sort of work, say how many times as long it takes here.
The file they are kept in says which machine and which libraries it was measured with; another
one's, or one that cannot be read, is measured anew.
"""

from __future__ import annotations

import json
import os
import platform
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import thread_time

import numpy as np

from recsys_core.algorithms._work import Work
from recsys_core.datasets.base import cache_folder
from recsys_core.kernel import kernel
from recsys_core.ratings import FloatArray, IntArray

FORMAT = 1
PACKAGES = ("numpy", "scipy", "numba", "scikit-surprise")
REFERENCE = {"compiled": 2.1e-3, "matrix": 5.4e-3, "interpreted": 5.0e-3}
"""Seconds the probes take on the reference machine."""
ROUNDS = 15
SLOWEST, FASTEST = 20.0, 0.05
"""A probe beyond these was disturbed, or its file was tampered with."""


@dataclass(frozen=True)
class Speed:
    """How many times as long this machine takes as the reference machine.

    Attributes:
        compiled, matrix, interpreted: by the sort of work, above 0.
        measured: False for the reference machine itself, which stands in until there are figures.
    """

    compiled: float = 1.0
    matrix: float = 1.0
    interpreted: float = 1.0
    measured: bool = False

    def seconds(self, work: Work) -> float:
        """How long that work takes here."""
        return self.compiled * work.compiled + self.matrix * work.matrix + self.interpreted * work.interpreted

    @property
    def source(self) -> str:
        """Where figures made with it come from, in words."""
        if self.measured:
            return "from the measured speed of this machine"
        return "for a typical machine; this one has not been measured yet"


_lock = threading.Lock()
_known: dict[Path, Speed] = {}
_asked: set[Path] = set()


def file() -> Path:
    """Where the figures are kept."""
    return cache_folder() / "speed.json"


def speed() -> Speed:
    """This machine's, from memory, from its file, or measured now.

    Cost: nothing after the first time; at most about a second then, and two more where the
    machine code of the probe was never compiled.
    """
    with _lock:
        path = file()
        if path not in _known:
            _known[path] = read(path) or keep(measure(), path)
        return _known[path]


def speed_so_far() -> Speed:
    """The same without waiting: the reference machine's until a thread of its own has measured."""
    path = file()
    if path in _known:
        return _known[path]
    if path not in _asked:
        _asked.add(path)
        threading.Thread(target=_quietly, name="speed of this machine", daemon=True).start()
    return Speed()


def _quietly() -> None:
    with suppress(Exception):  # the reference machine's figures go on standing in
        speed()


def remember(found: Speed) -> Speed:
    """Keep these figures in memory and in the file, instead of what was there."""
    with _lock:
        _known[file()] = keep(found, file())
        return _known[file()]


# ---------------------------------------------------------------- the file


def identity() -> dict[str, object]:
    """What the figures depend on: the processor and the libraries."""
    return {
        "format": FORMAT,
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: _version(name) for name in PACKAGES},
    }


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def read(path: Path) -> Speed | None:
    """The figures in the file; None if there are none, or they are damaged or another machine's."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["machine"] != identity():
            return None
        compiled, matrix, interpreted = (float(kept["speed"][name]) for name in REFERENCE)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    if not all(FASTEST <= ratio <= SLOWEST for ratio in (compiled, matrix, interpreted)):
        return None
    return Speed(compiled, matrix, interpreted, measured=True)


def keep(found: Speed, path: Path) -> Speed:
    """Write the figures, whole or not at all, and return them; a disk that refuses is no harm."""
    text = json.dumps({"machine": identity(), "speed": asdict(found)}, indent=1)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", dir=path.parent, suffix=".part", delete=False, encoding="utf-8"
        ) as part:
            part.write(text)
        Path(part.name).replace(path)
    return found


# ---------------------------------------------------------------- the probes


def measure() -> Speed:
    """Run the probes by turns, some rounds; the quickest of each counts, which was disturbed least."""
    best = dict.fromkeys(REFERENCE, float("inf"))
    tasks = probes()
    tasks["compiled"]()  # compiles
    for _ in range(ROUNDS):
        for name, task in tasks.items():
            begun = thread_time()
            task()
            best[name] = min(best[name], thread_time() - begun)
    compiled, matrix, interpreted = (
        float(np.clip(best[name] / REFERENCE[name], FASTEST, SLOWEST)) for name in REFERENCE
    )
    return Speed(compiled, matrix, interpreted, measured=True)


def probes() -> dict[str, Callable[[], object]]:
    """Something of each sort of work, always the same, by name."""
    rng = np.random.default_rng(0)
    n, n_rows = 80_000, 2_000
    P, Q = rng.normal(0, 0.1, (n_rows, 64)), rng.normal(0, 0.1, (n_rows, 64))
    users, items = (rng.integers(0, n_rows, n, dtype=np.int32) for _ in range(2))
    squares = rng.normal(0, 1, (200, 64, 64)) + 8 * np.eye(64)
    pairs = list(zip(users.tolist(), items.tolist(), strict=True))
    return {
        "compiled": lambda: descend(users, items, P, Q),
        "matrix": lambda: [np.linalg.solve(A @ A.T, A[0]) for A in squares],
        "interpreted": lambda: grouped(pairs[: n // 2]),
    }


@kernel
def descend(users: IntArray, items: IntArray, P: FloatArray, Q: FloatArray) -> float:
    """A pass of stochastic descent, the commonest of compiled loops here; P and Q stay bounded."""
    total = 0.0
    for n in range(len(users)):
        p, q = P[users[n]], Q[items[n]]
        e = 0.5
        for f in range(len(p)):
            e -= p[f] * q[f]
        for f in range(len(p)):
            old = p[f]
            p[f] += 0.001 * (e * q[f] - 0.02 * old)
            q[f] += 0.001 * (e * old - 0.02 * q[f])
        total += e * e
    return total


def grouped(pairs: list[tuple[int, int]]) -> float:
    """Group and walk over tuples as Surprise's training set does."""
    by_user: dict[int, list[tuple[int, float]]] = {}
    for user, item in pairs:
        by_user.setdefault(user, []).append((item, 1.0))
    return sum(value for rated in by_user.values() for _, value in rated)
