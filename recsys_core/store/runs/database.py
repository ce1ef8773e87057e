"""An open database of runs: brought up to date, and its troubles told in plain words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, func, select
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from recsys_core.store import migrations
from recsys_core.store.manifest import StoreError
from recsys_core.store.runs.address import Address
from recsys_core.store.runs.tables import VERSION_TABLE

WAIT_SECONDS = 30
"""How long a writer waits for another one (SQLite), and for a server to answer (PostgreSQL: 10)."""

_MIGRATING = 7_305_804_402_548_920
"""Number of the lock that processes hold on PostgreSQL while they bring the tables up to date."""

_ADVICE = {
    sqlite3.SQLITE_READONLY: "cannot be written: allow writing to the file and its folder",
    sqlite3.SQLITE_PERM: "cannot be written: allow writing to the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: allow reading and writing the file and its folder",
    sqlite3.SQLITE_NOTADB: "is damaged or no database: move it away, and a new one is begun",
    sqlite3.SQLITE_CORRUPT: "is damaged: move it away or put a copy in its place",
    sqlite3.SQLITE_FULL: "cannot grow, the disk is full: free some space",
    sqlite3.SQLITE_IOERR: "cannot be read or written: check the disk it is on",
    sqlite3.SQLITE_BUSY: "is held by another program: try again when that is done",
    sqlite3.SQLITE_LOCKED: "is held by another program: try again when that is done",
}
_ELSEWHERE = ", or let RECSYS_DATABASE_URL name another database"


class Database:
    """Opens an address, takes the missing migrations, and lends connections.

    A connection lives for one question: none is left behind to go stale or to cross a fork.

    Raises:
        StoreError: it cannot be reached, read or written, or is of a newer version.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        with self._plain_words():
            self._engine = _engine(address)
            self._migrate()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction to look things up in.

        Raises:
            StoreError: the database fails.
        """
        with self._plain_words(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is kept as a whole or not at all; one at a time on SQLite.

        Raises:
            StoreError: the database fails or does not take it.
        """
        writers = self._engine.execution_options(writes=True)
        with self._plain_words(), writers.begin() as connection:
            yield connection

    def forget_traces(self) -> None:
        """Empty SQLite's log, so that what was erased is in none of its files any more."""
        if self.address.file is not None:
            with self._plain_words(), self._engine.connect() as connection:
                _bare(connection).execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _migrate(self) -> None:
        """Take the steps that are missing. Who comes second waits, and finds nothing to do."""
        if self.address.file is not None:
            with self._engine.connect() as connection:
                # Readers and one writer at a time do not wait for each other. The file remembers it.
                _bare(connection).execute("PRAGMA journal_mode=WAL")
        with self.writing() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(select(func.pg_advisory_xact_lock(_MIGRATING)))
            _upgrade(connection, self.address.words)

    @contextmanager
    def _plain_words(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error) as error:
            # The cause stays out of sight: what drivers say may quote the address.
            raise StoreError(self._words(error)) from None

    def _words(self, error: Exception) -> str:
        cause = error.orig if isinstance(error, DBAPIError) else error
        where = self.address.words
        code = getattr(cause, "sqlite_errorcode", None)
        if code is not None and (advice := _ADVICE.get(code & 0xFF)):
            return f"The database of runs {where} {advice}{_ELSEWHERE}."
        reason = " ".join(str(cause).split())[:300]
        for secret in self.address.secrets:
            reason = reason.replace(secret, "***")
        if self.address.file is None and isinstance(error, (OperationalError, InterfaceError)):
            return (
                f"The database of runs, {where}, cannot be reached ({reason}): see that it runs and that "
                "RECSYS_DATABASE_URL has its address, name and password."
            )
        return (
            f"The database of runs, {where}, refuses ({reason}): see that its user may make "
            "tables, and that nobody changed them by hand."
        )


def _engine(address: Address) -> Engine:
    # Errors would else quote what was asked, reports and all.
    common: dict[str, Any] = {"poolclass": NullPool, "hide_parameters": True}
    if address.file is None:
        try:
            return create_engine(address.url, connect_args={"connect_timeout": 10}, **common)
        except ModuleNotFoundError as error:
            raise StoreError('PostgreSQL needs its driver: pip install "psycopg[binary]".') from error
    with suppress(OSError):  # SQLite says better what is wrong
        address.file.touch(mode=0o600)  # for its owner's eyes; SQLite's other files follow it
    engine = create_engine(address.url, connect_args={"timeout": WAIT_SECONDS}, **common)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _: object) -> None:
    """Leave transactions to `_begin` (Python's driver begins none for a change of tables), and
    overwrite what is erased."""
    connection.isolation_level = None
    connection.execute("PRAGMA secure_delete=ON")


def _begin(connection: Connection) -> None:
    # A reader that becomes a writer half way cannot wait its turn; so a writer says so at once.
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _bare(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection, outside of any transaction."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101
    return driver


def _upgrade(connection: Connection, where: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    folder = str(Path(migrations.__file__).parent)
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.attributes["connection"] = connection
    steps = ScriptDirectory.from_config(config)
    present = MigrationContext.configure(
        connection, opts={"version_table": VERSION_TABLE}
    ).get_current_heads()
    unknown = set(present) - {step.revision for step in steps.walk_revisions()}
    if unknown:
        raise StoreError(
            f"The database of runs {where} was written by a newer version of this program (step "
            f"{min(unknown)!r:.40}, and this one knows up to {steps.get_current_head()!r}): update the "
            f"program{_ELSEWHERE}."
        )
    if set(present) != set(steps.get_heads()):
        command.upgrade(config, "head")
