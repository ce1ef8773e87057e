"""The tables of runs, as the newest migration leaves them; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Double, Index, MetaData, String, Table, Text

VERSION_TABLE = "recsys_version"
"""Not alembic's usual name: Optuna keeps its own version under that, perhaps in the same database."""

metadata = MetaData()

runs = Table(
    "recsys_runs",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("owner", String(80), nullable=False),
    Column("class_room", String(80), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("dataset", String(200), nullable=False),
    Column("fingerprint", String(128), nullable=False),
    Column("protocol", JSON, nullable=False),
    Column("spec", JSON, nullable=False),
    Column("report", JSON(none_as_null=True)),
    Column("seconds", Double, nullable=False),
    Column("name", String(120), nullable=False),
    Column("note", Text, nullable=False),
    Column("version", String(32), nullable=False),
    Index("recsys_runs_newest", "created_at", "id"),
    Index("recsys_runs_of_owner", "owner", "created_at"),
    Index("recsys_runs_of_class_room", "class_room", "created_at"),
)
