"""Reads a request's body by RFC 8259, to the letter.

Python's own parser is told what it would let pass: another encoding than UTF-8, a
byte-order mark, numbers that are none of JSON's, and nesting without an end.

    draft = parse_draft(b'{"name": "Lamp", "price": 19.990}')  # draft.price == 19.99
"""

import json
import re
from typing import Final, NoReturn

from pydantic import ValidationError

import problem
from model import Draft, draft_problem
from problem import ProblemError

MAX_DEPTH: Final = 32


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


# Not pydantic's parser: that one takes an escaped lone surrogate for a fault of the
# whole body, where it is one of the field, and 1e400 likewise. Whole numbers become
# floats at once, so that ten thousand digits are infinite instead of an error.
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
    """Read a request body and judge its fields."""
    try:
        # A byte-order mark is no white space to the decoder.
        members = _json.decode(body.decode())
    except (ValueError, RecursionError):
        raise ProblemError(problem.BODY) from None
    # Brackets inside strings only make this count too large.
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and _depth(body) > MAX_DEPTH:
        raise ProblemError(problem.BODY)
    if not isinstance(members, dict):
        raise ProblemError(problem.BODY)
    try:
        return Draft.model_validate(members)
    except ValidationError as error:
        raise ProblemError(draft_problem(error.errors(include_url=False))) from None
