"""Prints the part of requirements.txt that the named libraries need.

    python scripts/libraries.py fastapi mangum < requirements.txt

So a layer has the very versions that the API has, and no other lock file. Who needs
what is in the comments that uv writes: "# via" and names. It refuses a library that
is not in the file.
"""

import re
import sys
from collections.abc import Iterable

_REQUIREMENT = re.compile(r"^([a-z][\w.-]*)==(?:.*\n)(?:[ \t].*\n?)*", re.MULTILINE)


def needed(requirements: str, wanted: Iterable[str]) -> str:
    """Keep what is wanted, and what is there because of something that is kept."""
    blocks = {found[1]: found[0] for found in _REQUIREMENT.finditer(requirements)}
    kept: set[str] = set()
    pending = set(wanted)
    while pending:
        name = pending.pop()
        if name not in blocks:
            message = f"library: got {name}, want one of {', '.join(blocks)}"
            raise ValueError(message)
        kept.add(name)
        pending |= {other for other in blocks if name in _users(blocks[other])} - kept
    return "".join(block for name, block in blocks.items() if name in kept)


def _users(block: str) -> set[str]:
    comments = (line.partition("#")[2] for line in block.splitlines())
    return {comment.removeprefix(" via").strip() for comment in comments}


if __name__ == "__main__":
    sys.stdout.write(needed(sys.stdin.read(), sys.argv[1:]))
