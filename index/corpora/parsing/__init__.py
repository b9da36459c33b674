"""Parsers of corpora: each module has `parse(files, corpus)`, which yields documents; the catalogue names the one to use.

A parser knows the form a corpus comes in, and gives each document its title, headings and address.
"""

from __future__ import annotations

import csv
import importlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from index.corpora.catalogue import Corpus
from index.document import Document
from index.errors import UnreadableFile

# Raised when a parser changes, so that documents are made anew of files that did not change.
PARSING_VERSION = 1


def parse(files: Sequence[Path], corpus: Corpus) -> Iterator[Document]:
    """Yield the documents of a corpus. Raises UnreadableFile when a file has not the form its parser knows."""
    module = importlib.import_module(f"index.corpora.parsing.{corpus.parser}")
    try:
        yield from module.parse(files, corpus)
    except (KeyError, ValueError, TypeError, AttributeError, SyntaxError, csv.Error) as error:
        names = ", ".join(path.name for path in files)
        said = " ".join(str(error).split())[:100]
        raise UnreadableFile(
            f"{names} has not the form that {corpus.name} has ({type(error).__name__}: {said})"
        ) from error
