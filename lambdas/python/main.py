"""The Python implementation of the Items API, a Lambda function behind API Gateway.

Lambda calls handler with REST proxy events. As a program this file is a plain
HTTP server on 127.0.0.1 for development, which SIGTERM stops.

    PORT=8080 AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:8000 python main.py
"""

import importlib
import os
import threading
from collections.abc import Mapping
from datetime import timedelta

from startup import quick_imports

with quick_imports():
    from fastapi import FastAPI

    import log
    from app import create_app
    from event import lambda_handler
    from metrics import Metrics
    from store import Store, StoreSettings, positive

# Leaves half of Lambda's init phase of 10 s to a function whose database does not
# answer. The first request will try again.
PRIME_TIMEOUT_S = 5


def prime(store: Store, timeout_s: float = PRIME_TIMEOUT_S) -> None:
    """Make and warm the store's client. A failure only costs its warmth."""

    def read() -> None:
        try:
            store.prime()
        except Exception as error:  # noqa: BLE001 - whatever it is, requests will meet it, too
            log.failure("The store could not be primed.", "init", error)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(timeout_s)


def create(environ: Mapping[str, str]) -> tuple[FastAPI, Metrics]:
    """Make the application that the environment variables describe."""
    store = Store(StoreSettings(environ))
    if environ.get("PRIME_ON_INIT") == "true":
        prime(store)
    memory_limit_mb = positive(environ, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", 0)
    item_ttl = timedelta(days=positive(environ, "ITEM_TTL_DAYS", 7))
    metrics = Metrics(memory_limit_mb)
    app = create_app(
        store,
        metrics,
        version=environ.get("APP_VERSION") or "dev",
        memory_limit_mb=memory_limit_mb,
        item_ttl=item_ttl,
    )
    return app, metrics


def on_restore(metrics: Metrics) -> None:
    """Take the first request after a restore from a snapshot for a cold one."""
    # The runtime has it and has imported it already.
    snapshot = importlib.import_module("snapshot_restore_py")
    snapshot.register_after_restore(metrics.restored)


def serve(app: FastAPI, port: int) -> None:
    """Answer plain HTTP until a signal comes."""
    import uvicorn  # noqa: PLC0415 - not in the zip

    # Without its own headers and log lines, and without trust in X-Forwarded-For.
    uvicorn.run(
        app,
        port=port,
        lifespan="off",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_level="info",
    )


if __name__ == "__main__":
    serve(create(os.environ)[0], positive(os.environ, "PORT", 8080))
else:
    _app, _metrics = create(os.environ)
    handler = lambda_handler(_app)
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        on_restore(_metrics)
