"""The database of a search, and which processes of this machine are still there."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import optuna
from optuna.exceptions import StorageInternalError
from optuna.storages import RDBStorage
from sqlalchemy import event, make_url
from sqlalchemy.exc import SQLAlchemyError

from recsys_core.errors import RecsysError

Found = TypeVar("Found")
ATTEMPTS = 8
"""How often a database is opened before it counts as unusable."""


class SearchStorageError(RecsysError):
    """The database of a search cannot be used; the message says why, and never its password."""


def opened(url: str) -> RDBStorage:
    """Optuna's storage in this database.

    Raises:
        SQLAlchemyError, StorageInternalError, ModuleNotFoundError: it cannot be used.
    """
    sqlite = url.startswith("sqlite")
    if sqlite and (file := make_url(url).database) and file != ":memory:":
        with suppress(OSError):  # SQLite says better what is wrong
            Path(file).touch(mode=0o600)  # for its owner's eyes; SQLite's other files follow it
    options: dict[str, Any] = {"connect_args": {"timeout": 30} if sqlite else {}}
    storage = _patiently(lambda: RDBStorage(url, engine_kwargs=options))
    if sqlite:
        # Readers do not wait for the writer, and a result is not waited for until it is on the disk:
        # what a power cut takes away is done again.
        event.listen(storage.engine, "connect", _prepare)
        storage.remove_session()
        storage.engine.dispose()
    return storage


def _prepare(connection: Any, _: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


def _patiently(make: Callable[[], Found]) -> Found:
    """Optuna makes its tables without a lock, so who comes second may find them half made."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return make()
        except (SQLAlchemyError, StorageInternalError, RuntimeError):
            if attempt == ATTEMPTS:
                raise
            time.sleep(0.1 * attempt)
    raise AssertionError


def words(url: str | None) -> str:
    """Where a database is, for a person, without name and password."""
    if url is None:
        return "in memory"
    try:
        address = make_url(url)
    except SQLAlchemyError:
        return "whose address cannot be read"
    if address.get_backend_name() == "sqlite":
        return f"{address.database}"
    return f"on {address.host or address.normalized_query.get('host', ('this machine',))[0]}"


@contextmanager
def quiet() -> Iterator[None]:
    """Keep Optuna from telling on standard error what everybody here knows."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)


# ---------------------------------------------------------------- who is who


def host() -> str:
    """This machine since it was started, and the part of it whose process numbers mean the same."""
    parts = [socket.gethostname()]
    with suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip())
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    return " ".join(parts)


def started(pid: int) -> str | None:
    """When a process of this machine was started, in its own measure; None if it is gone, or nobody
    can tell. Process numbers are used again, and this tells them apart."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in {"Z", "X"} else fields[19]
