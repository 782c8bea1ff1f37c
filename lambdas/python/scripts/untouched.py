"""Proves that the libraries in a zip are byte for byte those of the registry.

    python scripts/untouched.py ZIP LOCKFILE WHEELS

WHEELS is a folder with the wheels that LOCKFILE names. Each is held to its hash, and
each of its files must be in ZIP as it is. What is in ZIP besides must be ours.
"""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile


def faults(function: Path, lock: Path, wheels: Path, sources: Path) -> Iterator[str]:
    """Tell what is not as it was published; sources is the folder of our own files."""
    hashes = lock.read_text(encoding="utf-8")
    with ZipFile(function) as archive:
        left = {name: archive.read(name) for name in archive.namelist()}
    found = sorted(wheels.glob("*.whl"))
    if not found:
        yield f"{wheels}: got no wheel, want those of {lock}"
    for wheel in found:
        if f"sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}" not in hashes:
            yield f"{wheel.name}: its hash is not in {lock.name}"
        with ZipFile(wheel) as package:
            for name in package.namelist():
                if name.endswith("/"):
                    continue
                got = left.pop(name, None)
                if got is None:
                    yield f"{name}: missing, {wheel.name} has it"
                elif got != package.read(name):
                    yield f"{name}: differs from the one in {wheel.name}"
    for name, content in left.items():
        own = sources / name
        # In a folder of ours there could be part of a library.
        if "/" in name or not own.is_file() or own.read_bytes() != content:
            yield f"{name}: of no library, and no source of ours"


def main() -> int:
    """Print what is wrong with the zip that the command line names."""
    function, lock, wheels = map(Path, sys.argv[1:])
    wrong = list(faults(function, lock, wheels, Path()))
    for fault in wrong:
        sys.stderr.write(f"{function}: {fault}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
