"""Which database: read from `RECSYS_DATABASE_URL` in this one place, and never shown with its password."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from recsys_core.datasets.base import cache_folder
from recsys_core.store.manifest import StoreError

_RUNS, _SEARCHES = "runs.sqlite", "searches.sqlite"

_EXAMPLE = "postgresql://name:password@host/database"


@dataclass(frozen=True)
class Address:
    """Where a database is.

    Attributes:
        url: for SQLAlchemy; may hold a password, so it is never part of a message.
        words: the same for a person, without name and password.
        file: of an SQLite database; None for a server.
    """

    url: URL = field(repr=False)
    words: str
    file: Path | None = None

    @classmethod
    def of(cls, url: str | None = None, *, default: str = _RUNS) -> Address:
        """Read an address.

        Args:
            url: `sqlite:///file` or `postgresql://name:password@host/database`; by default what
                `RECSYS_DATABASE_URL` says, or the file `default` in the cache folder.

        Raises:
            StoreError: it is no address of such a database, or its folder cannot be made.
        """
        given = url or os.environ.get("RECSYS_DATABASE_URL")
        parsed = URL.create("sqlite", database=str(cache_folder() / default)) if not given else _parsed(given)
        if parsed.get_backend_name() == "postgresql":
            host = parsed.host or parsed.normalized_query.get("host", ("this machine",))[0]
            return cls(parsed.set(drivername="postgresql+psycopg"), f"the PostgreSQL database on {host}")
        file = Path(str(parsed.database).removeprefix("file:"))
        _make(file.parent)
        return cls(parsed, str(file), file)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no message may hold."""
        asked = self.url.normalized_query.get("password", ())
        return tuple(secret for secret in (str(self.url.password or ""), *asked) if secret)


def storage_url() -> str:
    """The database searches share, for `optuna.storages.RDBStorage(url)`: the one that
    `RECSYS_DATABASE_URL` names, or an SQLite file of their own in the cache folder.

    It may hold a password: hand it on, and never show, log or keep it. Searches and runs can live
    in one database, their tables have different names.

    Raises:
        StoreError: as `Address.of`.
    """
    return Address.of(default=_SEARCHES).url.render_as_string(hide_password=False)


def _parsed(given: str) -> URL:
    """The parts of an address. Whatever is odd about it may be a part of the password: say nothing of it."""
    try:
        # The short scheme is what hosting services hand out.
        url = make_url(
            "postgresql" + given.removeprefix("postgres") if given.startswith("postgres:") else given
        )
    except (ArgumentError, ValueError):  # ValueError: the port is no number
        raise StoreError(
            f"RECSYS_DATABASE_URL cannot be read as an address: write it like {_EXAMPLE}, "
            "with %40 for @, %2F for / and %3A for : in the password."
        ) from None
    kind = url.get_backend_name()
    if kind not in {"sqlite", "postgresql"}:
        raise StoreError(f"Runs are kept in SQLite or PostgreSQL: write RECSYS_DATABASE_URL like {_EXAMPLE}.")
    if kind == "sqlite" and not (url.database or "").removeprefix(":memory:"):
        raise StoreError("RECSYS_DATABASE_URL names no file: write it like sqlite:////folder/runs.sqlite.")
    if kind == "postgresql" and any("@" in (part or "") for part in (url.host, url.database)):
        raise StoreError(
            "RECSYS_DATABASE_URL has more than one @: write %40 for @, %2F for / and %3A for : "
            "in the name and the password."
        )
    return url


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The folder {folder} for runs cannot be made ({error.strerror or error}): let RECSYS_CACHE_DIR "
            "name a folder that can be written, or RECSYS_DATABASE_URL another database."
        ) from error
