import json
import uuid

import pytest
from pydantic import ValidationError

import problem
from model import (
    Draft,
    draft_problem,
    is_id,
    is_json,
    next_token,
    parse_limit,
    parse_next_token,
)
from problem import ProblemError


@pytest.mark.parametrize(
    ("value", "want"),
    [
        ("application/json", True),
        (" Application/JSON ;charset=x", True),
        ("application/json, text/plain", False),
        ("application/jsonx", False),
        ("", False),
    ],
)
def test_media_type(value: str, *, want: bool) -> None:
    assert is_json(value) is want


def test_faults_of_fields_are_told_in_the_api_s_order() -> None:
    with pytest.raises(ValidationError) as raised:
        Draft.model_validate({"price": "1", "description": 1})
    got = json.loads(draft_problem(raised.value.errors()).body)
    assert [error["field"] for error in got["errors"]] == ["name", "description", "price"]


@pytest.mark.parametrize("place", [(), ("body",), ("body", "stock"), ("body", 7)])
def test_a_fault_elsewhere_is_one_of_the_body(place: tuple[str | int, ...]) -> None:
    assert draft_problem([{"loc": ("body", "name")}, {"loc": place}]) is problem.BODY


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("0a0b0c0d-0102-4304-8506-0708090a0b0c", True),
        ("00000000-0000-0000-0000-000000000000", True),
        ("0A0b0c0d-0102-4304-8506-0708090a0b0c", False),
        ("0a0b0c0d-0102-4304-8506-0708090a0b0c\n", False),
        ("0a0b0c0d010243048506-0708090a0b0c", False),
        ("\u0660a0b0c0d-0102-4304-8506-0708090a0b0c", False),
        ("", False),
    ],
)
def test_id(text: str, *, want: bool) -> None:
    assert is_id(text) is want


@pytest.mark.parametrize(
    ("values", "want"), [([], 20), (["1"], 1), (["10"], 10), (["99"], 99), (["100"], 100)]
)
def test_limit(values: list[str], want: int) -> None:
    assert parse_limit(values) == want


@pytest.mark.parametrize(
    "value", ["", "0", "01", "101", "1000", "-1", "+1", "1.0", "1 ", "1\n", "\u0661", "x"]
)
def test_limit_is_refused(value: str) -> None:
    with pytest.raises(ProblemError) as raised:
        parse_limit([value])
    assert raised.value.problem is problem.LIMIT


def test_two_limits_are_refused() -> None:
    with pytest.raises(ProblemError):
        parse_limit(["1", "1"])


def test_next_token_round_trip() -> None:
    last = str(uuid.UUID(int=0xFFEE << 112))
    token = next_token(last)
    assert token == "_-4AAAAAAAAAAAAAAAAAAA"  # noqa: S105 - no secret
    assert parse_next_token([token]) == last
    assert parse_next_token([]) is None


@pytest.mark.parametrize(
    "value",
    [
        "",
        "_-4AAAAAAAAAAAAAAAAAAB",
        "_-4AAAAAAAAAAAAAAAAAAA==",
        "/+4AAAAAAAAAAAAAAAAAAA",
        "_-4AAAAAAAAAAAAAAAAAA",
        "_-4AAAAAAAAAAAAAAAAAAAA",
        "_-4AAAAAAAAAAAAAAAAAA\u00e4",
        "_-4AAAAAAAAAAAAAAAAAAA\n",
    ],
)
def test_next_token_is_refused(value: str) -> None:
    with pytest.raises(ProblemError) as raised:
        parse_next_token([value])
    assert raised.value.problem is problem.NEXT_TOKEN


def test_two_next_tokens_are_refused() -> None:
    token = next_token(str(uuid.UUID(int=1)))
    with pytest.raises(ProblemError):
        parse_next_token([token, token])
