import importlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import types
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import bare
import main
from event import lambda_handler
from store import Store, StoreSettings

from .conftest import Context, event_of

NOWHERE = {
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
}


def test_the_environment_describes_the_application() -> None:
    app, _ = main.create(
        NOWHERE | {"APP_VERSION": "9.8.7", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256"}
    )
    got = lambda_handler(app)(event_of("GET", "/health"), Context())  # type: ignore[arg-type]
    document = json.loads(got["body"])
    assert (document["version"], document["memoryLimitMb"]) == ("9.8.7", 256)


@pytest.mark.parametrize("value", ["0", "-1", "x", "1.5", "\u0661"])
def test_wrong_numbers_are_refused(value: str) -> None:
    with pytest.raises(ValueError, match=f"ITEM_TTL_DAYS: got '{value}', want a positive"):
        main.create(NOWHERE | {"ITEM_TTL_DAYS": value})


def test_priming_asks_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Store] = []

    def prime(store: Store) -> None:
        asked.append(store)

    monkeypatch.setattr(Store, "prime", prime)
    main.create(NOWHERE | {"PRIME_ON_INIT": "false"})
    assert asked == []
    main.create(NOWHERE | {"PRIME_ON_INIT": "true"})
    assert len(asked) == 1


def test_a_failed_priming_only_shows_in_the_log(
    monkeypatch: pytest.MonkeyPatch, log_lines: Callable[[], list[dict[str, Any]]]
) -> None:
    def fail(_: Store) -> None:
        message = "no connection"
        raise OSError(message)

    monkeypatch.setattr(Store, "prime", fail)
    main.prime(Store(StoreSettings(NOWHERE)))
    (line,) = log_lines()
    assert "OSError: no connection" in line["exception"]


def test_the_first_request_after_a_restore_is_cold(monkeypatch: pytest.MonkeyPatch) -> None:
    hooks: list[Callable[[], None]] = []
    runtime = types.ModuleType("snapshot_restore_py")
    runtime.register_after_restore = hooks.append  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", runtime)
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")
    importlib.reload(main)
    (restored,) = hooks
    event, context = event_of("GET", "/health"), Context()
    seen = [main.handler(event, context)["headers"]["x-cold-start"] for _ in range(2)]  # type: ignore[arg-type]
    restored()
    seen.append(main.handler(event, context)["headers"]["x-cold-start"])  # type: ignore[arg-type]
    assert seen == ["true", "false", "true"]


def test_libraries_log_nothing_of_their_own(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        main.handler(event_of("GET", "/health"), Context())  # type: ignore[arg-type]
    got = capsys.readouterr()
    assert (len(got.out.splitlines()), got.err, caplog.messages) == (1, "", [])
    assert not logging.getLogger("botocore.endpoint").isEnabledFor(logging.INFO)


def test_the_plain_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "main.py"],
        cwd=Path(__file__).parent.parent,
        env=os.environ | NOWHERE | {"PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        assert server.stderr is not None
        for line in server.stderr:
            if f"http://127.0.0.1:{port}" in line:
                break
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/python/health") as answer:
            assert json.load(answer)["status"] == "ok"
            assert "server" not in answer.headers
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/python/%68ealth")
        assert refused.value.code == 404
        refused.value.close()
        server.send_signal(signal.SIGTERM)
        out, _ = server.communicate(timeout=30)
        assert [json.loads(line)["status"] for line in out.splitlines()] == [200, 404]
        assert server.returncode in (0, -signal.SIGTERM)
    finally:
        server.kill()
        server.communicate()


def test_the_floor_answers_every_event() -> None:
    for event in (event_of("GET", "/"), {}):
        assert bare.handler(event, None) == {
            "statusCode": 200,
            "headers": {"Content-Type": "application/json"},
            "body": '{"status":"ok"}',
        }
