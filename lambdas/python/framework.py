"""The floor and the framework: FastAPI without what the API does with it.

The app, the adapter of events and the quick imports are the API's own. Its item
routes give the floor's answer, without an Observer, bodies, validation, a log or an
SDK. What its figures are above the floor's is what FastAPI, Pydantic and Mangum cost.
"""

from startup import quick_imports

with quick_imports():
    from fastapi import Response

    from event import lambda_handler
    from routing import new_app, prefixed

app = new_app()


def ok(status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Give the floor's answer."""
    return Response('{"status":"ok"}', status, headers, media_type="application/json")


@app.get("/items")
async def list_items() -> Response:
    """List nothing."""
    return ok()


@app.post("/items")
async def create_item() -> Response:
    """Create nothing, under an id that is always the same."""
    return ok(201, {"Location": "items/00000000-0000-4000-8000-000000000000"})


@app.get("/items/{id}")
async def get_item() -> Response:
    """Get nothing."""
    return ok()


@app.put("/items/{id}")
async def replace_item() -> Response:
    """Replace nothing."""
    return ok()


@app.delete("/items/{id}")
async def delete_item() -> Response:
    """Delete nothing."""
    return Response(status_code=204)


handler = lambda_handler(prefixed(app))
