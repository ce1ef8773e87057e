"""The table of runs."""

from __future__ import annotations

from alembic import op
from sqlalchemy import JSON, Column, Double, String, Text

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the table and what finds the newest runs quickly: of all, of an owner, of a class."""
    op.create_table(
        "recsys_runs",
        Column("id", String(64), primary_key=True),
        Column("kind", String(16), nullable=False),
        Column("owner", String(80), nullable=False),
        Column("class_room", String(80), nullable=False),
        Column("created_at", Double, nullable=False),
        Column("dataset", String(200), nullable=False),
        Column("fingerprint", String(128), nullable=False),
        Column("protocol", JSON, nullable=False),
        Column("spec", JSON, nullable=False),
        Column("report", JSON),
        Column("seconds", Double, nullable=False),
        Column("name", String(120), nullable=False),
        Column("note", Text, nullable=False),
        Column("version", String(32), nullable=False),
    )
    op.create_index("recsys_runs_newest", "recsys_runs", ["created_at", "id"])
    op.create_index("recsys_runs_of_owner", "recsys_runs", ["owner", "created_at"])
    op.create_index("recsys_runs_of_class_room", "recsys_runs", ["class_room", "created_at"])
