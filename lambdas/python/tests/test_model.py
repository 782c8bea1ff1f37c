import json

import pytest

import problem
from model import (
    MAX_DEPTH,
    Item,
    Page,
    is_id,
    next_token,
    parse_draft,
    parse_limit,
    parse_next_token,
)
from problem import ProblemError

ID = "0f8fad5b-d9cb-469f-a165-70867728950e"


def draft(**members: object) -> bytes:
    return json.dumps({"name": "Lamp", "price": 1, **members}).encode()


def broken(body: bytes) -> list[str]:
    with pytest.raises(ProblemError) as caught:
        parse_draft(body)
    document = json.loads(caught.value.problem.body)
    assert document["status"] == 400
    return [error["field"] for error in document.get("errors", [])]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("19.990", "19.99"),
        ("1e2", "100"),
        ("1E+2", "100"),
        ("-0", "0"),
        ("-0.0", "0"),
        ("0.1", "0.1"),
        ("1000000", "1000000"),
        ("1000000.00", "1000000"),
        ("1e-2", "0.01"),
        ("999999.99", "999999.99"),
    ],
)
def test_prices_become_their_shortest_decimal(text: str, want: str) -> None:
    assert str(parse_draft(b'{"name":"a","price":%s}' % text.encode()).price) == want


@pytest.mark.parametrize(
    "text",
    [
        "0.001", "-0.01", "1000000.01", "1e400", "-1e400", "5e-324", "0.30000000000000004",
        "19.999", "1e-3", '"1"', "true", "null", "[]", "{}", "1" * 5000,
    ],
)  # fmt: skip
def test_other_prices_are_a_fault_of_the_field(text: str) -> None:
    assert broken(b'{"name":"a","price":%s}' % text.encode()) == ["price"]


@pytest.mark.parametrize(
    ("name", "want"),
    [
        (" \t\r\nLamp \n", "Lamp"),
        ("a\tb", "a\tb"),
        ("\u00a0", "\u00a0"),
        ("\u007f", "\u007f"),
        ("\U0001f4a1" * 100, "\U0001f4a1" * 100),
        (" " * 500 + "x", "x"),
    ],
)
def test_names_are_trimmed(name: str, want: str) -> None:
    assert parse_draft(draft(name=name)).name == want


@pytest.mark.parametrize(
    "name", ["", " \t", "x" * 101, "\U0001f4a1" * 101, "a\u0000", "a\u000bb", "\u001f", 1, None]
)
def test_other_names_are_a_fault_of_the_field(name: object) -> None:
    assert broken(draft(name=name)) == ["name"]


def test_a_lone_surrogate_is_a_fault_of_its_field() -> None:
    assert broken(b'{"name":"\\ud800","price":1}') == ["name"]
    assert broken(b'{"name":"a","description":"\\udc00","price":1}') == ["description"]
    assert parse_draft(b'{"name":"\\ud83d\\udca1","price":1}').name == "\U0001f4a1"


def test_a_description_may_be_absent_null_or_long() -> None:
    assert parse_draft(draft()).description == ""
    assert parse_draft(draft(description=None)).description == ""
    assert len(parse_draft(draft(description="x" * 1000)).description) == 1000
    assert parse_draft(draft(description=" ")).description == " "
    assert broken(draft(description="x" * 1001)) == ["description"]
    assert broken(draft(description=1)) == ["description"]


def test_faults_come_in_order_one_a_field() -> None:
    assert broken(b"{}") == ["name", "price"]
    assert broken(b'{"price":-1,"description":5,"name":""}') == ["name", "description", "price"]


@pytest.mark.parametrize(
    "body",
    [
        b"", b" ", b"null", b"[]", b'"a"', b"1", b"{", b'{"name":"a","price":1,}',
        b'{"name":"a","price":1} x', b'{"name":"a","price":NaN}',
        b'{"name":"a","price":Infinity}',
        b"{'name':'a'}", b'{name:"a"}', b'\xef\xbb\xbf{"name":"a","price":1}',
        '{"name":"a","price":1}'.encode("utf-16"), b'{"name":"\xff","price":1}',
        b'{"Name":"a","price":1}', b'{"name":"a","price":1,"id":"x"}',
        b'{"name":"a","price":01}',
        b'{"name":"a\x01","price":1}', b'{"\\ud800":1,"name":"a","price":1}',
        b'{"name":"a","price":1}//', b'{"name":"a","price":+1}', b'{"name":"a","price":.5}',
    ],
)  # fmt: skip
def test_other_bodies_are_one_fault_without_fields(body: bytes) -> None:
    with pytest.raises(ProblemError) as caught:
        parse_draft(body)
    assert caught.value.problem == problem.BODY


def test_depth_is_counted_from_the_body_itself() -> None:
    def nested(depth: int) -> bytes:
        return b'{"price":1,"name":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"

    assert broken(nested(MAX_DEPTH)) == ["name"]
    assert broken(nested(MAX_DEPTH + 1)) == []
    assert broken(b"[" * 60000) == []
    # Brackets in a string are no depth.
    assert parse_draft(draft(description="[" * 100 + '"\\{')).description.startswith("[")


def test_the_last_of_equal_names_wins() -> None:
    assert parse_draft(b'{"name":1,"name":"b","price":1,"price":2}').price == 2


def test_ids_are_lower_case_uuids() -> None:
    assert is_id(ID)
    for text in [
        "",
        ID.upper(),
        ID[:-1],
        ID + "0",
        ID.replace("-", ""),
        f"{{{ID}}}",
        ID + "\n",
    ]:
        assert not is_id(text)


@pytest.mark.parametrize(
    ("values", "want"), [([], 20), (["1"], 1), (["99"], 99), (["100"], 100)]
)
def test_limits(values: list[str], want: int) -> None:
    assert parse_limit(values) == want


@pytest.mark.parametrize(
    "values",
    [[""], ["0"], ["01"], ["101"], ["-1"], ["+1"], [" 1"], ["1\n"], ["\u0661"], ["1", "1"]],
)
def test_other_limits_are_refused(values: list[str]) -> None:
    with pytest.raises(ProblemError) as caught:
        parse_limit(values)
    assert caught.value.problem == problem.LIMIT


def test_tokens_stand_for_ids() -> None:
    token = next_token(ID)
    assert len(token) == 22
    assert parse_next_token([token]) == ID
    assert parse_next_token([]) is None


@pytest.mark.parametrize(
    "values", [[""], ["A" * 21], ["A" * 21 + "B"], ["A" * 22 + "="], ["A+" * 11]]
)
def test_other_tokens_are_refused(values: list[str]) -> None:
    with pytest.raises(ProblemError) as caught:
        parse_next_token(values)
    assert caught.value.problem == problem.NEXT_TOKEN


def test_two_tokens_are_refused() -> None:
    with pytest.raises(ProblemError):
        parse_next_token([next_token(ID)] * 2)


def test_documents_have_their_members_in_order() -> None:
    item = Item(
        id=ID, name="a", description="", price=1, runtime="python",
        source_ip="203.0.113.7", created_at="c", updated_at="u",
    )  # fmt: skip
    members = list(
        json.loads(Page(items=[item]).model_dump_json(exclude_none=True))["items"][0]
    )
    assert members == [
        "id", "name", "description", "price", "runtime", "sourceIp", "createdAt", "updatedAt",
    ]  # fmt: skip
