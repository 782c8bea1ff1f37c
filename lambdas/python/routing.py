"""FastAPI and the API's prefix, for the API and the layers below it.

app = new_app()
handler = lambda_handler(prefixed(app))
"""

from typing import Final

from fastapi import FastAPI
from mangum.types import ASGI
from starlette.types import Receive, Scope, Send

# API Gateway passes the whole path; a developer runs the app without the prefix.
PREFIX: Final = "/python"


def new_app() -> FastAPI:
    """Return an app without routes, whose settings are the API's and its layers'."""
    return FastAPI(
        # Without it there are no documents, and no pages that show them.
        openapi_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )


def enter_prefix(scope: Scope) -> None:
    """Turn the prefix behind the API into an ASGI root path."""
    if scope["path"].startswith(f"{PREFIX}/"):
        scope["root_path"] = PREFIX


def prefixed(app: ASGI) -> ASGI:
    """Let an app answer under the prefix, too, where no Observer is around it."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        enter_prefix(scope)
        await app(scope, receive, send)

    return answer
