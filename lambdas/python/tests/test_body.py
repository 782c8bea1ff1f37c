import base64
import json
from dataclasses import dataclass

import pytest

import problem
from item import Item
from problem import ProblemError
from tuned.body import parse_draft

from .conftest import OTHER_ID, Caller, FakeItems


@dataclass
class Body:
    """Sends bodies to one variant after the other."""

    call: Caller
    items: FakeItems

    def send(self, body: bytes) -> tuple[int, bytes]:
        encoded = base64.b64encode(body).decode()
        got = self.call("POST", "/items", encoded, isBase64Encoded=True)
        return got.status, got.body.encode()

    def read(self, body: bytes) -> Item:
        assert self.send(body)[0] == 201
        return self.items.items[OTHER_ID]

    def refusal(self, body: bytes) -> bytes:
        status, answer = self.send(body)
        assert status == 400
        return answer

    def faults(self, body: bytes) -> list[str]:
        """Return the names of the fields that are refused."""
        return [error["field"] for error in json.loads(self.refusal(body))["errors"]]


@pytest.fixture
def body(call: Caller, items: FakeItems) -> Body:
    return Body(call, items)


def draft(**members: object) -> bytes:
    return json.dumps({"name": "Lamp", "price": 1, **members}).encode()


def priced(number: str) -> bytes:
    return b'{"name":"Lamp","price":' + number.encode() + b"}"


def test_reads_all_fields(body: Body) -> None:
    got = body.read(b' {"price":19.990,"description":"for reading","name":"Lamp"}\r\n')
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
def test_price_is_its_shortest_decimal(body: Body, number: str, want: str) -> None:
    assert str(body.read(priced(number)).price) == want


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
        '"1"',
        "true",
        "null",
        "[]",
        "{}",
    ],
)
def test_price_is_refused(body: Body, number: str) -> None:
    assert body.faults(priced(number)) == ["price"]


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
def test_name_is_trimmed(body: Body, name: str, want: str) -> None:
    assert body.read(draft(name=name)).name == want


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
def test_name_is_refused(body: Body, name: object) -> None:
    assert body.faults(draft(name=name)) == ["name"]


def test_a_pair_of_surrogates_is_a_character(body: Body) -> None:
    assert body.read(b'{"name":"\\ud83d\\udca1","price":1}').name == "\U0001f4a1"


@pytest.mark.parametrize(
    ("description", "want"),
    [(None, ""), ("", ""), ("  ", "  "), ("x" * 1000, "x" * 1000), ("a\r\n\tb", "a\r\n\tb")],
)
def test_description(body: Body, description: object, want: str) -> None:
    assert body.read(draft(description=description)).description == want


@pytest.mark.parametrize("description", ["x" * 1001, "\u0001", "\udfff", 0, False, {}])
def test_description_is_refused(body: Body, description: object) -> None:
    assert body.faults(draft(description=description)) == ["description"]


def test_one_message_a_field_in_a_fixed_order(body: Body) -> None:
    answer = body.refusal(b'{"price":"x","description":"\\u0000","name":""}')
    assert json.loads(answer)["errors"] == [
        {"field": "name", "message": "must be a string of 1 to 100 characters"},
        {"field": "description", "message": "must be a string of at most 1000 characters"},
        {
            "field": "price",
            "message": "must be a number from 0 to 1000000 with at most 2 decimal places",
        },
    ]
    assert body.faults(b"{}") == ["name", "price"]


def test_the_last_of_equal_names_wins(body: Body) -> None:
    assert body.read(b'{"name":1,"price":1,"name":"last"}').name == "last"
    assert body.faults(b'{"name":"first","price":1,"name":1}') == ["name"]


@pytest.mark.parametrize(
    "text",
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
        b'{"name":"\xff","price":1}',
        b"[" * 65_536,
        b'{"name":' * 8000,
    ],
)
def test_body_is_refused(body: Body, text: bytes) -> None:
    assert body.refusal(text) == problem.BODY.body


def nested(depth: int) -> bytes:
    """Return a body of that depth; the body's own object is the first level."""
    return b'{"name":"a","price":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


def test_depth(body: Body) -> None:
    assert body.faults(nested(32)) == ["price"]
    brackets = "[{" * 40 + '\\"'
    assert body.read(draft(name="a", description=brackets)).description == brackets


@pytest.mark.parametrize("variant", ["tuned"], indirect=True)
@pytest.mark.parametrize(
    "text",
    [
        nested(33),
        # One that does not count in the end was nested as deeply.
        nested(33)[:-1] + b',"price":1}',
        priced("NaN"),
        priced("Infinity"),
        priced("-Infinity"),
        b"\xef\xbb\xbf" + priced("1"),
        priced("1").decode().encode("utf-16"),
        priced("1").decode().encode("utf-32"),
        b'{"name":"\xed\xa0\x80","price":1}',
    ],
)
def test_what_only_the_tuned_variant_takes_for_a_fault_of_the_body(
    body: Body, text: bytes
) -> None:
    assert body.refusal(text) == problem.BODY.body


def test_ten_thousand_digits_are_a_number() -> None:
    with pytest.raises(ProblemError, match="fields are invalid"):
        parse_draft(priced("9" * 10_000))
