"""The same function, tuned by hand: what a specialist makes of it.

Everything that the two have in common is imported from the folder above.
"""

import os

from tuned.startup import quick_imports

with quick_imports():
    from assembly import assemble
    from tuned import log
    from tuned.app import create_app
    from tuned.client import connect
    from tuned.event import lambda_handler

app, metrics = assemble(
    os.environ,
    create_app,
    connect,
    lambda message, error: log.failure(message, "init", error),
)
handler = lambda_handler(app)
