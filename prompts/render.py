"""Load a versioned template and render it to chat turns.

A template is `prompts/templates/NAME.md`: YAML front matter (name, version, inputs, used_by), then a `# system` and a
`# user` part in which `{input}` stands for an input. Rendering a prompt with a missing or an unknown input is an error,
so a caller and its template cannot drift apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from langchain_core.prompts import ChatPromptTemplate

_FILE = re.compile(r"\A---\n(?P<front>.*?)\n---\n+# system\n(?P<system>.*?)\n# user\n(?P<user>.*)\Z", re.DOTALL)
_SLOT = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True)
class Rendered:
    """The chat turns a template gave for one set of inputs, with the template's name and version."""

    name: str
    version: str
    system: str
    user: str


@dataclass(frozen=True)
class Prompt:
    """A template: its texts, its version, and the names of the inputs it needs."""

    name: str
    version: str
    inputs: tuple[str, ...]
    system: str
    user: str

    def render(self, **inputs: str) -> Rendered:
        """Fill the template in. Raises ValueError naming every input that is missing or unknown."""
        wrong = set(inputs) ^ set(self.inputs)
        if wrong:
            raise ValueError(f"prompt {self.name!r} takes {sorted(self.inputs)}; missing or unknown: {sorted(wrong)}")

        def fill(text: str) -> str:
            return _SLOT.sub(lambda slot: inputs[slot[1]], text).strip()

        return Rendered(self.name, self.version, fill(self.system), fill(self.user))

    def to_langchain(self) -> ChatPromptTemplate:
        """Return the same template as a LangChain `ChatPromptTemplate`."""
        from langchain_core.prompts import ChatPromptTemplate

        return ChatPromptTemplate.from_messages([("system", self.system.strip()), ("user", self.user.strip())])


@cache
def load(name: str) -> Prompt:
    """Return the template called `name`. Raises ValueError when there is none, or when its file is malformed."""
    file = files("prompts") / "templates" / f"{name}.md"
    if not file.is_file():
        raise ValueError(f"no prompt is called {name!r}; there are {', '.join(names())}")
    parts = _FILE.match(file.read_text(encoding="utf-8"))
    if parts is None:
        raise ValueError(f"prompt {name!r} must be front matter, then '# system', then '# user'")
    front = yaml.safe_load(parts["front"])
    prompt = Prompt(name, str(front["version"]), tuple(front["inputs"]), parts["system"], parts["user"])
    slots = set(_SLOT.findall(prompt.system + prompt.user))
    if front["name"] != name or slots != set(prompt.inputs):
        raise ValueError(f"prompt {name!r}: front matter says {front['name']} {prompt.inputs}, text uses {slots}")
    return prompt


def names() -> list[str]:
    """Return the names of all templates, sorted."""
    folder = files("prompts") / "templates"
    return sorted(entry.name.removesuffix(".md") for entry in folder.iterdir() if entry.name.endswith(".md"))


def render(name: str, **inputs: str) -> Rendered:
    """Render the template called `name`: the one way a prompt is made, in serving and in training."""
    return load(name).render(**inputs)
