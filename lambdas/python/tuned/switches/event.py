"""The stock function behind the tuned one's own adapter of events."""

import main
from tuned.event import lambda_handler

handler = lambda_handler(main.app)
