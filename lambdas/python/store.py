"""Items in a DynamoDB table.

The client is made on first use, once per process, and kept. What a caller of
this module has to tell apart has an exception of its own; anything else goes
through as botocore raised it.

    store = Store(connect, "items")
    store.put(item, expires_at=1_800_000_000)
"""

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Protocol

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from item import Item, Price

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, ScanInputTypeDef

    from model import Draft

    type Attributes = Mapping[str, AttributeValueTypeDef]

_NIL_ID: Final = "00000000-0000-0000-0000-000000000000"

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
_THROTTLED: Final = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
# What a proxy answers that could not reach DynamoDB itself.
_UNREACHED: Final = frozenset({502, 503, 504})


class ItemNotFoundError(Exception):
    """The table has no such item."""


class DatabaseUnavailableError(Exception):
    """DynamoDB throttled a call or could not be reached, even after the retries."""


class Items(Protocol):
    """What an app needs of a store; Store is one.

    All of it may raise DatabaseUnavailableError, and where an id is given,
    ItemNotFoundError.
    """

    def put(self, item: Item, *, expires_at: int) -> None:
        """Write a new item that expires at a time in seconds since 1970."""

    def get(self, item_id: str) -> Item:
        """Read an item."""

    def list(self, limit: int, after: str | None) -> tuple[list[Item], str | None]:
        """Read up to limit items after an id, and the id to go on after."""

    def update(self, item_id: str, draft: "Draft", *, updated_at: str) -> Item:
        """Replace what a caller decides about an item."""

    def delete(self, item_id: str) -> None:
        """Remove an item."""


class Store:
    """The items. All methods block."""

    def __init__(self, connect: "Callable[[], DynamoDBClient]", table: str) -> None:
        self._connect = connect
        self._table = table

    @functools.cached_property
    def _client(self) -> "DynamoDBClient":
        client = self._connect()
        client.meta.events.register("before-parse.dynamodb", _refuse_no_json)
        return client

    def prime(self) -> None:
        """Make the client and warm it: TLS, connection, one read."""
        with suppress(ItemNotFoundError):
            self.get(_NIL_ID)

    def put(self, item: Item, *, expires_at: int) -> None:
        """Write a new item, which expires at a time in seconds since 1970.

        Its id is fresh, so that a retry does no harm.
        """
        with _classified():
            self._client.put_item(
                TableName=self._table,
                Item={
                    "id": {"S": item.id},
                    "name": {"S": item.name},
                    "description": {"S": item.description},
                    "price": {"N": str(item.price)},
                    "runtime": {"S": item.runtime},
                    "sourceIp": {"S": item.source_ip},
                    "createdAt": {"S": item.created_at},
                    "updatedAt": {"S": item.updated_at},
                    "expiresAt": {"N": str(expires_at)},
                },
            )

    def get(self, item_id: str) -> Item:
        """Read an item with strong consistency."""
        with _classified():
            answer = self._client.get_item(
                TableName=self._table, Key=_key(item_id), ConsistentRead=True
            )
        if "Item" not in answer:
            raise ItemNotFoundError
        return _item(answer["Item"])

    def list(self, limit: int, after: str | None) -> tuple[list[Item], str | None]:
        """Read up to limit items after an id, None being the start of the table.

        Returns them with the id to go on after, None at the end of the table.
        """
        request: ScanInputTypeDef = {"TableName": self._table, "Limit": limit}
        if after is not None:
            request["ExclusiveStartKey"] = _key(after)
        with _classified():
            answer = self._client.scan(**request)
        items = [_item(attributes) for attributes in answer["Items"]]
        last = answer.get("LastEvaluatedKey")
        return items, last["id"]["S"] if last else None

    def update(self, item_id: str, draft: "Draft", *, updated_at: str) -> Item:
        """Replace what a caller decides about an item and return the whole of it."""
        with _classified():
            answer = self._client.update_item(
                TableName=self._table,
                Key=_key(item_id),
                ConditionExpression="attribute_exists(id)",
                UpdateExpression=(
                    "SET #name = :name, description = :description, "
                    "price = :price, updatedAt = :updatedAt"
                ),
                ExpressionAttributeNames={"#name": "name"},  # a reserved word
                ExpressionAttributeValues={
                    ":name": {"S": draft.name},
                    ":description": {"S": draft.description},
                    ":price": {"N": str(draft.price)},
                    ":updatedAt": {"S": updated_at},
                },
                ReturnValues="ALL_NEW",
            )
        return _item(answer["Attributes"])

    def delete(self, item_id: str) -> None:
        """Remove an item."""
        with _classified():
            self._client.delete_item(
                TableName=self._table,
                Key=_key(item_id),
                ConditionExpression="attribute_exists(id)",
            )


def _refuse_no_json(response_dict: dict[str, Any], **_: object) -> None:
    """Refuse an answer that botocore would take for an empty one.

    It reads what is no JSON, as from a proxy on the way, as an object without
    members: a write would seem to have happened, and an item not to exist.
    """
    if response_dict["status_code"] == HTTPStatus.OK:
        json.loads(response_dict["body"])


def _key(item_id: str) -> "Attributes":
    return {"id": {"S": item_id}}


def _item(attributes: "Attributes") -> Item:
    return Item(
        id=attributes["id"]["S"],
        name=attributes["name"]["S"],
        description=attributes["description"]["S"],
        price=_price(attributes["price"]["N"]),
        runtime=attributes["runtime"]["S"],
        source_ip=attributes["sourceIp"]["S"],
        created_at=attributes["createdAt"]["S"],
        updated_at=attributes["updatedAt"]["S"],
    )


def _price(number: str) -> Price:
    price = float(number)
    return int(price) if price.is_integer() else price


@contextmanager
def _classified() -> Iterator[None]:
    """Raise this module's exceptions for those of botocore's that have one."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "ConditionalCheckFailedException":
            raise ItemNotFoundError from None
        if (
            code in _THROTTLED
            or error.response["ResponseMetadata"]["HTTPStatusCode"] in _UNREACHED
        ):
            raise DatabaseUnavailableError from error
        raise
    except (NoConnectionError, HTTPClientError) as error:
        raise DatabaseUnavailableError from error
