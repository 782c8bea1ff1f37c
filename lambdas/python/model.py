"""The rules for what callers send.

Everything here is pure: it takes values and returns values or raises the
ProblemError that the caller is to see. It refuses to touch a request, a clock or
the database.

    limit = parse_limit(["20"])
"""

import base64
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

import problem
from item import Price
from problem import Problem, ProblemError

MAX_BODY_BYTES: Final = 65_536
DEFAULT_LIMIT: Final = 20

# JSON's own white space. str.strip() without it would trim all of Unicode's.
_WHITE_SPACE: Final = "\t\n\r "
# No C0 control character but tab, line feed and carriage return.
_TEXT: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$"


def _trimmed(value: object) -> object:
    return value.strip(_WHITE_SPACE) if isinstance(value, str) else value


def _empty_if_null(value: object) -> object:
    return "" if value is None else value


def _two_decimals(value: float) -> Price:
    """Refuse a double whose shortest decimal has more than two fraction digits.

    A double is the nearest one to a decimal of at most two places if and only if
    it survives being rounded to two places, which Python does exactly. A whole
    number becomes an int, so that 1e2 is written as 100 and -0 as 0.
    """
    if round(value, 2) != value:
        raise ValueError
    return int(value) if value.is_integer() else value


class Draft(BaseModel):
    """What a caller decides about an item."""

    model_config = ConfigDict(strict=True, extra="forbid")

    name: Annotated[
        str,
        StringConstraints(min_length=1, max_length=100, pattern=_TEXT),
        BeforeValidator(_trimmed),
    ]
    description: Annotated[
        str,
        StringConstraints(max_length=1000, pattern=_TEXT),
        BeforeValidator(_empty_if_null),
    ] = ""
    price: Annotated[
        float, Field(ge=0, le=1_000_000, allow_inf_nan=False), AfterValidator(_two_decimals)
    ]


# One message a field, whichever of its rules broke; in this order.
_RULES: Final = {
    "name": "must be a string of 1 to 100 characters",
    "description": "must be a string of at most 1000 characters",
    "price": "must be a number from 0 to 1000000 with at most 2 decimal places",
}


def draft_problem(errors: Iterable[Mapping[str, Any]]) -> Problem:
    """Say in the API's words what pydantic found wrong with a draft.

    Each error names last in "loc" where it is. What is none of the fields is the
    body itself, or a member that the API does not know.
    """
    places = {("body", *error["loc"])[-1] for error in errors}
    if not places <= _RULES.keys():
        return problem.BODY
    return problem.invalid_fields({field: _RULES[field] for field in _RULES if field in places})


_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LIMIT: Final = re.compile(r"[1-9][0-9]?|100")
_NEXT_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{22}")


def is_id(text: str) -> bool:
    """Tell whether a text has the form of an item's id."""
    return _ID.fullmatch(text) is not None


def is_json(media_type: str) -> bool:
    """Tell whether a Content-Type is that of JSON, with whatever parameters."""
    return media_type.partition(";")[0].strip(" \t").lower() == "application/json"


def parse_limit(values: Sequence[str]) -> int:
    """Read the query's values of limit: none or one from 1 to 100."""
    if not values:
        return DEFAULT_LIMIT
    if len(values) > 1 or _LIMIT.fullmatch(values[0]) is None:
        raise ProblemError(problem.LIMIT)
    return int(values[0])


def parse_next_token(values: Sequence[str]) -> str | None:
    """Read the query's values of nextToken and return the id to go on after."""
    if not values:
        return None
    if len(values) > 1 or _NEXT_TOKEN.fullmatch(values[0]) is None:
        raise ProblemError(problem.NEXT_TOKEN)
    last_id = str(uuid.UUID(bytes=base64.urlsafe_b64decode(values[0] + "==")))
    # 22 characters hold 132 bits. The four too many must be zero, or one id would
    # have sixteen tokens.
    if next_token(last_id) != values[0]:
        raise ProblemError(problem.NEXT_TOKEN)
    return last_id


def next_token(last_id: str) -> str:
    """Write the id to go on after as a token: base64url of its 16 bytes."""
    return base64.urlsafe_b64encode(uuid.UUID(last_id).bytes).rstrip(b"=").decode()
