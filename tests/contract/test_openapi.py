"""/openapi.json tells the truth: real answers fit it, every body and answer has an example, every error is there."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator

from serve.access import Role

JSON = "application/json"
PROBLEM = "application/problem+json"


class Desk(Protocol):
    app: FastAPI
    client: TestClient

    def bearer(self, role: Role) -> dict[str, str]: ...


@pytest.fixture
def description(desk: Desk) -> dict[str, Any]:
    described: dict[str, Any] = desk.client.get("/openapi.json").json()
    return described


def fits(description: dict[str, Any], schema: dict[str, Any], value: object) -> None:
    # References begin at the root of the description, so its components travel with the schema.
    Draft202012Validator({**schema, "components": description["components"]}).validate(value)


def operations(description: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in description["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def test_the_routes_of_the_contract_are_described(description: dict[str, Any]) -> None:
    assert description["openapi"].startswith("3.1")
    assert {name for name, _ in operations(description)} == {
        "POST /v1/posts",
        "GET /v1/flags",
        "GET /v1/flags/{flag_id}",
        "POST /v1/flags/{flag_id}/decisions",
        "GET /healthz",
        "GET /readyz",
        "GET /metrics",
    }


def test_every_body_and_answer_has_an_example_that_fits(description: dict[str, Any]) -> None:
    for name, operation in operations(description):
        contents = [answer["content"] for answer in operation["responses"].values()]
        if name.startswith("POST"):
            contents.append(operation["requestBody"]["content"])
        for content in contents:
            for media_type, shape in content.items():
                assert shape["example"], name
                if media_type in {JSON, PROBLEM}:
                    fits(description, shape["schema"], shape["example"])


def test_every_error_is_documented(description: dict[str, Any]) -> None:
    for name, operation in operations(description):
        errors = {int(status) for status in operation["responses"] if int(status) >= 400}
        for status in errors:
            assert set(operation["responses"][str(status)]["content"]) == {PROBLEM}, name
        assert 500 in errors
        assert ("security" in operation) == ({401, 403} <= errors)
        if name.startswith("POST"):
            assert {400, 413, 415, 422} <= errors
        if "{flag_id}" in name:
            assert 404 in errors


def test_no_schema_of_the_framework_is_left(description: dict[str, Any]) -> None:
    assert not {"HTTPValidationError", "ValidationError"} & set(description["components"]["schemas"])
    assert description["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_real_answers_fit(desk: Desk, description: dict[str, Any], make_record: Callable[..., dict[str, Any]]) -> None:
    reviewer = desk.bearer(Role.REVIEWER)
    posted = desk.client.post("/v1/posts", json={"posts": [make_record(1), 5]}, headers=reviewer)
    flag_id = posted.json()["flags"][0]["flag_id"]
    ingest = desk.client.post("/v1/posts", json={"posts": []}, headers=desk.bearer(Role.INGEST))
    decided = desk.client.post(f"/v1/flags/{flag_id}/decisions", json={"verdict": "unsure"}, headers=reviewer)
    answers = {
        "POST /v1/posts": [posted, ingest, desk.client.post("/v1/posts"), desk.client.post("/v1/posts", json=[])],
        "GET /v1/flags": [
            desk.client.get("/v1/flags", headers=reviewer),
            desk.client.get("/v1/flags?limit=x", headers=reviewer),
        ],
        "GET /v1/flags/{flag_id}": [
            desk.client.get(f"/v1/flags/{flag_id}", headers=reviewer),
            desk.client.get("/v1/flags/nobody", headers=reviewer),
        ],
        "POST /v1/flags/{flag_id}/decisions": [
            decided,
            desk.client.post("/v1/flags/x/decisions", json={}, headers=reviewer),
        ],
        "GET /healthz": [desk.client.get("/healthz")],
        "GET /readyz": [desk.client.get("/readyz")],
        "GET /metrics": [desk.client.get("/metrics", headers=reviewer)],
    }
    seen = dict(operations(description))
    assert set(seen) == set(answers)
    for name, given in answers.items():
        for answer in given:
            content = seen[name]["responses"][str(answer.status_code)]["content"]
            media_type = answer.headers["content-type"].partition(";")[0]
            fits(description, content[media_type]["schema"], answer.json())
