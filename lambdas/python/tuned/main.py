"""The same function, tuned by hand: what a specialist makes of it.

Everything that the two have in common is imported from the folder above.
"""

import os

from tuned.startup import quick_imports

with quick_imports():
    from assembly import assemble
    from tuned.app import create_app
    from tuned.client import connect
    from tuned.event import lambda_handler
    from tuned.log import failure

app, metrics = assemble(os.environ, create_app, connect, failure)
handler = lambda_handler(app)
