import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import boto3
import botocore
import pytest

import database
import tuned.client
from model import Draft
from store import DatabaseUnavailableError, ItemNotFoundError, Store

from .conftest import ID, ITEM, OTHER_ID

if TYPE_CHECKING:
    from item import Item

CONNECT = {"stock": database.connect, "tuned": tuned.client.connect}


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


@pytest.fixture(scope="session")
def endpoint() -> str:
    """The URL of a DynamoDB that is there for tests."""
    url = os.environ.get("TEST_DYNAMODB_ENDPOINT")
    if not url:
        pytest.fail(
            "TEST_DYNAMODB_ENDPOINT: got nothing, want the URL of a DynamoDB for tests; "
            "`make test` starts one, or start dynalite and name it"
        )
    return url


@pytest.fixture(scope="session")
def table(endpoint: str) -> Iterator[str]:
    name = f"python-store-test-{os.getpid()}"
    client = boto3.client(
        "dynamodb",
        region_name="eu-west-1",
        endpoint_url=endpoint,
        aws_access_key_id="key",
        aws_secret_access_key="secret",  # noqa: S106 - no secret
    )
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.get_waiter("table_exists").wait(
        TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )
    yield name
    client.delete_table(TableName=name)


@pytest.fixture
def store(
    endpoint: str, table: str, variant: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Store]:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", endpoint)
    one = Store(CONNECT[variant], table)
    yield one
    for item in one.list(100, None)[0]:
        one.delete(item.id)


def test_round_trip(store: Store) -> None:
    with pytest.raises(ItemNotFoundError):
        store.get(ID)
    store.put(ITEM, expires_at=1_900_000_000)
    assert store.get(ID) == ITEM
    assert store.list(20, None) == ([ITEM], None)


@pytest.mark.parametrize("price", [0, 0.01, 19.99, 100, 123_456.78, 1_000_000])
def test_prices_come_back_as_they_were(store: Store, price: float) -> None:
    store.put(ITEM.model_copy(update={"price": price}), expires_at=1)
    assert str(store.get(ID).price) == str(price)


def test_update_replaces_what_a_caller_decides(store: Store, table: str) -> None:
    store.put(ITEM, expires_at=1_900_000_000)
    draft = Draft(name="\U0001f4a1", description="new", price=2.5)
    want = ITEM.model_copy(
        update={"name": "\U0001f4a1", "description": "new", "price": 2.5, "updated_at": "later"}
    )
    assert store.update(ID, draft, updated_at="later") == want
    assert store.get(ID) == want
    stored = store._client.get_item(TableName=table, Key={"id": {"S": ID}})["Item"]
    assert stored["expiresAt"] == {"N": "1900000000"}


def test_update_never_creates(store: Store) -> None:
    with pytest.raises(ItemNotFoundError):
        store.update(OTHER_ID, Draft(name="a", price=1), updated_at="later")
    assert store.list(20, None) == ([], None)


def test_delete(store: Store) -> None:
    store.put(ITEM, expires_at=1)
    store.delete(ID)
    with pytest.raises(ItemNotFoundError):
        store.delete(ID)


def test_list_goes_on_after_an_id(store: Store) -> None:
    ids = {f"{n:08}-0000-4000-8000-000000000000" for n in range(5)}
    for item_id in ids:
        store.put(ITEM.model_copy(update={"id": item_id}), expires_at=1)
    seen: list[Item] = []
    after = None
    pages = 0
    while pages == 0 or after is not None:
        found, after = store.list(2, after)
        assert len(found) <= 2
        seen += found
        pages += 1
    assert {item.id for item in seen} == ids
    assert len(seen) == 5
    assert pages >= 3


def test_priming_makes_the_client(store: Store) -> None:
    assert "_client" not in store.__dict__
    store.prime()
    assert "_client" in store.__dict__


def test_an_attempt_ends_in_time(variant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert CONNECT[variant]().meta.config.read_timeout == 8  # type: ignore[attr-defined]
    monkeypatch.setenv("DYNAMODB_ATTEMPT_TIMEOUT_MS", "250")
    config = CONNECT[variant]().meta.config
    assert (config.read_timeout, config.connect_timeout) == (0.25, 2)  # type: ignore[attr-defined]


class Database:
    """A server that gives the same answer to everything."""

    def __init__(self) -> None:
        self.status = 200
        self.body: bytes = b"{}"
        self.code: str | None = None
        self.user_agents: list[str] = []
        self.silent = False
        database = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                database.user_agents.append(self.headers["User-Agent"])
                self.rfile.read(int(self.headers["Content-Length"]))
                if database.silent:
                    self.close_connection = True
                    return
                body = database.body
                if database.code is not None:
                    body = json.dumps({"__type": f"com.amazonaws#{database.code}"}).encode()
                self.send_response(database.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    one = Database()
    # botocore waits between its attempts.
    monkeypatch.setattr(time, "sleep", lambda _: None)
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", one.url)
    thread = Thread(target=one.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield one
    one.server.shutdown()
    thread.join()
    one.server.server_close()


@pytest.fixture
def lonely(variant: str) -> Iterator[Store]:
    """A store whose database is a Database, or not there."""
    one = Store(CONNECT[variant], "items")
    yield one
    one._client.close()


CALLS: list[Callable[[Store], object]] = [
    lambda store: store.put(ITEM, expires_at=1),
    lambda store: store.get(ID),
    lambda store: store.list(1, None),
    lambda store: store.update(ID, Draft(name="a", price=1), updated_at="x"),
    lambda store: store.delete(ID),
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "code", ["ThrottlingException", "ProvisionedThroughputExceededException"]
)
def test_throttling(
    answers: Database, lonely: Store, call: Callable[[Store], object], code: str
) -> None:
    answers.status, answers.code = 400, code
    with pytest.raises(DatabaseUnavailableError):
        call(lonely)
    assert len(answers.user_agents) == 3


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_proxy_without_database(answers: Database, lonely: Store, status: int) -> None:
    answers.status, answers.body = status, b"<html>"
    with pytest.raises(DatabaseUnavailableError):
        lonely.get(ID)
    assert len(answers.user_agents) == 3


def test_a_closed_connection(answers: Database, lonely: Store) -> None:
    answers.silent = True
    with pytest.raises(DatabaseUnavailableError):
        lonely.get(ID)
    assert len(answers.user_agents) == 3


def test_nobody_listens(monkeypatch: pytest.MonkeyPatch, lonely: Store) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", f"http://127.0.0.1:{port}")
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with pytest.raises(DatabaseUnavailableError):
        lonely.get(ID)


def test_no_answer_in_time(monkeypatch: pytest.MonkeyPatch, lonely: Store) -> None:
    monkeypatch.setenv("DYNAMODB_ATTEMPT_TIMEOUT_MS", "100")
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", url)
        with pytest.raises(DatabaseUnavailableError):
            lonely.get(ID)


@pytest.mark.parametrize("status", [400, 500])
def test_other_errors_are_unexpected(answers: Database, lonely: Store, status: int) -> None:
    answers.status, answers.code = status, "ResourceNotFoundException"
    with pytest.raises(Exception, match="ResourceNotFoundException") as raised:
        lonely.get(ID)
    assert not isinstance(raised.value, DatabaseUnavailableError | ItemNotFoundError)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("body", [b"<html>", b'{"Item":{"id":', b""])
def test_an_answer_that_is_no_json(
    answers: Database, lonely: Store, call: Callable[[Store], object], body: bytes
) -> None:
    answers.body = body
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        call(lonely)


def test_an_item_that_is_not_ours_does_not_show_in_the_error(
    answers: Database, lonely: Store
) -> None:
    attributes = {
        name: {"S": "secret"}
        for name in ("id", "name", "description", "runtime", "sourceIp", "createdAt")
    }
    item = attributes | {"updatedAt": {"S": "x"}, "price": {"N": "1"}, "name": {"S": 1}}
    answers.body = json.dumps({"Item": item}).encode()
    with pytest.raises(ValueError, match="name") as raised:
        lonely.get(ID)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("variant", ["tuned"], indirect=True)
def test_the_tuned_user_agent_is_short(answers: Database, lonely: Store) -> None:
    lonely.put(ITEM, expires_at=1)
    # Powertools adds itself once it has logged a failure.
    assert answers.user_agents[0].split(" PT/")[0] == f"Botocore/{botocore.__version__}"
