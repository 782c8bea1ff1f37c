from collections.abc import Callable
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any
from unittest.mock import Mock

import pytest

import framework
import sdk
from model import DEFAULT_LIMIT

from .conftest import ID, Context, event_of

STORED = {
    name: {"S": name}
    for name in (
        *("id", "name", "description", "runtime"),
        *("sourceIp", "createdAt", "updatedAt"),
    )
} | {"price": {"N": "1"}}

OPERATIONS = {
    "POST /items": "put_item",
    "GET /items": "scan",
    f"GET /items/{ID}": "get_item",
    f"PUT /items/{ID}": "update_item",
    f"DELETE /items/{ID}": "delete_item",
}

type Call = Callable[[str], dict[str, Any]]


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """The SDK's client in the layer's own store."""
    client = Mock()
    client.get_item.return_value = {"Item": STORED}
    client.scan.return_value = {"Items": [STORED]}
    client.update_item.return_value = {"Attributes": STORED}
    monkeypatch.setitem(sdk.store.__dict__, "_client", client)
    return client


def caller(layer: ModuleType) -> Call:
    def call(target: str) -> dict[str, Any]:
        method, path = target.split(" ")
        # Nobody looks at the body, so it may be anything.
        got: dict[str, Any] = layer.handler(event_of(method, path, "{"), Context())
        return got

    return call


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("prefix", ["", "/python"])
@pytest.mark.parametrize("layer", [framework, sdk])
def test_every_route_answers(layer: ModuleType, prefix: str) -> None:
    call = caller(layer)
    created = call(f"POST {prefix}/items")
    assert created["headers"].pop("location").startswith("items/")
    fixed = {
        "headers": {"content-type": "application/json"},
        "body": '{"status":"ok"}',
        "multiValueHeaders": {},
        "isBase64Encoded": False,
    }
    assert created == {"statusCode": 201, **fixed}
    for target in ("GET items", f"GET items/{ID}", f"PUT items/{ID}"):
        got = call(target.replace(" ", f" {prefix}/"))
        assert got == {"statusCode": 200, **fixed}
    deleted = call(f"DELETE {prefix}/items/{ID}")
    assert deleted == {
        "statusCode": 204,
        "headers": {},
        "body": "",
        "multiValueHeaders": {},
        "isBase64Encoded": False,
    }


@pytest.mark.parametrize("layer", [framework, sdk])
def test_other_paths_are_left_to_fastapi(layer: ModuleType, database: Mock) -> None:
    assert caller(layer)("GET /health")["statusCode"] == 404
    assert database.method_calls == []


def test_the_framework_creates_the_same_item_every_time() -> None:
    got = caller(framework)("POST /items")
    assert got["headers"]["location"] == "items/00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize("target", OPERATIONS)
def test_the_sdk_layer_asks_the_database_once(target: str, database: Mock) -> None:
    caller(sdk)(target)
    ((operation, _, request),) = database.method_calls
    assert operation == OPERATIONS[target]
    assert request.get("Key", {"id": {"S": ID}}) == {"id": {"S": ID}}
    assert request.get("Limit", DEFAULT_LIMIT) == DEFAULT_LIMIT


def test_the_sdk_layer_writes_a_whole_item_under_a_fresh_id(database: Mock) -> None:
    ids = set()
    for _ in range(2):
        got = caller(sdk)("POST /items")
        item = database.put_item.call_args.kwargs["Item"]
        assert item.keys() == {*STORED, "expiresAt"}
        assert got["headers"]["location"] == f"items/{item['id']['S']}"
        ids.add(item["id"]["S"])
        assert (len(item["name"]["S"]), len(item["description"]["S"])) == (23, 96)
        created = datetime.fromisoformat(item["createdAt"]["S"])
        expires = created + timedelta(days=7)
        assert item["expiresAt"]["N"] == str(int(expires.timestamp()))
    assert len(ids) == 2


@pytest.mark.parametrize("target", OPERATIONS)
def test_a_failure_is_left_to_fastapi(target: str, database: Mock) -> None:
    getattr(database, OPERATIONS[target]).side_effect = OSError("no connection")
    got = caller(sdk)(target)
    assert got["statusCode"] == 500
    assert "location" not in got["headers"]
