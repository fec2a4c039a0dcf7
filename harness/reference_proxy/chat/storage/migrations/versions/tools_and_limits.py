"""Results of tools as messages of their own, and what answers under way may still take of a limit."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("messages", sa.Column("tool_call_id", sa.String(length=200), nullable=True))
    op.add_column("messages", sa.Column("reserved_tokens", sa.Integer(), nullable=True))
