"""The label taxonomy: one source for training, inference, API and console.

Reads `data/labels.toml` once. Definitions, borderline cases and severities live there, in words; this module only gives
them types. It holds no threshold (a model's or a policy's business).
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from detector.domain import Label
from detector.shelf import DATA

TAXONOMY = DATA / "labels.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """An invented post that shows a definition, with the reason for its ruling."""

    text: str
    why: str
    is_attack: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelCard:
    """What one label means. `severity` is 0-1; `why` completes the sentence "This post … NAME"."""

    label: Label
    title: str
    means: str
    excludes: str
    why: str
    warning: str
    severity: float
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAttack:
    """A kind of post that looks like an attack and is none."""

    kind: str
    title: str
    means: str
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy:
    """All labels in their order, and the kinds of look-alikes."""

    version: str
    cards: Mapping[Label, LabelCard]
    not_attacks: tuple[NotAttack, ...]


def _card(label: Label, raw: Mapping[str, Any]) -> LabelCard:
    groups = (("attack", True), ("borderline", None), ("not_attack", False))
    examples = tuple(
        Example(text=e["text"], why=e["why"], is_attack=e["label"] if fixed is None else fixed)
        for group, fixed in groups
        for e in raw[group]
    )
    return LabelCard(
        label=label,
        title=raw["title"],
        means=raw["means"],
        excludes=raw["except"],
        why=raw["why"],
        warning=raw["warning"],
        severity=float(raw["severity"]),
        examples=examples,
    )


def read_taxonomy(path: Path) -> Taxonomy:
    """Read a taxonomy file.

    Raises:
        KeyError: A label or one of its keys is missing.
        tomllib.TOMLDecodeError: The file is not TOML.
    """
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    return Taxonomy(
        version=raw["version"],
        cards={label: _card(label, raw[label]) for label in Label},
        not_attacks=tuple(NotAttack(**entry) for entry in raw["not_attacks"]),
    )


@cache
def taxonomy() -> Taxonomy:
    """The taxonomy that ships with the product."""
    return read_taxonomy(TAXONOMY)
