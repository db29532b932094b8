"""Tokens and sessions in SQL. Only the hash of a secret comes here, so there is nothing to seal."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select

from detector.store import schema
from detector.store.database import Database, is_storable, utc_text
from detector.store.protocols import Credential


class SqlCredentials(Database):
    """A `CredentialShelf`."""

    def add_credential(self, credential: Credential) -> None:
        """Keep a new one."""
        row = {
            "id": credential.id,
            "kind": credential.kind,
            "secret_hash": credential.secret_hash,
            "role": credential.role,
            "scopes": " ".join(credential.scopes),
            "name": credential.name,
            "created_at": utc_text(credential.created_at),
            "expires_at": utc_text(credential.expires_at) if credential.expires_at else None,
        }
        with self._writing("keeping a credential") as connection:
            connection.execute(insert(schema.credentials).values(row))

    def credential(self, secret_hash: str) -> Credential | None:
        """Find by hash, expired or not, or None."""
        if not is_storable(secret_hash):
            return None
        table = schema.credentials
        with self._reading("reading a credential") as connection:
            row = connection.execute(select(table).where(table.c.secret_hash == secret_hash)).one_or_none()
        return None if row is None else _credential(row)

    def credentials(self) -> tuple[Credential, ...]:
        """All, newest first."""
        table = schema.credentials
        with self._reading("reading credentials") as connection:
            rows = connection.execute(select(table).order_by(table.c.created_at.desc(), table.c.id)).all()
        return tuple(_credential(row) for row in rows)

    def remove_credential(self, credential_id: str) -> bool:
        """Revoke; False where unknown."""
        if not is_storable(credential_id):
            return False
        with self._writing("revoking a credential") as connection:
            statement = delete(schema.credentials).where(schema.credentials.c.id == credential_id)
            return bool(connection.execute(statement).rowcount)


def _credential(row: Any) -> Credential:
    return Credential(
        id=row.id,
        kind=row.kind,
        secret_hash=row.secret_hash,
        role=row.role,
        scopes=tuple(row.scopes.split()),
        name=row.name,
        created_at=datetime.fromisoformat(row.created_at),
        expires_at=datetime.fromisoformat(row.expires_at) if row.expires_at else None,
    )
