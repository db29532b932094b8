"""What is said of a doubtful roster: each warning where it is due, none where it is not, and nobody named."""

from datetime import UTC, datetime

import pytest

from detector.domain import Consent, Defender, DefenderId, DefenderKind, Handle
from detector.targets.roster_check import check

NOW = datetime(2026, 3, 1, tzinfo=UTC)
CONSENT = Consent(given_at=datetime(2026, 1, 1, tzinfo=UTC))
HANDLES = (Handle(platform="example", handle="tavira_m"),)


def defender(
    name: str = "Tavira Monsalbo",
    *aliases: str,
    ident: str = "d-1",
    handles: tuple[Handle, ...] = HANDLES,
    consent: Consent | None = CONSENT,
) -> Defender:
    return Defender(
        id=DefenderId(ident),
        kind=DefenderKind.PERSON,
        name=name,
        aliases=aliases,
        handles=handles,
        languages=("es",),
        consent=consent,
    )


def warnings(*defenders: Defender) -> list[tuple[str, str]]:
    return [(warning.defender_id, warning.message) for warning in check(defenders, now=NOW)]


def test_a_good_entry_earns_no_warning() -> None:
    assert warnings(defender("Tavira Monsalbo", "Monsalbo", "Tavi Monsalbo", "타비", "蒙娜")) == []


@pytest.mark.parametrize(
    ("alias", "says"),
    [
        ("…", "alias 2 has no letter"),
        ("Tav", "alias 2 is shorter than 4"),
        ("타", "alias 2 is shorter than 2"),
        ("蒙", "alias 2 is shorter than 2"),
        ("Esperanza", "alias 2 is also an ordinary word"),
        ("ESPERANZA", "alias 2 is also an ordinary word"),
        ("Надежда", "alias 2 is also an ordinary word"),
    ],
)
def test_doubtful_aliases(alias: str, says: str) -> None:
    ((who, message),) = warnings(defender("Tavira Monsalbo", "Monsalbo", alias))
    assert who == "d-1"
    assert says in message
    assert alias not in message


def test_a_name_that_is_one_ordinary_word() -> None:
    ((_, message),) = warnings(defender("Esperanza"))
    assert "the name is a single ordinary word" in message


def test_handles_missing_or_on_no_platform() -> None:
    assert [m for _, m in warnings(defender(handles=()))] == [
        "no handle: replies and mentions by handle cannot be found"
    ]
    nowhere = (*HANDLES, Handle(platform="", handle="tavi"))
    assert ["handle 2 is on no platform" in m for _, m in warnings(defender(handles=nowhere))] == [True]


@pytest.mark.parametrize("consent", [None, Consent(scope="pilot")])
def test_no_consent_recorded(consent: Consent | None) -> None:
    assert ["no consent is recorded" in m for _, m in warnings(defender(consent=consent))] == [True]


def test_consent_expired() -> None:
    expired = Consent(given_at=datetime(2025, 1, 1, tzinfo=UTC), expires_at=NOW)
    assert ["consent has expired" in m for _, m in warnings(defender(consent=expired))] == [True]


def test_two_with_one_name_or_handle_are_told_of_each_other() -> None:
    other = defender("TAVIRA MONSALBO", ident="d-2", handles=(Handle(platform="example", handle="Tavira_M"),))
    told = warnings(defender(), other, defender("Ana Quil", ident="d-3", handles=(Handle(platform="*", handle="q"),)))
    assert told == [
        ("d-1", "shares a name or alias with d-2"),
        ("d-1", "shares a handle with d-2"),
        ("d-2", "shares a name or alias with d-1"),
        ("d-2", "shares a handle with d-1"),
    ]


def test_a_handle_on_two_platforms_is_not_shared() -> None:
    elsewhere = defender("Ana Quil", ident="d-2", handles=(Handle(platform="other", handle="tavira_m"),))
    assert warnings(defender(), elsewhere) == []
