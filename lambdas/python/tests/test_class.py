import hashlib
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml

from scripts import declared, untouched

FOLDER = Path(__file__).parent.parent
SETTINGS = yaml.safe_load((FOLDER / "runtime.yaml").read_text("utf-8"))["variants"]["stock"][
    "settings"
]
SOURCES = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.py")}


def test_the_sources_set_what_the_manifest_says() -> None:
    assert list(declared.faults(SOURCES, SETTINGS)) == []


# What the build does is in the zip, to which the other check looks.
IN_SOURCES = [setting for setting in SETTINGS if not setting["what"].startswith("pip ")]


@pytest.mark.parametrize("setting", IN_SOURCES, ids=lambda setting: setting["what"])
def test_a_setting_that_is_not_declared_is_found(setting: dict[str, str]) -> None:
    others = [other for other in SETTINGS if other != setting]
    assert list(declared.faults(SOURCES, others)) != []


def test_a_setting_without_a_source_is_refused() -> None:
    settings = [*SETTINGS, {"what": "Config(connect_timeout=2)", "why": "so"}]
    assert list(declared.faults(SOURCES, settings)) == [
        "runtime.yaml: Config(connect_timeout=2): has no source"
    ]


@pytest.mark.parametrize(
    ("file", "planted", "want"),
    [
        ("database.py", "Config(parameter_validation=False)", "parameter_validation=False"),
        ("database.py", "Config(connect_timeout=3)", "Config(connect_timeout=3)"),
        ("main.py", "Mangum(app, custom_handlers=[])", "custom_handlers"),
        ("item.py", "class A(BaseModel, strict=False): pass", "A(strict=False)"),
        ("item.py", "BaseModel.model_config = {}", "BaseModel.model_config"),
        ("log.py", "logger.setLevel('ERROR')", "setLevel"),
        ("log.py", "setattr(logger, 'level', 1)", "setattr"),
        ("main.py", "os.environ['PYDANTIC_DISABLE_PLUGINS'] = '1'", "PYDANTIC_DISABLE_PLUGINS"),
        ("main.py", "os.environ.update(PYDANTIC_DISABLE_PLUGINS='1')", "os.environ.update"),
        ("main.py", "del boto3.client", "del boto3.client"),
        ("main.py", "boto3.X: int = 1", "boto3.X: int = 1"),
        ("main.py", "boto3.X += 1", "boto3.X += 1"),
        ("main.py", "one, boto3.X = 1, 2", "one, boto3.X = "),
        ("main.py", "for boto3.X in (1, 2): pass", "boto3.X"),
        ("database.py", "Config('eu-west-1', None, None, 'agent')", "Config('eu-west-1'"),
        ("database.py", "def f(region): Config(region)", "Config(region)"),
        ("database.py", "def f(options): Config(*options)", "Config(*options)"),
        ("database.py", "boto3.client('dynamodb', connect)", "client('dynamodb', connect)"),
        ("database.py", "Config(read_timeout=1)", "Config(read_timeout=1)"),
        (
            "database.py",
            "Config(read_timeout=positive(os.environ, 'DYNAMODB_ATTEMPT_TIMEOUT_MS', 1) / 1e3)",
            "1) / 1000.0",
        ),
        ("database.py", "WAIT = 9\nConfig(connect_timeout=WAIT)", "Config(connect_timeout=9)"),
        ("main.py", "def f(x): Mangum(app, x)", "Mangum(app, x)"),
        (
            "database.py",
            "import functools\nfunctools.partial(boto3.client, verify=False)",
            "partial(verify=False)",
        ),
        ("app.py", "app.get('/x', response_model=None)", "response_model=None"),
    ],
)
def test_an_undeclared_setting_is_found(file: str, planted: str, want: str) -> None:
    (fault,) = declared.faults(SOURCES | {file: f"{SOURCES[file]}\n{planted}\n"}, SETTINGS)
    assert fault.startswith(f"{file}:")
    assert want in fault
    assert fault.endswith("no setting of runtime.yaml")


def test_a_value_may_stand_behind_a_name() -> None:
    source = SOURCES["database.py"].replace("connect_timeout=2", "connect_timeout=CONNECT_S")
    for value, faults in (("2", 0), ("3", 1)):
        sources = SOURCES | {"database.py": f"CONNECT_S = {value}\n{source}"}
        assert len(list(declared.faults(sources, SETTINGS))) == faults


@pytest.mark.parametrize(
    "planted",
    [
        "from fastapi import _compat",
        "from fastapi._compat import ModelField",
        "import botocore.handlers",
        "import importlib\nimportlib.import_module('botocore.session')",
        "logger._logger.handlers",
        "getattr(logger, '_log' + 'ger')",
        "vars(boto3)['client'] = None",
        "import operator\noperator.attrgetter('_logger')(logger)",
        "import gc\ngc.disable()",
        "from gc import disable\ndisable()",
        "from resource import setrlimit",
        "sys.modules['pydantic.plugin'] = boto3",
        "from os import environ\nenviron['A'] = '1'",
        "from os import environ\nenviron |= {'A': '1'}",
        "from os import environ as e\ne['A'] = '1'",
        "import os\nos.putenv('A', '1')",
        "import sys\nloaded = sys.modules\nloaded['pydantic.plugin'] = sys",
        "change = setattr\nchange(logger, 'level', 1)",
        "exec('logger.level = 1')",
    ],
)
def test_a_private_name_is_found(planted: str) -> None:
    sources = SOURCES | {"log.py": f"{SOURCES['log.py']}\n{planted}\n"}
    assert list(declared.faults(sources, SETTINGS)) != []


class Package:
    """A zip of one library and one source of ours, and what it was made from."""

    def __init__(self, folder: Path) -> None:
        self.function = folder / "function.zip"
        self.lock = folder / "requirements.txt"
        self.wheels = folder / "wheels"
        self.sources = folder / "sources"
        self.wheels.mkdir()
        self.sources.mkdir()
        self.content = {"lib/__init__.py": b"checks = True\n", "lib-1.dist-info/RECORD": b""}
        wheel = self.wheels / "lib-1-py3-none-any.whl"
        self.write(wheel, self.content)
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        self.lock.write_text(f"lib==1 --hash=sha256:{digest}\n")
        (self.sources / "main.py").write_bytes(b"import lib\n")
        self.content["main.py"] = b"import lib\n"

    @staticmethod
    def write(path: Path, content: dict[str, bytes]) -> None:
        with ZipFile(path, "w") as archive:
            for name, data in content.items():
                archive.writestr(name, data)

    def faults(self) -> list[str]:
        self.write(self.function, self.content)
        return list(untouched.faults(self.function, self.lock, self.wheels, self.sources))


@pytest.fixture
def package(tmp_path: Path) -> Package:
    return Package(tmp_path)


def test_a_library_as_it_was_published(package: Package) -> None:
    assert package.faults() == []


def altered(package: Package) -> None:
    package.content["lib/__init__.py"] = b"checks = False\n"


def lacking(package: Package) -> None:
    del package.content["lib-1.dist-info/RECORD"]


def added(package: Package) -> None:
    package.content["lib/__pycache__/__init__.cpython-313.pyc"] = b"\0"


def other_source(package: Package) -> None:
    package.content["main.py"] = b"import other\n"


def own_folder(package: Package) -> None:
    (package.sources / "lib").mkdir()
    (package.sources / "lib/plugin.py").write_bytes(b"")
    package.content["lib/plugin.py"] = b""


def other_wheel(package: Package) -> None:
    package.lock.write_text("lib==1 --hash=sha256:00\n")


def no_wheel(package: Package) -> None:
    next(package.wheels.iterdir()).unlink()


@pytest.mark.parametrize(
    ("plant", "want"),
    [
        (altered, "lib/__init__.py: differs"),
        (lacking, "lib-1.dist-info/RECORD: missing"),
        (added, "__init__.cpython-313.pyc: of no library"),
        (other_source, "main.py: of no library"),
        (own_folder, "lib/plugin.py: of no library"),
        (other_wheel, "its hash is not in requirements.txt"),
        (no_wheel, "got no wheel"),
    ],
)
def test_what_is_not_as_it_was_published(
    package: Package, plant: Callable[[Package], None], want: str
) -> None:
    plant(package)
    assert any(want in fault for fault in package.faults())
