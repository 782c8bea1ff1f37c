"""The Items API: its routes, the order of checks, and what surrounds every request.

app = create_app(store, Metrics(memory_limit_mb=1769), version="1.0.0")
"""

import platform
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any, Final

import boto3
import fastapi
from fastapi import FastAPI, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

import problem
from gateway import new_app
from item import Item, Page, timestamp
from log import failure, logger
from metrics import Metrics
from model import (
    MAX_BODY_BYTES,
    Draft,
    draft_problem,
    is_id,
    is_json,
    next_token,
    parse_limit,
    parse_next_token,
)
from problem import Problem, ProblemError
from store import DatabaseUnavailableError, ItemNotFoundError, Items

RUNTIME: Final = "python"


class JudgedRoute(APIRoute):
    """Judges a request's id, media type and size before FastAPI parses its body."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request of this route."""
        answer = super().get_route_handler()

        async def judge(request: Request) -> Response:
            item_id = request.path_params.get("id")
            if item_id is not None and not is_id(item_id):
                raise ProblemError(problem.UNKNOWN_ITEM)
            if self.body_field is not None:
                # As Mangum does: the values of a header that is given twice are a list.
                media_type = ", ".join(request.headers.getlist("content-type"))
                if not is_json(media_type) or "content-encoding" in request.headers:
                    raise ProblemError(problem.MEDIA_TYPE)
                if len(await request.body()) > MAX_BODY_BYTES:
                    raise ProblemError(problem.TOO_LARGE)
            return await answer(request)

        return judge


ItemId = Annotated[str, Path(alias="id")]
Values = tuple[str, ...]


def utc_now() -> datetime:
    """Return the time of day in UTC."""
    return datetime.now(UTC)


def create_app(  # noqa: PLR0913 - by name, and most have defaults
    items: Items,
    metrics: Metrics,
    *,
    version: str = "dev",
    memory_limit_mb: int = 0,
    item_ttl: timedelta = timedelta(days=7),
    now: Callable[[], datetime] = utc_now,
    new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
) -> FastAPI:
    """Return the API over a store; memory_limit_mb is 0 where there is no limit."""
    app = new_app()
    app.router.route_class = JudgedRoute
    add_items(app, items, item_ttl, now, new_id)
    add_reports(app, metrics, version, memory_limit_mb)
    add_problems(app)
    add_observer(app, metrics)
    return app


def add_items(
    app: FastAPI,
    items: Items,
    item_ttl: timedelta,
    now: Callable[[], datetime],
    new_id: Callable[[], str],
) -> None:
    """Add what callers do with items."""

    @app.get("/items", response_model_exclude_none=True)
    def list_items(
        limit: Annotated[Values, Query()] = (),
        after: Annotated[Values, Query(alias="nextToken")] = (),
    ) -> Page:
        found, last_id = items.list(parse_limit(limit), parse_next_token(after))
        return Page(items=found, next_token=next_token(last_id) if last_id else None)

    @app.post("/items", status_code=201)
    def create_item(draft: Draft, request: Request, response: Response) -> Item:
        created = now()
        item = Item(
            **draft.model_dump(),
            id=new_id(),
            runtime=RUNTIME,
            source_ip=request.client.host if request.client else "",
            created_at=timestamp(created),
            updated_at=timestamp(created),
        )
        items.put(item, expires_at=int((created + item_ttl).timestamp()))
        response.headers["Location"] = f"items/{item.id}"
        return item

    @app.get("/items/{id}")
    def get_item(item_id: ItemId) -> Item:
        return items.get(item_id)

    @app.put("/items/{id}")
    def replace_item(item_id: ItemId, draft: Draft) -> Item:
        return items.update(item_id, draft, updated_at=timestamp(now()))

    @app.delete("/items/{id}", status_code=204, response_class=Response)
    def delete_item(item_id: ItemId) -> None:
        items.delete(item_id)


def add_reports(app: FastAPI, metrics: Metrics, version: str, memory_limit_mb: int) -> None:
    """Add what the function says about itself, without the database."""

    @app.get("/health")
    def show_health(request: Request) -> dict[str, Any]:
        machine = platform.machine()
        return {
            "status": "ok",
            "runtime": RUNTIME,
            "runtimeVersion": platform.python_version(),
            "framework": f"FastAPI {fastapi.__version__}",
            "architecture": "arm64" if machine == "aarch64" else machine,
            "memoryLimitMb": memory_limit_mb,
            "coldStart": request.state.cold,
            "version": version,
        }

    @app.get("/metrics")
    def show_metrics(request: Request) -> dict[str, Any]:
        return metrics.document(cold=request.state.cold, sdk_version=boto3.__version__)


def add_problems(app: FastAPI) -> None:
    """Answer what ends a request early."""

    @app.exception_handler(ProblemError)
    async def on_problem(_: Request, error: ProblemError) -> Response:
        return problem_response(error.problem)

    @app.exception_handler(RequestValidationError)
    async def on_invalid_body(_: Request, error: RequestValidationError) -> Response:
        return problem_response(draft_problem(error.errors()))

    @app.exception_handler(ItemNotFoundError)
    async def on_unknown_item(_: Request, __: ItemNotFoundError) -> Response:
        return problem_response(problem.UNKNOWN_ITEM)

    @app.exception_handler(DatabaseUnavailableError)
    async def on_database_unavailable(_: Request, error: DatabaseUnavailableError) -> Response:
        failure(problem.DATABASE.detail, error)
        return problem_response(problem.DATABASE)

    @app.exception_handler(HTTPException)
    async def on_http_error(request: Request, error: HTTPException) -> Response:
        if error.status_code == HTTPStatus.BAD_REQUEST:
            return problem_response(problem.BODY)
        if error.status_code == HTTPStatus.NOT_FOUND:
            return problem_response(problem.UNKNOWN_PATH)
        # Starlette names the methods of one endpoint only, and has named its route.
        path = request.scope.pop("route").path
        routes = [route for route in app.routes if isinstance(route, APIRoute)]
        methods = [
            name for route in routes if route.path == path for name in route.methods or ()
        ]
        return problem_response(problem.method_not_allowed(", ".join(methods)))


def add_observer(app: FastAPI, metrics: Metrics) -> None:
    """Surround every request: what all answers have, and what is kept about each."""

    @app.middleware("http")
    async def observe(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        started = time.perf_counter()
        cold = request.state.cold = metrics.begin()
        context = request.scope.get("aws.context")
        # Lambda's id of the invocation, which its own log lines have, too.
        logger.append_keys(requestId=context.aws_request_id if context else str(uuid.uuid4()))
        try:
            response = await call_next(request)
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets an answer
            failure(problem.UNEXPECTED.detail, error)
            response = problem_response(problem.UNEXPECTED)
        response.headers.update(
            {
                "X-Runtime": RUNTIME,
                "X-Cold-Start": "true" if cold else "false",
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
            }
        )
        took_ms = (time.perf_counter() - started) * 1000
        # What has no route is one, so that callers cannot make names up.
        route = request.scope.get("route")
        path = route.path if route else "unmatched"
        metrics.end(f"{request.method} {path}" if route else path, took_ms)
        logger.info(
            "request",
            method=request.method,
            route=path,
            status=response.status_code,
            durationMs=round(took_ms, 3),
            coldStart=cold,
        )
        return response


def problem_response(answer: Problem) -> Response:
    """Write a problem as the answer to a request."""
    return Response(
        answer.body, answer.status, answer.headers, media_type="application/problem+json"
    )
