import importlib
import json
import logging
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
from fastapi import FastAPI

import assembly
import bare
import database
import log
import main
import tuned.client
import tuned.log
import tuned.main
from store import Store

from .conftest import CREATE_APP, HANDLER, Context, event_of

CONNECT = {"stock": database.connect, "tuned": tuned.client.connect}
FAILURE = {"stock": log.failure, "tuned": tuned.log.failure}
MAIN = {"stock": main, "tuned": tuned.main}


def assembled(variant: str, **environ: str) -> FastAPI:
    made, _ = assembly.assemble(
        environ, CREATE_APP[variant], CONNECT[variant], FAILURE[variant]
    )
    return made


def test_the_environment_describes_the_application(variant: str) -> None:
    made = assembled(variant, APP_VERSION="9.8.7", AWS_LAMBDA_FUNCTION_MEMORY_SIZE="256")
    got = HANDLER[variant](made)(event_of("GET", "/health"), Context())  # type: ignore[arg-type]
    document = json.loads(got["body"])
    assert (document["version"], document["memoryLimitMb"]) == ("9.8.7", 256)


@pytest.mark.parametrize("value", ["0", "-1", "x", "1.5", "\u0661"])
def test_wrong_numbers_are_refused(variant: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"ITEM_TTL_DAYS: got '{value}', want a positive"):
        assembled(variant, ITEM_TTL_DAYS=value)


def test_priming_asks_the_store(variant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Store] = []

    def prime(store: Store) -> None:
        asked.append(store)

    monkeypatch.setattr(Store, "prime", prime)
    assembled(variant, PRIME_ON_INIT="false")
    assert asked == []
    assembled(variant, PRIME_ON_INIT="true")
    assert len(asked) == 1


def test_a_failed_priming_only_shows_in_the_log(
    variant: str, monkeypatch: pytest.MonkeyPatch, log_lines: Callable[[], list[dict[str, Any]]]
) -> None:
    def fail(_: Store) -> None:
        message = "no connection"
        raise OSError(message)

    monkeypatch.setattr(Store, "prime", fail)
    assembled(variant, PRIME_ON_INIT="true")
    (line,) = log_lines()
    assert "OSError: no connection" in line["exception"]


def test_the_first_request_after_a_restore_is_cold(
    variant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks: list[Callable[[], None]] = []
    runtime = types.ModuleType("snapshot_restore_py")
    runtime.register_after_restore = hooks.append  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", runtime)
    made = assembled(variant, AWS_LAMBDA_INITIALIZATION_TYPE="snap-start")
    (restored,) = hooks
    handler = HANDLER[variant](made)
    event, context = event_of("GET", "/health"), Context()
    seen = [handler(event, context)["headers"]["x-cold-start"] for _ in range(2)]  # type: ignore[arg-type]
    restored()
    seen.append(handler(event, context)["headers"]["x-cold-start"])  # type: ignore[arg-type]
    assert seen == ["true", "false", "true"]


def test_libraries_log_nothing_of_their_own(
    variant: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        MAIN[variant].handler(event_of("GET", "/health"), Context())
    got = capsys.readouterr()
    assert (len(got.out.splitlines()), got.err) == (1, "")
    assert {record.name for record in caplog.records} <= {"asyncio", "items"}
    assert not logging.getLogger("botocore.endpoint").isEnabledFor(logging.INFO)


@pytest.mark.parametrize("switch", ["startup", "client", "event", "app"])
def test_each_switch_is_the_function(switch: str) -> None:
    module = importlib.import_module(f"tuned.switches.{switch}")
    got = module.handler(event_of("GET", "/python/health"), Context())
    assert (got["statusCode"], json.loads(got["body"])["runtime"]) == (200, "python")


def serve_command() -> list[str]:
    """Return the manifest's command for the development server, without its port."""
    manifest = (Path(__file__).parent.parent / "runtime.yaml").read_text(encoding="utf-8")
    command = manifest.partition("exec .venv/bin/python ")[2].partition("portEnv:")[0]
    words = command.replace("\\\n", " ").split()
    port = words.index("--port")
    return [sys.executable, *words[:port], *words[port + 2 :]]


def test_the_plain_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    server = subprocess.Popen(  # noqa: S603 - our own program
        [*serve_command(), "--port", str(port)],
        cwd=Path(__file__).parent.parent,
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
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health") as answer:
            assert json.load(answer)["status"] == "ok"
            assert "server" not in answer.headers
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/")
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
