"""The log: one JSON object a line on standard output, by Powertools' Logger."""

import logging
from typing import Final

from aws_lambda_powertools import Logger

logger: Final = Logger(service="items", use_rfc3339=True)

# At INFO Mangum writes a line of its own for each request, with the item's id; at
# DEBUG botocore writes whole items.
for library in ("botocore", "mangum"):
    logging.getLogger(library).setLevel(logging.WARNING)
