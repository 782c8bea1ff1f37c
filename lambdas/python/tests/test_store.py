import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import botocore.exceptions
import pytest

from model import Item, parse_draft
from store import DatabaseUnavailableError, ItemNotFoundError, Store, StoreSettings, positive

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

ENVIRON = {
    "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local",
    "DYNAMODB_ATTEMPT_TIMEOUT_MS": "300",
}  # fmt: skip


def item(number: int = 0, price: float = 19.99) -> Item:
    return Item(
        id=f"00000000-0000-4000-8000-{number:012d}", name="Lamp", description="", price=price,
        runtime="python", source_ip="203.0.113.7", created_at="2026-01-02T03:04:05.678Z",
        updated_at="2026-01-02T03:04:05.678Z",
    )  # fmt: skip


@pytest.fixture
def store(endpoint: str, table: str, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", endpoint)
    return Store(
        StoreSettings({**ENVIRON, "TABLE_NAME": table, "DYNAMODB_ATTEMPT_TIMEOUT_MS": "8000"})
    )


def test_an_item_lives(store: Store, table: str, database: "DynamoDBClient") -> None:
    store.prime()
    store.put(item(), expires_at=1_800_000_000)
    assert store.get(item().id) == item()
    row = database.get_item(TableName=table, Key={"id": {"S": item().id}})["Item"]
    assert row["price"] == {"N": "19.99"}
    assert row["expiresAt"] == {"N": "1800000000"}
    draft = parse_draft(b'{"name":"Desk","description":"d","price":1e2}')
    changed = store.update(item().id, draft, updated_at="later")
    want = {"name": "Desk", "description": "d", "price": 100, "updated_at": "later"}
    assert changed == item().model_copy(update=want)
    assert isinstance(changed.price, int)
    row = database.get_item(TableName=table, Key={"id": {"S": item().id}})["Item"]
    assert row["expiresAt"] == {"N": "1800000000"}
    store.delete(item().id)
    with pytest.raises(ItemNotFoundError):
        store.get(item().id)
    with pytest.raises(ItemNotFoundError):
        store.delete(item().id)
    with pytest.raises(ItemNotFoundError):
        store.update(item().id, draft, updated_at="later")


def test_pages_hold_every_item_once(store: Store) -> None:
    for number in range(7):
        store.put(item(number), expires_at=1)
    found: list[str] = []
    after: str | None = None
    while True:
        page, after = store.list(3, after)
        assert len(page) <= 3
        found += [one.id for one in page]
        if after is None:
            break
    assert sorted(found) == [item(number).id for number in range(7)]


class Server:
    """A database that answers as it is told, and counts."""

    def __init__(self) -> None:
        self.attempts = 0
        self.answer: Callable[[BaseHTTPRequestHandler], None] = lambda _: None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                outer.attempts += 1
                outer.answer(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.http.shutdown()
    made.http.server_close()


@pytest.fixture
def faulty(server: Server, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", server.url)
    # The back-off between attempts is botocore's business.
    monkeypatch.setattr(
        "botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0
    )
    return Store(StoreSettings({**ENVIRON, "AWS_SESSION_TOKEN": "token"}))


def reply(
    status: int, body: bytes, kind: str = "application/x-amz-json-1.0"
) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("content-type", kind)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def error(status: int, code: str) -> Callable[[BaseHTTPRequestHandler], None]:
    return reply(
        status, json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}"}).encode()
    )


def reset(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


@pytest.mark.parametrize(
    "answer",
    [
        error(400, "ProvisionedThroughputExceededException"),
        error(400, "ThrottlingException"),
        reply(503, b"<html>", "text/html"),
        reset,
    ],
)
def test_an_unreachable_database_is_tried_three_times(
    server: Server, faulty: Store, answer: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    server.answer = answer
    with pytest.raises(DatabaseUnavailableError):
        faulty.get(item().id)
    assert server.attempts == 3


def test_a_silent_database_is_given_up(server: Server, faulty: Store) -> None:
    released = threading.Event()

    def wait(_: BaseHTTPRequestHandler) -> None:
        released.wait(10)

    server.answer = wait
    with pytest.raises(DatabaseUnavailableError):
        faulty.get(item().id)
    released.set()
    assert server.attempts == 3


@pytest.mark.parametrize(
    "answer", [reply(200, b"<html>", "text/html"), reply(200, b'{"Item":{')]
)
def test_what_is_no_json_is_no_answer(
    server: Server, faulty: Store, answer: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    server.answer = answer
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever it is, it is none of ours
        faulty.put(item(), expires_at=1)
    assert not isinstance(caught.value, DatabaseUnavailableError | ItemNotFoundError)


def test_other_errors_go_through(server: Server, faulty: Store) -> None:
    server.answer = error(400, "ValidationException")
    with pytest.raises(botocore.exceptions.ClientError):
        faulty.get(item().id)
    assert server.attempts == 1


@pytest.mark.parametrize("value", ["0", "-1", "x", "1.5", "\u0661"])
def test_settings_say_what_is_wrong(value: str) -> None:
    with pytest.raises(ValueError, match=r"ITEM_TTL_DAYS: got .* want a positive integer"):
        positive({"ITEM_TTL_DAYS": value}, "ITEM_TTL_DAYS", 7)
