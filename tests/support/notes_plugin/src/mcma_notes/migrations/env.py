"""Run by the host with an open connection."""

from alembic import context

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    version_table=attributes["version_table"],
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
