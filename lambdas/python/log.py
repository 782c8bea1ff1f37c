"""The log: one JSON object a line on standard output, by Powertools' Logger."""

from typing import Final

from aws_lambda_powertools import Logger

logger: Final = Logger(service="items", use_rfc3339=True)
