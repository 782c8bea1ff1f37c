import gc
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel

from tuned.startup import quick_imports


def test_nothing_stays_changed() -> None:
    with quick_imports():
        assert not gc.isenabled()
    assert gc.isenabled()

    class Model(BaseModel):
        number: int

    assert BaseModel.model_config == {}
    assert Model.__pydantic_complete__


@pytest.mark.parametrize("entry", ["tuned.main", "tuned.switches.startup"])
def test_what_is_left_out_of_the_init_phase(entry: str) -> None:
    # In a process of its own, since this one has imported all of it.
    program = f"""
import sys
import {entry}
from fastapi.openapi.models import Contact, PathItem
assert not Contact.__pydantic_complete__, "FastAPI's models are built at once"
assert Contact(name="x").name == "x"
from item import Item, Page
from model import Draft
assert all(model.__pydantic_complete__ for model in (Item, Page, Draft))
assert "pydantic.v1" not in sys.modules or {entry!r} != "tuned.main"
unwanted = {{"boto3", "aws_lambda_powertools", "app", "database", "email_validator"}}
assert {entry!r} != "tuned.main" or not unwanted & sys.modules.keys()
"""
    subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], check=True, cwd=Path(__file__).parent.parent
    )


@pytest.mark.parametrize("entry", ["main", "tuned.main", "sdk"])
def test_no_client_is_made_in_the_init_phase(entry: str) -> None:
    program = f"""
import botocore.client
def refuse(*_, **__): raise AssertionError("a client is made")
botocore.client.ClientCreator.create_client = refuse
import {entry}
"""
    subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], check=True, cwd=Path(__file__).parent.parent
    )
