"""Items in a DynamoDB table.

The client is made on first use, once per process, and kept. What a caller of
this module has to tell apart has an exception of its own; anything else goes
through as botocore raised it.

    store = Store(StoreSettings(os.environ))
    store.put(item, expires_at=1_800_000_000)
"""

import encodings.idna  # noqa: F401 - else the first look-up of a host name imports it
import functools
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import botocore
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError
from botocore.handlers import add_recursion_detection_header, add_retry_headers

from item import Item, Price

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, ScanInputTypeDef

    from model import Draft

    type Attributes = Mapping[str, AttributeValueTypeDef]

SDK_VERSION: Final = botocore.__version__

_MAX_ATTEMPTS: Final = 3
_CONNECT_TIMEOUT_S: Final = 2

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


class StoreSettings:
    """The environment variables that the store depends on.

    Without a region or credentials here, botocore looks where it always does.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.table = environ.get("TABLE_NAME") or "multi-runtime-benchmark-items-dev"
        self.attempt_timeout_s = positive(environ, "DYNAMODB_ATTEMPT_TIMEOUT_MS", 8000) / 1000
        self.region = environ.get("AWS_REGION")
        self.access_key_id = environ.get("AWS_ACCESS_KEY_ID")
        self.secret_access_key = environ.get("AWS_SECRET_ACCESS_KEY")
        self.session_token = environ.get("AWS_SESSION_TOKEN")


def positive(environ: Mapping[str, str], name: str, default: int) -> int:
    """Read an environment variable that is a whole number above 0."""
    value = environ.get(name)
    if not value:
        return default
    if not (value.isascii() and value.isdigit() and int(value) > 0):
        message = f"{name}: got {value!r}, want a positive integer"
        raise ValueError(message)
    return int(value)


class Store:
    """The items. All methods block: an environment answers one request at a time."""

    def __init__(self, settings: StoreSettings) -> None:
        self._settings = settings
        self._table = settings.table
        # boto3.client() would return the very same client. boto3 itself is left
        # out, since importing it loads S3's transfer manager with it.
        # Its built-in handlers mend other services' requests. Making them takes longer
        # than making a client, so only the two that every service has are taken.
        self._session = botocore.session.Session(include_builtin_handlers=False)
        self._session.register("before-call", add_recursion_detection_header)  # type: ignore[arg-type]
        self._session.register("request-created", add_retry_headers)  # type: ignore[arg-type]
        # Code in the shape of data: read while the imports are, kept by the session.
        self._session.get_service_model("dynamodb")

    @functools.cached_property
    def _client(self) -> "DynamoDBClient":
        settings = self._settings
        client: DynamoDBClient = self._session.create_client(  # type: ignore[assignment]
            "dynamodb",
            region_name=settings.region,
            # Where Lambda sets these, nothing has to look for or refresh any.
            aws_access_key_id=settings.access_key_id,
            aws_secret_access_key=settings.secret_access_key,
            aws_session_token=settings.session_token,
            config=Config(
                retries={"mode": "standard", "total_max_attempts": _MAX_ATTEMPTS},
                connect_timeout=_CONNECT_TIMEOUT_S,
                read_timeout=settings.attempt_timeout_s,
                tcp_keepalive=True,
                # Our own calls are right by construction, and DynamoDB judges them again.
                parameter_validation=False,
                # One endpoint for all accounts: saves working out the account's own.
                account_id_endpoint_mode="disabled",
                # A fixed name: otherwise every call composes one of thirty parts, twice.
                user_agent=f"Botocore/{SDK_VERSION}",
            ),
        )
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

    def update(self, item_id: str, draft: "Draft | Item", *, updated_at: str) -> Item:
        """Replace what a caller decides about an item and return the whole of it.

        An item may say it, too: it has the same fields.
        """
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
