"""The client of DynamoDB, made by boto3 from what Lambda sets in the environment."""

import os
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from settings import positive

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


def connect() -> "DynamoDBClient":
    """Make a client whose calls end within the function's own timeout."""
    return boto3.client(
        "dynamodb",
        config=Config(
            retries={"mode": "standard", "total_max_attempts": 3},
            connect_timeout=2,
            read_timeout=positive(os.environ, "DYNAMODB_ATTEMPT_TIMEOUT_MS", 8000) / 1000,
            tcp_keepalive=True,
        ),
    )
