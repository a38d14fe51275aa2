"""All tables of core. Import a module for its tables; `metadata` holds them all."""

from sqlmodel import SQLModel

from mcma.store.tables import catalogue, listening, machinery, people, radio

metadata = SQLModel.metadata

__all__ = ["catalogue", "listening", "machinery", "metadata", "people", "radio"]
