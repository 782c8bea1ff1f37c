import gzip
import json
from pathlib import Path
from typing import Any

import botocore
import pytest
from botocore.model import ServiceModel

import store
from scripts import slim

DATA = Path(botocore.__file__).parent / "data"


def complete_model() -> dict[str, Any]:
    (path,) = DATA.glob("dynamodb/*/service-2.json.gz")
    with gzip.open(path) as packed:
        model: dict[str, Any] = json.load(packed)
    return model


def test_the_model_keeps_what_the_store_calls() -> None:
    model = complete_model()
    reduced = slim.reduce_model(model)
    assert reduced["operations"].keys() == slim.OPERATIONS
    full, slimmed = ServiceModel(model), ServiceModel(reduced)

    def described(service: ServiceModel, name: str) -> str:
        operation = service.operation_model(name)
        shapes = [operation.input_shape, operation.output_shape, *operation.error_shapes]
        return json.dumps(
            [slim.without_documentation(walked(shape, set())) for shape in shapes], default=str
        )

    def walked(shape: Any, seen: set[str]) -> Any:  # noqa: ANN401 - botocore's shapes
        if shape.name in seen:
            return shape.name
        seen.add(shape.name)
        inner = [*getattr(shape, "members", {}).values()]
        inner += [
            getattr(shape, part) for part in ("member", "key", "value") if hasattr(shape, part)
        ]
        return [shape.name, shape.type_name, shape.metadata, [walked(s, seen) for s in inner]]

    for name in slim.OPERATIONS:
        assert described(slimmed, name) == described(full, name)
    assert "<p>" not in json.dumps(reduced)


def test_the_store_calls_no_other_operation() -> None:
    # The methods of a client that the store's source names.
    source = Path(store.__file__).read_text(encoding="utf-8")
    called = {
        "".join(word.title() for word in part.split("(")[0].split("_"))
        for part in source.split("self._client.")[1:]
    }
    assert called == slim.OPERATIONS


def test_a_service_of_many_is_kept(tmp_path: Path) -> None:
    for name in ("_retry.json", "s3/2006-03-01/service-2.json.gz"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"{}")
    (tmp_path / "endpoints.json").write_text(
        '{"version": 3, "partitions": [{"partition": "aws", "services": '
        '{"dynamodb": {"endpoints": {}}, "s3": {}}}]}'
    )
    version = tmp_path / "dynamodb" / "2012-08-10"
    version.mkdir(parents=True)
    (tmp_path / "dynamodb" / "2011-12-05").mkdir()
    (tmp_path / "dynamodb" / "2011-12-05" / "examples-1.json").write_text("{}")
    (version / "service-2.json.gz").write_bytes(
        gzip.compress(json.dumps(complete_model()).encode())
    )
    (version / "endpoint-rule-set-1.json.gz").write_bytes(b"rules")
    (version / "paginators-1.json").write_text("{}")

    slim.remove_services(tmp_path)

    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {
        "_retry.json",
        "endpoints.json",
        "dynamodb/2012-08-10/service-2.json",
        "dynamodb/2012-08-10/endpoint-rule-set-1.json.gz",
    }
    assert json.loads((tmp_path / "endpoints.json").read_bytes()) == {
        "version": 3,
        "partitions": [{"partition": "aws", "services": {"dynamodb": {"endpoints": {}}}}],
    }


def test_a_library_that_a_layer_lacks_is_no_fault(tmp_path: Path) -> None:
    for path in ("a.data/scripts", "a.dist-info", "a/py.typed", "fastapi/.agents", "idna"):
        (tmp_path / path).mkdir(parents=True)
    for path in ("pydantic/mypy.py", "starlette/testclient.py"):
        (tmp_path / path).mkdir(parents=True)
    slim.remove_unused(tmp_path)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"a", "a.data", "fastapi", "pydantic", "starlette"}


def test_what_is_not_there_cannot_be_left_out(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="dist-info: got nothing in"):
        slim.remove_unused(tmp_path)
