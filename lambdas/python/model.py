"""The item and the rules for what callers send.

Everything here is pure: it takes bytes and strings and returns values or raises
the ProblemError that the caller is to see. It refuses to touch a request, a clock or
the database.

    draft = parse_draft(b'{"name": "Lamp", "price": 19.990}')  # draft.price == 19.99
"""

import base64
import json
import re
import uuid
from typing import Annotated, Final, NoReturn

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

import problem
from item import Item, Price
from problem import ProblemError

MAX_BODY_BYTES: Final = 65_536
MAX_DEPTH: Final = 32
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

    # Not deferred, although main.py defers FastAPI's own models. What a caller
    # sent must not show up in a log by way of an error message.
    model_config = ConfigDict(
        strict=True, frozen=True, defer_build=False, hide_input_in_errors=True
    )

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


class Page(BaseModel):
    """A part of the table, and the token of the next part where there is one."""

    model_config = ConfigDict(frozen=True, defer_build=False, serialize_by_alias=True)

    items: list[Item]
    next_token: str | None = Field(default=None, serialization_alias="nextToken")


# One message a field, whichever of its rules broke; in this order.
_RULES: Final = {
    "name": "must be a string of 1 to 100 characters",
    "description": "must be a string of at most 1000 characters",
    "price": "must be a number from 0 to 1000000 with at most 2 decimal places",
}


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


# Python's own parser and not pydantic's: that one takes an escaped lone surrogate
# for a fault of the whole body, where it is one of the field, and 1e400 likewise.
# Whole numbers become floats at once, so that ten thousand digits are infinite
# instead of an error.
_json: Final = json.JSONDecoder(parse_int=float, parse_constant=_refuse)

_STRING_OR_BRACKET: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]')


def _depth(text: bytes) -> int:
    """Return how deep a valid JSON text is nested; an object in nothing is 1."""
    deepest = depth = 0
    for token in _STRING_OR_BRACKET.findall(text):
        if token in (b"{", b"["):
            depth += 1
            deepest = max(deepest, depth)
        elif token in (b"}", b"]"):
            depth -= 1
    return deepest


def parse_draft(body: bytes) -> Draft:
    """Read a request body by RFC 8259 and judge its fields."""
    try:
        # Strict UTF-8: json.loads would guess UTF-16 and UTF-32, too. A byte-order
        # mark is no white space to the decoder.
        members = _json.decode(body.decode())
    except (ValueError, RecursionError):
        raise ProblemError(problem.BODY) from None
    if not isinstance(members, dict) or not members.keys() <= _RULES.keys():
        raise ProblemError(problem.BODY)
    # Brackets inside strings only make this count too large.
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and _depth(body) > MAX_DEPTH:
        raise ProblemError(problem.BODY)
    try:
        return Draft.model_validate(members)
    except ValidationError as error:
        faults = {fault["loc"][0] for fault in error.errors(include_url=False)}
        broken = {field: rule for field, rule in _RULES.items() if field in faults}
        raise ProblemError(problem.invalid_fields(broken)) from None


_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LIMIT: Final = re.compile(r"[1-9][0-9]?|100")
_NEXT_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{22}")


def is_id(text: str) -> bool:
    """Tell whether a text has the form of an item's id."""
    return _ID.fullmatch(text) is not None


def parse_limit(values: list[str]) -> int:
    """Read the query's values of limit: none or one from 1 to 100."""
    if not values:
        return DEFAULT_LIMIT
    if len(values) > 1 or _LIMIT.fullmatch(values[0]) is None:
        raise ProblemError(problem.LIMIT)
    return int(values[0])


def parse_next_token(values: list[str]) -> str | None:
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
