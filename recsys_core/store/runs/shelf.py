"""Put runs on record and find them again."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, null, or_, select, update
from sqlalchemy.exc import IntegrityError

from recsys_core.store.manifest import LIBRARY, StoreError
from recsys_core.store.runs.address import Address
from recsys_core.store.runs.database import Database
from recsys_core.store.runs.record import Run, fitting, owner_mark
from recsys_core.store.runs.tables import runs as table

MOST_FOUND = 500
"""Most runs found at once."""

EXPORT_FORMAT = 1
"""Raise this whenever what `export` gives is laid out otherwise."""


class Runs:
    """The runs on record. May be shared by threads; each process opens its own.

    Args:
        url: `sqlite:////folder/runs.sqlite` or `postgresql://name:password@host/database`; by default
            what `RECSYS_DATABASE_URL` says, or the file `runs.sqlite` in the cache folder.

    Every `owner` below is a session's random id, as given to `Run`; the database holds only its
    mark (see `owner_mark`).

    Raises:
        StoreError: the database cannot be reached, read or written, is damaged, or was written by
            a newer version. Every method raises it too when the database fails.

    Cost: opening brings the tables up to date, about 0.1 s; a question takes milliseconds.
    """

    def __init__(self, url: str | None = None) -> None:
        self._database = Database(Address.of(url))

    def add(self, run: Run) -> Run:
        """Put a run on record.

        Raises:
            StoreError: it is too large, has no report, or is there already.
        """
        if run.report is None:
            raise StoreError(f"Run {run.id} has no report: only what has ended is put on record.")
        run.check_size()
        row = {column.name: getattr(run, column.name) for column in table.columns}
        with self._database.writing() as connection:
            try:
                connection.execute(insert(table).values(row))
            except IntegrityError:
                raise StoreError(f"Run {run.id} is on record already: a run is never replaced.") from None
        return run

    def get(self, id: str) -> Run:
        """The run of this id, with its report.

        Raises:
            StoreError: there is none.
        """
        for run in self._read([table.c.id == fitting("id", id)], limit=1, reports=True):
            return run
        raise StoreError(f"No run {id!r:.80} is on record: it may have been erased.")

    def find(
        self,
        *,
        owner: str | None = None,
        dataset: str | None = None,
        fingerprint: str | None = None,
        kind: str | None = None,
        class_room: str | None = None,
        before: Run | None = None,
        limit: int = 50,
        reports: bool = False,
    ) -> tuple[Run, ...]:
        """Runs that agree with all that is given, newest first.

        Args:
            owner, dataset, fingerprint, kind, class_room: None for any.
            before: only runs older than this one: the last of a page begins the next.
            limit: 1 to `MOST_FOUND`.
            reports: read the reports too; left out, `Run.report` is None.

        Raises:
            StoreError: the limit is out of bounds.
        """
        if not 1 <= limit <= MOST_FOUND:
            raise StoreError(f"{limit} runs cannot be looked for at once: give a limit of 1 to {MOST_FOUND}.")
        wanted = {"dataset": dataset, "fingerprint": fingerprint, "kind": kind, "class_room": class_room}
        asked = [table.c[name] == value for name, value in wanted.items() if value is not None]
        if owner is not None:
            asked.append(table.c.owner == owner_mark(owner))
        if before is not None:
            moment = table.c.created_at
            asked.append(
                or_(moment < before.created_at, (moment == before.created_at) & (table.c.id < before.id))
            )
        return tuple(self._read(asked, limit, reports))

    def export(self, owner: str) -> dict[str, Any]:
        """Everything on record of an owner, newest first, as JSON: what `erase` would erase."""
        return {
            "format": EXPORT_FORMAT,
            "program": LIBRARY,
            "exported_at": time.time(),
            "owner": owner_mark(owner),
            "runs": [
                {column.name: getattr(run, column.name) for column in table.columns}
                for run in self._read([table.c.owner == owner_mark(owner)], None, reports=True)
            ],
        }

    def erase(self, owner: str, id: str | None = None) -> int:
        """Erase all runs of an owner, or the one of this id if it is theirs; return how many it was.

        Nothing of them is left in SQLite's files; a PostgreSQL server overwrites it in its own time,
        and copies made of a database are beyond reach.
        """
        asked = [table.c.owner == owner_mark(owner)]
        if id is not None:
            asked.append(table.c.id == fitting("id", id))
        with self._database.writing() as connection:
            erased = connection.execute(delete(table).where(*asked)).rowcount
        self._database.forget_traces()
        return erased

    def rename(self, owner: str, id: str, name: str) -> None:
        """Give a run of this owner a name; empty for none.

        Raises:
            StoreError: the owner has no such run, or the name is too long.
        """
        self._change(owner, id, "name", name)

    def note(self, owner: str, id: str, note: str) -> None:
        """Write a note to a run of this owner; it replaces the one before.

        Raises:
            StoreError: the owner has no such run, or the note is too long.
        """
        self._change(owner, id, "note", note)

    def _change(self, owner: str, id: str, field: str, text: str) -> None:
        mine = (table.c.id == fitting("id", id), table.c.owner == owner_mark(owner))
        with self._database.writing() as connection:
            done = connection.execute(update(table).where(*mine).values({field: fitting(field, text)}))
            if not done.rowcount:
                raise StoreError(f"You have no run {id!r:.80} on record: only its owner can change a run.")

    def _read(self, asked: Iterable[ColumnElement[bool]], limit: int | None, reports: bool) -> list[Run]:
        columns = [c if reports or c is not table.c.report else null().label(c.name) for c in table.columns]
        newest = (table.c.created_at.desc(), table.c.id.desc())
        question = select(*columns).where(*asked).order_by(*newest).limit(limit)
        try:
            with self._database.reading() as connection:
                return [Run(**row) for row in connection.execute(question).mappings()]
        except ValueError as error:  # what stands where JSON should
            raise StoreError(
                f"A run on record cannot be read ({error}): the database was damaged or changed by hand."
            ) from error
