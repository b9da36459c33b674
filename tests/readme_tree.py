"""The README's annotated tree, made from the first line of every module's docstring.

Run as `python tests/readme_tree.py` to write it into README.md anew after files were added or renamed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("assistant", "finetune", "index", "prompts")
BEGIN, END = "<!-- tree -->\n", "<!-- end of tree -->\n"
_LINE = 128


def tree() -> str:
    """Return the tree as a fenced block: a folder or a module a line, and what it is about."""
    return "\n".join(["```", *(line for room in ROOMS for line in _folder(ROOT / room, 0)), "```", ""])


def _folder(folder: Path, depth: int) -> Iterator[str]:
    yield _line(f"{folder.name}/", folder / "__init__.py", depth)
    for module in sorted(folder.glob("*.py")):
        if module.name != "__init__.py":
            yield _line(module.name, module, depth + 1)
    for inner in sorted(one for one in folder.iterdir() if one.is_dir() and one.name != "__pycache__"):
        if (inner / "__init__.py").exists():
            yield from _folder(inner, depth + 1)
        elif files := [one for one in inner.iterdir() if one.is_file()]:
            yield f"{'  ' * (depth + 1)}{inner.name}/".ljust(34) + f" {len(files)} data files"


def _line(name: str, module: Path, depth: int) -> str:
    said = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""
    first = " ".join(said.split("\n\n")[0].split()).split(". ")[0].rstrip(".")
    line = ("  " * depth + name).ljust(34) + " " + first
    return (line if len(line) <= _LINE else line[: _LINE - 1].rsplit(" ", 1)[0] + " …").rstrip()


if __name__ == "__main__":
    readme = ROOT / "README.md"
    before, rest = readme.read_text(encoding="utf-8").split(BEGIN)
    readme.write_text(before + BEGIN + tree() + END + rest.split(END)[1], encoding="utf-8")
