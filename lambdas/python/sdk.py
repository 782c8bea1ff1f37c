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

from database import connect
from gateway import lambda_handler
from item import Item, timestamp
from layers import Calls, create_layer
from model import Draft
from settings import positive
from store import Store

LIMIT: Final = 20  # the API's default
# As large as those of the benchmark's own requests.
DRAFT: Final = Draft(name="Benchmark item 00000000", description="d" * 96, price=123.45)

store = Store(connect, os.environ.get("TABLE_NAME") or "multi-runtime-benchmark-items-dev")
item_ttl = timedelta(days=positive(os.environ, "ITEM_TTL_DAYS", 7))


class StoreCalls(Calls):
    """The API's calls."""

    def list(self) -> None:
        """List a page of items."""
        store.list(LIMIT, None)

    def create(self) -> str:
        """Create an item and return its id."""
        created = datetime.now(UTC)
        item = Item(
            **DRAFT.model_dump(),
            id=str(uuid.uuid4()),
            runtime="python",
            source_ip="127.0.0.1",
            created_at=timestamp(created),
            updated_at=timestamp(created),
        )
        store.put(item, expires_at=int((created + item_ttl).timestamp()))
        return item.id

    def get(self, item_id: str) -> None:
        """Get an item."""
        store.get(item_id)

    def replace(self, item_id: str) -> None:
        """Replace an item's fields."""
        store.update(item_id, DRAFT, updated_at=timestamp(datetime.now(UTC)))

    def delete(self, item_id: str) -> None:
        """Delete an item."""
        store.delete(item_id)


handler = lambda_handler(create_layer(StoreCalls()))
