"""`wardround index`: add, fetch, search, check and remove the documents that answers quote."""

from __future__ import annotations

import click

from assistant.cli.lazy import Lazy, LazyGroup


def _lazy(module: str, name: str, words: str) -> Lazy:
    return Lazy(f"assistant.cli.index.{module}", f"{name}_command", words)


# One line a command; each lives in a module of this package as `NAME_command`.
_COMMANDS = {
    "add": _lazy("adding", "add", "Read files and folders into the index."),
    "fetch": _lazy("fetch", "fetch", "Add open corpora by name, or list them."),
    "list": _lazy("looking", "list", "List the documents."),
    "search": _lazy("searching", "search", "Find passages, and say why each was found."),
    "show": _lazy("looking", "show", "Show one passage or a whole document."),
    "remove": _lazy("changing", "remove", "Remove a document, a file or a folder."),
    "supersede": _lazy("standing", "supersede", "Say that a document is replaced by another."),
    "withdraw": _lazy("standing", "withdraw", "Say that a document was withdrawn."),
    "reinstate": _lazy("standing", "reinstate", "Say that a document is current after all."),
    "rebuild": _lazy("changing", "rebuild", "Embed every passage anew."),
    "stats": _lazy("looking", "stats", "Say what the index holds and where it is."),
    "verify": _lazy("verifying", "verify", "Prove that what the index holds agrees with itself."),
}


@click.group(cls=LazyGroup, lazy=_COMMANDS)
def command() -> None:
    """Add, list, search and remove the documents that answers quote.

    \b
    wardround index add --starter
    wardround index add ~/guidelines --trust guideline --issuer "Ministry of Health"
    wardround index search "first-line treatment of gout"
    """
