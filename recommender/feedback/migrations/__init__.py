"""Revisions of the feedback store's schema, run by alembic when a store is opened."""
