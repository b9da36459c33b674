"""Turn the files of a corpus into one file of documents, which the index then reads like any other.

The file is written whole or not at all. Knows parsers and files. Does not know where the files came from.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from index.corpora.catalogue import Corpus
from index.corpora.parsing import PARSING_VERSION, parse
from index.errors import UnreadableFile
from index.reading.documents import written

SUFFIX = ".documents"


def made_from(corpus: Corpus) -> str:
    """Return what decides the documents of a corpus: its entry in the catalogue, and how it is parsed."""
    return f"{PARSING_VERSION} {corpus.model_dump_json()}"


def documents_file(corpus: Corpus, folder: Path) -> Path:
    """Return where the documents of a corpus are kept below `folder`."""
    return folder / f"{corpus.name}{SUFFIX}"


def prepare(corpus: Corpus, files: Sequence[Path], folder: Path) -> Path:
    """Write the documents of a corpus, each once, and return the path of the file.

    Raises UnreadableFile when a file has not the form that its parser knows, or nothing can be written to `folder`.
    """
    target = documents_file(corpus, folder)
    part = target.with_suffix(".part")
    seen: set[str] = set()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8") as lines:
            for document in parse(files, corpus):
                if document.id not in seen:
                    seen.add(document.id)
                    lines.write(f"{written(document)}\n")
        part.replace(target)
    except OSError as error:
        raise UnreadableFile(f"cannot write {target}: {error.strerror or error}; make room, then try again") from error
    finally:
        part.unlink(missing_ok=True)
    if not seen:
        raise UnreadableFile(f"{corpus.name}: its files hold no documents")
    return target
