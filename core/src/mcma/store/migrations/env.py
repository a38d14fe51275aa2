"""Run by Alembic with an open connection; `migrate.py` is the only caller."""

from alembic import context

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    target_metadata=attributes.get("metadata"),
    version_table=attributes["version_table"],
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
