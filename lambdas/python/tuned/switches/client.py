"""The stock function with the tuned one's client of DynamoDB."""

import os

from app import create_app
from assembly import assemble
from gateway import lambda_handler
from log import failure
from tuned.client import connect

app, _ = assemble(os.environ, create_app, connect, failure)
handler = lambda_handler(app)
