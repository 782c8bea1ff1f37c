"""The log: one JSON object a line on standard output, by Powertools' Logger."""

from typing import Final

from aws_lambda_powertools import Logger

logger: Final = Logger(service="items", use_rfc3339=True)


def failure(message: str, error: Exception) -> None:
    """Write what callers do not get to see."""
    logger.error(message, exc_info=error)
