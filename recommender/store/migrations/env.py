"""Alembic's entry: migrate the connection that ``open_store`` holds locked."""

from alembic import context

from recommender.store.tables import metadata

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    target_metadata=metadata,
    version_table=attributes["version_table"],
    render_as_batch=True,
)
context.run_migrations()
