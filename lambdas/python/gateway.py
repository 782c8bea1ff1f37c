"""FastAPI behind API Gateway, for the API and for the layers below it.

handler = lambda_handler(new_app())
"""

import logging

from fastapi import FastAPI
from mangum import Mangum


def new_app() -> FastAPI:
    """Return an app without routes, whose settings are the API's and its layers'."""
    return FastAPI(
        # Without an address of its document there are no pages that show it either.
        openapi_url=None,
        redirect_slashes=False,
    )


def lambda_handler(app: FastAPI) -> Mangum:
    """Return what Lambda calls with an event and its context."""
    # At INFO Mangum writes a line of its own for each request, with the item's id; at
    # DEBUG botocore writes whole items.
    for library in ("botocore", "mangum"):
        logging.getLogger(library).setLevel(logging.WARNING)
    return Mangum(
        app,
        lifespan="off",
        # API Gateway passes the whole path; a developer runs the app without the prefix.
        api_gateway_base_path="/python",
        # Answers of any other type would go out as base64.
        text_mime_types=["application/json", "application/problem+json"],
        # API Gateway counts for itself and would show ours under another name.
        exclude_headers=["Content-Length"],
    )
