"""Runs on record: every comparison, search and training that ended, in a SQL database.

An SQLite file in the cache folder, or the PostgreSQL database that `RECSYS_DATABASE_URL` names,
where a class or a team looks back at its runs together. Not imported by `import recsys_core`:
SQLAlchemy takes its time to load.

    runs = Runs()
    runs.add(Run("comparison", owner=session, dataset="ml-100k", fingerprint=..., report=...))
    runs.find(owner=session, limit=20)
"""

from recsys_core.store.runs.address import Address, storage_url
from recsys_core.store.runs.record import KINDS, Run, owner_mark
from recsys_core.store.runs.shelf import Runs

__all__ = ["KINDS", "Address", "Run", "Runs", "owner_mark", "storage_url"]
