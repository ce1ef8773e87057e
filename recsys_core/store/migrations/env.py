"""Run by alembic: take the missing steps on the connection, and in the transaction, it was given."""

from __future__ import annotations

from alembic import context

from recsys_core.store.runs.tables import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
