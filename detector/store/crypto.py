"""Keys and encryption at rest.

One master key (32 bytes) lies outside the store; everything else is derived from it (HKDF-SHA256) for one purpose each:
wrapping data keys, flag ids, look-up hashes. Every defender has a data key of their own, stored wrapped; destroying it
makes what was sealed with it unreadable, in the database and in its copies. Sealed values are AES-256-GCM with a random
nonce and carry their place (table, column, row) as associated data, so that a value moved elsewhere is refused.

Sealed form: version (1 byte), key id (4 bytes), nonce (12 bytes), ciphertext and tag. The key id is there so that a
later rotation can tell old from new without a migration. Not Fernet: its tokens show the time of sealing in clear.
Sources: NIST SP 800-38D (GCM), RFC 5869 (HKDF).
"""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from detector.domain import Assessment, FlagId
from detector.errors import KeyMissingError, StoreError, UsageError

KEY_BYTES = 32
_VERSION = b"\x01"
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True, repr=False)
class Sealer:
    """Seals and opens values with one key. `key_id` is 4 bytes."""

    key: bytes
    key_id: bytes

    def seal(self, plain: bytes, *, place: str) -> bytes:
        """Encrypt; `place` says where the value belongs and must be the same when it is opened."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _VERSION + self.key_id + nonce + AESGCM(self.key).encrypt(nonce, plain, place.encode())

    def open(self, sealed: bytes, *, place: str) -> bytes:
        """Decrypt.

        Raises:
            StoreError: The value was changed, moved, or sealed with another key.
        """
        head, nonce, body = sealed[:5], sealed[5 : 5 + _NONCE_BYTES], sealed[5 + _NONCE_BYTES :]
        if head != _VERSION + self.key_id:
            raise StoreError("A stored value was sealed with another key or in an unknown form.")
        try:
            return AESGCM(self.key).decrypt(nonce, body, place.encode())
        except (InvalidTag, ValueError) as error:
            raise StoreError("A stored value was changed or moved since it was sealed.") from error


@dataclass(frozen=True, slots=True, repr=False)
class KeyRing:
    """What is derived from the master key. Its `repr` shows nothing."""

    master: bytes
    wrapping: Sealer = field(init=False)
    _flag_key: bytes = field(init=False)
    _lookup_key: bytes = field(init=False)

    def __post_init__(self) -> None:
        set_ = object.__setattr__
        key_id = self._derive("key id")[:4]
        set_(self, "wrapping", Sealer(self._derive("wrapping"), key_id))
        set_(self, "_flag_key", self._derive("flag ids"))
        set_(self, "_lookup_key", self._derive("look-up"))

    def _derive(self, purpose: str) -> bytes:
        info = f"hrd-detector {purpose}".encode()
        return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(self.master)

    @property
    def check(self) -> str:
        """What a store remembers in order to notice a wrong key; tells nothing about the key."""
        return self._derive("check").hex()

    def flag_id(self, assessment: Assessment) -> FlagId:
        """The id of a flag: a keyed hash of post, defender and policy version (32 hexadecimal digits)."""
        parts = (
            assessment.platform,
            assessment.post_id,
            assessment.mention.defender_id,
            assessment.policy,
        )
        return FlagId(_keyed_hash(self._flag_key, *parts)[:32])

    def lookup(self, *parts: str) -> str:
        """A keyed hash by which an encrypted value can be found again."""
        return _keyed_hash(self._lookup_key, *parts)

    def new_data_key(self, owner: str) -> bytes:
        """A fresh data key, wrapped."""
        return self.wrapping.seal(secrets.token_bytes(KEY_BYTES), place=f"data key of {owner}")

    def data_sealer(self, owner: str, wrapped: bytes) -> Sealer:
        """The sealer of one owner's data."""
        key = self.wrapping.open(wrapped, place=f"data key of {owner}")
        return Sealer(key, hashlib.sha256(key).digest()[:4])


def _keyed_hash(key: bytes, *parts: str) -> str:
    # Lengths go in, so that ("ab", "c") and ("a", "bc") differ.
    message = b"".join(len(raw).to_bytes(4, "big") + raw for raw in (part.encode() for part in parts))
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def load_or_make_key(text: str, key_file: Path) -> tuple[KeyRing, bool]:
    """The key ring from a setting's text (base64 of 32 bytes) or from the key file, made where there is none.

    Returns:
        The key ring, and whether the file was made just now.

    Raises:
        UsageError: The key is not base64 of 32 bytes, or others may read the file.
        KeyMissingError: The file cannot be read.
    """
    if text:
        return KeyRing(_decoded(text, "DETECTOR_KEY")), False
    try:
        return KeyRing(_read(key_file)), False
    except FileNotFoundError:
        return KeyRing(_make(key_file)), True
    except OSError as error:
        raise KeyMissingError(f"The key file {key_file} cannot be read: {error.strerror}") from error


def _read(path: Path) -> bytes:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise UsageError(f"The key file {path} may be read by others (mode {mode:o}): chmod 600 {path}")
    return _decoded(path.read_text(encoding="ascii", errors="replace"), str(path))


def _decoded(text: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise UsageError(f"{where} does not hold a key: expected base64 of {KEY_BYTES} bytes.")
    return key


def _make(path: Path) -> bytes:
    """Make the file in one step: two first starts at once must not end with two keys."""
    key = secrets.token_bytes(KEY_BYTES)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(base64.b64encode(key) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # fails where somebody else was first
        except FileExistsError:
            return _read(path)
        finally:
            draft.unlink()
    except OSError as error:
        raise KeyMissingError(f"The key file {path} cannot be made: {error.strerror}") from error
    return key
