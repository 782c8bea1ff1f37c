"""Puts the function together as the environment variables describe it.

app, metrics = assemble(os.environ, create_app, connect, failure)
"""

import importlib
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from fastapi import FastAPI

from metrics import Metrics
from settings import positive
from store import Items, Store

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

# Leaves half of Lambda's init phase of 10 s to a function whose database does not
# answer. The first request will try again.
PRIME_TIMEOUT_S = 5

type Failure = Callable[[str, Exception], None]
"""Writes to the log what failed outside of any request."""


class CreateApp(Protocol):
    """Makes the application over a store."""

    def __call__(
        self,
        items: Items,
        metrics: Metrics,
        *,
        version: str,
        memory_limit_mb: int,
        item_ttl: timedelta,
    ) -> FastAPI:
        """Return the API; memory_limit_mb is 0 where there is no limit."""


def assemble(
    environ: Mapping[str, str],
    create_app: CreateApp,
    connect: "Callable[[], DynamoDBClient]",
    failure: Failure,
) -> tuple[FastAPI, Metrics]:
    """Return the application, whose store is primed where the environment says so."""
    store = Store(connect, environ.get("TABLE_NAME") or "multi-runtime-benchmark-items-dev")
    if environ.get("PRIME_ON_INIT") == "true":
        prime(store, failure)
    memory_limit_mb = positive(environ, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", 0)
    metrics = Metrics(memory_limit_mb)
    app = create_app(
        store,
        metrics,
        version=environ.get("APP_VERSION") or "dev",
        memory_limit_mb=memory_limit_mb,
        item_ttl=timedelta(days=positive(environ, "ITEM_TTL_DAYS", 7)),
    )
    if environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        # Only there does the runtime bring this module along.
        snapshot = importlib.import_module("snapshot_restore_py")
        snapshot.register_after_restore(metrics.restored)
    return app, metrics


def prime(store: Store, failure: Failure, timeout_s: float = PRIME_TIMEOUT_S) -> None:
    """Make and warm the store's client. A failure only costs its warmth."""

    def read() -> None:
        try:
            store.prime()
        except Exception as error:  # noqa: BLE001 - whatever it is, requests will meet it, too
            failure("The store could not be primed.", error)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(timeout_s)
