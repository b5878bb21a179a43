"""Alembic's environment: migrations run on the connection that the store has open."""

from alembic import context

from automator.store.schema.table_base import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
