"""The Python implementation of the Items API, a Lambda function behind API Gateway.

Lambda calls handler with REST proxy events. For development, an ASGI server runs app:

    AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:8000 uvicorn main:app
"""

import os

from app import create_app
from assembly import assemble
from database import connect
from gateway import lambda_handler
from log import failure

app, metrics = assemble(os.environ, create_app, connect, failure)
handler = lambda_handler(app)
