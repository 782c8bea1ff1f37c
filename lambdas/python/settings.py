"""Environment variables that are numbers."""

from collections.abc import Mapping


def positive(environ: Mapping[str, str], name: str, default: int) -> int:
    """Read an environment variable that is a whole number above 0."""
    value = environ.get(name)
    if not value:
        return default
    if not (value.isascii() and value.isdigit() and int(value) > 0):
        message = f"{name}: got {value!r}, want a positive integer"
        raise ValueError(message)
    return int(value)
