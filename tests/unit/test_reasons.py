"""The reviewers' reasons."""

from pathlib import Path

import pytest

from detector.assess.reasons import read_reasons, reasons
from detector.domain import Label, Verdict
from detector.errors import PolicyError


def codes(verdict: Verdict) -> set[str]:
    return {reason.code for reason in reasons() if verdict in reason.verdicts}


def test_every_label_can_be_confirmed() -> None:
    assert codes(Verdict.CONFIRMED) == set(Label)


def test_every_verdict_has_reasons() -> None:
    assert codes(Verdict.DISMISSED) >= {"criticism", "own_words", "other_target", "wrong_person", "wrong_language"}
    assert codes(Verdict.UNSURE) == {"needs_context", "needs_language"}
    assert codes(Verdict.ESCALATED) == {"danger_now", "campaign"}


def test_reasons_are_read_once() -> None:
    assert reasons() is reasons()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[x]\ntitle = "X"\nverdicts = ["confirmed"]\n', "x"),
        ('[y]\ntitle = "Y"\nverdicts = ["banned"]\ntext = "t"\n', "y"),
        ('[z]\ntitle = "Z"\nverdicts = []\ntext = "t"\n', "z"),
        ("z = 1\n", "z"),
    ],
)
def test_a_bad_reason_is_refused_by_its_code(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "reasons.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError, match=f"reason {named} "):
        read_reasons(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError):
        read_reasons(tmp_path / "none.toml")
