"""Run by alembic: takes the connection that `bring_up_to_date` hands over, and its transaction."""

from alembic import context

from recommender.feedback.tables import VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], version_table=VERSION_TABLE)
context.run_migrations()
