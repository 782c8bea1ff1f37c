"""Surrounds every request: what all answers have, and what is kept about each.

Observer is plain ASGI middleware. It refuses paths that no router should see, adds
the headers of every answer, answers what nobody caught, counts the request and
writes its log line.

    app.add_middleware(Observer, metrics=metrics)
"""

import time
import uuid
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import problem
from metrics import Metrics, rss_bytes
from problem import Problem
from tuned import log

RUNTIME: Final = "python"

_HEADERS: Final = [
    (b"x-runtime", RUNTIME.encode()),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]
_COLD: Final = [*_HEADERS, (b"x-cold-start", b"true")]
_WARM: Final = [*_HEADERS, (b"x-cold-start", b"false")]


class Observed:
    """What is known about a request from its first moment on."""

    def __init__(self, request_id: str, *, cold: bool) -> None:
        self.id = request_id
        self.cold = cold


def of_request(request: Request) -> Observed:
    """Return what the Observer knows about a request."""
    observed: Observed = request.scope["items.observed"]
    return observed


def problem_response(answer: Problem) -> Response:
    """Write a problem as the answer to a request."""
    return Response(
        answer.body, answer.status, answer.headers, media_type="application/problem+json"
    )


class Observer:
    """ASGI middleware around everything that answers requests."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        started = time.perf_counter_ns()
        cpu_started = time.process_time_ns()
        observed = Observed(_request_id(scope), cold=self._metrics.begin())
        scope["items.observed"] = observed
        status = 500

        async def send_observed(message: Message) -> None:
            if message["type"] == "http.response.start":
                nonlocal status
                status = message["status"]
                message["headers"].extend(_COLD if observed.cold else _WARM)
            await send(message)

        try:
            await self._answer(scope, receive, send_observed)
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets an answer
            log.failure(problem.UNEXPECTED.detail, error, observed.id)
            await problem_response(problem.UNEXPECTED)(scope, receive, send_observed)

        took_ms = (time.perf_counter_ns() - started) / 1_000_000
        route = scope.get("route")
        # What has no route is one, so that callers cannot make names up.
        path = route.path if route else "unmatched"
        self._metrics.end(f"{scope['method']} {path}" if route else path, took_ms)
        log.request(
            requestId=observed.id,
            method=scope["method"],
            route=path,
            status=status,
            durationMs=round(took_ms, 3),
            cpuMs=(time.process_time_ns() - cpu_started) // 1000 / 1000,
            rssBytes=rss_bytes(),
            coldStart=observed.cold,
        )

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        # No path of this API needs an escaped character.
        if "%" in scope["path"]:
            await problem_response(problem.UNKNOWN_PATH)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _request_id(scope: Scope) -> str:
    """Return Lambda's id of the invocation, which its own log lines have, too."""
    context = scope.get("aws.context")
    return context.aws_request_id if context else str(uuid.uuid4())
