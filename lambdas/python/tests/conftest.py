import json
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from mangum import Mangum

import app
import gateway
import log
import tuned.app
import tuned.event
import tuned.log
from item import Item
from metrics import Metrics
from model import Draft
from store import ItemNotFoundError

ID = "0a0b0c0d-0102-4304-8506-0708090a0b0c"
OTHER_ID = "ffffffff-0102-4304-8506-0708090a0b0c"
NOW = datetime(2026, 11, 22, 9, 8, 7, 65_400, UTC)
ITEM = Item(
    id=ID,
    name="Lamp",
    description="",
    price=19.99,
    runtime="rust",
    source_ip="192.0.2.1",
    created_at="2026-01-01T00:00:00.000Z",
    updated_at="2026-01-01T00:00:00.000Z",
)


class FakeItems:
    """A store in memory that can be told to fail."""

    def __init__(self) -> None:
        self.items = {ID: ITEM}
        self.expires_at: dict[str, int] = {}
        self.listed: list[tuple[int, str | None]] = []
        self.last_id: str | None = None
        self.error: Exception | None = None

    def _found(self, item_id: str) -> Item:
        if self.error is not None:
            raise self.error
        if item_id not in self.items:
            raise ItemNotFoundError
        return self.items[item_id]

    def put(self, item: Item, *, expires_at: int) -> None:
        if self.error is not None:
            raise self.error
        self.items[item.id] = item
        self.expires_at[item.id] = expires_at

    def get(self, item_id: str) -> Item:
        return self._found(item_id)

    def list(self, limit: int, after: str | None) -> tuple[list[Item], str | None]:
        self.listed.append((limit, after))
        return [self._found(item_id) for item_id in self.items], self.last_id

    def update(self, item_id: str, draft: Draft, *, updated_at: str) -> Item:
        changed = {**draft.model_dump(), "updated_at": updated_at}
        self.items[item_id] = self._found(item_id).model_copy(update=changed)
        return self.items[item_id]

    def delete(self, item_id: str) -> None:
        self._found(item_id)
        del self.items[item_id]


@dataclass
class Context:
    aws_request_id: str = "8f5b9c00-0000-4000-8000-000000000000"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: str
    base64: bool

    def json(self) -> Any:  # noqa: ANN401 - as JSON is
        return json.loads(self.body)


@dataclass
class Caller:
    """Calls the function with events as API Gateway makes them."""

    handler: Mangum
    metrics: Metrics
    sent: list[dict[str, Any]] = field(default_factory=list)

    def __call__(
        self,
        method: str,
        path: str,
        body: str | None = None,
        *,
        headers: dict[str, list[str]] | None = None,
        query: dict[str, list[str]] | None = None,
        **members: object,
    ) -> Answer:
        if headers is None:
            headers = {} if body is None else {"Content-Type": ["application/json"]}
        event = event_of(method, path, body, headers, query) | members
        got = self.handler(event, Context())  # type: ignore[arg-type]
        return Answer(
            got["statusCode"], got["headers"], got["body"], base64=got["isBase64Encoded"]
        )


def event_of(
    method: str,
    path: str,
    body: str | None = None,
    headers: dict[str, list[str]] | None = None,
    query: dict[str, list[str]] | None = None,
) -> dict[str, Any]:
    return {
        "resource": "/python/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": {name: values[-1] for name, values in (headers or {}).items()} or None,
        "multiValueHeaders": headers or None,
        "queryStringParameters": {name: values[-1] for name, values in (query or {}).items()}
        or None,
        "multiValueQueryStringParameters": query,
        "requestContext": {"identity": {"sourceIp": "203.0.113.7"}},
        "body": body,
        "isBase64Encoded": False,
    }


@pytest.fixture
def items() -> FakeItems:
    return FakeItems()


CREATE_APP = {"stock": app.create_app, "tuned": tuned.app.create_app}
HANDLER = {"stock": gateway.lambda_handler, "tuned": tuned.event.lambda_handler}


@pytest.fixture(params=["stock", "tuned"])
def variant(request: pytest.FixtureRequest) -> str:
    """What is the same in both variants is tested in both."""
    name: str = request.param
    return name


@pytest.fixture
def call(items: FakeItems, variant: str) -> Caller:
    metrics = Metrics(memory_limit_mb=512)
    application = CREATE_APP[variant](
        items,
        metrics,
        version="1.2.3",
        memory_limit_mb=512,
        now=lambda: NOW,
        new_id=lambda: OTHER_ID,
    )
    return Caller(HANDLER[variant](application), metrics)


class CurrentOutput:
    """The standard output of whichever test is running."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()


@pytest.fixture(autouse=True, scope="session")
def _log_to_the_running_test() -> None:
    # The loggers keep the standard output that there is when they are made.
    tuned.log._logger()
    for handler in log.logger.handlers:
        assert isinstance(handler, logging.StreamHandler)
        handler.stream = CurrentOutput()


@pytest.fixture
def log_lines(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    """Return what was logged since the last call."""
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]
