"""The problem documents of RFC 9457 that callers may see.

A ProblemError is raised wherever a request turns out to be wrong and becomes the
answer in one place, app.py. The words are fixed for all runtimes; nothing
internal ever enters one.

    raise ProblemError(problem.UNKNOWN_ITEM)
"""

import json
from collections.abc import Mapping
from typing import Final


class Problem:
    """An answer with a status of 400 or more, written out once.

    Headers are sent on top of those that every answer has.
    """

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        *,
        errors: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.detail = detail
        self.headers = headers
        document: dict[str, object] = {
            "type": "about:blank",
            "title": title,
            "status": status,
            "detail": detail,
        }
        if errors:
            document["errors"] = [
                {"field": field, "message": message} for field, message in errors.items()
            ]
        self.body = json.dumps(document, separators=(",", ":")).encode()


class ProblemError(Exception):
    """Ends a request with a problem.

    An exception of its own, since one that is raised again and again would keep
    what it was raised from, the caller's data, beyond its request.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def method_not_allowed(allowed: str) -> Problem:
    """Tell which methods a resource has, as the header Allow lists them."""
    return Problem(
        405,
        "Method Not Allowed",
        "The method is not allowed for this resource.",
        headers={"Allow": allowed},
    )


def invalid_fields(errors: Mapping[str, str]) -> Problem:
    """Tell what the fields of an otherwise good body must be."""
    return Problem(400, "Bad Request", "One or more fields are invalid.", errors=errors)


UNKNOWN_PATH: Final = Problem(404, "Not Found", "The requested resource does not exist.")
UNKNOWN_ITEM: Final = Problem(404, "Not Found", "The item does not exist.")
MEDIA_TYPE: Final = Problem(
    415,
    "Unsupported Media Type",
    "The request body must be application/json without a content encoding.",
)
TOO_LARGE: Final = Problem(
    413, "Content Too Large", "The request body must not exceed 65536 bytes."
)
BODY: Final = Problem(
    400,
    "Bad Request",
    "The request body must be a JSON object with no other fields than "
    "name, description and price.",
)
LIMIT: Final = Problem(400, "Bad Request", "The limit must be an integer from 1 to 100.")
NEXT_TOKEN: Final = Problem(400, "Bad Request", "The nextToken is not valid.")
DATABASE: Final = Problem(
    503,
    "Service Unavailable",
    "The database is not available, try again later.",
    headers={"Retry-After": "1"},
)
UNEXPECTED: Final = Problem(500, "Internal Server Error", "An unexpected error occurred.")
