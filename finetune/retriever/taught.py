"""Which documents a retriever may learn from: open licences only, and nothing about a topic that is held out.

Knows the corpora, their licences, names of topics. Does not know how queries are made of a text, nor training.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from assistant.disease_names import keys
from assistant.errors import UsageError
from finetune.cases import read_cases
from finetune.examples import sha256_of
from finetune.retrieval.corpora import MEDQUAD, NSTG
from finetune.retrieval.topics import held_out
from index.adding import AddProgress
from index.document import Condition, Document, Frozen, Passage
from index.embedding import Embedder
from index.guideline_index import GuidelineIndex
from index.reading import STARTER_FOLDER

Progress = Callable[[AddProgress], None]
STARTER = "starter"


@dataclass(frozen=True)
class Corpus:
    """A corpus that may be learnt from; `file` is its place below the mirror folder, "" for what the package holds."""

    name: str
    file: str
    licence: str
    what: str


CORPORA: Mapping[str, Corpus] = {
    corpus.name: corpus
    for corpus in (
        Corpus(STARTER, "", "Apache-2.0", "the starter notes of this project"),
        Corpus("nstg", NSTG.file, "CC BY 4.0", "Nigeria guidelines 2022"),
        Corpus("medquad", MEDQUAD.file, "CC BY 4.0", "MedQuAD, questions and answers of NIH sites"),
        Corpus(
            "nursing", "textbook-openstax-nursing/openstax_nursing_sections.jsonl", "CC BY 4.0", "OpenStax for nurses"
        ),
        Corpus(
            "phenopackets", "phenopackets-rare/phenopackets_sample.jsonl", "BSD-3-Clause", "Phenopacket Store cases"
        ),
        Corpus("ddxplus", "ddxplus-small/validation_588.csv", "CC BY 4.0", "DDXPlus, made-up patients"),
    )
}
# Cases, not texts: their passages are those of the other corpora.
CASES_ONLY = frozenset(("phenopackets", "ddxplus"))


class SourceRecord(Frozen):
    """What is kept of a corpus that was learnt from."""

    name: str
    what: str
    licence: str
    sha256: str
    documents: int = 0
    documents_held_out: int = 0
    passages: int = 0
    pairs: int = 0


@dataclass(frozen=True)
class TaughtDocument:
    """A document that may be learnt from: its names, the keys under which others mean the same, and its passages."""

    number: int
    source: str
    name: str
    synonyms: tuple[str, ...]
    keys: frozenset[str]
    condition: Condition | None
    passages: tuple[Passage, ...]


@dataclass(frozen=True)
class Taught:
    """All that may be learnt from, and of each source how many documents were kept out."""

    documents: tuple[TaughtDocument, ...]
    kept_out: Mapping[str, int]

    @cached_property
    def by_key(self) -> dict[str, tuple[TaughtDocument, ...]]:
        """The documents under each key of their names."""
        found: dict[str, list[TaughtDocument]] = defaultdict(list)
        for document in self.documents:
            for key in document.keys:
                found[key].append(document)
        return {key: tuple(documents) for key, documents in found.items()}

    @cached_property
    def topics(self) -> tuple[str, ...]:
        """For each document the first key, by the alphabet, of all that share a name with it."""
        return tuple(min(min(one.keys) for one in self.named(document.keys)) for document in self.documents)

    def named(self, keys_of_name: Iterable[str]) -> tuple[TaughtDocument, ...]:
        """Return the documents that bear one of these keys, in order."""
        found = {one.number: one for key in keys_of_name for one in self.by_key.get(key, ())}
        return tuple(found[number] for number in sorted(found))


def index_of(
    sources: Sequence[str], mirror: Path | None, folder: Path, embedder: Embedder, progress: Progress
) -> GuidelineIndex:
    """Open the index of these corpora, bringing it up to date first; what is embedded already is not embedded again.

    Raises UsageError when the mirror folder lacks any source, before the minutes that embedding takes.
    """
    places = {name: STARTER_FOLDER if name == STARTER else file_of(CORPORA[name], mirror) for name in sources}
    index = GuidelineIndex.create(folder, embedder)
    for name, place in places.items():
        if name not in CASES_ONLY:
            index.add([place], None, progress)
    return index


def file_of(corpus: Corpus, mirror: Path | None) -> Path:
    """Return the file of a corpus. Raises UsageError when the mirror folder is not given or lacks it."""
    if mirror is None:
        raise UsageError(f"{corpus.name} is read from a folder of data sets: give --data or set WARDROUND_DATA_MIRROR")
    file = (mirror / corpus.file).absolute()
    if not file.is_file():
        raise UsageError(
            f"{mirror} holds no {corpus.file}; give another --data, or take {corpus.name} out of the recipe"
        )
    return file


def taught(index: GuidelineIndex, sources: Sequence[str], mirror: Path | None, kept_out: Collection[str]) -> Taught:
    """Return what may be learnt from the index: documents of these sources, about nothing that is held out.

    A topic is held out by its main name; whatever shares a name or a synonym with such a topic, or with one of the
    names `kept_out`, is held out with it.
    """
    files = {str(file_of(CORPORA[name], mirror)): name for name in sources if CORPORA[name].file}
    known = [document.model_copy(update={"text": ""}) for document in index.documents()]
    forbidden = forbidden_keys(known, kept_out)
    documents: list[TaughtDocument] = []
    out: Counter[str] = Counter()
    for document in known:
        source = files.get(document.path) or (STARTER if Path(document.path).is_relative_to(STARTER_FOLDER) else "")
        if source not in sources:
            continue
        names = keys(_condition(document))
        if names & forbidden or not names:
            out[source] += 1
            continue
        documents.append(
            TaughtDocument(
                number=len(documents),
                source=source,
                name=_condition(document).name,
                synonyms=_condition(document).synonyms,
                keys=names,
                condition=document.condition,
                passages=tuple(index.passages_of(document.id)),
            )
        )
    return Taught(tuple(documents), out)


def forbidden_keys(documents: Iterable[Document], kept_out: Collection[str]) -> frozenset[str]:
    """Return the keys of all names of topics held out, and of whatever shares one of them."""
    every = [(_condition(document), keys(_condition(document))) for document in documents]
    named = {key for name in kept_out for key in keys(Condition(name=name))}
    named |= {key for condition, own in every if held_out(condition.name) for key in own}
    return frozenset(named.union(*(own for _, own in every if own & named)))


def held_out_golds(files: Iterable[Path]) -> tuple[str, ...]:
    """Return the diagnoses of these cases that are held out by their name. Raises UsageError for an unreadable file."""
    return tuple(dict.fromkeys(case.gold for file in files for case in read_cases(file) if held_out(case.gold)))


def source_record(name: str, mirror: Path | None, learnt: Taught, pairs: int) -> SourceRecord:
    """Return what is kept of a source: its hash, and how much of it was learnt from."""
    corpus = CORPORA[name]
    own = [document for document in learnt.documents if document.source == name]
    return SourceRecord(
        name=name,
        what=corpus.what,
        licence=corpus.licence,
        sha256=sha256_of(file_of(corpus, mirror)) if corpus.file else _folder_sha256(STARTER_FOLDER),
        documents=len(own),
        documents_held_out=learnt.kept_out.get(name, 0),
        passages=sum(len(document.passages) for document in own),
        pairs=pairs,
    )


def _folder_sha256(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.md")):
        digest.update(f"{file.name} {sha256_of(file)}\n".encode())
    return digest.hexdigest()


def _condition(document: Document) -> Condition:
    return document.condition or Condition(name=document.title)
