"""The console's pages as answers: who sees what, that nothing in a post becomes markup, that forms are ours."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from detector.domain import Consent, Defender, DefenderId, DefenderKind, Flag, FlagId, Label, Risk
from detector.store import Store
from detector.store.protocols import Batch, FlagQuery
from detector.stream.pipeline import Pipeline
from detector.targets.roster import compile_roster
from serve.access import Role, new_token
from serve.app import create_app
from serve.console.marking import pieces
from serve.console.routes import console
from serve.parts import Parts

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}</textarea>"


@pytest.fixture
def store(desk_store: Store, make_flag: Callable[..., Flag]) -> Store:
    desk_store.put_defenders(
        [
            Defender(
                id=DefenderId("d1"),
                kind=DefenderKind.PERSON,
                name=f"Ana {EVIL}",
                consent=Consent(scope="test"),
            )
        ]
    )
    desk_store.save(
        Batch(
            flags=(
                make_flag(1, priority=0.9, risk=Risk.CRITICAL, labels=(Label.THREAT,), text=f"Ana {EVIL} \u202e"),
                make_flag(2, priority=0.5, lang="ar"),
                make_flag(3, priority=0.4, lang=None, labels=()),
            )
        )
    )
    return desk_store


@pytest.fixture
def sign_in(store: Store, open_desk: Callable[..., object], now: object) -> Callable[[Role], TestClient]:
    parts: Parts = open_desk().parts  # type: ignore[attr-defined]
    app = create_app(parts, clock=lambda: now, pages=console())  # type: ignore[arg-type, return-value]

    def make(role: Role) -> TestClient:
        made = new_token(role, now=now, lifetime=timedelta(days=1), name=f"the-{role}")  # type: ignore[arg-type]
        store.add_credential(made.credential)
        client = TestClient(app, base_url="http://desk.example", headers={"Accept": "text/html"})
        answer = client.post("/login", data={"token": made.secret})
        assert answer.status_code == 200, answer.text
        return client

    return make


def csrf(text: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', text)
    assert found
    return found[1]


def first_flag(store: Store) -> FlagId:
    return store.flags(FlagQuery()).flags[0].flag.id


def test_the_queue_lists_the_most_urgent_first_with_true_counts(sign_in: Callable[[Role], TestClient]) -> None:
    text = sign_in(Role.REVIEWER).get("/queue").text
    assert text.index("Critical") < text.index("Arabic")
    assert "<strong>3</strong> flags" in text
    assert "Open (3)" in text
    assert "Unscored" in text


@pytest.mark.parametrize("query", ["lang=ar", "risk=critical", "label=threat", "status=any&lang=ar"])
def test_filters_narrow_the_queue(query: str, sign_in: Callable[[Role], TestClient]) -> None:
    assert "<strong>1</strong> flag," in sign_in(Role.REVIEWER).get(f"/queue?{query}").text


def test_an_empty_queue_says_what_would_be_here(sign_in: Callable[[Role], TestClient]) -> None:
    client = sign_in(Role.REVIEWER)
    assert "Nothing matches" in client.get("/queue?lang=xx").text


def test_unknown_filters_of_an_old_bookmark_are_ignored(sign_in: Callable[[Role], TestClient]) -> None:
    text = sign_in(Role.REVIEWER).get("/queue?status=gone&risk=huge&label=nonsense").text
    assert "<strong>3</strong> flags" in text


def test_nothing_in_a_post_or_a_name_becomes_markup(sign_in: Callable[[Role], TestClient], store: Store) -> None:
    client = sign_in(Role.REVIEWER)
    for path in ("/queue", f"/flags/{first_flag(store)}"):
        text = client.get(path).text
        assert "<script>alert" not in text
        assert "<img" not in text
        assert "&lt;script&gt;" in text
        assert "{{ 7*7 }}" in text or "7*7" in text
        tags = re.findall(r"<[a-z][^>]*>", text)
        assert not [tag for tag in tags if re.search(r"\s(on\w+|src=x)", tag)]


def test_a_decision_is_kept_and_leads_to_the_next_flag(sign_in: Callable[[Role], TestClient], store: Store) -> None:
    client, flag_id = sign_in(Role.REVIEWER), first_flag(store)
    form = {
        "csrf": csrf(client.get(f"/flags/{flag_id}").text),
        "verdict": "confirmed",
        "reason": "threat",
        "note": " x ",
    }
    answer = client.post(f"/flags/{flag_id}/decide", data=form, follow_redirects=False)
    assert answer.status_code == 303
    following = store.flags(FlagQuery(status="open")).flags[0].flag.id
    assert answer.headers["location"].startswith(f"/flags/{following}?")
    (decision,) = store.decisions(flag_id)
    assert (decision.verdict, decision.reason, decision.note, decision.reviewer) == (
        "confirmed",
        "threat",
        "x",
        "the-reviewer",
    )
    assert f"/flags/{flag_id}" in client.get(answer.headers["location"]).text


def test_a_form_that_is_not_ours_decides_nothing(sign_in: Callable[[Role], TestClient], store: Store) -> None:
    client, flag_id = sign_in(Role.REVIEWER), first_flag(store)
    for form in ({"verdict": "confirmed"}, {"verdict": "confirmed", "csrf": "0" * 64}):
        assert client.post(f"/flags/{flag_id}/decide", data=form).status_code == 403
    assert store.decisions(flag_id) == ()


@pytest.mark.parametrize("changes", [{"verdict": "banned"}, {"reason": "nonsense"}, {"note": "x" * 3000}, {}])
def test_a_bad_form_is_a_problem_page_and_decides_nothing(
    changes: dict[str, str], sign_in: Callable[[Role], TestClient], store: Store
) -> None:
    client, flag_id = sign_in(Role.REVIEWER), first_flag(store)
    good = {"csrf": csrf(client.get("/queue").text), "verdict": "confirmed"}
    form = {**good, **changes} if changes else {"csrf": good["csrf"]}
    answer = client.post(f"/flags/{flag_id}/decide", data=form)
    assert answer.status_code == 422
    assert "<h1>" in answer.text
    assert store.decisions(flag_id) == ()


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUDITOR])
def test_roles_that_read_no_texts_see_reasons_but_neither_name_nor_text(
    role: Role, sign_in: Callable[[Role], TestClient], store: Store
) -> None:
    client, flag_id = sign_in(role), first_flag(store)
    text = client.get(f"/flags/{flag_id}").text + client.get("/queue").text
    assert "script&gt;" not in text
    assert "somebody" not in text
    assert "This post may insult" in text
    assert 'name="verdict"' not in text
    form = {"csrf": csrf(text), "verdict": "confirmed"}
    assert client.post(f"/flags/{flag_id}/decide", data=form).status_code == 403


@pytest.mark.parametrize("path", ["/flags/nobody", "/flags/..%2f", "/nowhere"])
def test_what_is_not_there_is_a_page_that_says_so(path: str, sign_in: Callable[[Role], TestClient]) -> None:
    answer = sign_in(Role.REVIEWER).get(path)
    assert answer.status_code == 404
    assert "To the queue" in answer.text


def test_signed_out_people_are_led_to_sign_in(sign_in: Callable[[Role], TestClient]) -> None:
    client = sign_in(Role.REVIEWER)
    client.post("/logout", data={"csrf": csrf(client.get("/queue").text)})
    for path in ("/queue", "/flags/x", "/labels", "/keys", "/style"):
        assert str(client.get(path).url).endswith("/login")


def test_pages_stay_small(sign_in: Callable[[Role], TestClient], store: Store) -> None:
    client = sign_in(Role.REVIEWER)
    weight = sum(
        len(client.get(path).content)
        for path in (
            f"/flags/{first_flag(store)}",
            "/static/style.css",
            "/static/keys.js",
            "/static/vendor/htmx.min.js",
        )
    )
    assert weight < 150_000


def test_a_flag_whose_text_is_gone_still_shows_its_reasons(
    sign_in: Callable[[Role], TestClient], store: Store, make_flag: Callable[..., Flag]
) -> None:
    import dataclasses

    bare = dataclasses.replace(make_flag(9, priority=0.99), post=None)
    store.save(Batch(flags=(bare,)))
    text = sign_in(Role.REVIEWER).get(f"/flags/{bare.id}").text
    assert "no longer stored" in text
    assert "This post may insult" in text


def test_pieces_are_the_whole_text_in_order(make_flag: Callable[..., Flag]) -> None:
    flag = make_flag(1)
    assert "".join(piece.text for piece in pieces(flag)) == (flag.post.text if flag.post else "")
    assert [piece.kind for piece in pieces(flag)] == ["defender", "plain", "evidence"]


def test_the_pipeline_of_a_console_needs_no_roster(open_desk: Callable[..., object], now: object) -> None:
    parts: Parts = open_desk().parts  # type: ignore[attr-defined]
    empty = compile_roster((), now=now)  # type: ignore[arg-type]
    assert Pipeline(roster=empty, model=parts.pipeline.model, policy=parts.pipeline.policy).judge([]) == []
