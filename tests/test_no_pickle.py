"""No pickle, no code from data, no shell: the packages are read as syntax trees, so that no such call slips in."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[1]
_FILES = [file for room in ("assistant", "finetune", "index", "prompts") for file in (_ROOT / room).rglob("*.py")]
_MODULES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
_CALLS = {"eval", "exec", "os.system", "os.popen", "torch.load", "pandas.read_pickle", "pd.read_pickle"}
_LOADERS = re.compile(r"\b\w+Loader\b")
_OPTIONS = {"trust_remote_code", "allow_pickle", "shell", "allow_dangerous_deserialization"}


def _dangers(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (f"imports {alias.name}" for alias in node.names if alias.name.split(".")[0] in _MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in _MODULES:
            yield f"imports from {node.module}"
        elif isinstance(node, ast.Call):
            yield from _dangers_of_call(node)
    if "yaml.load(" in source and not _names_safe_loaders_alone(source):
        yield "calls yaml.load with another loader than a safe one"


def _names_safe_loaders_alone(source: str) -> bool:
    named = set(_LOADERS.findall(source))
    return bool(named) and named <= {"SafeLoader", "CSafeLoader"}


def _dangers_of_call(node: ast.Call) -> Iterator[str]:
    name = ast.unparse(node.func)
    if name in _CALLS:
        yield f"calls {name}"
    for option in node.keywords:
        harmless = isinstance(option.value, ast.Constant) and not option.value.value
        if option.arg in _OPTIONS and not harmless:
            yield f"{name} with {option.arg}={ast.unparse(option.value)}"


def test_no_room_loads_pickles_or_runs_code_from_data() -> None:
    assert len(_FILES) > 100
    found = {
        str(file.relative_to(_ROOT)): dangers
        for file in _FILES
        if (dangers := list(_dangers(file.read_text(encoding="utf-8"))))
    }
    assert found == {}


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from joblib import load",
        "import torch\ntorch.load('x')",
        "np.load('x', allow_pickle=True)",
        "AutoModel.from_pretrained('x', trust_remote_code=flag)",
        "subprocess.run('ls', shell=True)",
        "eval('1')",
        "yaml.load(text)",
        "yaml.load(text, Loader=yaml.UnsafeLoader)",
        "loader = yaml.SafeLoader\nyaml.load(text, Loader=yaml.FullLoader)",
    ],
)
def test_each_of_these_would_be_found(source: str) -> None:
    assert list(_dangers(source))


@pytest.mark.parametrize(
    "source",
    [
        "yaml.safe_load(t)",
        "yaml.load(t, Loader=yaml.CSafeLoader)",
        "np.load('x', allow_pickle=False)",
        "model.eval()",
    ],
)
def test_none_of_these_is(source: str) -> None:
    assert not list(_dangers(source))
