"""What alembic calls: run the steps on the connection, and in the transaction, that the store gives."""

from alembic import context

from harvester.store.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
