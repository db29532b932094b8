"""Values to bytes and back: how a flag and a defender lie inside their sealed column. JSON, with a version in front."""

from datetime import datetime
from typing import Any

import msgspec

from detector.domain import (
    Assessment,
    Defender,
    Flag,
    FlagId,
    Label,
    LabelScore,
    Mention,
    Post,
    PostId,
    Risk,
    Scored,
    Signal,
    Unscored,
)
from detector.errors import StoreError

_FORMAT = b"1"
_encode = msgspec.json.Encoder().encode


def encode_defender(defender: Defender) -> bytes:
    """A defender as bytes."""
    return _FORMAT + _encode(defender)


def decode_defender(raw: bytes) -> Defender:
    """A defender from bytes."""
    return msgspec.json.decode(_body(raw), type=Defender)


def encode_flag(flag: Flag) -> bytes:
    """A flag, with its post, as bytes."""
    return _FORMAT + _encode(flag)


def decode_flag(raw: bytes) -> Flag:
    """A flag from bytes."""
    record = msgspec.json.decode(_body(raw))
    return Flag(
        id=FlagId(record["id"]),
        assessment=_assessment(record["assessment"]),
        post=msgspec.convert(record["post"], Post | None),
        created_at=msgspec.convert(record["created_at"], datetime),
    )


def _body(raw: bytes) -> bytes:
    if not raw.startswith(_FORMAT):
        raise StoreError("A stored value has an unknown format: it was written by a newer version.")
    return raw[1:]


def _assessment(record: dict[str, Any]) -> Assessment:
    return Assessment(
        post_id=PostId(record["post_id"]),
        platform=record["platform"],
        mention=msgspec.convert(record["mention"], Mention),
        flagged=record["flagged"],
        labels={Label(name): _label(entry) for name, entry in record["labels"].items()},
        risk=Risk(record["risk"]),
        priority=record["priority"],
        signals=msgspec.convert(record["signals"], tuple[Signal, ...]),
        lang=record["lang"],
        model=record["model"],
        policy=record["policy"],
    )


def _label(entry: dict[str, Any]) -> LabelScore:
    score = entry["score"]
    kind = Scored if "probability" in score else Unscored
    return LabelScore(score=kind(**score), flagged=entry["flagged"])
