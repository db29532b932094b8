"""Keys and encryption at rest.

A master key (32 bytes) lies outside the store; everything else is derived from it (HKDF-SHA256) for one purpose each:
wrapping data keys, flag ids, look-up hashes. Every defender has a data key of their own, stored wrapped; destroying it
makes what was sealed with it unreadable wherever it was copied without the table `data_keys`. A backup that holds that
table too can be read again, so data keys do not belong in the backups of the data. Sealed values are AES-256-GCM with a
random nonce and carry their place (table, column, row) as associated data: a value moved elsewhere is refused.

Rotation: a key text may hold several master keys, newest first. New data keys are wrapped with the newest, old ones
open with whichever wrapped them, and ids and look-up hashes stay with the oldest, since they must not change.
This module does not rewrap anything and keeps no key on its own.

Sealed form: version (1 byte), key id (4 bytes), nonce (12 bytes), ciphertext and tag. Not Fernet: its tokens show the
time of sealing in clear. Sources: NIST SP 800-38D (GCM), RFC 5869 (HKDF).
"""

import base64
import binascii
import hashlib
import hmac
import json
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
_KEY_ID = slice(1, 5)
_NONCE_BYTES = 12


def place_of(table: str, column: str, *row: str) -> str:
    """Where a sealed value belongs, as text: no two places have the same one."""
    return json.dumps((table, column, *row))


@dataclass(frozen=True, slots=True, repr=False)
class Sealer:
    """Seals and opens values with one key. `key_id` is 4 bytes."""

    key: bytes
    key_id: bytes

    def seal(self, plain: bytes, *, place: str) -> bytes:
        """Encrypt; `place` says where the value belongs and must be the same when it is opened."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _VERSION + self.key_id + nonce + AESGCM(self.key).encrypt(nonce, plain, place.encode())

    def has_sealed(self, sealed: bytes) -> bool:
        """Whether a value says that it was sealed with this key."""
        return sealed[_KEY_ID] == self.key_id

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
    """What is derived from the master keys: `master` is the newest, `older` follow, newest first.

    Its `repr` shows nothing.
    """

    master: bytes
    older: tuple[bytes, ...] = ()
    _wrapping: dict[bytes, Sealer] = field(init=False)
    _flag_key: bytes = field(init=False)
    _lookup_key: bytes = field(init=False)

    def __post_init__(self) -> None:
        set_ = object.__setattr__
        sealers = [Sealer(_derive(key, "wrapping"), _derive(key, "key id")[:4]) for key in (self.master, *self.older)]
        set_(self, "_wrapping", {sealer.key_id: sealer for sealer in sealers})
        set_(self, "_flag_key", _derive(self._root, "flag ids"))
        set_(self, "_lookup_key", _derive(self._root, "look-up"))

    @property
    def _root(self) -> bytes:
        """The oldest key: what must never change is derived from it."""
        return (self.master, *self.older)[-1]

    @property
    def check(self) -> str:
        """What a store remembers in order to notice a wrong key; tells nothing about the key."""
        return _derive(self._root, "check").hex()

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
        """A fresh data key, wrapped with the newest master key."""
        newest = next(iter(self._wrapping.values()))
        return newest.seal(secrets.token_bytes(KEY_BYTES), place=place_of("data_keys", "wrapped", owner))

    def data_sealer(self, owner: str, wrapped: bytes) -> Sealer:
        """The sealer of one owner's data.

        Raises:
            KeyMissingError: The master key that wrapped it is not on this ring.
            StoreError: The wrapped key was changed or moved.
        """
        wrapping = self._wrapping.get(wrapped[_KEY_ID])
        if wrapping is None:
            raise KeyMissingError
        key = wrapping.open(wrapped, place=place_of("data_keys", "wrapped", owner))
        return Sealer(key, hashlib.sha256(key).digest()[:4])


def _derive(master: bytes, purpose: str) -> bytes:
    info = f"hrd-detector {purpose}".encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(master)


def _keyed_hash(key: bytes, *parts: str) -> str:
    # Lengths go in, so that ("ab", "c") and ("a", "bc") differ.
    message = b"".join(len(raw).to_bytes(4, "big") + raw for raw in (part.encode() for part in parts))
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def load_or_make_key(text: str, key_file: Path, *, may_make: bool = True) -> tuple[KeyRing, bool]:
    """The key ring from a setting's text or from the key file, which is made where there is none.

    Both hold base64 of 32 bytes; after a rotation several of them, newest first, with white space between.
    `may_make` is False where a store is there already (`holds_data`): it has a key, and a second one would not open it.

    Returns:
        The key ring, and whether the file was made just now.

    Raises:
        UsageError: A key is not base64 of 32 bytes, or others may read the file.
        KeyMissingError: The file cannot be read or made, or is missing and must not be made.
    """
    if text:
        return _ring(text, "DETECTOR_KEY"), False
    try:
        return _read(key_file), False
    except FileNotFoundError as error:
        if not may_make:
            raise KeyMissingError from error
        return _make(key_file)
    except OSError as error:
        raise KeyMissingError(f"The key file {key_file} cannot be read: {error.strerror}") from error


def _read(path: Path) -> KeyRing:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise UsageError(f"The key file {path} may be read by others (mode {mode:o}): chmod 600 {path}")
    return _ring(path.read_text(encoding="ascii", errors="replace"), str(path))


def _ring(text: str, where: str) -> KeyRing:
    keys = [_decoded(word) for word in text.split()]
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise UsageError(f"{where} does not hold a key: expected base64 of {KEY_BYTES} bytes.")
    return KeyRing(keys[0], tuple(keys[1:]))


def _decoded(word: str) -> bytes:
    try:
        return base64.b64decode(word, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _make(path: Path) -> tuple[KeyRing, bool]:
    """Make the file in one step: two first starts at once must not end with two keys."""
    key = secrets.token_bytes(KEY_BYTES)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        _write_durably(draft, base64.b64encode(key) + b"\n")
        try:
            os.link(draft, path)  # fails where somebody else was first
        except FileExistsError:
            return _read(path), False
        finally:
            draft.unlink()
        _sync_folder(path.parent)
    except OSError as error:
        raise KeyMissingError(f"The key file {path} cannot be made: {error.strerror}") from error
    return KeyRing(key), True


def _write_durably(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    # Without this a power cut could take the key's name and leave a store that nobody can read.
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
