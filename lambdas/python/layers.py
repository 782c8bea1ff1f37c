"""The routes of the layers below the API, with fixed answers.

app = create_layer(Calls())
"""

from typing import Annotated

from fastapi import FastAPI, Path, Response

from gateway import new_app

ItemId = Annotated[str, Path(alias="id")]


class Calls:
    """What happens behind each route: here, nothing."""

    def list(self) -> None:
        """List a page of items."""

    def create(self) -> str:
        """Create an item and return its id."""
        return "00000000-0000-4000-8000-000000000000"

    def get(self, item_id: str) -> None:
        """Get an item."""

    def replace(self, item_id: str) -> None:
        """Replace an item's fields."""

    def delete(self, item_id: str) -> None:
        """Delete an item."""


def create_layer(calls: Calls) -> FastAPI:
    """Return the API's routes, which do their calls and give the floor's answer."""
    app = new_app()

    @app.get("/items")
    def list_items() -> dict[str, str]:
        calls.list()
        return {"status": "ok"}

    @app.post("/items", status_code=201)
    def create_item(response: Response) -> dict[str, str]:
        response.headers["Location"] = f"items/{calls.create()}"
        return {"status": "ok"}

    @app.get("/items/{id}")
    def get_item(item_id: ItemId) -> dict[str, str]:
        calls.get(item_id)
        return {"status": "ok"}

    @app.put("/items/{id}")
    def replace_item(item_id: ItemId) -> dict[str, str]:
        calls.replace(item_id)
        return {"status": "ok"}

    @app.delete("/items/{id}", status_code=204, response_class=Response)
    def delete_item(item_id: ItemId) -> None:
        calls.delete(item_id)

    return app
