import json
import uuid

import pytest

import problem
from model import is_id, next_token, parse_draft, parse_limit, parse_next_token
from problem import Problem, ProblemError


def refusal(body: bytes) -> Problem:
    with pytest.raises(ProblemError) as raised:
        parse_draft(body)
    return raised.value.problem


def fields(body: bytes) -> list[str]:
    """Return the names of the fields that are refused."""
    answer = refusal(body)
    assert answer.status == 400
    return [error["field"] for error in json.loads(answer.body)["errors"]]


def draft(**members: object) -> bytes:
    return json.dumps({"name": "Lamp", "price": 1, **members}).encode()


def priced(number: str) -> bytes:
    return b'{"name":"Lamp","price":' + number.encode() + b"}"


def test_reads_all_fields() -> None:
    got = parse_draft(b' {"price":19.990,"description":"for reading","name":"Lamp"}\r\n')
    assert (got.name, got.description, got.price) == ("Lamp", "for reading", 19.99)


@pytest.mark.parametrize(
    ("number", "want"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("-0.0", "0"),
        ("1e2", "100"),
        ("1E+2", "100"),
        ("19.990", "19.99"),
        ("0.1", "0.1"),
        ("0.29", "0.29"),
        ("1.005e2", "100.5"),
        ("999999.99", "999999.99"),
        ("1000000", "1000000"),
        ("1000000.0000000000000001", "1000000"),
        ("4.350000000000000000001", "4.35"),
    ],
)
def test_price_is_its_shortest_decimal(number: str, want: str) -> None:
    assert str(parse_draft(priced(number)).price) == want


@pytest.mark.parametrize(
    "number",
    [
        "-0.01",
        "0.001",
        "0.125",
        "19.999",
        "1000000.01",
        "1000000.0000000002",
        "5e-324",
        "1e400",
        "-1e400",
        "9" * 5000,
        '"1"',
        "true",
        "null",
        "[]",
        "{}",
    ],
)
def test_price_is_refused(number: str) -> None:
    assert fields(priced(number)) == ["price"]


@pytest.mark.parametrize(
    ("name", "want"),
    [
        ("\t\n\r Lamp \r\n", "Lamp"),
        ("\u00a0Lamp\u3000", "\u00a0Lamp\u3000"),
        ("a\tb\nc\rd", "a\tb\nc\rd"),
        ("\u007f", "\u007f"),
        ("x" * 100, "x" * 100),
        ("\U0001f4a1" * 100, "\U0001f4a1" * 100),
        (" " * 200 + "x", "x"),
    ],
)
def test_name_is_trimmed(name: str, want: str) -> None:
    assert parse_draft(draft(name=name)).name == want


@pytest.mark.parametrize(
    "name",
    [
        "",
        " \t\r\n",
        "x" * 101,
        "a\u0000b",
        "a\u001fb",
        "\u000b",
        "\ud800",
        "\udc00a",
        1,
        None,
        [],
    ],
)
def test_name_is_refused(name: object) -> None:
    assert fields(draft(name=name)) == ["name"]


def test_a_pair_of_surrogates_is_a_character() -> None:
    assert parse_draft(b'{"name":"\\ud83d\\udca1","price":1}').name == "\U0001f4a1"


@pytest.mark.parametrize(
    ("description", "want"),
    [(None, ""), ("", ""), ("  ", "  "), ("x" * 1000, "x" * 1000), ("a\r\n\tb", "a\r\n\tb")],
)
def test_description(description: object, want: str) -> None:
    assert parse_draft(draft(description=description)).description == want


@pytest.mark.parametrize("description", ["x" * 1001, "\u0001", "\udfff", 0, False, {}])
def test_description_is_refused(description: object) -> None:
    assert fields(draft(description=description)) == ["description"]


def test_one_message_a_field_in_a_fixed_order() -> None:
    answer = refusal(b'{"price":"x","description":"\\u0000","name":""}')
    assert json.loads(answer.body)["errors"] == [
        {"field": "name", "message": "must be a string of 1 to 100 characters"},
        {"field": "description", "message": "must be a string of at most 1000 characters"},
        {
            "field": "price",
            "message": "must be a number from 0 to 1000000 with at most 2 decimal places",
        },
    ]
    assert fields(b"{}") == ["name", "price"]


def test_the_last_of_equal_names_wins() -> None:
    assert parse_draft(b'{"name":1,"price":1,"name":"last"}').name == "last"
    assert fields(b'{"name":"first","price":1,"name":1}') == ["name"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"null",
        b"[]",
        b'"{}"',
        b"1",
        b"{",
        b'{"name":"a","price":1,}',
        b'{"name":"a","price":1} x',
        b'{"name":"a","price":1}{}',
        b"{name:1}",
        b"{'name':'a'}",
        b'{"name":"a","price":NaN}',
        b'{"name":"a","price":Infinity}',
        b'{"name":"a","price":-Infinity}',
        b'{"name":"a","price":01}',
        b'{"name":"a","price":+1}',
        b'{"name":"a","price":1.}',
        b'{"name":"a","price":.5}',
        b'{"name":"a","price":0x1}',
        b'{"name":"a\tb","price":1}',
        b'{"name":"\\x41","price":1}',
        b'{"name":"\\ud8","price":1}',
        b'{"name":"a","price":1,"more":1}',
        b'{"Name":"a","price":1}',
        b'{"name":"a","price":1,"\\ud800":1}',
        b'\xef\xbb\xbf{"name":"a","price":1}',
        '{"name":"a","price":1}'.encode("utf-16"),
        '{"name":"a","price":1}'.encode("utf-32"),
        b'{"name":"\xff","price":1}',
        b'{"name":"\xed\xa0\x80","price":1}',
        b"[" * 65_536,
        b'{"name":' * 9000,
    ],
)
def test_body_is_refused(body: bytes) -> None:
    assert refusal(body) is problem.BODY


def nested(depth: int) -> bytes:
    """Return a body of that depth; the body's own object is the first level."""
    return b'{"name":"a","price":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


def test_depth() -> None:
    assert fields(nested(32)) == ["price"]
    assert refusal(nested(33)) is problem.BODY
    # One that does not count in the end was nested as deeply.
    assert refusal(nested(33)[:-1] + b',"price":1}') is problem.BODY
    brackets = "[{" * 40 + '\\"'
    assert parse_draft(draft(name="a", description=brackets)).description == brackets


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
