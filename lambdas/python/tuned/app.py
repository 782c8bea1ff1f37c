"""The routes of the Items API and the order in which a request is judged.

Endpoints are coroutines that call the blocking store directly: an execution
environment answers one request at a time, so there is nobody to make room for,
and FastAPI's thread pool would only add two switches of threads to every call.

    app = create_app(store, Metrics(memory_limit_mb=1769), version="1.0.0")
"""

import os
import platform
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated

import botocore
import fastapi
from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.exceptions import HTTPException

import problem
from item import Item, Page, timestamp
from metrics import Metrics
from model import (
    MAX_BODY_BYTES,
    Draft,
    is_id,
    is_json,
    next_token,
    parse_limit,
    parse_next_token,
)
from problem import ProblemError
from store import DatabaseUnavailableError, ItemNotFoundError, Items
from tuned import log
from tuned.body import parse_draft
from tuned.observer import RUNTIME, Observer, of_request, problem_response


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
    app = FastAPI(
        # Without it there are no documents, and no pages that show them.
        openapi_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.add_middleware(Observer, metrics=metrics)
    add_items(app, items, item_ttl, now, new_id)
    add_reports(app, metrics, version, memory_limit_mb)
    add_problems(app)
    return app


def add_items(
    app: FastAPI,
    items: Items,
    item_ttl: timedelta,
    now: Callable[[], datetime],
    new_id: Callable[[], str],
) -> None:
    """Add what callers do with items."""

    @app.get("/items")
    async def list_items(request: Request) -> Response:
        limit = parse_limit(request.query_params.getlist("limit"))
        after = parse_next_token(request.query_params.getlist("nextToken"))
        found, last_id = items.list(limit, after)
        token = next_token(last_id) if last_id else None
        return answer(Page(items=found, next_token=token))

    @app.post("/items")
    async def create_item(request: Request, draft: DraftBody) -> Response:
        created = now()
        item = Item(
            id=new_id(),
            name=draft.name,
            description=draft.description,
            price=draft.price,
            runtime=RUNTIME,
            source_ip=request.client.host if request.client else "",
            created_at=timestamp(created),
            updated_at=timestamp(created),
        )
        items.put(item, expires_at=int((created + item_ttl).timestamp()))
        return answer(item, status=201, headers={"Location": f"items/{item.id}"})

    @app.get("/items/{id}")
    async def get_item(item_id: ItemId) -> Response:
        return answer(items.get(item_id))

    @app.put("/items/{id}")
    async def replace_item(item_id: ItemId, draft: DraftBody) -> Response:
        return answer(items.update(item_id, draft, updated_at=timestamp(now())))

    @app.delete("/items/{id}")
    async def delete_item(item_id: ItemId) -> Response:
        items.delete(item_id)
        return Response(status_code=204)


def add_reports(app: FastAPI, metrics: Metrics, version: str, memory_limit_mb: int) -> None:
    """Add what the function says about itself, without the database."""

    @app.get("/health")
    async def show_health(request: Request) -> Response:
        machine = os.uname().machine
        return JSONResponse(
            {
                "status": "ok",
                "runtime": RUNTIME,
                "runtimeVersion": platform.python_version(),
                "framework": f"FastAPI {fastapi.__version__}",
                "architecture": "arm64" if machine == "aarch64" else machine,
                "memoryLimitMb": memory_limit_mb,
                "coldStart": of_request(request).cold,
                "version": version,
            }
        )

    @app.get("/metrics")
    async def show_metrics(request: Request) -> Response:
        cold = of_request(request).cold
        return JSONResponse(metrics.document(cold=cold, sdk_version=botocore.__version__))


def add_problems(app: FastAPI) -> None:
    """Answer what ends a request early; the Observer answers what nobody expects."""

    @app.exception_handler(ProblemError)
    async def on_problem(_: Request, error: ProblemError) -> Response:
        return problem_response(error.problem)

    @app.exception_handler(ItemNotFoundError)
    async def on_unknown_item(_: Request, __: ItemNotFoundError) -> Response:
        return problem_response(problem.UNKNOWN_ITEM)

    @app.exception_handler(DatabaseUnavailableError)
    async def on_database_unavailable(
        request: Request, error: DatabaseUnavailableError
    ) -> Response:
        log.failure(problem.DATABASE.detail, error, of_request(request).id)
        return problem_response(problem.DATABASE)

    @app.exception_handler(HTTPException)
    async def on_no_endpoint(request: Request, error: HTTPException) -> Response:
        if error.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
            return problem_response(problem.UNKNOWN_PATH)
        # Starlette names the methods of one endpoint only, and has named its route.
        path = request.scope.pop("route").path
        return problem_response(problem.method_not_allowed(allowed_methods(app, path)))


def allowed_methods(app: FastAPI, path: str) -> str:
    """List the methods of all endpoints at a path in the order of their definition."""
    endpoints = (route for route in app.routes if isinstance(route, APIRoute))
    return ", ".join(
        method for route in endpoints if route.path == path for method in route.methods or ()
    )


async def valid_id(request: Request) -> str:
    """Judge the id in the path.

    It is no declared parameter, because for one of those FastAPI builds a validator
    that cannot fail, and imports all of pydantic's version 1 to find out which kind.
    """
    item_id: str = request.path_params["id"]
    if not is_id(item_id):
        raise ProblemError(problem.UNKNOWN_ITEM)
    return item_id


async def read_draft(request: Request) -> Draft:
    """Judge a request's media type, then its size, then its body."""
    media_type = request.headers.get("content-type", "")
    if not is_json(media_type) or "content-encoding" in request.headers:
        raise ProblemError(problem.MEDIA_TYPE)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise ProblemError(problem.TOO_LARGE)
    return parse_draft(bytes(body))


# FastAPI resolves dependencies in the order of an endpoint's parameters.
ItemId = Annotated[str, Depends(valid_id)]
DraftBody = Annotated[Draft, Depends(read_draft)]


def answer(
    document: BaseModel, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """Write a model as JSON. FastAPI would validate it a second time first."""
    return Response(
        document.model_dump_json(by_alias=True, exclude_none=True),
        status,
        headers,
        media_type="application/json",
    )
