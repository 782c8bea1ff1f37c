import gc
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel

from startup import quick_imports


def test_nothing_stays_changed() -> None:
    with quick_imports():
        assert not gc.isenabled()
    assert gc.isenabled()

    class Model(BaseModel):
        number: int

    assert BaseModel.model_config == {}
    assert Model.__pydantic_complete__


API = "aws_lambda_powertools app log metrics model observer problem"


@pytest.mark.parametrize(
    ("entry", "layers"),
    [("main", ""), ("sdk", API), ("framework", f"{API} botocore store urllib3")],
)
def test_what_is_left_out_of_the_init_phase(entry: str, layers: str) -> None:
    # In a process of its own, since this one has imported all of it.
    program = f"""
import sys
import {entry}
from fastapi.openapi.models import Contact, PathItem
assert not Contact.__pydantic_complete__, "FastAPI's models are built at once"
assert Contact(name="x").name == "x"
unwanted = {{"boto3", "aws_lambda_powertools", "pydantic.v1", "email_validator", "uvicorn"}}
unwanted |= set("{layers}".split())
assert not unwanted & sys.modules.keys(), unwanted & sys.modules.keys()
"""
    subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], check=True, cwd=Path(__file__).parent.parent
    )
