"""The log: one JSON object a line on standard output.

Every request writes one line of a fixed shape, which is made right here. Failures
go through Powertools' Logger, which turns an exception into its members; it is
imported when the first one happens, as that takes longer than most requests.

    log.request(requestId="…", method="GET", route="/items", status=200, …)
    log.failure("The database is not available.", error, request_id)
"""

import functools
import json
import logging
import sys
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

_encode: Final = json.JSONEncoder(separators=(",", ":")).encode


def request(**members: object) -> None:
    """Write a request's line. No level suppresses it, since alarms read it."""
    now = time.time_ns() // 1_000_000
    clock = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now // 1000))
    # In one piece: the runtime hands each write on by itself.
    sys.stdout.write(
        _encode(
            {
                "timestamp": f"{clock}.{now % 1000:03d}Z",
                "level": "INFO",
                "message": "request",
                **members,
            }
        )
        + "\n"
    )


def failure(message: str, error: BaseException, request_id: str = "init") -> None:
    """Write what callers do not get to see: the whole error with the request's id."""
    _logger().error(message, exc_info=error, extra={"requestId": request_id})


@functools.cache
def _logger() -> "Logger":
    from aws_lambda_powertools import Logger  # noqa: PLC0415 - see above

    # An environment answers one request at a time: the name of its task says nothing.
    logging.logAsyncioTasks = False  # type: ignore[attr-defined]
    return Logger(
        service="items",
        level="ERROR",
        stream=sys.stdout,
        log_record_order=["timestamp", "level", "message"],
        utc=True,
        use_rfc3339=True,
        location=None,
    )
