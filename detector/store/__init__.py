"""Where flags, decisions, tokens and the encrypted roster are kept: narrow protocols and their back ends."""

from pathlib import Path

from detector.errors import StoreError
from detector.store.crypto import KeyRing
from detector.store.protocols import Store

MEMORY = "memory:"


def open_store(url: str, keys: KeyRing) -> Store:
    """Open a store, making or upgrading its schema.

    Args:
        url: `memory:`, `sqlite:///PATH`, or `postgresql://…` (extra `postgres`).
        keys: The key ring; a store that was made with another one refuses to open.

    Raises:
        StoreError: The store cannot be opened, or nothing is known that opens such a URL.
        KeyMissingError: The store was made with another key.
    """
    if url == MEMORY:
        from detector.store.memory import MemoryStore  # noqa: PLC0415 - back ends are loaded on demand

        return MemoryStore()
    if url.startswith(("sqlite:", "postgresql:", "postgresql+psycopg:")):
        from detector.store.sql import SqlStore  # noqa: PLC0415 - SQLAlchemy takes a third of a second

        return SqlStore(url, keys)
    raise StoreError("The store's URL begins with none of sqlite:, postgresql:, memory:")


def holds_data(url: str) -> bool:
    """Whether a store is there already, as far as can be told without opening it: a SQLite file that is not empty."""
    path = Path(url.removeprefix("sqlite:///"))
    return url.startswith("sqlite:///") and path.is_file() and path.stat().st_size > 0


__all__ = ["MEMORY", "Store", "holds_data", "open_store"]
