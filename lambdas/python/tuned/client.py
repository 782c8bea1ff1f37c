"""A client of DynamoDB that does for five operations what they need, and no more."""

import os
from typing import TYPE_CHECKING

import botocore
import botocore.session
from botocore.config import Config
from botocore.handlers import add_recursion_detection_header, add_retry_headers

from settings import positive

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


def connect() -> "DynamoDBClient":
    """Make a client by botocore alone.

    boto3.client() would return the very same one, but importing boto3 loads S3's
    transfer manager with it.
    """
    # botocore's own handlers mend other services' requests. Making them takes longer
    # than making a client, so only the two that every service has are taken.
    session = botocore.session.Session(include_builtin_handlers=False)
    session.register("before-call", add_recursion_detection_header)  # type: ignore[arg-type]
    session.register("request-created", add_retry_headers)  # type: ignore[arg-type]
    return session.create_client(  # type: ignore[return-value]
        "dynamodb",
        region_name=os.environ.get("AWS_REGION"),
        # Where Lambda sets these, nothing has to look for or refresh any.
        aws_access_key_id=os.environ.get("AWS_ACCESS_KEY_ID"),
        aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY"),
        aws_session_token=os.environ.get("AWS_SESSION_TOKEN"),
        config=Config(
            retries={"mode": "standard", "total_max_attempts": 3},
            connect_timeout=2,
            read_timeout=positive(os.environ, "DYNAMODB_ATTEMPT_TIMEOUT_MS", 8000) / 1000,
            tcp_keepalive=True,
            # Our own calls are right by construction, and DynamoDB judges them again.
            parameter_validation=False,
            # One endpoint for all accounts: saves working out the account's own.
            account_id_endpoint_mode="disabled",
            # A fixed name: otherwise every call composes one of thirty parts, twice.
            user_agent=f"Botocore/{botocore.__version__}",
        ),
    )
