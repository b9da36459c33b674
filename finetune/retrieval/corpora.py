"""The open data sets the development set is made of, and the index that holds their texts.

Knows file names below a mirror folder, and what is known of each corpus. Does not know queries.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import UsageError
from index.adding import AddProgress
from index.embedding import Embedder
from index.guideline_index import GuidelineIndex
from index.reading import STARTER_FOLDER, DocumentDefaults

Progress = Callable[[AddProgress], None]


@dataclass(frozen=True)
class DataSet:
    """A file of a mirror folder; `known` is what is said of its documents when it is indexed."""

    file: str
    known: DocumentDefaults | None = None


NSTG = DataSet(
    "guidelines-nstg2022/nstg2022_conditions.jsonl",
    DocumentDefaults(issuer="NSTG 2022", published="2022", jurisdiction="Nigeria", trust="guideline"),
)
EDLIZ = DataSet(
    "guidelines-edliz/edliz_sections.jsonl",
    DocumentDefaults(
        issuer="Ministry of Health and Child Care, Zimbabwe",
        published="2015",
        jurisdiction="Zimbabwe",
        trust="guideline",
    ),
)
MEDQUAD = DataSet("medquad/medquad.jsonl", DocumentDefaults(trust="reference"))
VIGNETTES = DataSet("craft-md-dev/craft_md_dev.csv")
PUBMEDQA = DataSet("pubmedqa-labeled/ori_pqal.json", DocumentDefaults(trust="reference"))
_INDEXED = (NSTG, EDLIZ, MEDQUAD)


def checked_mirror(mirror: Path, *, with_pubmed: bool = False) -> Path:
    """Return the folder when all that is needed is there. Raises UsageError naming what is missing."""
    needed = [*_INDEXED, VIGNETTES, *([PUBMEDQA] if with_pubmed else [])]
    missing = [one.file for one in needed if not (mirror / one.file).is_file()]
    if missing:
        raise UsageError(f"{mirror} holds no {missing[0]}; --data names the folder with the data sets")
    return mirror.absolute()


def index_of_corpora(
    mirror: Path, folder: Path, embedder: Embedder, *, with_starter: bool = False, progress: Progress | None = None
) -> GuidelineIndex:
    """Open the index of exactly these corpora, bringing it up to date first; what is there already is not done again."""
    index = GuidelineIndex.create(folder, embedder)
    for corpus in _INDEXED:
        index.add([mirror / corpus.file], corpus.known, progress)
    wanted = {str(mirror / corpus.file) for corpus in _INDEXED}
    if with_starter:
        index.add([STARTER_FOLDER], None, progress)
        wanted |= {path for path in index.file_paths() if Path(path).is_relative_to(STARTER_FOLDER)}
    for path in set(index.file_paths()) - wanted:
        index.remove(path)
    return index


def index_of_paths(
    paths: Sequence[Path], folder: Path, embedder: Embedder, progress: Progress | None = None
) -> GuidelineIndex:
    """Open the index of a user's own corpus, bringing it up to date first. Raises UsageError when nothing is readable."""
    index = GuidelineIndex.create(folder, embedder)
    report = index.add(paths, None, progress)
    if not index.document_count:
        reason = report.failed[0].reason if report.failed else "no file of a known kind is there"
        raise UsageError(f"nothing could be indexed of {', '.join(map(str, paths))}: {reason}")
    return index


def folder_for(cache: Path, embedder: Embedder, paths: Sequence[Path] = ()) -> Path:
    """Return the folder below a cache for the index of these paths by this embedder."""
    named = "\n".join([embedder.identity, *sorted(str(path.absolute()) for path in paths)])
    return (
        cache / "judged" / f"{'corpus' if paths else 'development'}-{hashlib.sha256(named.encode()).hexdigest()[:12]}"
    )


def pubmed_records(mirror: Path, folder: Path) -> tuple[Path, dict[str, str]]:
    """Write PubMedQA's abstracts as JSON lines, and return the file and the question asked of each by its id.

    The question is the title of the abstract's article, so it is left out of the records.
    """
    try:
        asked = json.loads((mirror / PUBMEDQA.file).read_text(encoding="utf-8"))
        rows = [{"id": name, "text": "\n".join(row["CONTEXTS"])} for name, row in asked.items()]
        questions = {name: str(row["QUESTION"]) for name, row in asked.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{mirror / PUBMEDQA.file} cannot be used: {error!r}") from error
    folder.mkdir(parents=True, exist_ok=True)
    file, text = folder / "pubmedqa.jsonl", "".join(json.dumps(row) + "\n" for row in rows)
    if not file.is_file() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")
    return file, questions
