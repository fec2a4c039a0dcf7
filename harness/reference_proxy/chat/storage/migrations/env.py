"""What Alembic runs: the steps, on the connection that it was given.

The one rule: SQLite cannot change a column in place, so that every step is written for Alembic's batches.
"""

from alembic import context

from harness.reference_proxy.chat.storage.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
