"""The framework and the SDK: framework.py with the API's calls of DynamoDB.

Behind each route is the one call that the API makes there, by the API's own store.
What is written is fixed but for its id, what is read is thrown away. What its figures
are above the framework's is what the SDK and the database cost; what is left up to
the API's is the API's own work.
"""

import os
import uuid
from datetime import UTC, datetime, timedelta
from typing import Final

from startup import quick_imports

with quick_imports():
    from fastapi import Request, Response

    from event import lambda_handler
    from item import Item, timestamp
    from routing import new_app, prefixed
    from store import Store, StoreSettings, positive

LIMIT: Final = 20  # the API's default

store = Store(StoreSettings(os.environ))
item_ttl = timedelta(days=positive(os.environ, "ITEM_TTL_DAYS", 7))
app = new_app()


def new_item(created: datetime) -> Item:
    """Make an item as large as those of the benchmark's own requests."""
    time = timestamp(created)
    return Item(
        id=str(uuid.uuid4()),
        name="Benchmark item 00000000",
        description="d" * 96,
        price=123.45,
        runtime="python",
        source_ip="127.0.0.1",
        created_at=time,
        updated_at=time,
    )


def ok(status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Give the floor's answer."""
    return Response('{"status":"ok"}', status, headers, media_type="application/json")


@app.get("/items")
async def list_items() -> Response:
    """List a page of items."""
    store.list(LIMIT, None)
    return ok()


@app.post("/items")
async def create_item() -> Response:
    """Create an item."""
    created = datetime.now(UTC)
    item = new_item(created)
    store.put(item, expires_at=int((created + item_ttl).timestamp()))
    return ok(201, {"Location": f"items/{item.id}"})


@app.get("/items/{id}")
async def get_item(request: Request) -> Response:
    """Get an item."""
    store.get(request.path_params["id"])
    return ok()


@app.put("/items/{id}")
async def replace_item(request: Request) -> Response:
    """Replace an item's fields."""
    item = new_item(datetime.now(UTC))
    store.update(request.path_params["id"], item, updated_at=item.updated_at)
    return ok()


@app.delete("/items/{id}")
async def delete_item(request: Request) -> Response:
    """Delete an item."""
    store.delete(request.path_params["id"])
    return Response(status_code=204)


handler = lambda_handler(prefixed(app))
