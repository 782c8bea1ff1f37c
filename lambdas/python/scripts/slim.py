"""Leaves out of an installed function what it never reads.

    python scripts/slim.py FOLDER

FOLDER holds the libraries as pip has put them. It refuses to guess: what is named
here and is not there ends the build, so that a new version of a library cannot
slip through; only a whole library may be missing, as a layer has not all of them.
That nothing is missed is shown by the contract suite, which runs
against the result.
"""

import gzip
import json
import shutil
import sys
from pathlib import Path
from typing import Any

# What the store calls; its test compares.
OPERATIONS = frozenset({"DeleteItem", "GetItem", "PutItem", "Scan", "UpdateItem"})
SERVICE = "dynamodb"

UNUSED = (
    "*.data/scripts",  # command line tools
    "[!o]*.dist-info",  # for pip; only opentelemetry asks importlib.metadata
    "*/py.typed",
    # Only the Logger is used, and that imports Metrics and Tracer.
    "aws_lambda_powertools/event_handler",
    "aws_lambda_powertools/utilities/[!_j]*",  # keeps __init__ and jmespath_utils
    "dateutil/zoneinfo/dateutil-zoneinfo.tar.gz",  # times are in UTC
    "fastapi/.agents",
    "idna",  # anyio's, for servers' names in TLS
    "pydantic/mypy.py",
    "starlette/testclient.py",
)


def remove_unused(folder: Path) -> None:
    """Remove what UNUSED names."""
    for pattern in UNUSED:
        library, _, inner = pattern.partition("/")
        if inner and not any(folder.glob(library)):
            continue
        paths = list(folder.glob(pattern))
        if not paths:
            message = f"{pattern}: got nothing in {folder}, want what the list says is unused"
            raise FileNotFoundError(message)
        for path in paths:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def remove_services(data: Path) -> None:
    """Keep one service of botocore's four hundred, and of that the model and the rules.

    Examples, paginators and waiters are read only when somebody asks for one.
    """
    for service in data.iterdir():
        if service.is_dir() and service.name != SERVICE:
            shutil.rmtree(service)
    (model,) = data.glob(f"{SERVICE}/*/service-2.json.gz")
    for path in (data / SERVICE).rglob("*"):
        if path.is_file() and path not in (
            model,
            model.with_name("endpoint-rule-set-1.json.gz"),
        ):
            path.unlink()
    for version in (data / SERVICE).iterdir():
        if version != model.parent:
            version.rmdir()
    with gzip.open(model) as packed:
        reduced = reduce_model(json.load(packed))
    # Not gzipped: the zip is, and unpacking costs time in the first call.
    write_json(model.with_suffix(""), reduced)
    model.unlink()

    endpoints = data / "endpoints.json"
    partitions = json.loads(endpoints.read_bytes())
    for partition in partitions["partitions"]:
        partition["services"] = {SERVICE: partition["services"][SERVICE]}
    write_json(endpoints, partitions)


def reduce_model(model: dict[str, Any]) -> dict[str, Any]:
    """Keep the operations that are called and the shapes that they are made of."""
    operations = {name: model["operations"][name] for name in sorted(OPERATIONS)}
    shapes: dict[str, Any] = {}
    pending = [operations]
    while pending:
        for name in sorted(shape_names(pending.pop())):
            if name not in shapes:
                shapes[name] = model["shapes"][name]
                pending.append(shapes[name])
    reduced: dict[str, Any] = without_documentation(
        {**model, "operations": operations, "shapes": shapes}
    )
    return reduced


def shape_names(node: object) -> set[str]:
    """Collect the names that a part of a model refers to."""
    if isinstance(node, list):
        return {name for member in node for name in shape_names(member)}
    if not isinstance(node, dict):
        return set()
    names = {name for member in node.values() for name in shape_names(member)}
    if isinstance(node.get("shape"), str):
        names.add(node["shape"])
    return names


def without_documentation(node: Any) -> Any:  # noqa: ANN401 - as JSON is
    """Copy a part of a model without its texts."""
    if isinstance(node, list):
        return [without_documentation(member) for member in node]
    if isinstance(node, dict):
        return {
            name: without_documentation(member)
            for name, member in node.items()
            # A member of that name may also be a shape.
            if not (name == "documentation" and isinstance(member, str))
        }
    return node


def write_json(path: Path, document: object) -> None:
    """Write JSON as short as it gets."""
    path.write_text(json.dumps(document, separators=(",", ":")), encoding="utf-8")


def main() -> None:
    """Slim the folder that the command line names."""
    folder = Path(sys.argv[1])
    remove_unused(folder)
    if (folder / "botocore").is_dir():
        remove_services(folder / "botocore" / "data")


if __name__ == "__main__":
    main()
