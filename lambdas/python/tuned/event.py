"""API Gateway's REST proxy events, payload 1.0, as ASGI requests.

Mangum's own handler for them is nearly right. This one keeps the path as it was
sent, but for the API's prefix, and takes what Mangum's cannot: a Host with more than
one colon, a port that is no number, a body that is not the base64 that the event says
it is.

    handler = lambda_handler(app)
"""

import asyncio
import base64
import binascii
import logging
from typing import Any, Final
from urllib.parse import urlencode

from mangum import Mangum
from mangum.handlers import APIGateway
from mangum.types import ASGI, LambdaConfig, LambdaContext, LambdaEvent, Scope

# API Gateway passes the whole path.
PREFIX: Final = "/python"


def lambda_handler(app: ASGI) -> Mangum:
    """Return an application as a function of REST proxy events."""
    # Lambda sets the level of the root logger. At INFO Mangum and botocore write lines
    # of their own for each request, at DEBUG botocore writes whole items.
    for library in ("asyncio", "botocore", "mangum", "urllib3"):
        logging.getLogger(library).setLevel(logging.WARNING)
    asyncio.set_event_loop(asyncio.new_event_loop())
    return Mangum(
        app,
        lifespan="off",
        custom_handlers=[RestEvent],
        # Answers of any other type would go out as base64.
        text_mime_types=["application/json", "application/problem+json"],
        # API Gateway counts for itself and would show ours under another name.
        exclude_headers=["Content-Length"],
    )


class RestEvent(APIGateway):
    """Translates one event. The function is given no other kind."""

    @classmethod
    def infer(cls, event: LambdaEvent, context: LambdaContext, config: LambdaConfig) -> bool:
        """Tell whether this is such an event."""
        return "httpMethod" in event

    @property
    def body(self) -> bytes:
        """The body after base64 decoding."""
        body: str = self.event.get("body") or ""
        if not self.event.get("isBase64Encoded"):
            return body.encode("utf-8", "surrogatepass")
        try:
            return base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError):
            return b"\xff"  # No UTF-8 and so no JSON, wherever a body is looked at.

    @property
    def scope(self) -> Scope:
        """The request without its body."""
        event = self.event
        path: str = event["path"]
        if path.startswith(f"{PREFIX}/"):
            path = path.removeprefix(PREFIX)
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": event["httpMethod"],
            "scheme": "https",
            "path": path,
            "raw_path": event["path"].encode("utf-8", "surrogatepass"),
            "root_path": "",
            "query_string": urlencode(
                _multi(event, "multiValueQueryStringParameters", "queryStringParameters"),
                doseq=True,
                errors="surrogatepass",
            ).encode(),
            "headers": [
                (name.lower().encode("latin-1", "replace"), value.encode("latin-1", "replace"))
                for name, values in _multi(event, "multiValueHeaders", "headers").items()
                for value in values
            ],
            # The caller's own claims, such as X-Forwarded-For, count for nothing.
            "client": (event["requestContext"]["identity"]["sourceIp"], 0),
            "server": None,
            "aws.event": event,
            "aws.context": self.context,
        }


def _multi(event: LambdaEvent, multiple: str, single: str) -> dict[str, list[str]]:
    """Return all values of each name. Single ones are read only where these are missing."""
    values: dict[str, Any] | None = event.get(multiple)
    if values is not None:
        return values
    return {name: [value] for name, value in (event.get(single) or {}).items()}
