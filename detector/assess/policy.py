"""The policy: thresholds, weights and priorities, read from a TOML file that anyone can open.

A policy holds numbers only. What a cue is stands in `data/cues`, what a label means in `data/labels.toml`, and what a
signal says in `detector.assess.wording`. Nothing here judges.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from detector.assess.wording import WEIGHTED
from detector.domain import Label, Risk
from detector.errors import PolicyError
from detector.shelf import DATA

POLICY = DATA / "policy.toml"
LARGEST_WEIGHT = 10.0

_PRIORITY = ("unscored", "aggravating", "doubt", "news", "repost")


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskRule:
    """A risk level, and what earns it: all `labels` raised, each with at least this `strength`, by so sure a match."""

    level: Risk
    labels: tuple[Label, ...]
    strength: float
    mention: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Everything that assessing may be told.

    Attributes:
        thresholds: Probability (0-1) at which a label is flagged, where it is not the model's own recommendation.
        weights: Log-odds that each signal adds when its value is 1 (-10 to 10).
        prior: Log-odds of a label before any cue, for what a rule alone says.
        raises: Log-odds of cues, without the prior, at which a rule alone flags a label.
        trust: How much of a cue's weight counts (0-1) beside a model that itself knows whom a text is aimed at.
        risks: Tried from the first to the last; the first that fits gives the risk, none gives low.
        priority: What moves the order of review, each 0-1.
        news_handles: Beginnings or endings of handles that news accounts use.
    """

    name: str
    version: str
    thresholds: Mapping[Label, float]
    weights: Mapping[str, float]
    prior: float
    raises: Mapping[Label, float]
    trust: float
    risks: tuple[RiskRule, ...]
    priority: Mapping[str, float]
    news_handles: tuple[str, ...]

    @property
    def id(self) -> str:
        """`name@version`, as written on every flag."""
        return f"{self.name}@{self.version}"


def read_policy(path: Path | None = None) -> Policy:
    """Read a policy file; without a path, the one that ships.

    Raises:
        PolicyError: The file cannot be read, is not TOML, has an unknown or missing key, or a number out of range; the
            message names the key.
    """
    try:
        raw = tomllib.loads((path or POLICY).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError("The policy file could not be opened or is not UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"The policy file is not TOML: {error}") from error
    return _policy(_Table("", raw))


def _policy(raw: "_Table") -> Policy:
    raw.only("name", "version", "prior", "trust", "thresholds", "weights", "raises", "risk", "priority", "news_handles")
    return Policy(
        name=raw.text("name"),
        version=raw.text("version"),
        prior=raw.number("prior", -LARGEST_WEIGHT, LARGEST_WEIGHT),
        thresholds=_by_label(raw.table("thresholds"), 0.0, 1.0),
        weights=raw.table("weights").numbers(WEIGHTED, -LARGEST_WEIGHT, LARGEST_WEIGHT),
        raises=_by_label(raw.table("raises").complete(tuple(Label)), 0.0, LARGEST_WEIGHT),
        trust=raw.number("trust", 0.0, 1.0),
        risks=tuple(_risk(one) for one in raw.tables("risk")),
        priority=raw.table("priority").numbers(_PRIORITY, 0.0, 1.0),
        news_handles=raw.texts("news_handles"),
    )


def _by_label(raw: "_Table", low: float, high: float) -> Mapping[Label, float]:
    raw.only(*Label)
    return MappingProxyType({label: raw.number(label, low, high) for label in Label if label in raw.entries})


def _risk(raw: "_Table") -> RiskRule:
    raw.only("level", "labels", "strength", "mention").complete(("level", "labels", "strength"))
    labels = raw.texts("labels")
    if not labels or not set(labels) <= set(Label):
        raise PolicyError(f"The policy's {raw.at('labels')} must list labels of the taxonomy.")
    if raw.text("level") not in set(Risk):
        raise PolicyError(f"The policy's {raw.at('level')} must be one of {', '.join(Risk)}.")
    return RiskRule(
        level=Risk(raw.text("level")),
        labels=tuple(Label(label) for label in labels),
        strength=raw.number("strength", 0.0, 1.0),
        mention=raw.number("mention", 0.0, 1.0) if "mention" in raw.entries else 0.0,
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """A TOML table that knows where it stands, so that an error can name the key."""

    place: str
    entries: Mapping[str, Any]

    def at(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key

    def only(self, *known: str) -> "_Table":
        unknown = sorted(set(self.entries) - set(known))
        if unknown:
            raise PolicyError(f"The policy has an unknown key: {self.at(unknown[0])}.")
        return self

    def complete(self, needed: Sequence[str]) -> "_Table":
        missing = [key for key in needed if key not in self.entries]
        if missing:
            raise PolicyError(f"The policy lacks the key {self.at(missing[0])}.")
        return self

    def _get(self, key: str, kind: type | tuple[type, ...], what: str) -> Any:
        value = self.complete((key,)).entries[key]
        if not isinstance(value, kind) or isinstance(value, bool):
            raise PolicyError(f"The policy's {self.at(key)} must be {what}.")
        return value

    def text(self, key: str) -> str:
        value = str(self._get(key, str, "a text"))
        if not value:
            raise PolicyError(f"The policy's {self.at(key)} must not be empty.")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        values = self._get(key, list, "a list of texts")
        if not all(isinstance(value, str) and value for value in values):
            raise PolicyError(f"The policy's {self.at(key)} must be a list of texts.")
        return tuple(values)

    def number(self, key: str, low: float, high: float) -> float:
        value = float(self._get(key, (int, float), "a number"))
        if not low <= value <= high:
            raise PolicyError(f"The policy's {self.at(key)} must lie between {low:g} and {high:g}.")
        return value

    def numbers(self, known: Sequence[str], low: float, high: float) -> Mapping[str, float]:
        self.only(*known).complete(known)
        return MappingProxyType({key: self.number(key, low, high) for key in known})

    def table(self, key: str) -> "_Table":
        return _Table(self.at(key), self._get(key, dict, "a table"))

    def tables(self, key: str) -> list["_Table"]:
        values = self._get(key, list, "a list of tables")
        if not all(isinstance(value, dict) for value in values):
            raise PolicyError(f"The policy's {self.at(key)} must be a list of tables.")
        return [_Table(f"{self.at(key)}[{n}]", value) for n, value in enumerate(values)]
