"""The policy file: what it may hold and how it says what is wrong."""

from collections.abc import Callable
from pathlib import Path

import pytest

from detector.assess.policy import POLICY, Policy, read_policy
from detector.errors import PolicyError


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[str, str], Policy]:
    """Read the shipped policy after a change of its text."""

    def read(old: str, new: str) -> Policy:
        text = POLICY.read_text(encoding="utf-8")
        assert old in text
        path = tmp_path / "policy.toml"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return read_policy(path)

    return read


def test_the_shipped_policy_is_valid() -> None:
    policy = read_policy()
    assert policy.id == f"{policy.name}@{policy.version}"
    assert policy.risks


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('name = "default"', 'name = "default"\ncolour = 1', "colour"),
        ("[weights]", "[weights]\nmood = 1.0", "weights.mood"),
        ("[thresholds]", "[thresholds]\nanger = 0.5", "thresholds.anger"),
        ("[raises]", "[raises]\nanger = 0.5", "raises.anger"),
        ("[priority]", "[priority]\nanger = 0.5", "priority.anger"),
        ('level = "critical"', 'level = "critical"\nwhy = "x"', "risk\\[0\\].why"),
    ],
)
def test_an_unknown_key_is_refused_by_name(changed: Callable[[str, str], Policy], old: str, new: str, key: str) -> None:
    with pytest.raises(PolicyError, match=key):
        changed(old, new)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("prior = -3.0", "prior = -11", "prior"),
        ("prior = -3.0", 'prior = "low"', "prior"),
        ("prior = -3.0", "prior = nan", "prior"),
        ("threat = 0.5", "threat = 1.5", "thresholds.threat"),
        ("strength = 0.8", "strength = 2", "strength"),
        ("doubt = 0.6", "doubt = -0.1", "priority.doubt"),
        ("doubt = 0.6", "doubt = true", "priority.doubt"),
        ('level = "critical"', 'level = "deadly"', "level"),
        ('labels = ["threat"]', "labels = []", "labels"),
    ],
)
def test_a_value_out_of_range_is_refused_by_name(
    changed: Callable[[str, str], Policy], old: str, new: str, key: str
) -> None:
    with pytest.raises(PolicyError, match=key):
        changed(old, new)


def test_a_missing_key_is_named(changed: Callable[[str, str], Policy]) -> None:
    with pytest.raises(PolicyError, match=r"priority\.doubt"):
        changed("doubt = 0.6", "")


@pytest.mark.parametrize("content", [b"not toml [", b"\xff\xfe"])
def test_a_file_that_is_no_policy_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "policy.toml"
    path.write_bytes(content)
    with pytest.raises(PolicyError):
        read_policy(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError):
        read_policy(tmp_path / "none.toml")
