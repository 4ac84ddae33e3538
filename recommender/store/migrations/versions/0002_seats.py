"""Count the seats that are held in a module without reading every interaction."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Index who enrolled in a module or began it."""
    holding = sa.text("status IN ('enrolled', 'started')")
    op.create_index(
        "ix_interactions_holding",
        "interactions",
        ["module_id", "occurred_at"],
        sqlite_where=holding,
        postgresql_where=holding,
    )
