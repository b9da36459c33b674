"""Prompts: templates with a name and a version, and the one function that renders them.

Knows text. Does not know models, cases or the index: callers pass plain strings.
"""

from prompts.render import Prompt, Rendered, load, names, render
from prompts.sentinels import NOT_IN_SOURCES

__all__ = ["NOT_IN_SOURCES", "Prompt", "Rendered", "load", "names", "render"]
