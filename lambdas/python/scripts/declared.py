"""Proves that the stock function sets only what its manifest says.

    python scripts/declared.py

And that it uses no private name of a library. It reads runtime.yaml and the sources
in the root of this folder. A setting is a keyword argument of a library's, a call that
sets something, or an attribute that is given another value. What the API itself
consists of is none: CONTENT lists it.
"""

import ast
import builtins
import copy
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

# Keyword arguments that say what the API is, and not how a library goes about it.
CONTENT = {
    "Field": "rules of an item's fields, and their names for callers",
    "StringConstraints": "rules of an item's fields",
    "Path": "names of the API's parameters",
    "Query": "names of the API's parameters",
    "Response": "a problem as an answer",
    "info": "members of a line of the log",
    "error": "the error that a line of the log is about",
    "append_keys": "members of a line of the log",
    "isoformat": "how an item's times are written",
    "scan": "a request to DynamoDB",
}
# Of calls that have settings, too: what else they are told.
CONTENT_ARGUMENTS = {
    *(("post", "status_code"), ("delete", "status_code")),
    ("client", "config"),  # which is a call by itself
}

# How many positional arguments say what the API consists of; any other is a setting.
POSITIONAL = {"Mangum": 1, "BeforeValidator": 1, "AfterValidator": 1, "client": 1}

# Members of a request to DynamoDB, such as TableName, are content as well.
REQUEST_MEMBER = re.compile(r"[A-Z]\w+")

# The libraries' documented modules.
MODULES = {
    *("aws_lambda_powertools", "boto3", "botocore.config", "botocore.exceptions"),
    *("fastapi", "fastapi.exceptions", "fastapi.routing", "mangum", "pydantic"),
    *("starlette.exceptions",),
    "snapshot_restore_py",  # the runtime's own, for SnapStart's hooks
    *("mypy_boto3_dynamodb.client", "mypy_boto3_dynamodb.type_defs"),  # types only
}

PYTHON = frozenset(vars(builtins)) - {"setattr", "delattr"}

# Modules of Python's own by which a function can be tuned, or names be reached that
# are nobody's to use.
TUNING = {"ctypes", "gc", "operator"}
# Methods that change what an environment or a module is made of.
CHANGES = {"update", "setdefault", "pop", "popitem", "clear", "__setitem__", "__delitem__"}

# Names of Python's own through which anything can be changed or reached.
OPEN = {"setattr", "delattr", "getattr", "getattr_static", "exec", "eval", "modules"}
OPEN |= {"putenv", "unsetenv"}

SETS = re.compile(r"(set|disable|enable|freeze|register|unregister|patch|configure|with_)\w*")
STATE = "request.state."  # Starlette's place for an application's own values


def faults(sources: dict[str, str], settings: list[dict[str, str]]) -> Iterator[str]:
    """Tell what is not declared: sources are texts by file name, settings the manifest's."""
    for setting in settings:
        if not setting.get("source", "").startswith("https://"):
            yield f"runtime.yaml: {setting['what']}: has no source"
    trees = {name: ast.parse(text, name) for name, text in sources.items()}
    whats = Declared([setting["what"] for setting in settings])
    own = {name.removesuffix(".py") for name in sources}
    parameters = parameters_of(trees.values())
    constants = constants_of(trees.values())
    for name, tree in trees.items():
        reader = Reader(tree, own, parameters, constants)
        reader.visit(tree)
        for line, what in reader.set:
            if what not in whats:
                yield f"{name}:{line}: {what}: no setting of runtime.yaml"
        for line, what in reader.private:
            yield f"{name}:{line}: {what}: no public name of a library"


class Declared:
    """The settings of a manifest, spelt as code."""

    def __init__(self, whats: list[str]) -> None:
        self._whats: set[str] = set()
        for what in whats:
            try:
                node = ast.parse(what).body[0]
            except SyntaxError:  # a command, or a variable
                continue
            call = node.value if isinstance(node, ast.Expr) else None
            if isinstance(call, ast.Call) and call.keywords:
                callee = last_name(call.func)
                for keyword in call.keywords:
                    self._whats.add(f"{callee}({keyword.arg}={ast.unparse(keyword.value)})")
            else:
                self._whats.add(ast.unparse(node))

    def __contains__(self, what: str) -> bool:
        return what in self._whats


def parameters_of(trees: Iterable[ast.Module]) -> dict[str, set[str]]:
    """Collect the parameters of all functions of ours, by the functions' names."""
    parameters: dict[str, set[str]] = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                arguments = [*node.args.args, *node.args.kwonlyargs]
                parameters.setdefault(node.name, set()).update(a.arg for a in arguments)
    return parameters


def constants_of(trees: Iterable[ast.Module]) -> dict[str, ast.expr]:
    """Collect what names stand for that are given a value once, and that is a constant."""
    given: dict[str, list[ast.expr | None]] = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    if isinstance(target, ast.Name):
                        given.setdefault(target.id, []).append(node.value)
            elif isinstance(node, ast.arg):
                given.setdefault(node.arg, []).append(None)
    return {
        name: values[0]
        for name, values in given.items()
        if len(values) == 1 and isinstance(values[0], ast.Constant | ast.UnaryOp)
    }


class Constants(ast.NodeTransformer):
    """Puts constants in the place of their names."""

    def __init__(self, constants: dict[str, ast.expr]) -> None:
        self._constants = constants

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._constants.get(node.id, node)


def libraries_of(tree: ast.Module, own: set[str]) -> set[str]:
    """Collect the names that a module has for libraries as a whole."""
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    names = [alias for node in imports for alias in node.names]
    return {alias.asname or alias.name for alias in names if not is_ours(alias.name, own)}


def names_of_ours(tree: ast.Module, own: set[str]) -> set[str]:
    """Collect the names in a module that are not a library's: ours and Python's."""
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and is_ours(node.module or "", own):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {a.asname or a.name for a in node.names if is_ours(a.name, own)}
    return names


def is_ours(module: str, own: set[str]) -> bool:
    """Tell a module of ours or of Python from one of a library."""
    top = module.partition(".")[0]
    return top in own or top in sys.stdlib_module_names


def last_name(callee: ast.expr) -> str:
    """Return the name by which something is called."""
    return callee.attr if isinstance(callee, ast.Attribute) else ast.unparse(callee)


def holder_of(callee: ast.expr) -> str:
    """Return what a method is called on."""
    return ast.unparse(callee.value) if isinstance(callee, ast.Attribute) else ""


class Reader(ast.NodeVisitor):
    """Reads one module: what it sets, and what it uses that is private, by line."""

    def __init__(
        self,
        tree: ast.Module,
        own: set[str],
        parameters: dict[str, set[str]],
        constants: dict[str, ast.expr],
    ) -> None:
        self.set: list[tuple[int, str]] = []
        self.private: list[tuple[int, str]] = []
        self._ours = names_of_ours(tree, own)
        self._libraries = libraries_of(tree, own)
        self._own = own
        self._parameters = parameters
        self._constants = Constants(constants)
        self._statement: ast.stmt | None = None

    def visit(self, node: ast.AST) -> None:
        """Visit a node, and remember the statement that it is part of."""
        if isinstance(node, ast.stmt):
            self._statement = node
        super().visit(node)

    def _text(self, value: ast.expr) -> str:
        return ast.unparse(self._constants.visit(copy.deepcopy(value)))

    def _written(self, node: ast.Attribute | ast.Subscript) -> None:
        """Find what gets another value, or loses its own, in whatever kind of statement."""
        if isinstance(node.ctx, ast.Load):
            return
        text = ast.unparse(node)
        own = text.startswith(("self.", STATE))
        if isinstance(node, ast.Subscript):  # ours has a name of its own; an answer has headers
            own = own or (isinstance(node.value, ast.Name) and node.value.id != "environ")
            own = own or ".headers[" in text
        if not own:
            whole = self._statement
            simple = isinstance(whole, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Delete)
            self.set.append((node.lineno, ast.unparse(whole) if whole and simple else text))

    def visit_Assign(self, node: ast.Assign) -> None:
        """Refuse another name for what sets or reaches any name."""
        if isinstance(node.value, ast.Name) and node.value.id in OPEN:
            self.private.append((node.lineno, ast.unparse(node)))
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """Find variables that are added to the environment."""
        if isinstance(node.target, ast.Name) and node.target.id == "environ":
            self.set.append((node.lineno, ast.unparse(node)))
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self._written(node)
        self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for keyword in node.keywords:
            value = self._text(keyword.value)
            self.set.append((node.lineno, f"{node.name}({keyword.arg}={value})"))
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        callee = last_name(node.func)
        if callee in ("import_module", "__import__"):
            self._module(node.lineno, ast.unparse(node.args[0]).strip("'"))
        elif callee in ("getattr", "vars"):
            self.private.append((node.lineno, ast.unparse(node)))
        elif callee in CHANGES and re.search(
            r"environ$|modules$|__dict__$", holder_of(node.func)
        ):
            self.set.append((node.lineno, ast.unparse(node)))
        elif callee == "partial":
            for keyword in node.keywords:
                self.set.append((node.lineno, f"partial({ast.unparse(keyword)})"))
        elif not (callee in self._ours or callee in CONTENT or callee in PYTHON):
            self._settings(node, callee)
        self.generic_visit(node)

    def _settings(self, node: ast.Call, callee: str) -> None:
        method = isinstance(node.func, ast.Attribute) and callee not in self._parameters
        if callee in ("setattr", "delattr") or (method and SETS.fullmatch(callee)):
            self.set.append((node.lineno, ast.unparse(node)))
        if ast.unparse(node.func).partition(".")[0] in self._ours:
            return
        library = callee[:1].isupper() or holder_of(node.func) in self._libraries
        starred = any(isinstance(argument, ast.Starred) for argument in node.args)
        if library and (starred or len(node.args) > POSITIONAL.get(callee, 0)):
            self.set.append((node.lineno, f"{callee}({', '.join(map(self._text, node.args))})"))
        for keyword in node.keywords:
            name = keyword.arg or "**"
            content = (callee, name) in CONTENT_ARGUMENTS or REQUEST_MEMBER.fullmatch(name)
            if not content and name not in self._parameters.get(callee, ()):
                text = f"{callee}({name}={self._text(keyword.value)})"
                self.set.append((node.lineno, text))

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._module(node.lineno, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        self._module(node.lineno, module)
        for alias in node.names:
            private = alias.name.startswith("_") and not is_ours(module, self._own)
            top = module.partition(".")[0]
            renamed = alias.name == "environ" and alias.asname is not None
            opens = renamed or alias.name in OPEN or SETS.fullmatch(alias.name)
            if private or (top not in self._own and opens):
                self.private.append((node.lineno, f"{module}.{alias.name}"))

    def _module(self, line: int, name: str) -> None:
        ours = is_ours(name, self._own) and name.partition(".")[0] not in TUNING
        if not ours and name not in MODULES:
            self.private.append((line, name))

    def visit_Name(self, node: ast.Name) -> None:
        """Refuse what opens a library under another name, or runs code out of a text."""
        if node.id in OPEN and node.id not in ("setattr", "delattr", "getattr"):
            self.private.append((node.lineno, node.id))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._written(node)
        if node.attr in OPEN:
            self.private.append((node.lineno, ast.unparse(node)))
        private = node.attr.startswith("_") and node.attr not in ("__version__", "__init__")
        if private and not ast.unparse(node.value).startswith(("self", "super()")):
            self.private.append((node.lineno, ast.unparse(node)))
        self.generic_visit(node)


def main() -> int:
    """Print what the sources here do that the manifest does not say."""
    folder = Path(__file__).parent.parent
    manifest: dict[str, Any] = yaml.safe_load((folder / "runtime.yaml").read_text("utf-8"))
    settings = manifest["variants"]["stock"]["settings"]
    sources = {path.name: path.read_text("utf-8") for path in folder.glob("*.py")}
    wrong = list(faults(sources, settings))
    for fault in wrong:
        sys.stderr.write(f"{fault}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
