import base64
from typing import Any

import pytest
from mangum.types import LambdaConfig

from tuned.event import RestEvent

from .conftest import Context, event_of

CONFIG: LambdaConfig = {
    "api_gateway_base_path": "/",
    "text_mime_types": [],
    "exclude_headers": [],
}


def translated(**members: Any) -> RestEvent:  # noqa: ANN401 - any member of an event
    return RestEvent(event_of("GET", "/items") | members, Context(), CONFIG)  # type: ignore[arg-type]


def test_the_path_stays_as_it_was_sent() -> None:
    scope = translated(path="/items/%41/\u00e4").scope
    assert scope["path"] == "/items/%41/\u00e4"
    assert scope["raw_path"] == "/items/%41/\u00e4".encode()


@pytest.mark.parametrize(
    ("multi", "single", "want"),
    [
        ({"a": ["1", "2"], "b c": ["&"]}, {"a": "2"}, b"a=1&a=2&b+c=%26"),
        (None, {"a": "1"}, b"a=1"),
        (None, None, b""),
        ({}, {"a": "1"}, b""),
    ],
)
def test_query(
    multi: dict[str, list[str]] | None, single: dict[str, str] | None, want: bytes
) -> None:
    got = translated(multiValueQueryStringParameters=multi, queryStringParameters=single)
    assert got.scope["query_string"] == want


def test_headers() -> None:
    got = translated(multiValueHeaders={"A-B": ["1", "\u00e4\u20ac"]}, headers={"A-B": "x"})
    assert got.scope["headers"] == [(b"a-b", b"1"), (b"a-b", b"\xe4?")]
    got = translated(multiValueHeaders=None, headers={"A-B": "x"})
    assert got.scope["headers"] == [(b"a-b", b"x")]


def test_headers_that_mangum_cannot_take() -> None:
    odd = {"Host": ["[::1]:8080:x"], "X-Forwarded-Port": ["no"], "X-Forwarded-Proto": ["x"]}
    scope = translated(multiValueHeaders=odd).scope
    assert (scope["server"], scope["scheme"]) == (None, "https")


@pytest.mark.parametrize(
    ("body", "encoded", "want"),
    [
        (None, False, b""),
        ("", True, b""),
        ("\u00e4", False, b"\xc3\xa4"),
        (base64.b64encode(b"\xff\x00").decode(), True, b"\xff\x00"),
        ("e30", True, b"\xff"),
        ("{}", True, b"\xff"),
        ("\u00e4", True, b"\xff"),
        ("\ud800", False, b"\xed\xa0\x80"),
    ],
)
def test_body(body: str | None, want: bytes, *, encoded: bool) -> None:
    assert translated(body=body, isBase64Encoded=encoded).body == want


def test_other_events_are_refused() -> None:
    event = event_of("GET", "/items")
    assert RestEvent.infer(event, Context(), CONFIG)  # type: ignore[arg-type]
    assert not RestEvent.infer({"Records": []}, Context(), CONFIG)  # type: ignore[arg-type]
