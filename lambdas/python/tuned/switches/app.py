"""The tuned application with the stock function's client and adapter of events."""

import os

from assembly import assemble
from database import connect
from gateway import lambda_handler
from tuned.app import create_app
from tuned.log import failure

app, _ = assemble(os.environ, create_app, connect, failure)
handler = lambda_handler(app)
