"""The store: what the organisation brought, what follows from it, and who may ask.

SQLAlchemy Core over SQLite (embedded) or PostgreSQL (production), chosen by URL alone. Everything that
differs between the two stands in ``dialect``; the tables derive from ``evidence.TABLES``.
"""

from recommender.store.database import Store, open_store

__all__ = ["Store", "open_store"]
