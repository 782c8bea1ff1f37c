import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

type Handler = Callable[[dict[str, Any], object], dict[str, Any]]

CONTEXT = SimpleNamespace(aws_request_id="8c8a8a8a-0000-4000-8000-000000000001")
FOLDER = Path(__file__).parent.parent


@pytest.fixture
def handler(endpoint: str, table: str, monkeypatch: pytest.MonkeyPatch) -> Handler:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", endpoint)
    import main  # noqa: PLC0415 - it reads the environment

    application, _ = main.create({**os.environ, "TABLE_NAME": table, "PRIME_ON_INIT": "true"})
    made: Handler = main.lambda_handler(application)  # type: ignore[assignment]
    return made


def event(method: str, path: str, **members: object) -> dict[str, Any]:
    return {
        "resource": "/{proxy+}", "path": path, "httpMethod": method, "body": None,
        "headers": {},
        "multiValueHeaders": {
            "content-type": ["application/json"],
            "X-Forwarded-For": ["1.2.3.4"],
        },
        "queryStringParameters": None, "multiValueQueryStringParameters": None,
        "isBase64Encoded": False,
        "requestContext": {"identity": {"sourceIp": "203.0.113.7"}, "path": f"/dev{path}"},
        **members,
    }  # fmt: skip


def test_events_are_answered_as_text(
    handler: Handler, capsys: pytest.CaptureFixture[str]
) -> None:
    body = json.dumps({"name": "Lämp", "price": 1})
    made = handler(event("POST", "/python/items", body=body), CONTEXT)
    assert made["statusCode"] == 201
    assert made["isBase64Encoded"] is False
    item = json.loads(made["body"])
    assert (item["name"], item["sourceIp"]) == ("Lämp", "203.0.113.7")
    assert (
        json.loads(capsys.readouterr().out.splitlines()[-1])["requestId"]
        == CONTEXT.aws_request_id
    )
    refused = handler(event("GET", "/python/nowhere"), CONTEXT)
    assert refused["isBase64Encoded"] is False
    assert json.loads(refused["body"])["status"] == 404


def test_bodies_may_be_base64(handler: Handler) -> None:
    body = base64.b64encode(b'{"name":"a","price":1}').decode()
    made = handler(event("POST", "/items", body=body, isBase64Encoded=True), CONTEXT)
    assert made["statusCode"] == 201
    broken = handler(event("POST", "/items", body="?", isBase64Encoded=True), CONTEXT)
    assert broken["statusCode"] == 400


def test_all_values_of_a_query_count(handler: Handler) -> None:
    twice = event("GET", "/items", multiValueQueryStringParameters={"limit": ["1", "1"]})
    assert handler(twice, CONTEXT)["statusCode"] == 400
    single = event("GET", "/items", queryStringParameters={"limit": "1"})
    assert handler(single, CONTEXT)["statusCode"] == 200


def test_paths_are_judged_raw(handler: Handler) -> None:
    for path in ["/items%2F", "/python/items/", "/python//items"]:
        assert handler(event("GET", path), CONTEXT)["statusCode"] == 404


def test_the_first_request_after_a_restore_is_cold(monkeypatch: pytest.MonkeyPatch) -> None:
    import main  # noqa: PLC0415 - it reads the environment
    from metrics import Metrics  # noqa: PLC0415 - beside it

    hooks: list[Any] = []
    runtime = SimpleNamespace(register_after_restore=hooks.append)
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", runtime)
    metrics = Metrics(0)
    main.on_restore(metrics)
    assert [metrics.begin(), metrics.begin()] == [True, False]
    hooks[0]()
    assert metrics.begin()


def test_priming_fails_quietly(caplog: pytest.LogCaptureFixture) -> None:
    import main  # noqa: PLC0415 - it reads the environment

    def fail() -> None:
        message = "no database"
        raise RuntimeError(message)

    main.prime(SimpleNamespace(prime=fail))  # type: ignore[arg-type]
    assert "no database" in caplog.text


def test_the_floor_answers_anything() -> None:
    import bare  # noqa: PLC0415 - nothing else of it is used

    assert bare.handler({}, None)["statusCode"] == 200


def test_it_serves_plain_http_until_sigterm(endpoint: str) -> None:
    import http.client  # noqa: PLC0415 - only here
    import socket  # noqa: PLC0415 - only here

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environ = {**os.environ, "PORT": str(port), "AWS_ENDPOINT_URL_DYNAMODB": endpoint}
    with subprocess.Popen(
        [sys.executable, "main.py"], cwd=FOLDER, env=environ, stdout=subprocess.PIPE
    ) as server:
        try:
            status = None
            while status is None:
                assert server.poll() is None, "the server has ended by itself"
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                try:
                    connection.request("GET", "/health")
                    status = connection.getresponse().status
                except ConnectionRefusedError:
                    continue
                finally:
                    connection.close()
            assert status == 200
        finally:
            server.terminate()
        assert server.wait(20) in (0, -15)
