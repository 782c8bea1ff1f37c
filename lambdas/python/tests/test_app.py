import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from httpx import Response
from starlette.testclient import TestClient

import app
from metrics import Metrics
from model import Draft, Item, next_token
from store import DatabaseUnavailableError, ItemNotFoundError

ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
NOW = datetime(2026, 1, 2, 3, 4, 5, 678900, tzinfo=UTC)


class Memory:
    """Items in a dict; fails where it is told to."""

    def __init__(self) -> None:
        self.items: dict[str, Item] = {}
        self.expires: dict[str, int] = {}
        self.failure: Exception | None = None

    def _maybe_fail(self) -> None:
        if self.failure is not None:
            raise self.failure

    def put(self, item: Item, *, expires_at: int) -> None:
        self._maybe_fail()
        self.items[item.id] = item
        self.expires[item.id] = expires_at

    def get(self, item_id: str) -> Item:
        self._maybe_fail()
        if item_id not in self.items:
            raise ItemNotFoundError
        return self.items[item_id]

    def list(self, limit: int, after: str | None) -> tuple[list[Item], str | None]:
        self._maybe_fail()
        ids = sorted(key for key in self.items if after is None or key > after)
        more = len(ids) > limit
        return [self.items[key] for key in ids[:limit]], ids[limit - 1] if more else None

    def update(self, item_id: str, draft: Draft, *, updated_at: str) -> Item:
        item = self.get(item_id)
        changed = {**draft.model_dump(), "updated_at": updated_at}
        self.items[item_id] = item.model_copy(update=changed)
        return self.items[item_id]

    def delete(self, item_id: str) -> None:
        del self.items[self.get(item_id).id]


@pytest.fixture
def items() -> Memory:
    return Memory()


@pytest.fixture
def client(items: Memory) -> TestClient:
    ids = iter(ID[:-1] + digit for digit in "0123456789abcdef")
    application = app.create_app(
        items,
        Metrics(1769),
        version="1.2.3",
        memory_limit_mb=1769,
        now=lambda: NOW,
        new_id=lambda: next(ids),
    )
    return TestClient(application, raise_server_exceptions=False)


def post(client: TestClient, path: str = "/items", **members: object) -> Response:
    answer: Response = client.post(path, json={"name": "Lamp", "price": 19.99, **members})
    return answer


def test_an_item_lives(client: TestClient, items: Memory) -> None:
    answer = post(client, name=" Lamp ")
    assert answer.status_code == 201
    want = {
        "id": ID[:-1] + "0", "name": "Lamp", "description": "", "price": 19.99,
        "runtime": "python", "sourceIp": "testclient",
        "createdAt": "2026-01-02T03:04:05.678Z", "updatedAt": "2026-01-02T03:04:05.678Z",
    }  # fmt: skip
    assert answer.json() == want
    assert answer.headers["location"] == f"items/{want['id']}"
    assert items.expires[str(want["id"])] == int(NOW.timestamp()) + 7 * 86400
    path = f"/python/items/{want['id']}"
    assert client.get(path).json() == want
    changed = client.put(path, json={"name": "Desk", "price": 5})
    assert changed.status_code == 200
    assert changed.json() == {**want, "name": "Desk", "price": 5}
    gone = client.delete(path)
    assert (gone.status_code, gone.content) == (204, b"")
    assert client.get(path).status_code == 404
    assert client.delete(path).json()["detail"] == "The item does not exist."


def test_pages_follow_one_another(client: TestClient) -> None:
    for _ in range(5):
        post(client)
    first = client.get("/items?limit=2").json()
    assert len(first["items"]) == 2
    assert first["nextToken"] == next_token(first["items"][1]["id"])
    second = client.get("/items", params={"limit": 3, "nextToken": first["nextToken"]}).json()
    assert len(second["items"]) == 3
    assert "nextToken" not in second
    assert client.get("/items?limit=0&nextToken=x").json()["detail"].startswith("The limit")
    assert client.get("/items?nextToken=x").json()["detail"] == "The nextToken is not valid."


def test_every_answer_has_the_headers(client: TestClient) -> None:
    for cold, path in [("true", "/items"), ("false", "/nowhere"), ("false", "/items%2f")]:
        answer = client.get(path)
        assert answer.headers["x-runtime"] == "python"
        assert answer.headers["x-cold-start"] == cold
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        kind = "application/json" if answer.status_code == 200 else "application/problem+json"
        assert answer.headers["content-type"] == kind


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/python",
        "/items/",
        "/python/items/",
        "/itemsx",
        "/docs",
        "/openapi.json",
        "/%69tems",
    ],
)
def test_other_paths_do_not_exist(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["detail"] == "The requested resource does not exist."


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/items", "GET, POST"),
        ("HEAD", "/items", "GET, POST"),
        ("OPTIONS", "/python/items", "GET, POST"),
        ("POST", f"/items/{ID}", "GET, PUT, DELETE"),
        ("PATCH", "/items/not-an-id", "GET, PUT, DELETE"),
        ("POST", "/health", "GET"),
        ("PUT", "/metrics", "GET"),
    ],
)
def test_other_methods_are_refused(
    client: TestClient, method: str, path: str, allow: str
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == allow


def test_the_id_is_judged_before_the_body(client: TestClient) -> None:
    assert client.put("/items/UPPER", content=b"x").status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-type": "application/json"}, 400),
        ({"content-type": "Application/JSON; charset=utf-8"}, 400),
        ({"content-type": "text/json"}, 415),
        ({}, 415),
        ({"content-type": "application/json", "content-encoding": "gzip"}, 415),
        ({"content-type": "application/json", "content-encoding": ""}, 415),
    ],
)
def test_the_media_type_comes_first(
    client: TestClient, headers: dict[str, str], status: int
) -> None:
    assert client.post("/items", content=b"x", headers=headers).status_code == status


def test_bodies_have_a_size(client: TestClient) -> None:
    headers = {"content-type": "application/json"}
    body = b'{"name":"a","price":1}'
    assert client.post("/items", content=body.ljust(65_536), headers=headers).status_code == 201
    answer = client.post("/items", content=body.ljust(65_537), headers=headers)
    assert (answer.status_code, answer.json()["title"]) == (413, "Content Too Large")


@pytest.mark.parametrize(
    "call",
    [
        post,
        lambda client: client.get("/items"),
        lambda client: client.get(f"/items/{ID}"),
        lambda client: client.put(f"/items/{ID}", json={"name": "a", "price": 1}),
        lambda client: client.delete(f"/items/{ID}"),
    ],
)
def test_failures_tell_nothing(
    client: TestClient,
    items: Memory,
    caplog: pytest.LogCaptureFixture,
    call: Callable[[TestClient], Response],
) -> None:
    items.failure = DatabaseUnavailableError("secret")
    answer = call(client)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    items.failure = RuntimeError("secret")
    answer = call(client)
    assert answer.status_code == 500
    assert answer.json()["detail"] == "An unexpected error occurred."
    assert "secret" not in answer.text
    assert "secret" in caplog.text


def test_health_and_metrics_need_no_store(client: TestClient, items: Memory) -> None:
    items.failure = RuntimeError()
    health = client.get("/health").json()
    assert health["status"] == "ok"
    assert (health["runtime"], health["version"], health["memoryLimitMb"]) == (
        "python",
        "1.2.3",
        1769,
    )
    assert health["coldStart"] is True
    client.get("/nowhere")
    metrics = client.get("/python/metrics").json()
    assert metrics["invocations"] == 3
    assert metrics["memory"]["limitBytes"] == 1769 << 20
    assert metrics["memory"]["peakRssBytes"] >= metrics["memory"]["rssAfterInitBytes"] > 0
    assert metrics["routes"]["GET /health"]["count"] == 1
    assert metrics["routes"]["unmatched"]["count"] == 1


def test_a_request_writes_one_line_without_data(
    client: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    post(client, name="do not log me")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == 1
    assert list(lines[0]) == [
        "timestamp", "level", "message", "requestId", "method", "route", "status",
        "durationMs", "cpuMs", "rssBytes", "coldStart",
    ]  # fmt: skip
    assert (lines[0]["method"], lines[0]["route"], lines[0]["status"]) == (
        "POST",
        "/items",
        201,
    )
    assert "do not log me" not in json.dumps(lines)
