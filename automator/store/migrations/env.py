"""Alembic's environment: runs migrations on the connection that the store has opened."""

from alembic import context

from automator.store.schema.table_base import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
