"""Who may do what: scopes, the roles made of them, and the minting and checking of secrets.

One visible table, `ROLE_SCOPES`, is the whole policy; `serve.guard` enforces it. Secrets are random and shown once:
only their SHA-256 is kept. (A fast hash is right here: 256 random bits cannot be guessed, unlike a password.)
Nothing here knows of HTTP, so that the command line can mint tokens without loading a web framework.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from detector.errors import UsageError
from detector.store.protocols import Credential, CredentialShelf

PREFIX = "hrd_"
"""Every token begins so: scanners for leaked secrets can find it."""

MAX_NAME = 64
"""Longest pseudonym, in characters."""


class Scope(StrEnum):
    """One thing that a caller may do. A route asks for exactly one."""

    POSTS_WRITE = "posts:write"
    FLAGS_READ = "flags:read"
    TEXTS_READ = "texts:read"
    FLAGS_DECIDE = "flags:decide"
    METRICS_READ = "metrics:read"
    REPORTS_WRITE = "reports:write"


class Role(StrEnum):
    """A kind of caller. Give each feed and each person a token of their own."""

    INGEST = "ingest"
    REVIEWER = "reviewer"
    LEAD = "lead"
    ADMIN = "admin"
    AUDITOR = "auditor"
    REPORTER = "reporter"


_REVIEWER = frozenset({Scope.POSTS_WRITE, Scope.FLAGS_READ, Scope.TEXTS_READ, Scope.FLAGS_DECIDE})
ROLE_SCOPES: Mapping[Role, frozenset[Scope]] = {
    Role.INGEST: frozenset({Scope.POSTS_WRITE}),
    Role.REVIEWER: _REVIEWER,
    Role.LEAD: _REVIEWER | {Scope.METRICS_READ},
    # Administrators and auditors see flags and figures, never the text of a post; neither of them decides.
    Role.ADMIN: frozenset({Scope.POSTS_WRITE, Scope.FLAGS_READ, Scope.METRICS_READ}),
    Role.AUDITOR: frozenset({Scope.FLAGS_READ, Scope.METRICS_READ}),
    Role.REPORTER: frozenset({Scope.REPORTS_WRITE}),
}


class Kind(StrEnum):
    """What a credential is: a bearer token for the API, or a session of the console. Neither stands for the other."""

    TOKEN = "token"  # noqa: S105 - a kind, not a secret
    SESSION = "session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Minted:
    """A new credential and its secret, which nobody can learn again."""

    credential: Credential
    secret: str

    def __repr__(self) -> str:
        """Without the secret, so that it cannot reach a log."""
        return f"Minted(credential={self.credential.id})"


def hash_secret(secret: str) -> str:
    """SHA-256 of a secret, as it is stored (64 hexadecimal digits)."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def new_token(
    role: Role,
    *,
    now: datetime,
    lifetime: timedelta | None,
    name: str | None = None,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> Minted:
    """Mint a token. `name` is the pseudonym on decisions; without one, the role and the beginning of the id.

    Raises:
        UsageError: The name is too long or holds what cannot be printed.
    """
    id_, secret = random(6).hex(), PREFIX + _readable(random(32))
    credential = Credential(
        id=id_,
        kind=Kind.TOKEN,
        secret_hash=hash_secret(secret),
        role=role,
        scopes=tuple(sorted(ROLE_SCOPES[role])),
        name=f"{role}-{id_[:4]}" if name is None else _checked(name),
        created_at=now,
        expires_at=None if lifetime is None else now + lifetime,
    )
    return Minted(credential=credential, secret=secret)


def new_session(
    token: Credential,
    *,
    now: datetime,
    lifetime: timedelta,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> Minted:
    """Mint a session of the console for the holder of a token; it never outlives the token."""
    secret, ends = _readable(random(32)), now + lifetime
    credential = Credential(
        # The id tells which token it came from: revoking the token ends its sessions.
        id=f"{token.id}.{random(6).hex()}",
        kind=Kind.SESSION,
        secret_hash=hash_secret(secret),
        role=token.role,
        scopes=token.scopes,
        name=token.name,
        created_at=now,
        expires_at=ends if token.expires_at is None else min(ends, token.expires_at),
    )
    return Minted(credential=credential, secret=secret)


def _readable(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _checked(name: str) -> str:
    if not (0 < len(name) <= MAX_NAME and name.isprintable() and name.strip() == name):
        raise UsageError(f"A pseudonym has 1 to {MAX_NAME} printable characters and no space at its ends.")
    return name


def holder(shelf: CredentialShelf, secret: str, kind: Kind, *, now: datetime) -> Credential | None:
    """Whose secret this is, or None where it is unknown, revoked, expired, or of the other kind."""
    hashed = hash_secret(secret)
    found = shelf.credential(hashed)
    # Always one comparison, in constant time: an index may tell a prefix by its speed, this line does not.
    same = hmac.compare_digest(found.secret_hash if found else hash_secret(""), hashed)
    if found is None or not same or found.kind != kind:
        return None
    return None if found.expires_at is not None and found.expires_at <= now else found


def revoke(shelf: CredentialShelf, credential_id: str) -> bool:
    """Revoke a token and end the sessions that were opened with it; False where there is no such credential."""
    for other in shelf.credentials():
        if other.id.startswith(f"{credential_id}."):
            shelf.remove_credential(other.id)
    return shelf.remove_credential(credential_id)


def sweep(shelf: CredentialShelf, *, now: datetime) -> int:
    """Remove sessions that have ended; return how many. Expired tokens stay, for `detector token list` to show."""
    ended = [c for c in shelf.credentials() if c.kind == Kind.SESSION and c.expires_at and c.expires_at <= now]
    return sum(shelf.remove_credential(credential.id) for credential in ended)
