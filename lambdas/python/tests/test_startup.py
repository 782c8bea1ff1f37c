import gc
import subprocess
import sys
from pathlib import Path

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


def test_what_is_left_out_of_the_init_phase() -> None:
    # In a process of its own, since this one has imported all of it.
    program = """
import sys
import main
from fastapi.openapi.models import Contact, PathItem
assert not Contact.__pydantic_complete__, "FastAPI's models are built at once"
assert Contact(name="x").name == "x"
unwanted = {"boto3", "aws_lambda_powertools", "pydantic.v1", "email_validator", "uvicorn"}
assert not unwanted & sys.modules.keys(), unwanted & sys.modules.keys()
"""
    subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], check=True, cwd=Path(__file__).parent.parent
    )
