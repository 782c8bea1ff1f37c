import os
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import botocore.session
import pytest

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

os.environ.setdefault("AWS_REGION", "us-east-1")
os.environ.setdefault("AWS_ACCESS_KEY_ID", "local")
os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "local")
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"


@pytest.fixture(scope="session")
def endpoint() -> str:
    url = os.environ.get("TEST_DYNAMODB_ENDPOINT")
    if not url:
        pytest.fail("TEST_DYNAMODB_ENDPOINT: got nothing, want the URL of a local DynamoDB")
    return url


@pytest.fixture
def database(endpoint: str) -> "Iterator[DynamoDBClient]":
    """A client that does not go through the store."""
    client: DynamoDBClient = botocore.session.get_session().create_client(  # type: ignore[assignment]
        "dynamodb", region_name="us-east-1", endpoint_url=endpoint
    )
    yield client
    client.close()


@pytest.fixture
def table(database: "DynamoDBClient") -> Iterator[str]:
    """An empty table of its own."""
    name = f"items-{uuid.uuid4()}"
    database.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield name
    database.delete_table(TableName=name)
