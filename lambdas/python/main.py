"""The Python implementation of the Items API, a Lambda function behind API Gateway.

Lambda calls handler with REST proxy events. For development, an ASGI server runs app:

    AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:8000 uvicorn main:app --root-path /python
"""

import os

from mangum import Mangum

from app import create_app
from assembly import assemble
from database import connect
from log import logger

app, metrics = assemble(
    os.environ,
    create_app,
    connect,
    lambda message, error: logger.error(message, exc_info=error),
)
handler = Mangum(
    app,
    lifespan="off",
    # API Gateway passes the whole path; a developer runs the app without the prefix.
    api_gateway_base_path="/python",
    # Answers of any other type would go out as base64.
    text_mime_types=["application/json", "application/problem+json"],
    # API Gateway counts for itself and would show ours under another name.
    exclude_headers=["Content-Length"],
)
