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


def run(program: str) -> None:
    """Run a program in a process of its own, since this one has imported all of it."""
    subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], check=True, cwd=Path(__file__).parent.parent
    )


@pytest.mark.parametrize("entry", ["tuned.main", "tuned.switches.startup"])
def test_only_our_own_models_are_built_in_the_init_phase(entry: str) -> None:
    run(f"""
import {entry}
from fastapi.openapi.models import Contact, PathItem
from item import Item, Page
from model import Draft
assert all(model.__pydantic_complete__ for model in (Item, Page, Draft))
assert not Contact.__pydantic_complete__, "FastAPI's models are built at once"
assert Contact(name="x").name == "x"
""")


def test_what_the_tuned_function_does_not_import() -> None:
    run("""
import sys
import tuned.main
stock = {"app", "boto3", "database", "gateway", "log"}
unwanted = {"aws_lambda_powertools", "email_validator", "pydantic.v1"} | stock
assert not unwanted & sys.modules.keys(), unwanted & sys.modules.keys()
""")


@pytest.mark.parametrize("entry", ["main", "tuned.main", "sdk"])
def test_no_client_is_made_in_the_init_phase(entry: str) -> None:
    run(f"""
import botocore.client
def refuse(*_, **__): raise AssertionError("a client is made")
botocore.client.ClientCreator.create_client = refuse
import {entry}
""")
