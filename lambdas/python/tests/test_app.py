import base64
import json
import platform
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import boto3
import botocore
import fastapi
import pytest

import problem
from model import next_token
from store import DatabaseUnavailableError

from .conftest import ID, OTHER_ID, Caller, FakeItems

SHOWN = (
    f'{{"id":"{ID}","name":"Lamp","description":"","price":19.99,"runtime":"rust",'
    '"sourceIp":"192.0.2.1","createdAt":"2026-01-01T00:00:00.000Z",'
    '"updatedAt":"2026-01-01T00:00:00.000Z"}'
)

# What both variants say about a request, and what each has besides.
MEMBERS = {
    *("timestamp", "level", "message", "requestId"),
    *("method", "route", "status", "durationMs", "coldStart"),
}
OWN_MEMBERS = {
    "stock": {"location", "service"},
    "tuned": {"cpuMs", "rssBytes"},
}


@pytest.mark.parametrize("prefix", ["", "/python"])
def test_create(call: Caller, items: FakeItems, prefix: str) -> None:
    got = call("POST", f"{prefix}/items", '{"name":" Tea ","price":1e2}')
    assert got.status == 201
    assert got.headers == {
        "location": f"items/{OTHER_ID}",
        "content-type": "application/json",
        "x-runtime": "python",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "x-cold-start": "true",
    }
    assert got.body == (
        f'{{"id":"{OTHER_ID}","name":"Tea","description":"","price":100,"runtime":"python",'
        '"sourceIp":"203.0.113.7","createdAt":"2026-11-22T09:08:07.065Z",'
        '"updatedAt":"2026-11-22T09:08:07.065Z"}'
    )
    assert not got.base64
    assert items.items[OTHER_ID].name == "Tea"
    assert items.expires_at == {OTHER_ID: 1_795_338_487 + 604_800}


def test_the_address_is_the_gateways_and_not_the_callers(
    call: Caller, items: FakeItems
) -> None:
    call(
        "POST",
        "/items",
        '{"name":"Tea","price":1}',
        headers={
            "content-type": ["application/json"],
            "X-Forwarded-For": ["198.51.100.9"],
            "Forwarded": ["for=198.51.100.9"],
        },
    )
    assert items.items[OTHER_ID].source_ip == "203.0.113.7"


def test_read(call: Caller) -> None:
    got = call("GET", f"/items/{ID}")
    assert (got.status, got.body) == (200, SHOWN)
    assert call("GET", f"/items/{OTHER_ID}").body.encode() == problem.UNKNOWN_ITEM.body


def test_replace(call: Caller, items: FakeItems) -> None:
    got = call("PUT", f"/python/items/{ID}", '{"name":"Tea","price":2.5}')
    assert got.status == 200
    assert got.json() == json.loads(SHOWN) | {
        "name": "Tea",
        "price": 2.5,
        "updatedAt": "2026-11-22T09:08:07.065Z",
    }
    assert list(items.items) == [ID]
    got = call("PUT", f"/items/{OTHER_ID}", '{"name":"Tea","price":2.5}')
    assert (got.status, got.body.encode()) == (404, problem.UNKNOWN_ITEM.body)


def test_delete(call: Caller, items: FakeItems) -> None:
    got = call("DELETE", f"/items/{ID}", "ignored")
    assert (got.status, got.body) == (204, "")
    assert "content-type" not in got.headers
    assert items.items == {}
    assert call("DELETE", f"/items/{ID}").status == 404


def test_list(call: Caller, items: FakeItems) -> None:
    got = call("GET", "/items")
    assert (got.status, got.body) == (200, f'{{"items":[{SHOWN}]}}')
    items.last_id = ID
    query = {"limit": ["7"], "nextToken": [next_token(OTHER_ID)], "more": ["x", "y"]}
    got = call("GET", "/items", query=query)
    assert got.body == f'{{"items":[{SHOWN}],"nextToken":"{next_token(ID)}"}}'
    assert items.listed == [(20, None), (7, OTHER_ID)]


@pytest.mark.parametrize(
    ("query", "want"),
    [
        ({"limit": ["0"], "nextToken": ["x"]}, problem.LIMIT),
        ({"limit": ["1", "2"]}, problem.LIMIT),
        ({"limit": [""]}, problem.LIMIT),
        ({"nextToken": [""]}, problem.NEXT_TOKEN),
        ({"nextToken": [next_token(ID)] * 2}, problem.NEXT_TOKEN),
    ],
)
def test_list_refuses_before_the_store_is_asked(
    call: Caller, items: FakeItems, query: dict[str, list[str]], want: problem.Problem
) -> None:
    got = call("GET", "/items", query=query)
    assert (got.status, got.body.encode()) == (400, want.body)
    assert items.listed == []


def test_health(call: Caller) -> None:
    got = call("GET", "/health")
    machine = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
    assert got.status == 200
    assert list(got.json().items()) == [
        ("status", "ok"),
        ("runtime", "python"),
        ("runtimeVersion", platform.python_version()),
        ("framework", f"FastAPI {fastapi.__version__}"),
        ("architecture", machine),
        ("memoryLimitMb", 512),
        ("coldStart", True),
        ("version", "1.2.3"),
    ]
    assert call("GET", "/health").json()["coldStart"] is False


def test_metrics(call: Caller, variant: str) -> None:
    sdk_version = {"stock": boto3.__version__, "tuned": botocore.__version__}[variant]
    call("GET", f"/python/items/{ID}")
    call("GET", "/nowhere")
    call("PATCH", "/items")
    got = call("GET", "/python/metrics").json()
    assert (got["invocations"], got["coldStart"]) == (4, False)
    assert {route: values["count"] for route, values in got["routes"].items()} == {
        "GET /items/{id}": 1,
        "unmatched": 2,
    }
    assert got["sdkVersion"] == sdk_version


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/nowhere",
        "/items/",
        "//items",
        f"/items/{ID}/",
        f"/items/{ID}/more",
        "/health/",
        "/python",
        "/python/",
        "/pythonitems",
        "/python//items",
        "/python/python/items",
        "/Python/items",
        "/node/items",
        "/docs",
        "/redoc",
        "/openapi.json",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "TRACE"])
def test_unknown_paths_come_first(call: Caller, method: str, path: str) -> None:
    got = call(method, path, "{}", headers={"Content-Type": ["text/plain"]})
    assert (got.status, got.body.encode()) == (404, problem.UNKNOWN_PATH.body)
    assert got.headers["content-type"] == "application/problem+json"
    assert "location" not in got.headers


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/items", "GET, POST"),
        ("/items/nothing", "GET, PUT, DELETE"),
        ("/python/health", "GET"),
        ("/metrics", "GET"),
    ],
)
@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PATCH", "TRACE", "get"])
def test_methods_come_second(call: Caller, method: str, path: str, allowed: str) -> None:
    got = call(method, path, "{}", headers={"Content-Type": ["text/plain"]})
    assert (got.status, got.headers["allow"]) == (405, allowed)
    assert got.body.encode() == problem.method_not_allowed(allowed).body


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_the_id_comes_third(call: Caller, method: str) -> None:
    for item_id in ("1", ID.upper(), ID + "0"):
        got = call(method, f"/items/{item_id}", "x", headers={})
        assert (got.status, got.body.encode()) == (404, problem.UNKNOWN_ITEM.body)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": [""]},
        {"Content-Type": ["text/plain"]},
        {"Content-Type": ["application/jsonx"]},
        {"Content-Type": ["application/problem+json"]},
        {"Content-Type": ["application/json, application/json"]},
        {"Content-Type": ["application/json"], "content-encoding": ["identity"]},
        {"Content-Type": ["application/json"], "Content-Encoding": [""]},
    ],
)
def test_the_media_type_comes_fourth(call: Caller, headers: dict[str, list[str]]) -> None:
    for method, path in (("POST", "/items"), ("PUT", f"/items/{OTHER_ID}")):
        got = call(method, path, "x" * 70_000, headers=headers)
        assert (got.status, got.body.encode()) == (415, problem.MEDIA_TYPE.body)


@pytest.mark.parametrize(
    "value", ["application/json", "Application/JSON ; charset=latin-1", " application/json\t;"]
)
def test_media_types_that_are_fine(call: Caller, value: str) -> None:
    got = call("POST", "/items", '{"name":"a","price":1}', headers={"content-type": [value]})
    assert got.status == 201


def test_the_size_comes_fifth(call: Caller) -> None:
    fits = '{"name":"a","price":1}'
    fits += " " * (65_536 - len(fits))
    assert call("POST", "/items", fits).status == 201
    got = call("POST", "/items", "x" + fits)
    assert (got.status, got.body.encode()) == (413, problem.TOO_LARGE.body)
    encoded = base64.b64encode(fits.encode()).decode()
    assert call("POST", "/items", encoded, isBase64Encoded=True).status == 201
    got = call("POST", "/items", "\u00e4" * 32_769)
    assert got.status == 413


def test_the_body_comes_sixth(call: Caller) -> None:
    headers = {"Content-Type": ["application/json"]}
    for body, encoded in ((None, False), ("", False), ("[]", False), ("W10=", True)):
        got = call("PUT", f"/items/{OTHER_ID}", body, headers=headers, isBase64Encoded=encoded)
        assert (got.status, got.body.encode()) == (400, problem.BODY.body)
    got = call("PUT", f"/items/{OTHER_ID}", "{}")
    assert [error["field"] for error in got.json()["errors"]] == ["name", "price"]


def test_an_unavailable_database(
    call: Caller, items: FakeItems, log_lines: Callable[[], list[dict[str, Any]]]
) -> None:
    items.error = DatabaseUnavailableError()
    items.error.__cause__ = TimeoutError("no answer from 192.0.2.9")
    got = call("GET", f"/items/{ID}")
    assert (got.status, got.headers["retry-after"]) == (503, "1")
    assert got.body.encode() == problem.DATABASE.body
    failure, request = log_lines()
    assert (failure["level"], failure["message"]) == ("ERROR", problem.DATABASE.detail)
    assert failure["requestId"] == request["requestId"]
    assert "no answer from 192.0.2.9" in failure["exception"]
    assert (request["status"], request["route"]) == (503, "/items/{id}")


def test_an_unexpected_error(
    call: Caller, items: FakeItems, log_lines: Callable[[], list[dict[str, Any]]]
) -> None:
    items.error = KeyError("secret")
    got = call("GET", "/items", headers={"Accept": ["text/html"]})
    assert (got.status, got.body.encode()) == (500, problem.UNEXPECTED.body)
    assert got.headers["x-runtime"] == "python"
    failure, request = log_lines()
    assert "KeyError: 'secret'" in failure["exception"]
    assert failure["timestamp"].startswith("20")
    assert request["status"] == 500
    assert call("GET", "/health").status == 200


def test_every_request_writes_one_line_without_data(
    call: Caller, variant: str, log_lines: Callable[[], list[dict[str, Any]]]
) -> None:
    call("POST", "/python/items", '{"name":"Gift for Eve","price":1}')
    (line,) = log_lines()
    assert line.keys() - {"taskName"} == MEMBERS | OWN_MEMBERS[variant]
    assert datetime.fromisoformat(line["timestamp"]).utcoffset() == timedelta(0)
    assert "Eve" not in json.dumps(line)
    assert (line["level"], line["message"]) == ("INFO", "request")
    assert line["requestId"] == "8f5b9c00-0000-4000-8000-000000000000"
    assert (line["method"], line["route"], line["status"]) == ("POST", "/items", 201)
    assert line["coldStart"] is True
    call("GET", "/nowhere")
    (line,) = log_lines()
    assert (line["route"], line["status"], line["coldStart"]) == ("unmatched", 404, False)


def test_the_first_request_after_a_restore_is_cold(call: Caller) -> None:
    assert call("GET", "/health").headers["x-cold-start"] == "true"
    assert call("GET", "/health").headers["x-cold-start"] == "false"
    call.metrics.restored()
    assert call("GET", "/health").headers["x-cold-start"] == "true"
    assert call("GET", "/health").headers["x-cold-start"] == "false"


@pytest.mark.parametrize("variant", ["tuned"], indirect=True)
@pytest.mark.parametrize("path", ["/items%2F", "/%69tems", "/items/%", f"/items/{ID}%20"])
def test_escaped_paths_are_unknown(call: Caller, path: str) -> None:
    got = call("PATCH", path)
    assert (got.status, got.body.encode()) == (404, problem.UNKNOWN_PATH.body)
